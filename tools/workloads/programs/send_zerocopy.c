// SPDX-License-Identifier: GPL-2.0
/*
 * Sends memory with MSG_ZEROCOPY, and looks at what arrives.
 *
 *	send_zerocopy tcp|udp ADDRESS [NAMESPACE]
 *
 * The receiver is at ADDRESS, in this network namespace or in one that "ip netns"
 * has made.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/errqueue.h>

#include "pattern.h"

#define PORT	7654

static struct sockaddr_in peer = {
	.sin_family = AF_INET,
};

static int type;
static const char *namespace;

static void enter_namespace(void)
{
	char path[256];
	int fd;

	if (!namespace)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", namespace);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "network namespace %s", namespace);
	close(fd);
}

/* Reads @len bytes, and compares them with the pattern */
static void expect(int fd, size_t len, unsigned int seed)
{
	char *got = malloc(len);
	size_t done = 0;

	while (done < len) {
		ssize_t ret = recv(fd, got + done, len - done, 0);

		if (ret <= 0)
			err(1, "recv after %zu of %zu bytes", done, len);
		done += ret;
		if (type == SOCK_DGRAM)
			break;
	}
	if (done != len)
		errx(1, "%zu of %zu bytes arrived", done, len);
	pattern_check(got, len, 0, seed, "what was received");
	free(got);
}

/* To and from the receiver */
static void order(int control, size_t len, size_t seed)
{
	size_t words[2] = { len, seed };

	if (write(control, words, sizeof(words)) != sizeof(words))
		err(1, "write");
}

static void await_answer(int control)
{
	char byte;

	if (read(control, &byte, 1) != 1)
		errx(1, "the receiver has ended");
}

/* A process that answers after each message that it was told of and has read */
static pid_t receiver(int *control)
{
	int ends[2], listener, fd, one = 1;
	size_t words[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		err(1, "socketpair");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid) {
		close(ends[1]);
		*control = ends[0];
		await_answer(*control);
		return pid;
	}

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(ends[0]);
	enter_namespace();
	listener = socket(AF_INET, type, 0);
	if (listener < 0)
		err(1, "socket");
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (void *)&peer, sizeof(peer)))
		err(1, "bind");
	if (type == SOCK_STREAM && listen(listener, 1))
		err(1, "listen");
	if (write(ends[1], "", 1) != 1)
		err(1, "write");
	fd = listener;
	if (type == SOCK_STREAM)
		fd = accept(listener, NULL, NULL);
	if (fd < 0)
		err(1, "accept");
	while (read(ends[1], words, sizeof(words)) == sizeof(words)) {
		expect(fd, words[0], words[1]);
		if (write(ends[1], "", 1) != 1)
			err(1, "write");
	}
	_exit(0);
}

static int connected(void)
{
	int fd = socket(AF_INET, type, 0);
	int one = 1;

	if (fd < 0)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		err(1, "SO_ZEROCOPY");
	if (connect(fd, (void *)&peer, sizeof(peer)))
		err(1, "connect");
	return fd;
}

/* Reads notifications until @nr sends are complete */
static void await_completions(int fd, unsigned int nr)
{
	unsigned int done = 0;

	while (done < nr) {
		struct pollfd poll_fd = { .fd = fd };
		char control[128];
		struct msghdr msg = {
			.msg_control = control,
			.msg_controllen = sizeof(control),
		};
		struct sock_extended_err *error;
		struct cmsghdr *cmsg;

		if (poll(&poll_fd, 1, 10000) != 1)
			errx(1, "only %u of %u sends have completed", done, nr);
		if (recvmsg(fd, &msg, MSG_ERRQUEUE) < 0) {
			if (errno == EAGAIN)
				continue;
			err(1, "MSG_ERRQUEUE");
		}
		cmsg = CMSG_FIRSTHDR(&msg);
		if (!cmsg)
			errx(1, "a notification without content");
		error = (void *)CMSG_DATA(cmsg);
		if (error->ee_errno || error->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
			errx(1, "errno %u, origin %u in a notification",
			     error->ee_errno, error->ee_origin);
		done += error->ee_data - error->ee_info + 1;
	}
}

static void send_all(int fd, const char *at, size_t len, int flags)
{
	ssize_t ret;

	do {
		ret = send(fd, at, len, MSG_ZEROCOPY | flags);
		if (ret < 0)
			err(1, "send");
		at += ret;
		len -= ret;
		/* A datagram is sent as a whole. */
	} while (len);
}

/*
 * Of anonymous memory, of a huge page, and of a file; from the start of a page on
 * and not. Datagrams must be small.
 */
static void every_sort_of_memory(int fd, int control)
{
	size_t size = type == SOCK_DGRAM ? 12 * PAGE_BYTES : 64 * PAGE_BYTES;
	char *memory[3] = { map_pages(size, 0), map_thp(HUGE_BYTES), map_memfd(0, size) };
	size_t i, skip;

	for (i = 0; i < 3; i++) {
		for (skip = 0; skip <= 77; skip += 77) {
			pattern_fill(memory[i] + skip, size - skip, i);
			order(control, size - skip, i);
			send_all(fd, memory[i] + skip, size - skip, 0);
			await_completions(fd, 1);
			await_answer(control);
		}
	}
	/* Put together to one from memory and from a copy */
	if (type == SOCK_DGRAM) {
		pattern_fill(memory[0], size, 5);
		order(control, size, 5);
		send_all(fd, memory[0], PAGE_BYTES, MSG_MORE);
		send_all(fd, memory[0] + PAGE_BYTES, size - PAGE_BYTES, 0);
		await_completions(fd, 1);
		await_answer(control);
	}
	for (i = 0; i < 3; i++)
		munmap(memory[i], size);
}

/* The process that sends is killed, with all that fits on the way. */
static void killed_with_data_on_the_way(void)
{
	int control, status;
	pid_t to = receiver(&control), pid;

	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		char *at = map_pages(64 * PAGE_BYTES, 0);
		int fd = connected();
		long sent = 0;
		ssize_t ret;

		pattern_fill(at, 64 * PAGE_BYTES, 9);
		do {
			ret = send(fd, at, 64 * PAGE_BYTES,
				   MSG_ZEROCOPY | MSG_DONTWAIT);
			if (ret > 0)
				sent += ret;
		} while (ret > 0);
		if (sent < (long)(16 * PAGE_BYTES))
			err(1, "only %ld bytes were sent", sent);
		raise(SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (!WIFSIGNALED(status))
		errx(1, "the sender was not killed");
	/* Time for those that the sender has left behind. */
	usleep(100000);
	close(control);
	if (waitpid(to, &status, 0) != to || status)
		errx(1, "the receiver failed");
}

int main(int argc, char **argv)
{
	int control, fd, status;
	pid_t pid;

	if (argc < 3 || argc > 4)
		errx(2, "usage: send_zerocopy tcp|udp ADDRESS [NAMESPACE]");
	if (!strcmp(argv[1], "tcp"))
		type = SOCK_STREAM;
	else if (!strcmp(argv[1], "udp"))
		type = SOCK_DGRAM;
	else
		errx(2, "unknown protocol %s", argv[1]);
	peer.sin_port = htons(PORT);
	if (inet_pton(AF_INET, argv[2], &peer.sin_addr) != 1)
		errx(2, "bad address %s", argv[2]);
	namespace = argv[3];
	/* A datagram that is lost is not waited for. */
	alarm(60);

	pid = receiver(&control);
	fd = connected();
	every_sort_of_memory(fd, control);
	close(control);
	close(fd);
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the receiver failed");
	if (type == SOCK_STREAM)
		killed_with_data_on_the_way();
	printf("everything arrived\n");
	return 0;
}
