// SPDX-License-Identifier: GPL-2.0
/*
 * Buffers that are registered with io_uring: registered, used, updated, cloned,
 * unregistered, and left behind.
 *
 *	uring_buffers FILE
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "uring.h"

#define NR_BUFFERS	4
#define FILE_BYTES	(4 * HUGE_BYTES)
/* Where a buffer starts in its memory: neither at a huge page, nor at a page */
#define SKIPPED		(5 * PAGE_BYTES + 512)

struct sort {
	const char *name;
	size_t len;
	int flags;
	bool thp, mixed;
};

static const struct sort sorts[] = {
	{ .name = "a page", .len = PAGE_BYTES },
	{ .name = "pages", .len = 40 * PAGE_BYTES },
	{ .name = "a part of a page of hugetlbfs", .len = 7 * PAGE_BYTES,
	  .flags = MAP_HUGETLB },
	{ .name = "pages of hugetlbfs", .len = HUGE_BYTES + 99 * PAGE_BYTES,
	  .flags = MAP_HUGETLB },
	{ .name = "huge pages", .len = HUGE_BYTES + 99 * PAGE_BYTES,
	  .thp = true },
	{ .name = "a huge page and a hole in it", .len = 99 * PAGE_BYTES,
	  .thp = true, .mixed = true },
};

static const char *path;
static int file;

static size_t memory_bytes(const struct sort *sort)
{
	return (SKIPPED + sort->len + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
}

static char *new_memory(const struct sort *sort)
{
	size_t len = memory_bytes(sort);
	char *at;

	at = sort->thp ? map_thp(len) : map_pages(len, sort->flags);
	if (!sort->thp && !sort->flags && madvise(at, len, MADV_NOHUGEPAGE))
		err(1, "MADV_NOHUGEPAGE");
	memset(at, 0xee, len);
	/* Small pages amid what was a huge page */
	if (sort->mixed && madvise(at + 30 * PAGE_BYTES, 9 * PAGE_BYTES,
				   MADV_DONTNEED))
		err(1, "MADV_DONTNEED");
	return at;
}

static struct iovec buffer_in(char *memory, const struct sort *sort)
{
	return (struct iovec) {
		.iov_base = memory + SKIPPED,
		.iov_len = sort->len,
	};
}

static void use(struct ring *ring, int opcode, unsigned int index,
		const struct iovec *buffer, const char *what)
{
	struct io_uring_sqe sqe = {
		.opcode = opcode,
		.fd = file,
		.off = 0,
		.addr = (uintptr_t)buffer->iov_base,
		.len = buffer->iov_len,
		.buf_index = index,
	};

	request(ring, &sqe, buffer->iov_len, what);
}

static void register_buffers(struct ring *ring, const struct iovec *buffers,
			     unsigned int nr)
{
	if (sys_register(ring, IORING_REGISTER_BUFFERS, buffers, nr))
		err(1, "IORING_REGISTER_BUFFERS");
}

static void unregister_buffers(struct ring *ring)
{
	if (sys_register(ring, IORING_UNREGISTER_BUFFERS, NULL, 0))
		err(1, "IORING_UNREGISTER_BUFFERS");
}

static void register_tagged(struct ring *ring, const struct iovec *buffers,
			    const __u64 *tags)
{
	struct io_uring_rsrc_register arg = {
		.nr = NR_BUFFERS,
		.data = (uintptr_t)buffers,
		.tags = (uintptr_t)tags,
	};

	if (sys_register(ring, IORING_REGISTER_BUFFERS2, &arg, sizeof(arg)))
		err(1, "IORING_REGISTER_BUFFERS2");
}

static int update(struct ring *ring, unsigned int index,
		  const struct iovec *buffers, unsigned int nr)
{
	struct io_uring_rsrc_update2 arg = {
		.offset = index,
		.nr = nr,
		.data = (uintptr_t)buffers,
	};

	return sys_register(ring, IORING_REGISTER_BUFFERS_UPDATE, &arg,
			    sizeof(arg));
}

static void expect_tag(struct ring *ring, __u64 tag)
{
	struct completion cqe = next_cqe(ring);

	if (cqe.user_data != tag || cqe.res)
		errx(1, "tag %llu with %d instead of %llu", cqe.user_data,
		     cqe.res, tag);
}

/* Written from one buffer, read to another that shares its memory with a third */
static void write_and_read(const struct sort *sort)
{
	char *from = new_memory(sort), *to = new_memory(sort);
	struct iovec buffers[3] = {
		buffer_in(from, sort), buffer_in(to, sort), buffer_in(to, sort),
	};
	struct ring ring = new_ring();
	int i;

	pattern_fill(buffers[0].iov_base, sort->len, 1);
	for (i = 0; i < 3; i++) {
		register_buffers(&ring, buffers, 3);
		use(&ring, IORING_OP_WRITE_FIXED, 0, &buffers[0], "write");
		memset(buffers[1].iov_base, 0, sort->len);
		use(&ring, IORING_OP_READ_FIXED, 1 + i % 2, &buffers[1], "read");
		pattern_check(buffers[1].iov_base, sort->len, 0, 1, sort->name);
		unregister_buffers(&ring);
	}

	/* A buffer goes on to work when the memory is unmapped. */
	register_buffers(&ring, buffers, 2);
	munmap(from, memory_bytes(sort));
	use(&ring, IORING_OP_WRITE_FIXED, 0, &buffers[0], "write");
	use(&ring, IORING_OP_READ_FIXED, 1, &buffers[1], "read");
	pattern_check(buffers[1].iov_base, sort->len, 0, 1, "what was unmapped");
	free_ring(&ring);
	munmap(to, memory_bytes(sort));
}

static void update_them(const struct sort *sort)
{
	/* An empty place can have none. */
	static const __u64 tags[NR_BUFFERS] = { 11, 12, 13 };
	size_t len = memory_bytes(sort);
	char *memory[NR_BUFFERS], *hole = map_pages(len, 0);
	struct iovec buffers[NR_BUFFERS], other, bad[2], none = { 0 };
	struct ring ring = new_ring();
	int i;

	for (i = 0; i < NR_BUFFERS; i++) {
		memory[i] = new_memory(sort);
		buffers[i] = buffer_in(memory[i], sort);
	}
	other = buffers[3];
	buffers[3] = none;
	register_tagged(&ring, buffers, tags);

	if (update(&ring, 2, &other, 1) != 1)
		err(1, "IORING_REGISTER_BUFFERS_UPDATE");
	expect_tag(&ring, tags[2]);
	use(&ring, IORING_OP_READ_FIXED, 2, &other, "the new buffer");
	if (update(&ring, 3, &buffers[2], 1) != 1)
		err(1, "update of an empty place");
	use(&ring, IORING_OP_READ_FIXED, 3, &buffers[2], "the filled place");

	/* Half of the buffer is there, and then nothing. */
	munmap(hole + len / 2, len / 2);
	bad[0] = buffers[1];
	bad[1] = (struct iovec){ hole + SKIPPED, len - SKIPPED };
	if (update(&ring, 2, &bad[1], 1) != -1 || errno != EFAULT)
		errx(1, "a buffer that is not all there was registered");
	/* One works, the next does not. */
	if (update(&ring, 0, bad, 2) != 1)
		errx(1, "a buffer was not updated, or that behind it was");
	if (update(&ring, 3, &none, 1) != 1)
		err(1, "update to no buffer");
	unregister_buffers(&ring);

	bad[0] = buffers[0];
	if (sys_register(&ring, IORING_REGISTER_BUFFERS, bad, 2) != -1 ||
	    errno != EFAULT)
		errx(1, "buffers that are not all there were registered");
	free_ring(&ring);
	for (i = 0; i < NR_BUFFERS; i++)
		munmap(memory[i], len);
	munmap(hole, len / 2);
}

/* What is in use must stay, and be given back later. */
static void update_meanwhile(const struct sort *sort)
{
	static const __u64 tags[NR_BUFFERS] = { 21 };
	char *memory = new_memory(sort);
	struct iovec buffers[NR_BUFFERS] = { buffer_in(memory, sort) };
	struct iovec none = { 0 };
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ_FIXED,
		.addr = (uintptr_t)buffers[0].iov_base,
		.len = PAGE_BYTES,
		.user_data = 5,
	};
	struct ring ring = new_ring();
	struct completion cqe;
	char page[PAGE_BYTES];
	bool read = false, tag = false;
	int fds[2];

	if (pipe(fds))
		err(1, "pipe");
	register_tagged(&ring, buffers, tags);
	sqe.fd = fds[0];
	submit(&ring, &sqe);
	if (update(&ring, 0, &none, 1) != 1)
		err(1, "update of a buffer in use");
	pattern_fill(page, sizeof(page), 3);
	if (write(fds[1], page, sizeof(page)) != sizeof(page))
		err(1, "write");
	while (!read || !tag) {
		cqe = next_cqe(&ring);
		if (cqe.user_data == 5) {
			read = true;
			if (cqe.res != (int)PAGE_BYTES)
				errx(1, "read from a pipe: %d", cqe.res);
		} else if (cqe.user_data == tags[0]) {
			tag = true;
		} else {
			errx(1, "tag %llu", cqe.user_data);
		}
	}
	pattern_check(buffers[0].iov_base, PAGE_BYTES, 0, 3, "from a pipe");
	free_ring(&ring);
	close(fds[0]);
	close(fds[1]);
	munmap(memory, memory_bytes(sort));
}

static void clone_to(struct ring *to, struct ring *from)
{
	struct io_uring_clone_buffers arg = { .src_fd = from->fd };

	if (sys_register(to, IORING_REGISTER_CLONE_BUFFERS, &arg, 1))
		err(1, "IORING_REGISTER_CLONE_BUFFERS");
}

static void clone_them(const struct sort *sort)
{
	char *memory[2] = { new_memory(sort), new_memory(sort) };
	struct iovec buffers[2] = {
		buffer_in(memory[0], sort), buffer_in(memory[1], sort),
	};
	struct ring rings[4];
	int i, round;

	pattern_fill(buffers[0].iov_base, sort->len, 7);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 4; i++)
			rings[i] = new_ring();
		register_buffers(&rings[0], buffers, 2);
		for (i = 1; i < 4; i++)
			clone_to(&rings[i], &rings[i - 1]);
		/* The first goes, or leaves its buffers; the others go on. */
		if (round % 2)
			free_ring(&rings[0]);
		else
			unregister_buffers(&rings[0]);
		use(&rings[1], IORING_OP_WRITE_FIXED, 0, &buffers[0], "write");
		unregister_buffers(&rings[1]);
		memset(buffers[1].iov_base, 0, sort->len);
		use(&rings[3], IORING_OP_READ_FIXED, 1, &buffers[1], "read");
		pattern_check(buffers[1].iov_base, sort->len, 0, 7, "cloned");
		/* From one that has taken over, to one that has none left */
		clone_to(&rings[1], &rings[3]);
		for (i = round % 2; i < 4; i++)
			free_ring(&rings[i]);
	}
	for (i = 0; i < 2; i++)
		munmap(memory[i], memory_bytes(sort));
}

static const struct sort *left_sort;

static void leave(void)
{
	struct iovec buffers[NR_BUFFERS];
	struct ring ring = new_ring(), other = new_ring();
	struct io_uring_sqe sqe = { .opcode = IORING_OP_READ_FIXED };
	int fds[2], i;

	for (i = 0; i < NR_BUFFERS; i++)
		buffers[i] = buffer_in(new_memory(left_sort), left_sort);
	register_buffers(&ring, buffers, NR_BUFFERS);
	clone_to(&other, &ring);
	/* It waits for ever, but for the end of the process. */
	if (pipe(fds))
		err(1, "pipe");
	sqe.fd = fds[0];
	sqe.addr = (uintptr_t)buffers[1].iov_base;
	sqe.len = buffers[1].iov_len;
	sqe.buf_index = 1;
	submit(&ring, &sqe);
	use(&other, IORING_OP_READ_FIXED, 2, &buffers[2], "read");
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 2)
		errx(2, "usage: uring_buffers FILE");
	path = argv[1];
	file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);
	if (file < 0 || posix_fallocate(file, 0, FILE_BYTES))
		err(1, "%s", path);
	for (i = 0; i < ARRAY_SIZE(sorts); i++) {
		printf("%s\n", sorts[i].name);
		fflush(stdout);
		write_and_read(&sorts[i]);
		update_them(&sorts[i]);
		update_meanwhile(&sorts[i]);
		clone_them(&sorts[i]);
		left_sort = &sorts[i];
		leave_behind(leave, false);
		leave_behind(leave, true);
	}
	return 0;
}
