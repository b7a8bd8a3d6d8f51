/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory whose content tells where it belongs, for programs that hand it to the
 * kernel and look at what comes out.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_BYTES	4096UL
#define HUGE_BYTES	(2UL << 20)

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static inline unsigned char pattern_at(size_t pos, unsigned int seed)
{
	return (pos * 2654435761UL >> 7) + pos + seed;
}

static inline void pattern_fill(void *at, size_t len, unsigned int seed)
{
	unsigned char *bytes = at;
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = pattern_at(i, seed);
}

/* @from: what position in the pattern @at should have */
static inline void pattern_check(const void *at, size_t len, size_t from,
				 unsigned int seed, const char *what)
{
	const unsigned char *bytes = at;
	size_t i;

	for (i = 0; i < len; i++)
		if (bytes[i] != pattern_at(from + i, seed))
			errx(1, "%s: byte %zu is not what it should be", what,
			     from + i);
}

static inline void *map_pages(size_t len, int flags)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (at == MAP_FAILED)
		err(1, "mmap");
	return at;
}

static inline void *map_shared(int fd, size_t len)
{
	void *at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		err(1, "mmap of a file");
	return at;
}

/* @flags: of memfd_create() */
static inline int open_memfd(unsigned int flags, size_t len)
{
	int fd = memfd_create("memory", flags);

	if (fd < 0 || ftruncate(fd, len))
		err(1, "memfd_create");
	return fd;
}

static inline void *map_memfd(unsigned int flags, size_t len)
{
	int fd = open_memfd(flags, len);
	void *at = map_shared(fd, len);

	close(fd);
	return at;
}

/* Memory that the kernel may back by a huge page, aligned to that */
static inline void *map_thp(size_t len)
{
	uintptr_t at = (uintptr_t)map_pages(len + HUGE_BYTES, 0);

	at = (at + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1);
	if (madvise((void *)at, len, MADV_HUGEPAGE))
		err(1, "MADV_HUGEPAGE");
	return (void *)at;
}

#endif /* PATTERN_H */
