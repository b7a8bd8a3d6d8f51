// SPDX-License-Identifier: GPL-2.0
/*
 * Sends from registered buffers, and from others, with IORING_OP_SEND_ZC, to
 * itself over the loopback interface.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "uring.h"

#define MEMORY_BYTES	(2 * HUGE_BYTES)
#define MESSAGE_BYTES	50000

/* Where in the memory a message starts: in a page, over the end of a huge page */
static const size_t starts[] = {
	0, 512, 3 * PAGE_BYTES + 7, HUGE_BYTES - PAGE_BYTES - 100,
};

static int type;

static void open_pair(int *from, int *to)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, type, 0);

	*from = socket(AF_INET, type, 0);
	if (listener < 0 || *from < 0)
		err(1, "socket");
	if (bind(listener, (void *)&address, len) ||
	    getsockname(listener, (void *)&address, &len))
		err(1, "bind");
	if (type == SOCK_STREAM && listen(listener, 1))
		err(1, "listen");
	if (connect(*from, (void *)&address, len))
		err(1, "connect");
	*to = listener;
	if (type == SOCK_STREAM) {
		*to = accept(listener, NULL, NULL);
		if (*to < 0)
			err(1, "accept");
		close(listener);
	}
}

static void start_send(struct ring *ring, int fd, char *message, bool fixed)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SEND_ZC,
		.fd = fd,
		.addr = (uintptr_t)message,
		.len = MESSAGE_BYTES,
		.msg_flags = MSG_WAITALL,
		.ioprio = fixed ? IORING_RECVSEND_FIXED_BUF : 0,
	};

	submit(ring, &sqe);
}

static void expect_message(int fd, unsigned int seed)
{
	static char got[MESSAGE_BYTES];
	ssize_t ret = recv(fd, got, sizeof(got), MSG_WAITALL);

	if (ret != MESSAGE_BYTES)
		err(1, "%zd bytes received", ret);
	pattern_check(got, sizeof(got), 0, seed, "what was received");
}

/* One says that it is sent, the other that the memory may be used again. */
static void expect_sent(struct ring *ring)
{
	struct completion cqe = next_cqe(ring);

	if (cqe.res != MESSAGE_BYTES || !(cqe.flags & IORING_CQE_F_MORE))
		errx(1, "IORING_OP_SEND_ZC: %d, flags %x", cqe.res, cqe.flags);
	cqe = next_cqe(ring);
	if (!(cqe.flags & IORING_CQE_F_NOTIF))
		errx(1, "no notification: %d, flags %x", cqe.res, cqe.flags);
}

static void register_buffer(struct ring *ring, char *memory)
{
	struct iovec buffer = { memory, MEMORY_BYTES };

	if (sys_register(ring, IORING_REGISTER_BUFFERS, &buffer, 1))
		err(1, "IORING_REGISTER_BUFFERS");
}

static void send_and_receive(char *memory)
{
	struct ring ring = new_ring();
	unsigned int i, round;
	int from, to;

	open_pair(&from, &to);
	register_buffer(&ring, memory);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < ARRAY_SIZE(starts); i++) {
			char *message = memory + starts[i];

			pattern_fill(message, MESSAGE_BYTES, i);
			/* Mostly from what is registered */
			start_send(&ring, from, message, round != 2);
			expect_message(to, i);
			expect_sent(&ring);
		}
	}
	close(from);
	close(to);
	free_ring(&ring);
}

/* The buffer, its memory and the ring are gone when the message is read. */
static void receive_later(char *memory)
{
	struct ring ring = new_ring();
	int from, to;

	open_pair(&from, &to);
	register_buffer(&ring, memory);
	pattern_fill(memory + 512, MESSAGE_BYTES, 9);
	start_send(&ring, from, memory + 512, true);
	munmap(memory, MEMORY_BYTES);
	free_ring(&ring);
	expect_message(to, 9);
	close(from);
	close(to);
}

static char *left_memory;

/* Nobody reads it. */
static void leave(void)
{
	struct ring ring = new_ring();
	int from, to;

	open_pair(&from, &to);
	register_buffer(&ring, left_memory);
	start_send(&ring, from, left_memory, true);
	start_send(&ring, from, left_memory, false);
}

int main(void)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	unsigned int i, sort;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		type = types[i];
		for (sort = 0; sort < 3; sort++) {
			char *memory;

			if (sort == 2)
				memory = map_thp(MEMORY_BYTES);
			else
				memory = map_pages(MEMORY_BYTES,
						   sort ? MAP_HUGETLB : 0);
			memset(memory, 0, MEMORY_BYTES);
			send_and_receive(memory);
			left_memory = memory;
			leave_behind(leave, false);
			leave_behind(leave, true);
			receive_later(memory);
		}
	}
	printf("everything arrived\n");
	return 0;
}
