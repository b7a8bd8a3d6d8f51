// SPDX-License-Identifier: GPL-2.0
/*
 * Rings of io_uring in memory of the program: its queues, and rings of buffers to
 * choose from.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "uring.h"

#define NR_CHOICES	8
#define CHOICE_BYTES	3000
#define GROUP		3

static int memory_flags;

/* Of whole huge pages, if it is of huge pages */
static size_t memory_bytes(void)
{
	return memory_flags & MAP_HUGETLB ? HUGE_BYTES : 4 * PAGE_BYTES;
}

static void *new_memory(void)
{
	return map_pages(memory_bytes(), memory_flags);
}

/* Queues somewhere in the memory, the requests in a page after them */
static struct ring own_ring(char *memory)
{
	struct ring ring;

	if (ring_setup(&ring, memory, memory + RING_BYTES) < 0)
		err(1, "a ring in memory of the program");
	return ring;
}

static void do_nothing(struct ring *ring)
{
	struct io_uring_sqe sqe = { .opcode = IORING_OP_NOP };
	int i;

	for (i = 0; i < 3 * RING_ENTRIES; i++) {
		sqe.user_data = i;
		request(ring, &sqe, 0, "no operation");
	}
}

static void own_queues(void)
{
	char *memory = new_memory();
	struct ring ring = own_ring(memory);

	do_nothing(&ring);
	close(ring.fd);

	/* The same memory again, which is gone before the ring */
	ring = own_ring(memory);
	do_nothing(&ring);
	munmap(memory, memory_bytes());
	close(ring.fd);
}

/* What is there of the memory has to be given back. */
static void incomplete_queues(void)
{
	char *memory = map_pages(4 * PAGE_BYTES, 0);
	struct ring ring;

	munmap(memory + PAGE_BYTES, PAGE_BYTES);
	if (ring_setup(&ring, memory, memory + 2 * PAGE_BYTES) >= 0) {
		/* As many pages as are needed were there. */
		close(ring.fd);
	}
	/* The queues are there, the requests are not. */
	munmap(memory + 3 * PAGE_BYTES, PAGE_BYTES);
	if (ring_setup(&ring, memory + 2 * PAGE_BYTES,
		       memory + 3 * PAGE_BYTES) >= 0)
		errx(1, "a ring has requests in no memory");
	munmap(memory, 4 * PAGE_BYTES);
}

static void register_choices(struct ring *ring, struct io_uring_buf_ring *choices,
			     int flags)
{
	struct io_uring_buf_reg arg = {
		.ring_addr = (uintptr_t)choices,
		.ring_entries = NR_CHOICES,
		.bgid = GROUP,
		.flags = flags,
	};

	if (sys_register(ring, IORING_REGISTER_PBUF_RING, &arg, 1))
		err(1, "IORING_REGISTER_PBUF_RING");
	/* The place is taken: nothing may be kept of this. */
	if (!sys_register(ring, IORING_REGISTER_PBUF_RING, &arg, 1))
		errx(1, "a ring of buffers was registered twice");
}

static void unregister_choices(struct ring *ring)
{
	struct io_uring_buf_reg arg = { .bgid = GROUP };

	if (sys_register(ring, IORING_UNREGISTER_PBUF_RING, &arg, 1))
		err(1, "IORING_UNREGISTER_PBUF_RING");
}

static void offer(struct io_uring_buf_ring *choices, char *memory)
{
	unsigned short i;

	for (i = 0; i < NR_CHOICES; i++) {
		choices->bufs[i].addr = (uintptr_t)memory + i * CHOICE_BYTES;
		choices->bufs[i].len = CHOICE_BYTES;
		choices->bufs[i].bid = i;
	}
	__atomic_store_n(&choices->tail, choices->tail + NR_CHOICES,
			 __ATOMIC_RELEASE);
}

/* Data that comes in goes to what buffer is next. */
static void receive(struct ring *ring, const char *memory, int nr)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_RECV,
		.flags = IOSQE_BUFFER_SELECT,
		.buf_group = GROUP,
	};
	char sent[CHOICE_BYTES];
	int ends[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		err(1, "socketpair");
	sqe.fd = ends[0];
	for (i = 0; i < nr; i++) {
		struct completion cqe;

		pattern_fill(sent, sizeof(sent), i);
		submit(ring, &sqe);
		if (write(ends[1], sent, sizeof(sent)) != sizeof(sent))
			err(1, "write");
		cqe = next_cqe(ring);
		if (cqe.res != CHOICE_BYTES || !(cqe.flags & IORING_CQE_F_BUFFER) ||
		    (int)(cqe.flags >> IORING_CQE_BUFFER_SHIFT) != i)
			errx(1, "received %d, flags %x", cqe.res, cqe.flags);
		pattern_check(memory + i * CHOICE_BYTES, CHOICE_BYTES, 0, i,
			      "what was received");
	}
	close(ends[0]);
	close(ends[1]);
}

static void choose(int flags)
{
	char *memory = map_pages(NR_CHOICES * CHOICE_BYTES, 0);
	char *place = new_memory();
	struct io_uring_buf_ring *choices = (void *)(place + PAGE_BYTES);
	struct ring ring = new_ring();
	int i;

	for (i = 0; i < 3; i++) {
		memset(choices, 0, PAGE_BYTES);
		register_choices(&ring, choices, flags);
		offer(choices, memory);
		receive(&ring, memory, NR_CHOICES);
		unregister_choices(&ring);
	}
	/* Still registered at the end, without the memory that it is in */
	memset(choices, 0, PAGE_BYTES);
	register_choices(&ring, choices, flags);
	offer(choices, memory);
	munmap(place, memory_bytes());
	receive(&ring, memory, NR_CHOICES / 2);
	free_ring(&ring);
	munmap(memory, NR_CHOICES * CHOICE_BYTES);
}

/* A ring that needs two pages, of which one is there */
static void incomplete_choices(void)
{
	char *memory = map_pages(2 * PAGE_BYTES, 0);
	struct io_uring_buf_reg arg = {
		.ring_addr = (uintptr_t)memory,
		.ring_entries = 2 * PAGE_BYTES / sizeof(struct io_uring_buf),
		.bgid = GROUP,
	};
	struct ring ring = new_ring();

	munmap(memory + PAGE_BYTES, PAGE_BYTES);
	if (sys_register(&ring, IORING_REGISTER_PBUF_RING, &arg, 1) != -1 ||
	    errno != EFAULT)
		errx(1, "a ring of buffers in no memory was registered");
	free_ring(&ring);
	munmap(memory, PAGE_BYTES);
}

static void leave(void)
{
	struct ring ring = own_ring(new_memory());
	struct io_uring_buf_ring *choices = new_memory();

	register_choices(&ring, choices, 0);
	offer(choices, new_memory());
	do_nothing(&ring);
}

int main(void)
{
	static const int flags[] = { 0, MAP_HUGETLB };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		memory_flags = flags[i];
		own_queues();
		choose(0);
		choose(IOU_PBUF_RING_INC);
		leave_behind(leave, false);
		leave_behind(leave, true);
	}
	incomplete_queues();
	incomplete_choices();
	printf("all rings worked\n");
	return 0;
}
