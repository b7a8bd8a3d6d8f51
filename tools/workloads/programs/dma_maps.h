/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Maps memory for a device, in all the ways that may go wrong, for programs that
 * know how to do that with one sort of device.
 */
#ifndef DMA_MAPS_H
#define DMA_MAPS_H

#include <err.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/types.h>

#include "pattern.h"

/* Every device has this part of its address space free. */
#define FIRST_IOVA	0x10000000ULL
#define IOVA_STEP	(8 * HUGE_BYTES)

struct dma_maps {
	/* Opens the device. */
	void (*open)(void);
	/* Closes it; what is mapped is to be unmapped then. */
	void (*close)(void);
	/* Both return 0, or -1 with errno set. */
	int (*map)(__u64 iova, void *at, size_t len, bool write);
	int (*unmap)(__u64 iova, size_t len);
	/* In which page there is a hole in memory that cannot be mapped */
	unsigned int hole;
};

static inline void dma_map(const struct dma_maps *dma, unsigned int slot,
			   void *at, size_t len, bool write)
{
	if (dma->map(FIRST_IOVA + slot * IOVA_STEP, at, len, write))
		err(1, "mapping %zu bytes", len);
}

static inline void dma_unmap(const struct dma_maps *dma, unsigned int slot,
			     size_t len)
{
	if (dma->unmap(FIRST_IOVA + slot * IOVA_STEP, len))
		err(1, "unmapping %zu bytes", len);
}

/* Memory of every kind, which goes away, by and by, before it is unmapped */
static inline void dma_every_kind(const struct dma_maps *dma)
{
	size_t small = 100 * PAGE_BYTES;
	char *zero = mmap(NULL, small, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	char *anon = map_pages(small, 0);
	char *thp = map_thp(2 * HUGE_BYTES);
	char *huge = map_pages(HUGE_BYTES, MAP_HUGETLB);
	char *shared = map_memfd(0, small);
	int round;

	if (zero == MAP_FAILED)
		err(1, "mmap");
	memset(thp, 1, 2 * HUGE_BYTES);
	for (round = 0; round < 2; round++) {
		/* The zero page is not pinned, whatever a driver believes. */
		dma_map(dma, 0, zero, small, false);
		dma_map(dma, 1, anon, small, true);
		dma_map(dma, 2, thp, 2 * HUGE_BYTES, true);
		/* The same again, and neither from its start nor to its end */
		dma_map(dma, 3, thp + 3 * PAGE_BYTES, 700 * PAGE_BYTES, true);
		dma_map(dma, 4, huge, HUGE_BYTES, true);
		dma_map(dma, 5, shared, small, true);
		if (round) {
			if (madvise(anon, small / 2, MADV_DONTNEED) ||
			    madvise(thp, 5 * PAGE_BYTES, MADV_DONTNEED) ||
			    munmap(thp + HUGE_BYTES, HUGE_BYTES) ||
			    munmap(huge, HUGE_BYTES) || munmap(shared, small))
				err(1, "madvise, munmap");
		}
		dma_unmap(dma, 5, small);
		dma_unmap(dma, 3, 700 * PAGE_BYTES);
		dma_unmap(dma, 0, small);
		dma_unmap(dma, 1, small);
		dma_unmap(dma, 2, 2 * HUGE_BYTES);
		dma_unmap(dma, 4, HUGE_BYTES);
	}
	munmap(zero, small);
	munmap(anon, small);
	munmap(thp, HUGE_BYTES);
}

/* What was pinned ahead of the hole has to be given back. */
static inline void dma_with_a_hole(const struct dma_maps *dma)
{
	size_t len = 800 * PAGE_BYTES;
	char *at = map_pages(len, 0);

	if (munmap(at + dma->hole * PAGE_BYTES, PAGE_BYTES))
		err(1, "munmap");
	if (!dma->map(FIRST_IOVA, at, len, true))
		errx(1, "memory with a hole was mapped");
	if (mprotect(at + 200 * PAGE_BYTES, PAGE_BYTES, PROT_READ))
		err(1, "mprotect");
	if (!dma->map(FIRST_IOVA, at, 210 * PAGE_BYTES, true))
		errx(1, "memory that is read-only was mapped for writing");
	dma_map(dma, 0, at, 200 * PAGE_BYTES, true);
	dma_unmap(dma, 0, 200 * PAGE_BYTES);
	munmap(at, len);
}

static inline void dma_fork(const struct dma_maps *dma)
{
	size_t len = 64 * PAGE_BYTES;
	char *at = map_pages(len, 0);
	int status;
	pid_t pid;

	pattern_fill(at, len, 1);
	dma_map(dma, 0, at, len, true);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		pattern_check(at, len, 0, 1, "in the child");
		memset(at, 0, len);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the child ended with status %#x", status);
	pattern_check(at, len, 0, 1, "in the parent");
	dma_unmap(dma, 0, len);
	munmap(at, len);
}

/* By @sig, or of its own accord, or after it has closed the device */
static inline void dma_die(const struct dma_maps *dma, int sig, bool closes)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		size_t small = 300 * PAGE_BYTES;

		dma->open();
		dma_map(dma, 0, map_pages(small, 0), small, true);
		dma_map(dma, 1, map_thp(HUGE_BYTES), HUGE_BYTES, true);
		dma_map(dma, 2, map_pages(HUGE_BYTES, MAP_HUGETLB), HUGE_BYTES,
			true);
		if (sig)
			raise(sig);
		if (closes)
			dma->close();
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (sig ? !WIFSIGNALED(status) || WTERMSIG(status) != sig : status)
		errx(1, "the child ended with status %#x", status);
}

static inline void dma_no_limit(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (setrlimit(RLIMIT_MEMLOCK, &all))
		err(1, "RLIMIT_MEMLOCK");
}

static inline void dma_maps(const struct dma_maps *dma)
{
	dma_no_limit();
	dma->open();
	dma_every_kind(dma);
	dma_with_a_hole(dma);
	dma_fork(dma);
	dma->close();
	dma_die(dma, 0, false);
	dma_die(dma, 0, true);
	dma_die(dma, SIGKILL, false);
}

#endif /* DMA_MAPS_H */
