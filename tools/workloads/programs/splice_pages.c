// SPDX-License-Identifier: GPL-2.0
/*
 * Puts user pages into pipes with vmsplice(), and takes them out in every way.
 *
 *	splice_pages FILE
 *
 * FILE is made anew, on a file system that has O_DIRECT.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

#define NR_PAGES	16
#define SIZE		(NR_PAGES * PAGE_BYTES)

static char *memory;
static char got[SIZE];

static void new_pipe(int *ends)
{
	if (pipe(ends))
		err(1, "pipe");
}

static void close_both(int *ends)
{
	close(ends[0]);
	close(ends[1]);
}

static void fill(int fd, unsigned int seed, unsigned int flags)
{
	struct iovec iov = { memory, SIZE };

	pattern_fill(memory, SIZE, seed);
	if (vmsplice(fd, &iov, 1, flags) != SIZE)
		err(1, "vmsplice");
}

static void expect(int fd, size_t len, size_t from, size_t step,
		   unsigned int seed, const char *what)
{
	size_t done = 0;

	while (done < len) {
		size_t want = len - done < step ? len - done : step;
		ssize_t ret = read(fd, got + done, want);

		if (ret <= 0)
			err(1, "%s: read after %zu bytes", what, done);
		done += ret;
	}
	pattern_check(got, len, from, seed, what);
}

static void read_all(void)
{
	int ends[2];

	new_pipe(ends);
	fill(ends[1], 1, 0);
	expect(ends[0], SIZE, 0, SIZE, 1, "read");
	/* In pieces that do not end where pages do */
	fill(ends[1], 2, SPLICE_F_GIFT);
	expect(ends[0], SIZE, 0, 1000, 2, "read in pieces");
	close_both(ends);
}

static void leave_unread(void)
{
	int ends[2];

	new_pipe(ends);
	fill(ends[1], 3, 0);
	expect(ends[0], 3 * PAGE_BYTES / 2, 0, SIZE, 3, "partial read");
	/* Moves what is in there */
	if (fcntl(ends[1], F_SETPIPE_SZ, 2 * SIZE) < 0)
		err(1, "F_SETPIPE_SZ");
	expect(ends[0], PAGE_BYTES, 3 * PAGE_BYTES / 2, SIZE, 3, "partial read");
	close_both(ends);
}

/* From both pipes the same pages, which are in neither any more later */
static void duplicate(void)
{
	int from[2], to[2], third[2];

	new_pipe(from);
	new_pipe(to);
	new_pipe(third);
	fill(from[1], 4, 0);
	if (tee(from[0], to[1], SIZE, 0) != SIZE)
		err(1, "tee");
	/* Part of a page goes on, so that both pipes share it. */
	if (splice(to[0], NULL, third[1], NULL, 100, 0) != 100)
		err(1, "splice to a pipe");
	expect(third[0], 100, 0, SIZE, 4, "the third pipe");
	expect(from[0], SIZE, 0, SIZE, 4, "the first pipe");
	expect(to[0], SIZE / 2, 100, SIZE, 4, "the second pipe");
	close_both(from);
	close_both(to);
	close_both(third);
}

/* A file may have a page moved into it, or write it as it is. */
static void to_file(const char *path, int flags, unsigned int seed)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | flags, 0600);
	int ends[2];
	loff_t pos = 0;

	if (fd < 0)
		err(1, "%s", path);
	new_pipe(ends);
	fill(ends[1], seed, SPLICE_F_GIFT);
	while (pos < (loff_t)SIZE)
		if (splice(ends[0], NULL, fd, &pos, SIZE - pos,
			   SPLICE_F_MOVE) <= 0)
			err(1, "splice to %s", path);
	close_both(ends);
	close(fd);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		err(1, "%s", path);
	expect(fd, SIZE, 0, SIZE, seed, path);
	close(fd);
}

static void connect_tcp(int *ends)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(listener, (void *)&address, sizeof(address)) ||
	    listen(listener, 1) ||
	    getsockname(listener, (void *)&address, &len))
		err(1, "listener");
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(ends[1], (void *)&address, sizeof(address)))
		err(1, "connect");
	ends[0] = accept(listener, NULL, NULL);
	if (ends[0] < 0)
		err(1, "accept");
	close(listener);
}

/* A socket takes references on the pages for as long as they are on the way. */
static void to_socket(int *sockets, unsigned int seed, const char *what)
{
	int ends[2];
	size_t done = 0;

	new_pipe(ends);
	fill(ends[1], seed, 0);
	while (done < SIZE) {
		ssize_t ret = splice(ends[0], NULL, sockets[1], NULL,
				     SIZE - done, SPLICE_F_MORE);

		if (ret <= 0)
			err(1, "splice to %s", what);
		done += ret;
	}
	close_both(ends);
	expect(sockets[0], SIZE, 0, SIZE, seed, what);

	/* Part of it is never received. */
	new_pipe(ends);
	fill(ends[1], seed + 1, 0);
	if (splice(ends[0], NULL, sockets[1], NULL, SIZE / 2, 0) <= 0)
		err(1, "splice to %s", what);
	expect(sockets[0], 5000, 0, SIZE, seed + 1, what);
	close_both(ends);
	close_both(sockets);
}

/* One page in the page cache, in a pipe, and on the way by sendfile() */
static void page_of_a_file(const char *path)
{
	int fd = open(path, O_RDWR);
	char *anonymous = memory;
	int ends[2], sockets[2];
	off_t pos = 0;

	if (fd < 0)
		err(1, "%s", path);
	memory = map_shared(fd, SIZE);
	new_pipe(ends);
	connect_tcp(sockets);
	fill(ends[1], 20, 0);
	while (pos < (off_t)SIZE)
		if (sendfile(sockets[1], fd, &pos, SIZE - pos) <= 0)
			err(1, "sendfile");
	munmap(memory, SIZE);
	if (ftruncate(fd, PAGE_BYTES))
		err(1, "ftruncate");
	expect(sockets[0], SIZE, 0, SIZE, 20, "sendfile");
	expect(ends[0], SIZE, 0, SIZE, 20, "a page of a file");
	close_both(ends);
	close_both(sockets);
	close(fd);
	memory = anonymous;
}

/* Whoever has put the pages into the pipe is gone before they are read. */
static void outlive(int sig)
{
	int ends[2], status;
	pid_t pid;

	new_pipe(ends);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		fill(ends[1], 30, 0);
		if (sig)
			raise(sig);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	expect(ends[0], SIZE / 2, 0, SIZE, 30, "from a process that is gone");
	close_both(ends);
}

int main(int argc, char **argv)
{
	int sockets[2];

	if (argc != 2)
		errx(2, "usage: splice_pages FILE");
	memory = map_pages(SIZE, 0);
	read_all();
	leave_unread();
	duplicate();
	to_file("/dev/shm/splice_pages", 0, 5);
	unlink("/dev/shm/splice_pages");
	to_file(argv[1], 0, 6);
	to_file(argv[1], O_DIRECT, 7);
	connect_tcp(sockets);
	to_socket(sockets, 8, "a TCP socket");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		err(1, "socketpair");
	to_socket(sockets, 10, "a local socket");
	page_of_a_file(argv[1]);
	outlive(0);
	outlive(SIGKILL);
	memory = map_thp(HUGE_BYTES);
	read_all();
	leave_unread();
	duplicate();
	unlink(argv[1]);
	printf("everything came out\n");
	return 0;
}
