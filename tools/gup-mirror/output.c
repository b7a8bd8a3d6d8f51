// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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

/* A device, a pipe or the like, which is not to be replaced. */
static int write_there(const char *path, int (*write)(FILE *out, const void *data),
		       const void *data)
{
	FILE *out = fopen(path, "we");
	int ret;

	if (!out) {
		complain("cannot write %s: %s", path, strerror(errno));
		return -1;
	}
	ret = write(out, data);
	return finish(out, path, true) ? -1 : ret;
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

static int write_and_rename(const char *path, const struct stat *old,
			    int (*write)(FILE *out, const void *data),
			    const void *data)
{
	char *temporary = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC), ret;
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	if (!out) {
		complain("cannot write %s: %s", path, strerror(errno));
		if (fd >= 0) {
			close(fd);
			unlink(temporary);
		}
		free(temporary);
		return -1;
	}

	set_mode(fd, old);
	ret = write(out, data);
	if (finish(out, path, true))
		ret = -1;
	if (!ret && rename(temporary, path)) {
		complain("cannot write %s: %s", path, strerror(errno));
		ret = -1;
	}
	if (ret)
		unlink(temporary);
	free(temporary);
	return ret;
}

/**
 * output_write() - write a file, as a whole or not at all
 * @path: its name; "-" for standard output
 * @write: writes it, and returns 0, or -1 after a complaint
 * @data: for @write
 *
 * Return: 0, or -1 after a complaint.
 */
int output_write(const char *path, int (*write)(FILE *out, const void *data),
		 const void *data)
{
	char target[PATH_MAX];
	struct stat st;
	int ret;

	if (!strcmp(path, "-")) {
		ret = write(stdout, data);
		errno = 0;
		return finish(stdout, "standard output", false) ? -1 : ret;
	}

	if (stat(path, &st))
		return write_and_rename(path, NULL, write, data);
	if (!S_ISREG(st.st_mode))
		return write_there(path, write, data);
	/* What a symbolic link points to is replaced, not the link. */
	if (!realpath(path, target)) {
		complain("cannot write %s: %s", path, strerror(errno));
		return -1;
	}
	return write_and_rename(target, &st, write, data);
}
