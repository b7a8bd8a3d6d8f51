/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of all the sorts that GUP treats differently.
 */
#ifndef _GUP_MIRROR_BUFFER_H
#define _GUP_MIRROR_BUFFER_H

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_SIZE	(2UL << 20)
#define HUGEPAGES	"/sys/kernel/mm/hugepages/hugepages-2048kB/"
#define NR_HUGEPAGES	HUGEPAGES "nr_hugepages"
#define FREE_HUGEPAGES	HUGEPAGES "free_hugepages"

enum buffer_type {
	BUFFER_ANON,
	BUFFER_THP,
	BUFFER_MEMFD,
	BUFFER_FILE,
	BUFFER_HUGETLB,
};

/**
 * struct buffer - memory, filled so that it is all there and writable
 * @addr: its address
 * @size: bytes in it
 * @map: the mapping that it is in
 * @map_size: bytes in the mapping
 * @fd: the file behind it, or -1
 */
struct buffer {
	char *addr;
	size_t size;
	void *map;
	size_t map_size;
	int fd;
};

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

/* A file without a name. Returns a file descriptor, or -1 with errno set. */
static inline int buffer_file(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/gup_mirror.XXXXXX", dir);
	fd = mkstemp(path);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/* Raise the number of huge pages, never to lower it: others may use them. */
static inline void buffer_want_hugepages(int nr)
{
	FILE *file = fopen(NR_HUGEPAGES, "r+");
	int old;

	if (!file)
		return;
	if (fscanf(file, "%d", &old) == 1 && old < nr) {
		rewind(file);
		fprintf(file, "%d\n", nr);
	}
	fclose(file);
}

/* Huge pages that nobody has; -1 if there is no hugetlb. */
static inline long free_hugepages(void)
{
	FILE *file = fopen(FREE_HUGEPAGES, "r");
	long nr = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &nr) != 1)
		nr = -1;
	fclose(file);
	return nr;
}

/*
 * Reference counts are exact only while no page of ours waits in one of the
 * batches that each CPU has for the LRU lists, where it has one more. Stay on
 * one CPU, and have its batches emptied by the first thing that MADV_COLD does.
 */
static inline void buffer_stay_on_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
}

static inline void buffer_settle(void)
{
	static void *scratch;

	if (!scratch)
		scratch = mmap(NULL, page_size(), PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(scratch, page_size(), MADV_COLD);
}

/* The memory is free then, unless somebody else has it. */
static inline void buffer_unmap(struct buffer *buffer)
{
	buffer_settle();
	if (buffer->map)
		munmap(buffer->map, buffer->map_size);
	if (buffer->fd >= 0)
		close(buffer->fd);
	buffer->map = NULL;
	buffer->fd = -1;
}

/**
 * buffer_map() - get memory
 * @buffer: to be filled in
 * @type: sort of memory
 * @nr_pages: number of pages; ignored for huge pages, where one is used
 * @dir: directory for files, or NULL
 *
 * Whether the kernel uses huge pages where it may is up to the caller to see.
 *
 * Return: NULL, or the reason why there is none.
 */
static inline const char *buffer_map(struct buffer *buffer,
				     enum buffer_type type, size_t nr_pages,
				     const char *dir)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;

	*buffer = (struct buffer) { .fd = -1 };
	buffer->size = nr_pages * page_size();

	switch (type) {
	case BUFFER_ANON:
		break;
	case BUFFER_THP:
		buffer->size = HUGE_SIZE;
		break;
	case BUFFER_HUGETLB:
		buffer->size = HUGE_SIZE;
		flags |= MAP_HUGETLB;
		buffer_want_hugepages(8);
		break;
	case BUFFER_MEMFD:
		buffer->fd = memfd_create("gup_mirror", MFD_CLOEXEC);
		if (buffer->fd < 0)
			return "memfd_create() failed";
		break;
	case BUFFER_FILE:
		buffer->fd = buffer_file(dir ?: ".");
		if (buffer->fd < 0)
			return "cannot create a file in the directory";
		break;
	}
	if (buffer->fd >= 0) {
		flags = MAP_SHARED;
		if (ftruncate(buffer->fd, buffer->size))
			goto fail;
	}

	buffer->map_size = buffer->size;
	if (type == BUFFER_THP)
		buffer->map_size += HUGE_SIZE;
	buffer->map = mmap(NULL, buffer->map_size, PROT_READ | PROT_WRITE,
			   flags, buffer->fd, 0);
	if (buffer->map == MAP_FAILED) {
		buffer->map = NULL;
		goto fail;
	}
	buffer->addr = buffer->map;
	if (type == BUFFER_THP) {
		buffer->addr = (char *)(((uintptr_t)buffer->map + HUGE_SIZE - 1)
					& -HUGE_SIZE);
		if (madvise(buffer->addr, HUGE_SIZE, MADV_HUGEPAGE))
			goto fail;
	} else if (type != BUFFER_HUGETLB) {
		/* Fails where there are none, which is as well. */
		madvise(buffer->addr, buffer->size, MADV_NOHUGEPAGE);
	}
	memset(buffer->addr, 0x5a, buffer->size);
	return NULL;

fail:
	buffer_unmap(buffer);
	switch (type) {
	case BUFFER_THP:
		return "madvise(MADV_HUGEPAGE) failed; CONFIG_TRANSPARENT_HUGEPAGE?";
	case BUFFER_HUGETLB:
		return "no huge page; CONFIG_HUGETLBFS, and enough memory?";
	default:
		return "cannot map memory";
	}
}

#endif /* _GUP_MIRROR_BUFFER_H */
