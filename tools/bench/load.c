// SPDX-License-Identifier: GPL-2.0
/*
 * What tools/bench measures and gup_test has not:
 *
 *	load fork-exec NR PROGRAM ROUNDS	NR times fork(), exec(), wait()
 *	load read BLOCK NR FILE ROUNDS		reads FILE NR times in blocks
 *	load write BLOCK NR FILE ROUNDS		writes NR blocks of FILE, anew each time, and
 *						has each on the disk
 *	load mark				for profile.c
 *
 * The units are processes or pages.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rounds.h"

static long fork_exec(long nr, char *program)
{
	char *args[2] = { program };
	long i;

	for (i = 0; i < nr; i++) {
		int status;
		pid_t pid = fork();

		if (pid < 0)
			err(1, "fork");
		if (!pid) {
			execv(program, args);
			_exit(127);
		}
		if (waitpid(pid, &status, 0) != pid || status)
			errx(1, "%s failed", program);
	}
	return nr;
}

static long read_file(size_t block, long nr, const char *file)
{
	char *buf = aligned_alloc(PAGE_BYTES, block);
	int fd = open(file, O_RDONLY);
	long long bytes = 0;
	long i;

	if (!buf || fd < 0)
		err(1, "%s", file);
	/* No page fault is to be measured. */
	memset(buf, 1, block);
	for (i = 0; i < nr; i++) {
		ssize_t ret;

		if (lseek(fd, 0, SEEK_SET))
			err(1, "lseek");
		while ((ret = read(fd, buf, block)) > 0)
			bytes += ret;
		if (ret)
			err(1, "read");
	}
	close(fd);
	free(buf);
	return bytes / PAGE_BYTES;
}

static long write_file(size_t block, long nr, const char *file)
{
	char *buf = aligned_alloc(PAGE_BYTES, block);
	int fd = open(file, O_RDWR | O_CREAT, 0600);
	long i;

	if (!buf || fd < 0)
		err(1, "%s", file);
	memset(buf, 1, block);
	for (i = 0; i < nr; i++) {
		if (pwrite(fd, buf, block, i * block) != (ssize_t)block || fsync(fd))
			err(1, "write to %s", file);
	}
	close(fd);
	free(buf);
	return nr * block / PAGE_BYTES;
}

int main(int argc, char **argv)
{
	int rounds;

	if (argc == 2 && !strcmp(argv[1], "mark")) {
		/* nopl 0x4b52414d(%rax) */
		asm volatile(".byte 0x0f, 0x1f, 0x80, 0x4d, 0x41, 0x52, 0x4b");
		return 0;
	}
	if (argc < 5)
		errx(1, "see the source for usage");

	for (rounds = atoi(argv[argc - 1]); rounds > 0; rounds--) {
		long long start = now();
		long units;

		if (!strcmp(argv[1], "fork-exec") && argc == 5)
			units = fork_exec(atol(argv[2]), argv[3]);
		else if (!strcmp(argv[1], "read") && argc == 6)
			units = read_file(atol(argv[2]), atol(argv[3]), argv[4]);
		else if (!strcmp(argv[1], "write") && argc == 6)
			units = write_file(atol(argv[2]), atol(argv[3]), argv[4]);
		else
			errx(1, "unknown: %s", argv[1]);
		end_round(units, start);
	}
	return 0;
}
