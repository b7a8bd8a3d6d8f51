// SPDX-License-Identifier: GPL-2.0
/*
 * Has memory of several kinds pinned while a command runs, and checks afterwards
 * that it is what it was, and that what is pinned is what is mapped.
 *
 *	hold_pins [-b] FILE KIND... -- COMMAND [ARGUMENT...]
 *
 *	-b	busy: instead of pinning for good, pin again and again: direct I/O
 *		with FILE, and vmsplice()
 *	FILE	is written to
 *	KIND	anon, thp, hugetlb, shmem, private (what a private mapping of FILE
 *		has of its own), or the path of a file or of a device, to be mapped
 *		shared
 *
 * The command finds the process as its parent.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "fixed_buffers.h"
#include "pattern.h"

#define MOST_AREAS	8
#define CHUNK		(64UL << 10)

static const char *file_name;
static struct iovec areas[MOST_AREAS];
static unsigned int nr_areas;
static int buffered, direct;
static atomic_bool finished;

static void *map_file(const char *name, size_t len)
{
	int fd = open(name, O_RDWR);
	void *at;

	if (fd < 0)
		err(1, "%s", name);
	at = map_shared(fd, len);
	close(fd);
	return at;
}

static void *map_private(size_t len)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE, buffered, 0);

	if (at == MAP_FAILED)
		err(1, "mmap of %s", file_name);
	return at;
}

static void add_area(const char *kind)
{
	struct iovec *area = &areas[nr_areas];

	if (nr_areas == MOST_AREAS)
		errx(2, "no more than %d kinds", MOST_AREAS);
	area->iov_len = HUGE_BYTES;
	if (!strcmp(kind, "anon")) {
		area->iov_base = map_pages(area->iov_len, 0);
		/* Small pages, wherever they are. */
		madvise(area->iov_base, area->iov_len, MADV_NOHUGEPAGE);
	} else if (!strcmp(kind, "thp")) {
		area->iov_base = map_thp(area->iov_len);
	} else if (!strcmp(kind, "hugetlb")) {
		area->iov_base = map_pages(area->iov_len, MAP_HUGETLB);
	} else if (!strcmp(kind, "shmem")) {
		area->iov_base = map_memfd(0, area->iov_len);
	} else if (!strcmp(kind, "private")) {
		area->iov_base = map_private(area->iov_len);
	} else if (*kind == '/') {
		area->iov_base = map_file(kind, area->iov_len);
	} else {
		errx(2, "unknown kind of memory: %s", kind);
	}
	pattern_fill(area->iov_base, area->iov_len, nr_areas);
	nr_areas++;
}

static void check_areas(const char *when, unsigned int seed)
{
	unsigned int i;

	for (i = 0; i < nr_areas; i++)
		pattern_check(areas[i].iov_base, areas[i].iov_len, 0, i + seed,
			      when);
}

/* What the pinned pages have, and that the process sees what is put in there */
static void check_pins(struct fixed_buffers *ring)
{
	char *copy = map_pages(HUGE_BYTES, 0);
	unsigned int i;

	for (i = 0; i < nr_areas; i++) {
		size_t len = areas[i].iov_len;

		fixed_buffers_io(ring, IORING_OP_WRITE_FIXED, i, &areas[i], buffered);
		if (pread(buffered, copy, len, 0) != (ssize_t)len)
			err(1, "%s", file_name);
		pattern_check(copy, len, 0, i, "what is pinned");

		pattern_fill(copy, len, i + 100);
		if (pwrite(buffered, copy, len, 0) != (ssize_t)len)
			err(1, "%s", file_name);
		fixed_buffers_io(ring, IORING_OP_READ_FIXED, i, &areas[i], buffered);
	}
	check_areas("what was read into pinned memory", 100);
}

static void through_file(struct iovec *area)
{
	size_t pos;

	for (pos = 0; pos < area->iov_len; pos += CHUNK) {
		char *at = (char *)area->iov_base + pos;

		if (pwrite(direct, at, CHUNK, pos) != (ssize_t)CHUNK)
			err(1, "direct write to %s", file_name);
		if (pread(direct, at, CHUNK, pos) != (ssize_t)CHUNK)
			err(1, "direct read from %s", file_name);
	}
}

static void through_pipe(struct iovec *area, const int *pipe_fds, unsigned int seed)
{
	struct iovec part = { area->iov_base, 8 * PAGE_BYTES };
	char copy[8 * PAGE_BYTES];
	size_t got = 0;

	if (vmsplice(pipe_fds[1], &part, 1, 0) != (ssize_t)part.iov_len)
		err(1, "vmsplice");
	while (got < sizeof(copy)) {
		ssize_t n = read(pipe_fds[0], copy + got, sizeof(copy) - got);

		if (n <= 0)
			err(1, "read from a pipe");
		got += n;
	}
	pattern_check(copy, sizeof(copy), 0, seed, "what went through a pipe");
}

static void *busy(void *rounds)
{
	int pipe_fds[2];
	unsigned int i;

	if (pipe(pipe_fds))
		err(1, "pipe");
	do {
		for (i = 0; i < nr_areas; i++) {
			through_file(&areas[i]);
			through_pipe(&areas[i], pipe_fds, i);
		}
		++*(unsigned long *)rounds;
	} while (!finished);
	return NULL;
}

static void run(char **argv)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		execvp(*argv, argv);
		err(127, "%s", *argv);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (status)
		errx(1, "%s ended with status %#x", *argv, status);
}

int main(int argc, char **argv)
{
	bool is_busy = argc > 1 && !strcmp(argv[1], "-b");
	struct fixed_buffers ring;

	argv += 1 + is_busy;
	file_name = *argv;
	if (!file_name)
		errx(2, "usage: hold_pins [-b] FILE KIND... -- COMMAND...");
	buffered = open(file_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	direct = open(file_name, O_RDWR | O_CLOEXEC | O_DIRECT);
	if (buffered < 0 || direct < 0 || ftruncate(buffered, HUGE_BYTES))
		err(1, "%s", file_name);
	for (argv++; *argv && strcmp(*argv, "--"); argv++)
		add_area(*argv);
	if (!nr_areas || !*argv || !argv[1])
		errx(2, "there must be a kind of memory, and a command");
	argv++;

	if (is_busy) {
		unsigned long rounds = 0;
		pthread_t thread;

		if (pthread_create(&thread, NULL, busy, &rounds))
			errx(1, "pthread_create");
		run(argv);
		finished = true;
		pthread_join(thread, NULL);
		check_areas("after direct I/O", 0);
		printf("%lu rounds\n", rounds);
		return 0;
	}

	fixed_buffers_open(&ring);
	fixed_buffers_register(&ring, areas, nr_areas);
	run(argv);
	check_areas("while pinned", 0);
	check_pins(&ring);
	fixed_buffers_unregister(&ring);
	check_areas("after it was unpinned", 100);
	return 0;
}
