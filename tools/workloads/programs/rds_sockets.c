// SPDX-License-Identifier: GPL-2.0
/*
 * Has RDS write its tables to user pages, and sends user pages over it.
 *
 *	rds_sockets ADDRESS
 *
 * ADDRESS is one of this host, but not of the loopback device: RDS then goes over
 * TCP, which is what knows MSG_ZEROCOPY.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/rds.h>

#include "pattern.h"

#define TABLE_PAGES	16
#define MESSAGE_BYTES	(5 * PAGE_BYTES + 300)
#define NR_MESSAGES	8

static int rds_socket(struct sockaddr_in *address)
{
	int fd = socket(AF_RDS, SOCK_SEQPACKET, 0);
	socklen_t len = sizeof(*address);

	if (fd < 0)
		err(1, "socket");
	if (bind(fd, (void *)address, sizeof(*address)) ||
	    getsockname(fd, (void *)address, &len))
		err(1, "bind");
	return fd;
}

/* All tables, into memory that is there, is too small, and is not there */
static void read_tables(int fd)
{
	char *at = map_pages(TABLE_PAGES * PAGE_BYTES, 0);
	int table, read = 0;

	for (table = RDS_INFO_FIRST; table <= RDS_INFO_LAST; table++) {
		socklen_t len = TABLE_PAGES * PAGE_BYTES, unaligned = len - 100;

		/* The size of an entry is what it returns. */
		if (getsockopt(fd, SOL_RDS, table, at, &len) < 0) {
			if (errno != ENOPROTOOPT)
				err(1, "table %d", table);
			continue;
		}
		read++;
		if (getsockopt(fd, SOL_RDS, table, at + 100, &unaligned) < 0)
			err(1, "table %d, unaligned", table);
		if (len != unaligned)
			errx(1, "table %d has %u and %u bytes", table, len,
			     unaligned);
		if (!len)
			continue;
		len--;
		if (getsockopt(fd, SOL_RDS, table, at + 4090, &len) >= 0 ||
		    errno != ENOSPC)
			errx(1, "table %d fits where it cannot", table);
	}
	if (!read)
		errx(1, "no table was read");

	munmap(at + 10 * PAGE_BYTES, PAGE_BYTES);
	for (table = RDS_INFO_FIRST; table <= RDS_INFO_LAST; table++) {
		socklen_t len = TABLE_PAGES * PAGE_BYTES;

		if (getsockopt(fd, SOL_RDS, table, at, &len) >= 0)
			errx(1, "table %d was read into a hole", table);
		/* The kernel calls it EAGAIN if it got some of the pages. */
		if (errno != EAGAIN && errno != ENOPROTOOPT)
			err(1, "table %d, into a hole", table);
	}
	munmap(at, TABLE_PAGES * PAGE_BYTES);
}

static void send_message(int fd, struct sockaddr_in *to, void *at, size_t len,
			 __u32 cookie)
{
	union {
		char bytes[CMSG_SPACE(sizeof(cookie))];
		struct cmsghdr align;
	} control = { 0 };
	struct iovec iov = { at, len };
	struct msghdr msg = {
		.msg_name = to,
		.msg_namelen = sizeof(*to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_RDS;
	cmsg->cmsg_type = RDS_CMSG_ZCOPY_COOKIE;
	cmsg->cmsg_len = CMSG_LEN(sizeof(cookie));
	memcpy(CMSG_DATA(cmsg), &cookie, sizeof(cookie));
	if (sendmsg(fd, &msg, MSG_ZEROCOPY) != (ssize_t)len)
		err(1, "sendmsg");
}

/* How many sends the kernel says are done */
static unsigned int completions(int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct rds_zcopy_cookies))];
		struct cmsghdr align;
	} control;
	struct msghdr msg = {
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct rds_zcopy_cookies *cookies;
	struct cmsghdr *cmsg;

	if (recvmsg(fd, &msg, MSG_DONTWAIT) < 0) {
		if (errno == EAGAIN)
			return 0;
		err(1, "recvmsg");
	}
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != RDS_CMSG_ZCOPY_COMPLETION)
		errx(1, "not a notification");
	cookies = (void *)CMSG_DATA(cmsg);
	return cookies->num;
}

static void send_pages(int from, int to, struct sockaddr_in *address)
{
	char *at = map_pages(NR_MESSAGES * 6 * PAGE_BYTES, 0);
	char *got = malloc(MESSAGE_BYTES);
	unsigned int done = 0, i;

	for (i = 0; i < NR_MESSAGES; i++) {
		char *message = at + i * 6 * PAGE_BYTES;
		struct pollfd poll_fd = { .fd = to, .events = POLLIN };

		pattern_fill(message, MESSAGE_BYTES, i);
		send_message(from, address, message, MESSAGE_BYTES, i + 1);
		if (poll(&poll_fd, 1, 10000) != 1)
			errx(1, "message %u did not arrive", i);
		if (recv(to, got, MESSAGE_BYTES, 0) != MESSAGE_BYTES)
			err(1, "recv");
		pattern_check(got, MESSAGE_BYTES, 0, i, "a message");
	}
	for (i = 0; i < 1000 && done < NR_MESSAGES; i++) {
		done += completions(from);
		usleep(10000);
	}
	if (done != NR_MESSAGES)
		errx(1, "%u of %u messages have completed", done, NR_MESSAGES);
	/* Nobody reads the last ones. */
	send_message(from, address, at, MESSAGE_BYTES, 100);
	send_message(from, address, at, MESSAGE_BYTES, 101);
	munmap(at, NR_MESSAGES * 6 * PAGE_BYTES);
	free(got);
}

int main(int argc, char **argv)
{
	struct sockaddr_in addresses[2] = {
		{ .sin_family = AF_INET, .sin_port = htons(4001) },
		{ .sin_family = AF_INET, .sin_port = htons(4002) },
	};
	int fds[2], one = 1, i;

	if (argc != 2)
		errx(2, "usage: rds_sockets ADDRESS");
	for (i = 0; i < 2; i++) {
		if (inet_pton(AF_INET, argv[1], &addresses[i].sin_addr) != 1)
			errx(2, "bad address %s", argv[1]);
		fds[i] = rds_socket(&addresses[i]);
	}
	if (setsockopt(fds[0], SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		err(1, "SO_ZEROCOPY");
	send_pages(fds[0], fds[1], &addresses[1]);
	read_tables(fds[0]);
	printf("tables and messages were as expected\n");
	return 0;
}
