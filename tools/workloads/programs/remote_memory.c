// SPDX-License-Identifier: GPL-2.0
/*
 * Reads and writes the memory of a child in every way that there is: whole, with
 * holes in it, against its protection, and while the child dies.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pattern.h"

#define NR_PAGES	64
#define SIZE		(NR_PAGES * PAGE_BYTES)

/* Where the child has them, too */
static char *whole, *with_hole, *readonly, *untouched, *thp, *hugetlb, *shared;

static char buffer[SIZE];

static void make_memory(void)
{
	whole = map_pages(SIZE, 0);
	with_hole = map_pages(SIZE, 0);
	readonly = map_pages(SIZE, 0);
	untouched = map_pages(SIZE, 0);
	thp = map_thp(HUGE_BYTES);
	hugetlb = map_pages(HUGE_BYTES, MAP_HUGETLB);
	shared = map_memfd(0, SIZE);

	pattern_fill(whole, SIZE, 0);
	pattern_fill(with_hole, SIZE, 0);
	pattern_fill(readonly, SIZE, 0);
	pattern_fill(thp, HUGE_BYTES, 0);
	pattern_fill(hugetlb, HUGE_BYTES, 0);
	pattern_fill(shared, SIZE, 0);
	if (munmap(with_hole + SIZE / 2, PAGE_BYTES) ||
	    mprotect(readonly, SIZE, PROT_READ))
		err(1, "munmap, mprotect");
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end_child(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the child ended by itself");
}

/* @want: how much of @len can be had */
static void copy(pid_t pid, char *at, size_t len, size_t want, bool write,
		 const char *what)
{
	struct iovec local = { buffer, len };
	/* In two parts, of which the first ends within a page. */
	struct iovec remote[2] = { { at, 1000 }, { at + 1000, len - 1000 } };
	ssize_t ret;

	if (write)
		ret = process_vm_writev(pid, &local, 1, remote, 2, 0);
	else
		ret = process_vm_readv(pid, &local, 1, remote, 2, 0);
	if (!want && ret < 0 && errno == EFAULT)
		return;
	if (ret != (ssize_t)want)
		err(1, "%s: %zd bytes of %zu", what, ret, want);
}

static void copy_vectors(pid_t pid)
{
	copy(pid, whole, SIZE, SIZE, false, "readv");
	pattern_check(buffer, SIZE, 0, 0, "readv");
	copy(pid, thp + 5000, SIZE, SIZE, false, "readv of a huge page");
	pattern_check(buffer, SIZE, 5000, 0, "readv of a huge page");
	copy(pid, hugetlb + 5000, SIZE, SIZE, false, "readv of hugetlbfs");
	pattern_check(buffer, SIZE, 5000, 0, "readv of hugetlbfs");
	copy(pid, readonly, SIZE, SIZE, false, "readv of read-only memory");
	copy(pid, with_hole, SIZE, SIZE / 2, false, "readv with a hole");
	pattern_check(buffer, SIZE / 2, 0, 0, "readv with a hole");
	copy(pid, with_hole + SIZE / 2, PAGE_BYTES, 0, false, "readv of a hole");
	/* The zero page, which is never pinned */
	copy(pid, untouched, SIZE, SIZE, false, "readv of untouched memory");

	pattern_fill(buffer, SIZE, 1);
	copy(pid, whole, SIZE, SIZE, true, "writev");
	copy(pid, shared, SIZE, SIZE, true, "writev to a file");
	pattern_check(shared, SIZE, 0, 1, "writev to a file");
	copy(pid, thp + 5000, SIZE, SIZE, true, "writev to a huge page");
	copy(pid, hugetlb + 5000, SIZE, SIZE, true, "writev to hugetlbfs");
	copy(pid, with_hole, SIZE, SIZE / 2, true, "writev with a hole");
	copy(pid, readonly, SIZE, 0, true, "writev to read-only memory");
	copy(pid, whole, SIZE, SIZE, false, "readv");
	pattern_check(buffer, SIZE, 0, 1, "readv after writev");
}

/* A debugger may write what the process itself may not. */
static void through_file(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	if (fd < 0)
		err(1, "%s", path);
	if (pread(fd, buffer, SIZE, (off_t)readonly) != SIZE)
		err(1, "read of %s", path);
	pattern_check(buffer, SIZE, 0, 0, path);
	pattern_fill(buffer, SIZE, 2);
	if (pwrite(fd, buffer, SIZE, (off_t)readonly) != SIZE)
		err(1, "write to %s", path);
	memset(buffer, 0, SIZE);
	if (pread(fd, buffer, SIZE, (off_t)readonly) != SIZE)
		err(1, "read of %s", path);
	pattern_check(buffer, SIZE, 0, 2, path);
	if (pread(fd, buffer, SIZE, (off_t)with_hole) != SIZE / 2)
		err(1, "read of a hole of %s", path);
	if (pwrite(fd, buffer, PAGE_BYTES, (off_t)thp) != PAGE_BYTES ||
	    pwrite(fd, buffer, PAGE_BYTES, (off_t)hugetlb) != PAGE_BYTES)
		err(1, "write to huge pages of %s", path);
	close(fd);
}

static void by_words(pid_t pid)
{
	long word;
	int i, status;

	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL))
		err(1, "PTRACE_ATTACH");
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		errx(1, "the child did not stop");
	for (i = 0; i < 100; i++) {
		char *at = readonly + i * 600 + 3;

		if (ptrace(PTRACE_POKEDATA, pid, at, (void *)(i * 1111L)))
			err(1, "PTRACE_POKEDATA");
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, pid, at, NULL);
		if (errno || word != i * 1111L)
			err(1, "PTRACE_PEEKDATA");
	}
	errno = 0;
	word = ptrace(PTRACE_PEEKDATA, pid, with_hole + SIZE / 2, NULL);
	if (!errno)
		errx(1, "PTRACE_PEEKDATA of a hole");
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL))
		err(1, "PTRACE_DETACH");
}

/* Nothing is acquired here, but pages get ready for it. */
static void populate(void)
{
	if (madvise(untouched, SIZE / 2, MADV_POPULATE_READ) ||
	    madvise(untouched + SIZE / 4, SIZE / 2, MADV_POPULATE_WRITE))
		err(1, "MADV_POPULATE");
	if (!madvise(with_hole, SIZE, MADV_POPULATE_WRITE))
		errx(1, "a hole was populated");
}

/* Whose memory is it that dies while it is copied? */
static void dying(void)
{
	pid_t pid = start_child(), killer = fork();
	struct iovec local = { buffer, SIZE }, remote = { thp, SIZE };
	int status;

	if (killer < 0)
		err(1, "fork");
	if (!killer) {
		usleep(200000);
		kill(pid, SIGKILL);
		_exit(0);
	}
	while (process_vm_writev(pid, &local, 1, &remote, 1, 0) == SIZE)
		;
	if (waitpid(pid, &status, 0) != pid || waitpid(killer, &status, 0) != killer)
		err(1, "waitpid");
}

int main(void)
{
	pid_t pid;

	make_memory();
	pid = start_child();
	copy_vectors(pid);
	through_file(pid);
	by_words(pid);
	end_child(pid);

	populate();
	pid = start_child();
	copy_vectors(pid);
	end_child(pid);
	dying();
	printf("all memory was as expected\n");
	return 0;
}
