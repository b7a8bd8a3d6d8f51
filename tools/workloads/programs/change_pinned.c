// SPDX-License-Identifier: GPL-2.0
/*
 * Pins its own memory, does to it all that a process can do to its memory, and
 * checks that it sees what is put into the pinned pages, or does not, if it has
 * given them up.
 *
 *	change_pinned FILE KIND...
 *
 *	FILE	is written to
 *	KIND	anon, thp, hugetlb, or shmem
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/mempolicy.h>

#include "fixed_buffers.h"
#include "pattern.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

enum kind { ANON = 1, THP = 2, HUGETLB = 4, SHMEM = 8, ALL = 15 };

static const char * const kinds[] = { "anon", "thp", "hugetlb", "shmem" };

/* What becomes of the memory */
enum fate { SAME, GONE };

struct area {
	enum kind kind;
	struct iovec buffer;
	/* How much of it is mapped still */
	size_t mapped;
	int memfd;
};

static const char *file_name;
static int file;
static char *copy;
static struct fixed_buffers ring;

static void make(struct area *area, enum kind kind, size_t len)
{
	area->kind = kind;
	area->buffer.iov_len = len;
	area->mapped = len;
	area->memfd = -1;
	switch (kind) {
	case HUGETLB:
		area->buffer.iov_base = map_pages(len, MAP_HUGETLB);
		return;
	case THP:
		area->buffer.iov_base = map_thp(len);
		return;
	case SHMEM:
		area->memfd = open_memfd(0, len);
		area->buffer.iov_base = map_shared(area->memfd, len);
		return;
	default:
		area->buffer.iov_base = map_pages(len, 0);
		madvise(area->buffer.iov_base, len, MADV_NOHUGEPAGE);
	}
}

static void drop(struct area *area)
{
	if (munmap(area->buffer.iov_base, area->mapped))
		err(1, "munmap");
	if (area->memfd >= 0)
		close(area->memfd);
}

/* Put the pattern of @seed into the pinned pages. */
static void fill_pinned(struct area *area, unsigned int seed)
{
	pattern_fill(copy, area->buffer.iov_len, seed);
	if (pwrite(file, copy, area->buffer.iov_len, 0) !=
	    (ssize_t)area->buffer.iov_len)
		err(1, "%s", file_name);
	fixed_buffers_io(&ring, IORING_OP_READ_FIXED, 0, &area->buffer, file);
}

/* What is pinned has to have the pattern of @seed. */
static void check_pinned(struct area *area, unsigned int seed, const char *what)
{
	size_t len = area->buffer.iov_len;

	fixed_buffers_io(&ring, IORING_OP_WRITE_FIXED, 0, &area->buffer, file);
	if (pread(file, copy, len, 0) != (ssize_t)len)
		err(1, "%s", file_name);
	pattern_check(copy, len, 0, seed, what);
}

/* Some advice cannot always be followed; nothing may come of that. */
static void advise(struct area *area, int advice)
{
	if (madvise(area->buffer.iov_base, area->buffer.iov_len, advice) &&
	    errno == EFAULT)
		err(1, "madvise(%d)", advice);
}

/*
 * What a process does to pinned memory
 */

static void do_fork(struct area *area)
{
	char *at = area->buffer.iov_base;
	size_t half = area->buffer.iov_len / 2;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		pattern_check(at, 2 * half, 0, 1, "in the child");
		if (area->kind != SHMEM)
			memset(at, 0, half);
		_exit(0);
	}
	if (area->kind != SHMEM)
		pattern_fill(at, PAGE_BYTES, 1);
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the child ended with status %#x", status);
}

static void do_mremap(struct area *area)
{
	void *at = mmap(NULL, area->buffer.iov_len + HUGE_BYTES, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		err(1, "mmap");
	at = (void *)(((uintptr_t)at + HUGE_BYTES - 1) & ~(HUGE_BYTES - 1));
	area->buffer.iov_base = mremap(area->buffer.iov_base,
				       area->buffer.iov_len,
				       area->buffer.iov_len,
				       MREMAP_MAYMOVE | MREMAP_FIXED, at);
	if (area->buffer.iov_base == MAP_FAILED)
		err(1, "mremap");
}

static void do_mprotect(struct area *area)
{
	if (mprotect(area->buffer.iov_base, area->buffer.iov_len, PROT_NONE) ||
	    mprotect(area->buffer.iov_base, area->buffer.iov_len, PROT_READ) ||
	    mprotect(area->buffer.iov_base, area->buffer.iov_len,
		     PROT_READ | PROT_WRITE))
		err(1, "mprotect");
}

/* Splits the mapping of a huge page, but not the page. */
static void do_mprotect_part(struct area *area)
{
	size_t len = area->kind == HUGETLB ? HUGE_BYTES : PAGE_BYTES;

	if (mprotect(area->buffer.iov_base, len, PROT_READ) ||
	    mprotect(area->buffer.iov_base, len, PROT_READ | PROT_WRITE))
		err(1, "mprotect");
}

static void do_mlock(struct area *area)
{
	if (mlock(area->buffer.iov_base, area->buffer.iov_len) ||
	    munlock(area->buffer.iov_base, area->buffer.iov_len))
		err(1, "mlock");
}

static void do_cold(struct area *area)
{
	advise(area, MADV_COLD);
}

static void do_pageout(struct area *area)
{
	advise(area, MADV_PAGEOUT);
}

static void do_collapse(struct area *area)
{
	advise(area, MADV_HUGEPAGE);
	advise(area, MADV_COLLAPSE);
}

/* Written again before it is needed */
static void do_free(struct area *area)
{
	advise(area, MADV_FREE);
	pattern_fill(area->buffer.iov_base, area->buffer.iov_len, 1);
}

static void do_move(struct area *area)
{
	long nr = area->buffer.iov_len / PAGE_BYTES, i, node;
	void *pages[nr];
	int nodes[nr], status[nr];

	for (node = 1; node >= 0; node--) {
		for (i = 0; i < nr; i++) {
			pages[i] = (char *)area->buffer.iov_base + i * PAGE_BYTES;
			nodes[i] = node;
		}
		/* There may be only one node. */
		if (syscall(__NR_move_pages, 0, nr, pages, nodes, status,
			    MPOL_MF_MOVE) < 0 && errno != ENODEV)
			err(1, "move_pages");
	}
}

static unsigned long ksm_scans(void)
{
	unsigned long scans;
	FILE *ksm = fopen("/sys/kernel/mm/ksm/full_scans", "r");

	if (!ksm || fscanf(ksm, "%lu", &scans) != 1)
		err(1, "KSM's number of scans");
	fclose(ksm);
	return scans;
}

/* A page that nobody has changed for two scans may be merged. */
static void await_ksm(void)
{
	unsigned long scans = ksm_scans();
	int i;

	for (i = 0; ksm_scans() < scans + 3; i++) {
		if (i == 1000)
			errx(1, "KSM is not working");
		usleep(20000);
	}
}

static void do_ksm(struct area *area)
{
	struct area twins[2];
	int i;

	for (i = 0; i < 2; i++) {
		make(&twins[i], ANON, area->buffer.iov_len);
		pattern_fill(twins[i].buffer.iov_base, area->buffer.iov_len, 1);
		advise(&twins[i], MADV_MERGEABLE);
	}
	advise(area, MADV_MERGEABLE);
	await_ksm();
	for (i = 0; i < 2; i++) {
		pattern_check(twins[i].buffer.iov_base, area->buffer.iov_len, 0,
			      1, "the same without a pin");
		drop(&twins[i]);
	}
	advise(area, MADV_UNMERGEABLE);
}

static void do_dontneed(struct area *area)
{
	advise(area, MADV_DONTNEED);
}

static void do_unmap_part(struct area *area)
{
	size_t kept = area->kind == HUGETLB ? HUGE_BYTES : 5 * PAGE_BYTES;

	if (munmap((char *)area->buffer.iov_base + kept,
		   area->buffer.iov_len - kept))
		err(1, "munmap");
	area->mapped = kept;
}

static void do_replace(struct area *area)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	if (area->kind == HUGETLB)
		flags |= MAP_HUGETLB;
	if (mmap(area->buffer.iov_base, area->buffer.iov_len,
		 PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED)
		err(1, "mmap");
	memset(area->buffer.iov_base, 0xaa, area->buffer.iov_len);
}

static void do_punch(struct area *area)
{
	if (fallocate(area->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      0, area->buffer.iov_len))
		err(1, "PUNCH_HOLE");
}

static void do_truncate(struct area *area)
{
	if (ftruncate(area->memfd, PAGE_BYTES) ||
	    ftruncate(area->memfd, area->buffer.iov_len))
		err(1, "ftruncate");
}

static const struct change {
	const char *name;
	void (*make)(struct area *area);
	unsigned int kinds;
	enum fate fate;
} changes[] = {
	{ "fork", do_fork, ALL, SAME },
	{ "mremap", do_mremap, ALL, SAME },
	{ "mprotect", do_mprotect, ALL, SAME },
	{ "mprotect of a part", do_mprotect_part, ALL, SAME },
	{ "mlock", do_mlock, ALL, SAME },
	{ "MADV_COLD", do_cold, ANON | THP | SHMEM, SAME },
	{ "MADV_PAGEOUT", do_pageout, ANON | THP | SHMEM, SAME },
	{ "MADV_COLLAPSE", do_collapse, ANON | THP | SHMEM, SAME },
	{ "MADV_FREE", do_free, ANON | THP, SAME },
	{ "move_pages", do_move, ALL, SAME },
	{ "KSM", do_ksm, ANON | THP, SAME },
	{ "MADV_DONTNEED", do_dontneed, ANON | THP | HUGETLB, GONE },
	{ "munmap of a part", do_unmap_part, ALL, GONE },
	{ "mmap over it", do_replace, ALL, GONE },
	{ "PUNCH_HOLE", do_punch, SHMEM, GONE },
	{ "ftruncate", do_truncate, SHMEM, GONE },
};

static void change(const struct change *what, enum kind kind)
{
	size_t len = kind == ANON || kind == SHMEM ? 64 * PAGE_BYTES : HUGE_BYTES;
	struct area area;
	void *was, *is;

	make(&area, kind, kind == HUGETLB ? 2 * HUGE_BYTES : len);
	pattern_fill(area.buffer.iov_base, area.buffer.iov_len, 1);
	fixed_buffers_register(&ring, &area.buffer, 1);
	was = area.buffer.iov_base;
	what->make(&area);
	is = area.buffer.iov_base;
	/* io_uring knows a registered buffer by where it was. */
	area.buffer.iov_base = was;
	check_pinned(&area, 1, what->name);
	fill_pinned(&area, 2);
	area.buffer.iov_base = is;
	if (what->fate == SAME)
		pattern_check(is, area.buffer.iov_len, 0, 2, what->name);
	fixed_buffers_unregister(&ring);
	if (what->fate == SAME)
		pattern_check(is, area.buffer.iov_len, 0, 2, what->name);
	drop(&area);
}

/*
 * What was done to memory before it is pinned
 */

static void first_pageout(struct area *area)
{
	pattern_fill(area->buffer.iov_base, area->buffer.iov_len, 1);
	advise(area, MADV_PAGEOUT);
}

static void first_ksm(struct area *area)
{
	pattern_fill(area->buffer.iov_base, area->buffer.iov_len, 1);
	/* Merged with its neighbours, too, but for the pattern */
	memset(area->buffer.iov_base, 0, area->buffer.iov_len / 2);
	advise(area, MADV_MERGEABLE);
	await_ksm();
}

static pid_t sharer;

static void first_fork(struct area *area)
{
	pattern_fill(area->buffer.iov_base, area->buffer.iov_len, 1);
	sharer = fork();
	if (sharer < 0)
		err(1, "fork");
	if (!sharer) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		raise(SIGSTOP);
		pattern_check(area->buffer.iov_base, area->buffer.iov_len, 0, 1,
			      "what the child shared");
		_exit(0);
	}
	if (waitpid(sharer, NULL, WUNTRACED) != sharer)
		err(1, "waitpid");
}

static const struct first {
	const char *name;
	void (*make)(struct area *area);
	unsigned int kinds;
} firsts[] = {
	{ "nothing", NULL, ALL },
	{ "paged out", first_pageout, ANON | THP | SHMEM },
	{ "merged", first_ksm, ANON | THP },
	{ "shared with a child", first_fork, ANON | THP | HUGETLB },
};

static void begin_with(const struct first *what, enum kind kind)
{
	size_t len = kind == ANON || kind == SHMEM ? 64 * PAGE_BYTES : HUGE_BYTES;
	struct area area;
	int direct = open(file_name, O_WRONLY | O_DIRECT | O_CLOEXEC), status;

	if (direct < 0)
		err(1, "%s", file_name);
	make(&area, kind, len);
	if (what->make)
		what->make(&area);
	/* Pinned for reading, a shared page must not stay shared, either. */
	if (pwrite(direct, area.buffer.iov_base, len, 0) != (ssize_t)len)
		err(1, "direct write to %s", file_name);
	fixed_buffers_register(&ring, &area.buffer, 1);
	fill_pinned(&area, 2);
	pattern_check(area.buffer.iov_base, len, 0, 2, what->name);
	fixed_buffers_unregister(&ring);
	pattern_check(area.buffer.iov_base, len, 0, 2, what->name);
	if (sharer) {
		kill(sharer, SIGCONT);
		if (waitpid(sharer, &status, 0) != sharer || status)
			errx(1, "the child ended with status %#x", status);
		sharer = 0;
	}
	drop(&area);
	close(direct);
}

static enum kind kind_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (!strcmp(name, kinds[i]))
			return 1 << i;
	errx(2, "unknown kind of memory: %s", name);
}

int main(int argc, char **argv)
{
	unsigned int i, done = 0;

	if (argc < 3)
		errx(2, "usage: change_pinned FILE KIND...");
	file_name = argv[1];
	file = open(file_name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (file < 0 || ftruncate(file, 2 * HUGE_BYTES))
		err(1, "%s", file_name);
	copy = map_pages(2 * HUGE_BYTES, 0);
	fixed_buffers_open(&ring);
	for (argv += 2; *argv; argv++) {
		enum kind kind = kind_of(*argv);

		for (i = 0; i < sizeof(firsts) / sizeof(*firsts); i++) {
			if (!(firsts[i].kinds & kind))
				continue;
			printf("%s, %s\n", *argv, firsts[i].name);
			fflush(stdout);
			begin_with(&firsts[i], kind);
			done++;
		}
		for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
			if (!(changes[i].kinds & kind))
				continue;
			printf("%s, %s\n", *argv, changes[i].name);
			fflush(stdout);
			change(&changes[i], kind);
			done++;
		}
	}
	printf("%u cases\n", done);
	return 0;
}
