// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that is swapped out when it is wanted, and memory that is wanted when it
 * should be swapped out. There must be swap space.
 *
 *	swapped_pages FILE
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>

#include "uring.h"

#define MEMORY_BYTES	(64 * PAGE_BYTES)
/* In an entry of /proc/PID/pagemap */
#define SWAPPED_BIT	62

static int pagemap, file;

static unsigned int nr_swapped(const char *memory)
{
	__u64 entries[MEMORY_BYTES / PAGE_BYTES];
	unsigned int i, nr = 0;

	if (pread(pagemap, entries, sizeof(entries),
		  (uintptr_t)memory / PAGE_BYTES * sizeof(*entries)) !=
	    sizeof(entries))
		err(1, "pagemap");
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		nr += entries[i] >> SWAPPED_BIT & 1;
	return nr;
}

/* Some may escape: they are being looked at, or still to be put on a list. */
static void swap_out(char *memory, const char *what)
{
	unsigned int i;

	for (i = 0; i < 10; i++) {
		if (madvise(memory, MEMORY_BYTES, MADV_PAGEOUT))
			err(1, "MADV_PAGEOUT");
		if (nr_swapped(memory) > MEMORY_BYTES / PAGE_BYTES / 2)
			return;
		usleep(100000);
	}
	errx(1, "%s: only %u pages are swapped out", what, nr_swapped(memory));
}

static char *new_memory(unsigned int seed)
{
	char *memory = map_pages(MEMORY_BYTES, 0);

	pattern_fill(memory, MEMORY_BYTES, seed);
	return memory;
}

static void direct_io(void)
{
	char *from = new_memory(1), *to = new_memory(2);

	swap_out(from, "what is written");
	if (pwrite(file, from, MEMORY_BYTES, 0) != MEMORY_BYTES)
		err(1, "write");
	swap_out(to, "what is read to");
	if (pread(file, to, MEMORY_BYTES, 0) != MEMORY_BYTES)
		err(1, "read");
	pattern_check(to, MEMORY_BYTES, 0, 1, "what was read");
	pattern_check(from, MEMORY_BYTES, 0, 1, "what was written");
	munmap(from, MEMORY_BYTES);
	munmap(to, MEMORY_BYTES);
}

static void long_term(void)
{
	struct ring ring = new_ring();
	char *memory = new_memory(3);
	struct iovec buffer = { memory, MEMORY_BYTES };
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE_FIXED,
		.fd = file,
		.addr = (uintptr_t)memory,
		.len = MEMORY_BYTES,
	};
	int i;

	swap_out(memory, "what gets registered");
	if (sys_register(&ring, IORING_REGISTER_BUFFERS, &buffer, 1))
		err(1, "IORING_REGISTER_BUFFERS");
	for (i = 0; i < 3; i++)
		if (madvise(memory, MEMORY_BYTES, MADV_PAGEOUT))
			err(1, "MADV_PAGEOUT");
	/* Reclaim must see that they are pinned, and leave them what they are. */
	pattern_fill(memory, MEMORY_BYTES, 4);
	request(&ring, &sqe, MEMORY_BYTES, "write");
	if (sys_register(&ring, IORING_UNREGISTER_BUFFERS, NULL, 0))
		err(1, "IORING_UNREGISTER_BUFFERS");
	swap_out(memory, "what was registered");
	pattern_check(memory, MEMORY_BYTES, 0, 4, "what was registered");
	if (pread(file, memory, MEMORY_BYTES, 0) != MEMORY_BYTES)
		err(1, "read");
	pattern_check(memory, MEMORY_BYTES, 0, 4, "what was written");
	free_ring(&ring);
	munmap(memory, MEMORY_BYTES);
}

static void other_process(void)
{
	char *memory = new_memory(5), *copy = map_pages(MEMORY_BYTES, 0);
	struct iovec local = { copy, MEMORY_BYTES };
	struct iovec remote = { memory, MEMORY_BYTES };
	int status, ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends))
		err(1, "pipe");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		pagemap = open("/proc/self/pagemap", O_RDONLY);
		pattern_fill(memory, MEMORY_BYTES, 6);
		swap_out(memory, "memory of another process");
		if (write(ends[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		errx(1, "the child failed");
	if (process_vm_readv(pid, &local, 1, &remote, 1, 0) != MEMORY_BYTES)
		err(1, "process_vm_readv");
	pattern_check(copy, MEMORY_BYTES, 0, 6, "memory of another process");
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ends[0]);
	munmap(memory, MEMORY_BYTES);
	munmap(copy, MEMORY_BYTES);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: swapped_pages FILE");
	file = open(argv[1], O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);
	if (file < 0)
		err(1, "%s", argv[1]);
	pagemap = open("/proc/self/pagemap", O_RDONLY);
	if (pagemap < 0)
		err(1, "pagemap");
	direct_io();
	long_term();
	other_process();
	printf("what was swapped out came back\n");
	return 0;
}
