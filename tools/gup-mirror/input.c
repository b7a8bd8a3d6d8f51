// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: files to be read, wherever they come from.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "input.h"
#include "message.h"

/* Other than /tmp, it is hardly ever in memory. */
#define USUAL_TMPDIR "/var/tmp"

static const char *temporary_dir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir && *dir ? dir : USUAL_TMPDIR;
}

int input_temporary(void)
{
	/* Not to be closed by exec(): trace-cmd opens it by its number. */
	return open(temporary_dir(), O_TMPFILE | O_RDWR, 0600);
}

static int write_all(int fd, const char *from, size_t len)
{
	while (len) {
		ssize_t written = write(fd, from, len);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			from += written;
			len -= written;
		}
	}
	return 0;
}

static int copy_bytes(int to, int from, const char *name)
{
	char buffer[65536];
	ssize_t len;

	while ((len = read(from, buffer, sizeof(buffer)))) {
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0) {
			complain("cannot read %s: %s", name, strerror(errno));
			return -1;
		}
		if (write_all(to, buffer, len)) {
			complain("cannot copy %s to %s: %s", name,
				 temporary_dir(), strerror(errno));
			return -1;
		}
	}
	return 0;
}

static int copy_to_file(struct input *input, int from)
{
	input->fd = input_temporary();
	if (input->fd < 0) {
		complain("cannot make a file in %s: %s", temporary_dir(),
			 strerror(errno));
		return -1;
	}
	if (copy_bytes(input->fd, from, input->name)) {
		close(input->fd);
		return -1;
	}
	input->path = xasprintf("/proc/self/fd/%d", input->fd);
	return 0;
}

int input_prepare(struct input *input, const char *path)
{
	static bool consumed;
	struct stat st;
	int from, ret;

	*input = (struct input) { .name = path, .fd = -1 };
	if (!strcmp(path, "-")) {
		input->name = "standard input";
		if (consumed) {
			complain("standard input can be read only once");
			return -1;
		}
		consumed = true;
		return copy_to_file(input, STDIN_FILENO);
	}
	if (stat(path, &st) || !S_ISFIFO(st.st_mode)) {
		input->path = xstrdup(path);
		return 0;
	}
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0) {
		complain("cannot read %s: %s", path, strerror(errno));
		return -1;
	}
	ret = copy_to_file(input, from);
	close(from);
	return ret;
}

void input_finish(struct input *input)
{
	if (input->fd >= 0)
		close(input->fd);
	free(input->path);
}

FILE *input_open(const struct input *input)
{
	FILE *in = fopen(input->path, "re");

	if (!in)
		complain("cannot read %s: %s", input->name, strerror(errno));
	return in;
}

bool input_is_recording(FILE *in)
{
	static const char magic[] = "\x17\x08\x44tracing";
	char start[sizeof(magic) - 1] = "";
	bool is = fread(start, sizeof(start), 1, in) == 1 &&
		  !memcmp(start, magic, sizeof(start));

	rewind(in);
	return is;
}
