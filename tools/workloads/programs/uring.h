/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The little of io_uring that the workloads need, as system calls: one request at
 * a time, unless a program fills in more.
 */
#ifndef URING_H
#define URING_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/io_uring.h>

#include "pattern.h"

#define RING_ENTRIES	16
/* More than enough for the queues of so many entries */
#define RING_BYTES	(2 * PAGE_BYTES)

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_array, *cq_head, *cq_tail;
	unsigned int sq_mask, cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	char *queues;
};

/* Of struct io_uring_cqe, what everybody needs */
struct completion {
	__u64 user_data;
	int res;
	unsigned int flags;
};

static inline int sys_register(const struct ring *ring, unsigned int opcode,
			       const void *arg, unsigned int nr)
{
	return syscall(SYS_io_uring_register, ring->fd, opcode, arg, nr);
}

/*
 * With memory of its own for the queues and the requests, or NULL for that of the
 * kernel. Returns what the system call returned.
 */
static inline int ring_setup(struct ring *ring, void *queues, void *sqes)
{
	struct io_uring_params params = { 0 };

	if (queues) {
		params.flags = IORING_SETUP_NO_MMAP;
		params.cq_off.user_addr = (uintptr_t)queues;
		params.sq_off.user_addr = (uintptr_t)sqes;
	}
	ring->fd = syscall(SYS_io_uring_setup, RING_ENTRIES, &params);
	if (ring->fd < 0)
		return ring->fd;
	if (!queues) {
		queues = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
			      MAP_SHARED | MAP_POPULATE, ring->fd,
			      IORING_OFF_SQ_RING);
		sqes = mmap(NULL, RING_ENTRIES * sizeof(*ring->sqes),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			    ring->fd, IORING_OFF_SQES);
		if (queues == MAP_FAILED || sqes == MAP_FAILED)
			err(1, "mmap of a ring");
	}
	ring->queues = queues;
	ring->sqes = sqes;
	ring->sq_tail = (void *)(ring->queues + params.sq_off.tail);
	ring->sq_array = (void *)(ring->queues + params.sq_off.array);
	ring->sq_mask = params.sq_entries - 1;
	ring->cq_head = (void *)(ring->queues + params.cq_off.head);
	ring->cq_tail = (void *)(ring->queues + params.cq_off.tail);
	ring->cqes = (void *)(ring->queues + params.cq_off.cqes);
	ring->cq_mask = params.cq_entries - 1;
	return ring->fd;
}

static inline struct ring new_ring(void)
{
	struct ring ring;

	if (ring_setup(&ring, NULL, NULL) < 0)
		err(1, "io_uring_setup");
	return ring;
}

static inline void free_ring(struct ring *ring)
{
	munmap(ring->queues, RING_BYTES);
	munmap(ring->sqes, RING_ENTRIES * sizeof(*ring->sqes));
	close(ring->fd);
}

static inline void submit(struct ring *ring, const struct io_uring_sqe *sqe)
{
	unsigned int tail = *ring->sq_tail, at = tail & ring->sq_mask;

	ring->sqes[at] = *sqe;
	ring->sq_array[at] = at;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) != 1)
		err(1, "io_uring_enter");
}

static inline struct completion next_cqe(struct ring *ring)
{
	unsigned int head = *ring->cq_head;
	const struct io_uring_cqe *cqe = &ring->cqes[head & ring->cq_mask];
	struct completion completion;

	while (head == __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE))
		if (syscall(SYS_io_uring_enter, ring->fd, 0, 1,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0 &&
		    errno != EINTR)
			err(1, "io_uring_enter");
	completion.user_data = cqe->user_data;
	completion.res = cqe->res;
	completion.flags = cqe->flags;
	__atomic_store_n(ring->cq_head, head + 1, __ATOMIC_RELEASE);
	return completion;
}

/* @result: what the request has to come to */
static inline void request(struct ring *ring, const struct io_uring_sqe *sqe,
			   int result, const char *what)
{
	struct completion cqe;

	submit(ring, sqe);
	cqe = next_cqe(ring);
	if (cqe.res != result)
		errx(1, "%s: %d instead of %d", what, cqe.res, result);
}

/* Runs @leave in a process that ends, or is killed, without cleaning up */
static inline void leave_behind(void (*leave)(void), int kill)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		leave();
		if (kill)
			raise(SIGKILL);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    !!WIFSIGNALED(status) != !!kill || (!kill && status))
		errx(1, "the child failed");
}

#endif /* URING_H */
