// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "message.h"
#include "output.h"

/* Ends @out, and says if what was written got lost. */
static int finish(FILE *out, const char *path, bool close)
{
	bool failed = ferror(out);

	if (close ? fclose(out) : fflush(out))
		failed = true;
	if (!failed)
		return 0;
	complain("cannot write %s: %s", path, strerror(errno ?: EIO));
	return -1;
}

/* As open() would have it, not as mkstemp() does. */
static void set_mode(int fd, const struct stat *old)
{
	mode_t mask = umask(0);

	umask(mask);
	/* A file system that has no modes is none the worse. */
	if (fchmod(fd, old ? old->st_mode & 07777 : 0666 & ~mask))
		errno = 0;
}

/* What a symbolic link points to is replaced, not the link. NULL after a complaint. */
static char *find_target(const char *path, const struct stat *old)
{
	char *target = old ? realpath(path, NULL) : xstrdup(path);

	if (!target)
		complain("cannot write %s: %s", path, strerror(errno));
	return target;
}

/* Writes what output_write_all() will give its name, next to it. */
static int write_temporary(struct output *output, const struct stat *old,
			   int (*write)(FILE *out, const void *data))
{
	char *temporary;
	FILE *out;
	int fd, ret;

	output->target = find_target(output->path, old);
	if (!output->target)
		return -1;
	temporary = xasprintf("%s.XXXXXX", output->target);
	fd = mkostemp(temporary, O_CLOEXEC);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!out) {
		complain("cannot write %s: %s", output->path, strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(temporary);
		}
		free(temporary);
		return -1;
	}

	output->temporary = temporary;
	set_mode(fd, old);
	ret = write(out, output->data);
	return finish(out, output->path, true) ? -1 : ret;
}

/* A device, a pipe or the like, which is not to be replaced. */
static int write_there(const struct output *output,
		       int (*write)(FILE *out, const void *data))
{
	bool is_stdout = !strcmp(output->path, "-");
	FILE *out = is_stdout ? stdout : fopen(output->path, "we");
	int ret;

	if (!out) {
		complain("cannot write %s: %s", output->path, strerror(errno));
		return -1;
	}
	ret = write(out, output->data);
	if (is_stdout)
		errno = 0;
	return finish(out, is_stdout ? "standard output" : output->path,
		      !is_stdout) ? -1 : ret;
}

/* If it is a regular file now or will be one, *@old is what is there, or NULL. */
static bool is_file(const char *path, struct stat *st, const struct stat **old)
{
	*old = NULL;
	if (!strcmp(path, "-"))
		return false;
	if (stat(path, st))
		return true;
	*old = st;
	return S_ISREG(st->st_mode);
}

/* Files first: what has gone through a pipe cannot be taken back. */
static int write_each(struct output *outputs, size_t nr,
		      int (*write)(FILE *out, const void *data), bool files)
{
	const struct stat *old;
	struct stat st;
	size_t i;

	for (i = 0; i < nr; i++) {
		struct output *output = &outputs[i];

		if (!output->path || is_file(output->path, &st, &old) != files)
			continue;
		if (files ? write_temporary(output, old, write) :
			    write_there(output, write))
			return -1;
	}
	return 0;
}

static int rename_each(struct output *outputs, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct output *output = &outputs[i];

		if (!output->temporary)
			continue;
		if (rename(output->temporary, output->target)) {
			complain("cannot write %s: %s", output->path,
				 strerror(errno));
			return -1;
		}
		free(output->temporary);
		output->temporary = NULL;
	}
	return 0;
}

int output_write_all(struct output *outputs, size_t nr,
		     int (*write)(FILE *out, const void *data))
{
	int ret = write_each(outputs, nr, write, true) ?:
		  write_each(outputs, nr, write, false) ?:
		  rename_each(outputs, nr);
	size_t i;

	for (i = 0; i < nr; i++) {
		if (outputs[i].temporary)
			unlink(outputs[i].temporary);
		free(outputs[i].temporary);
		free(outputs[i].target);
	}
	return ret;
}

/* The directory of a file that is not there yet. */
static bool same_directory(const char *a, const char *b)
{
	char *copy_a = xstrdup(a), *copy_b = xstrdup(b);
	struct stat x, y;
	bool same = !stat(dirname(copy_a), &x) && !stat(dirname(copy_b), &y) &&
		    x.st_dev == y.st_dev && x.st_ino == y.st_ino;

	free(copy_a);
	free(copy_b);
	return same;
}

static const char *last_word(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool output_is_same(const char *a, const char *b)
{
	const struct stat *old_a, *old_b;
	struct stat x, y;

	if (!strcmp(a, b))
		return true;
	if (!is_file(a, &x, &old_a) || !is_file(b, &y, &old_b))
		return false;
	if (old_a && old_b)
		return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	return !old_a && !old_b && !strcmp(last_word(a), last_word(b)) &&
	       same_directory(a, b);
}
