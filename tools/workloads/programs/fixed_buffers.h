/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Buffers that are registered with an io_uring, and so stay pinned, and reads and
 * writes to and from them. What goes through them goes to the pages that were
 * pinned, whatever has become of the mapping.
 */
#ifndef FIXED_BUFFERS_H
#define FIXED_BUFFERS_H

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/io_uring.h>

struct fixed_buffers {
	int fd;
	struct io_uring_sqe *sqes;
	unsigned int *tail;
	unsigned int *order;
	unsigned int mask;
	unsigned int *done_head;
	unsigned int *done_tail;
	struct io_uring_cqe *cqes;
	unsigned int done_mask;
};

static inline void fixed_buffers_open(struct fixed_buffers *ring)
{
	struct io_uring_params params = { 0 };
	size_t size;
	char *at;

	ring->fd = syscall(__NR_io_uring_setup, 4, &params);
	if (ring->fd < 0)
		err(1, "io_uring_setup");
	if (!(params.features & IORING_FEAT_SINGLE_MMAP))
		errx(1, "io_uring is too old");
	size = params.cq_off.cqes +
	       params.cq_entries * sizeof(struct io_uring_cqe);
	if (size < params.sq_off.array + params.sq_entries * sizeof(__u32))
		size = params.sq_off.array + params.sq_entries * sizeof(__u32);
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
		  IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, params.sq_entries * sizeof(struct io_uring_sqe),
			  PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			  IORING_OFF_SQES);
	if (at == MAP_FAILED || ring->sqes == MAP_FAILED)
		err(1, "mmap of an io_uring");
	ring->tail = (void *)(at + params.sq_off.tail);
	ring->order = (void *)(at + params.sq_off.array);
	ring->mask = params.sq_entries - 1;
	ring->done_head = (void *)(at + params.cq_off.head);
	ring->done_tail = (void *)(at + params.cq_off.tail);
	ring->cqes = (void *)(at + params.cq_off.cqes);
	ring->done_mask = params.cq_entries - 1;
}

/* Returns 0, or -1 with errno set. */
static inline int fixed_buffers_try(struct fixed_buffers *ring,
				    const struct iovec *buffers, unsigned int nr)
{
	return syscall(__NR_io_uring_register, ring->fd,
		       IORING_REGISTER_BUFFERS, buffers, nr);
}

static inline void fixed_buffers_register(struct fixed_buffers *ring,
					  const struct iovec *buffers,
					  unsigned int nr)
{
	if (fixed_buffers_try(ring, buffers, nr))
		err(1, "IORING_REGISTER_BUFFERS");
}

static inline void fixed_buffers_unregister(struct fixed_buffers *ring)
{
	if (syscall(__NR_io_uring_register, ring->fd,
		    IORING_UNREGISTER_BUFFERS, NULL, 0))
		err(1, "IORING_UNREGISTER_BUFFERS");
}

/*
 * Read from or write to the start of a file, with all of buffer @index. @opcode is
 * IORING_OP_READ_FIXED or IORING_OP_WRITE_FIXED.
 */
static inline void fixed_buffers_io(struct fixed_buffers *ring, int opcode,
				    unsigned int index,
				    const struct iovec *buffer, int file)
{
	size_t pos = 0;

	while (pos < buffer->iov_len) {
		unsigned int tail = *ring->tail;
		struct io_uring_sqe *sqe = &ring->sqes[tail & ring->mask];
		struct io_uring_cqe *cqe;
		int ret;

		memset(sqe, 0, sizeof(*sqe));
		sqe->opcode = opcode;
		sqe->fd = file;
		sqe->addr = (uintptr_t)buffer->iov_base + pos;
		sqe->len = buffer->iov_len - pos;
		sqe->off = pos;
		sqe->buf_index = index;
		ring->order[tail & ring->mask] = tail & ring->mask;
		__atomic_store_n(ring->tail, tail + 1, __ATOMIC_RELEASE);
		do {
			ret = syscall(__NR_io_uring_enter, ring->fd, 1, 1,
				      IORING_ENTER_GETEVENTS, NULL, 0);
		} while (ret < 0 && errno == EINTR);
		if (ret != 1 || *ring->done_head ==
		    __atomic_load_n(ring->done_tail, __ATOMIC_ACQUIRE))
			err(1, "io_uring_enter");
		cqe = &ring->cqes[*ring->done_head & ring->done_mask];
		if (cqe->res <= 0)
			errx(1, "%s of a registered buffer: %s",
			     opcode == IORING_OP_READ_FIXED ? "read" : "write",
			     strerror(-cqe->res));
		pos += cqe->res;
		__atomic_store_n(ring->done_head, *ring->done_head + 1,
				 __ATOMIC_RELEASE);
	}
}

#endif /* FIXED_BUFFERS_H */
