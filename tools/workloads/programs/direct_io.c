// SPDX-License-Identifier: GPL-2.0
/*
 * Direct I/O whose memory changes while it goes on.
 *
 *	direct_io DEVICE
 *
 * The device has to be slow: if all is done before the memory has changed, that
 * is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/aio_abi.h>

#include "pattern.h"

#define MEMORY_BYTES	HUGE_BYTES
#define NR_REQUESTS	4
#define REQUEST_BYTES	(32UL << 10)
/* Apart from each other, or else they are merged */
#define DISTANCE	(128UL << 10)
/* Not at the start of a page */
#define SKIPPED		512

struct sort {
	const char *name;
	int flags;
	bool thp, file;
};

static const struct sort sorts[] = {
	{ .name = "pages" },
	{ .name = "a huge page", .thp = true },
	{ .name = "a page of hugetlbfs", .flags = MAP_HUGETLB },
	{ .name = "pages of a file", .file = true },
};

struct memory {
	const struct sort *sort;
	char *at;
	int fd;
};

static int device;

static struct memory new_memory(const struct sort *sort)
{
	struct memory memory = { .sort = sort, .fd = -1 };

	if (sort->file) {
		memory.fd = open_memfd(0, MEMORY_BYTES);
		memory.at = map_shared(memory.fd, MEMORY_BYTES);
	} else if (sort->thp) {
		memory.at = map_thp(MEMORY_BYTES);
	} else {
		memory.at = map_pages(MEMORY_BYTES, sort->flags);
		if (!sort->flags &&
		    madvise(memory.at, MEMORY_BYTES, MADV_NOHUGEPAGE))
			err(1, "MADV_NOHUGEPAGE");
	}
	memset(memory.at, 0xee, MEMORY_BYTES);
	return memory;
}

static void free_memory(struct memory *memory)
{
	/* What is no longer there does no harm. */
	munmap(memory->at, MEMORY_BYTES);
	if (memory->fd >= 0)
		close(memory->fd);
}

static char *request_at(char *memory, unsigned int i)
{
	return memory + i * DISTANCE + SKIPPED;
}

static aio_context_t start(struct memory *memory, int opcode)
{
	struct iocb iocbs[NR_REQUESTS], *list[NR_REQUESTS];
	aio_context_t context = 0;
	unsigned int i;

	if (syscall(SYS_io_setup, NR_REQUESTS, &context))
		err(1, "io_setup");
	for (i = 0; i < NR_REQUESTS; i++) {
		iocbs[i] = (struct iocb) {
			.aio_lio_opcode = opcode,
			.aio_fildes = device,
			.aio_buf = (uintptr_t)request_at(memory->at, i),
			.aio_nbytes = REQUEST_BYTES,
			.aio_offset = i * DISTANCE,
		};
		list[i] = &iocbs[i];
	}
	if (syscall(SYS_io_submit, context, NR_REQUESTS, list) != NR_REQUESTS)
		err(1, "io_submit");
	return context;
}

/* @done: how many were seen before */
static unsigned int reap(aio_context_t context, unsigned int done, bool wait)
{
	struct io_event events[NR_REQUESTS];
	struct timespec now = { 0 };
	unsigned int wanted = wait ? NR_REQUESTS - done : 0;
	long i, ret;

	ret = syscall(SYS_io_getevents, context, wanted, NR_REQUESTS, events,
		      wait ? NULL : &now);
	if (ret < 0)
		err(1, "io_getevents");
	for (i = 0; i < ret; i++)
		if (events[i].res != REQUEST_BYTES)
			errx(1, "a request ended with %lld", events[i].res);
	return done + ret;
}

static void finish(aio_context_t context, const char *what)
{
	unsigned int done = reap(context, 0, false);

	if (done == NR_REQUESTS)
		errx(1, "%s: too late, everything was done", what);
	reap(context, done, true);
	syscall(SYS_io_destroy, context);
}

static void put_on_device(unsigned int seed)
{
	char *buffer = map_pages(REQUEST_BYTES, 0);
	unsigned int i;

	for (i = 0; i < NR_REQUESTS; i++) {
		pattern_fill(buffer, REQUEST_BYTES, seed + i);
		if (pwrite(device, buffer, REQUEST_BYTES, i * DISTANCE) !=
		    REQUEST_BYTES)
			err(1, "pwrite");
	}
	munmap(buffer, REQUEST_BYTES);
}

static void expect(char *memory, unsigned int seed, const char *what)
{
	unsigned int i;

	for (i = 0; i < NR_REQUESTS; i++)
		pattern_check(request_at(memory, i), REQUEST_BYTES, 0, seed + i,
			      what);
}

static void unmap(struct memory *memory)
{
	if (munmap(memory->at, MEMORY_BYTES))
		err(1, "munmap");
}

/* A huge page gets split, if it may be while it is pinned. */
static void unmap_part(struct memory *memory)
{
	if (memory->sort->flags & MAP_HUGETLB)
		unmap(memory);
	else if (munmap(memory->at + DISTANCE, DISTANCE))
		err(1, "munmap of a part");
}

static void discard(struct memory *memory)
{
	if (madvise(memory->at, MEMORY_BYTES, MADV_DONTNEED))
		err(1, "MADV_DONTNEED");
	if (memory->fd >= 0 && ftruncate(memory->fd, 0))
		err(1, "ftruncate");
}

static void protect(struct memory *memory)
{
	if (mprotect(memory->at, MEMORY_BYTES, PROT_NONE))
		err(1, "mprotect");
}

static void reclaim(struct memory *memory)
{
	/* There are sorts of memory that this is refused for. */
	madvise(memory->at, MEMORY_BYTES, MADV_PAGEOUT);
	madvise(memory->at, MEMORY_BYTES, MADV_FREE);
}

/* The memory is lost: all there is to see is that the requests end well. */
static void lose(const struct sort *sort, void (*change)(struct memory *memory),
		 int opcode, const char *what)
{
	struct memory memory = new_memory(sort);
	aio_context_t context = start(&memory, opcode);

	change(&memory);
	finish(context, what);
	free_memory(&memory);
}

static void move(const struct sort *sort, unsigned int seed)
{
	struct memory memory = new_memory(sort);
	aio_context_t context = start(&memory, IOCB_CMD_PREAD);
	uintptr_t place = (uintptr_t)map_pages(2 * MEMORY_BYTES, 0);
	char *moved;

	place = (place + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
	moved = mremap(memory.at, MEMORY_BYTES, MEMORY_BYTES,
		       MREMAP_MAYMOVE | MREMAP_FIXED, place);
	if (moved == MAP_FAILED)
		err(1, "mremap");
	memory.at = moved;
	finish(context, "moved");
	expect(memory.at, seed, "moved");
	free_memory(&memory);
}

/* The parent must see what is read, whoever writes to the memory first. */
static void fork_meanwhile(const struct sort *sort, unsigned int seed)
{
	struct memory memory = new_memory(sort);
	aio_context_t context = start(&memory, IOCB_CMD_PREAD);
	pid_t pid = fork();
	unsigned int i;
	int status;

	if (pid < 0)
		err(1, "fork");
	for (i = 0; i < NR_REQUESTS; i++)
		memory.at[i * DISTANCE] = 1;
	if (!pid) {
		for (i = 0; i < NR_REQUESTS; i++)
			memory.at[i * DISTANCE + 1] = 2;
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the child failed");
	finish(context, "forked");
	expect(memory.at, seed, "forked");
	free_memory(&memory);
}

static void end_meanwhile(const struct sort *sort, bool kill)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		struct memory memory = new_memory(sort);

		start(&memory, IOCB_CMD_PREAD);
		if (kill)
			raise(SIGKILL);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid ||
	    WIFSIGNALED(status) != kill || (!kill && status))
		errx(1, "the child failed");
}

/* What was written has to be what was there at the time. */
static void write_unmapped(const struct sort *sort, unsigned int seed)
{
	struct memory memory = new_memory(sort);
	aio_context_t context;
	unsigned int i;

	for (i = 0; i < NR_REQUESTS; i++)
		pattern_fill(request_at(memory.at, i), REQUEST_BYTES, seed + i);
	context = start(&memory, IOCB_CMD_PWRITE);
	unmap(&memory);
	finish(context, "written from what was unmapped");
	free_memory(&memory);

	memory = new_memory(sort);
	context = start(&memory, IOCB_CMD_PREAD);
	finish(context, "read back");
	expect(memory.at, seed, "read back");
	free_memory(&memory);
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc != 2)
		errx(2, "usage: direct_io DEVICE");
	device = open(argv[1], O_RDWR | O_DIRECT);
	if (device < 0)
		err(1, "%s", argv[1]);

	put_on_device(1);
	for (i = 0; i < ARRAY_SIZE(sorts); i++) {
		const struct sort *sort = &sorts[i];

		printf("%s\n", sort->name);
		fflush(stdout);
		lose(sort, unmap, IOCB_CMD_PREAD, "unmapped");
		lose(sort, unmap_part, IOCB_CMD_PREAD, "unmapped in part");
		lose(sort, discard, IOCB_CMD_PREAD, "discarded");
		lose(sort, protect, IOCB_CMD_PREAD, "protected");
		lose(sort, reclaim, IOCB_CMD_PREAD, "reclaimed");
		move(sort, 1);
		fork_meanwhile(sort, 1);
		end_meanwhile(sort, false);
		end_meanwhile(sort, true);
		write_unmapped(sort, 1 + i);
		put_on_device(1);
	}
	return 0;
}
