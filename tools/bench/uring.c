// SPDX-License-Identifier: GPL-2.0
/*
 * Direct reads by io_uring, for tools/bench:
 *
 *	uring BLOCK NR DEVICE [fixed] ROUNDS	NR times BLOCK bytes
 *
 * With "fixed", the buffers are registered beforehand. The units are reads.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "rounds.h"

/* So many reads at a time, into as many buffers */
#define DEPTH	32

/* What is kept for one page is then never in a cache line with that of another. */
#define MIN_STRIDE	(64 * 1024)

struct reader {
	struct io_uring ring;
	struct iovec buf[DEPTH];
	bool fixed;
	int fd;
};

static void reader_init(struct reader *r, size_t block, const char *file)
{
	size_t stride = block < MIN_STRIDE ? MIN_STRIDE : block;
	char *mem;
	int i;

	r->fd = open(file, O_RDONLY | O_DIRECT);
	if (r->fd < 0)
		err(1, "%s", file);
	mem = mmap(NULL, stride * DEPTH, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Many small folios are what costs most. */
	if (mem == MAP_FAILED || madvise(mem, stride * DEPTH, MADV_NOHUGEPAGE))
		err(1, "buffers");
	memset(mem, 1, stride * DEPTH);
	for (i = 0; i < DEPTH; i++) {
		r->buf[i].iov_base = mem + i * stride;
		r->buf[i].iov_len = block;
	}

	i = io_uring_queue_init(DEPTH, &r->ring, 0);
	if (!i && r->fixed)
		i = io_uring_register_buffers(&r->ring, r->buf, DEPTH);
	if (i)
		errx(1, "io_uring: %s", strerror(-i));
}

static void read_batch(struct reader *r)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;
	int i;

	for (i = 0; i < DEPTH; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&r->ring);
		struct iovec *buf = &r->buf[i];

		if (r->fixed)
			io_uring_prep_read_fixed(sqe, r->fd, buf->iov_base,
						 buf->iov_len, 0, i);
		else
			io_uring_prep_read(sqe, r->fd, buf->iov_base,
					   buf->iov_len, 0);
	}
	if (io_uring_submit_and_wait(&r->ring, DEPTH) != DEPTH)
		errx(1, "not all reads were submitted");
	io_uring_for_each_cqe(&r->ring, head, cqe) {
		if (cqe->res != (int)r->buf[0].iov_len)
			errx(1, "a read returned %d", cqe->res);
		seen++;
	}
	if (seen != DEPTH)
		errx(1, "%u of %d reads have ended", seen, DEPTH);
	io_uring_cq_advance(&r->ring, seen);
}

int main(int argc, char **argv)
{
	struct reader reader = {};
	int rounds;
	long nr;

	reader.fixed = argc == 6 && !strcmp(argv[4], "fixed");
	if (argc != 5 + reader.fixed)
		errx(1, "see the source for usage");
	reader_init(&reader, atol(argv[1]), argv[3]);
	nr = atol(argv[2]) / DEPTH;

	for (rounds = atoi(argv[argc - 1]); rounds > 0; rounds--) {
		long long start = now();
		long i;

		for (i = 0; i < nr; i++)
			read_batch(&reader);
		end_round(nr * DEPTH, start);
	}
	return 0;
}
