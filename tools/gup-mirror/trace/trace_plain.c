// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a copy of a recording that is not compressed.
 *
 * Of a compressed one, libtracecmd (3.1.6) keeps all that it has decompressed, and
 * takes ever longer to find it. trace-cmd copies in no time and in little memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "input.h"
#include "trace/trace_plain.h"

/*
 * The beginning of a file, see trace-cmd.dat.v7(5): ten bytes of magic, the
 * version, a byte each for endianness and the size of a long, four for the size of
 * a page, the name of the compression.
 */
#define VERSION_AT	10
#define COMPRESSION_AT	(VERSION_AT + sizeof("7") + 1 + 1 + 4)

static bool is_compressed(const char *path)
{
	char start[64] = { };
	FILE *in = fopen(path, "re");

	if (!in)
		return false;
	if (!fread(start, 1, sizeof(start) - 1, in))
		start[0] = '\0';
	fclose(in);
	return !strcmp(start + VERSION_AT, "7") && start[COMPRESSION_AT] &&
	       strcmp(start + COMPRESSION_AT, "none");
}

/* In the new process. */
static void convert(const char *path, const char *copy)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || dup2(null, STDERR_FILENO) < 0)
		_exit(1);
	execlp("trace-cmd", "trace-cmd", "convert", "-i", path, "-o", copy,
	       "--file-version", "7", "--compression", "none", NULL);
	_exit(1);
}

/**
 * trace_plain() - copy a compressed recording, decompressed
 * @path: a file that trace-cmd has recorded
 *
 * The copy has no name, so that nothing is left of it, come what may.
 *
 * Return: a file descriptor, or -1 if the file is not compressed, or cannot be
 * copied: then it is to be read itself, and what is wrong with it to be told.
 */
int trace_plain(const char *path)
{
	int fd, status;
	pid_t child;
	char *copy;

	if (!is_compressed(path))
		return -1;
	fd = input_temporary();
	if (fd < 0)
		return -1;

	copy = xasprintf("/proc/self/fd/%d", fd);
	fflush(NULL);
	child = fork();
	if (!child)
		convert(path, copy);
	free(copy);
	status = -1;
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	if (status) {
		close(fd);
		return -1;
	}
	return fd;
}
