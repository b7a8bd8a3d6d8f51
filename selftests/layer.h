/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read and switch GUP mirror through /sys/kernel/debug/gup_mirror/, and read
 * the kernel log. What the tables there say is in tables.h.
 */
#ifndef _GUP_MIRROR_LAYER_H
#define _GUP_MIRROR_LAYER_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LAYER_DIR	"/sys/kernel/debug/gup_mirror/"

/* The classes of violations, as they are called everywhere */
#define PUT_ON_PIN		"put-on-pin"
#define UNPIN_ON_GET		"unpin-on-get"
#define DOUBLE_UNPIN		"double-unpin"
#define UNPIN_UNPINNED		"unpin-unpinned"
#define FREE_WHILE_PINNED	"free-while-pinned"
#define LEAK_AT_UNLOAD		"leak-at-unload"
#define LOST_PIN		"lost-pin"
#define DOUBLE_PUT		"double-put"
#define DIRTY_BY_READONLY_PIN	"dirty-by-readonly-pin"
#define DIRTY_UNPINNED		"dirty-unpinned"
#define LOST_WRITE		"lost-write"
#define UNPIN_WHILE_MAPPED	"unpin-while-mapped"

#define NR_CLASSES	12

static const char * const layer_classes[NR_CLASSES] = {
	PUT_ON_PIN, UNPIN_ON_GET, DOUBLE_UNPIN, UNPIN_UNPINNED,
	FREE_WHILE_PINNED, LEAK_AT_UNLOAD, LOST_PIN, DOUBLE_PUT,
	DIRTY_BY_READONLY_PIN, DIRTY_UNPINNED, LOST_WRITE,
	UNPIN_WHILE_MAPPED,
};

/* A file of the kernel, as a string that the caller frees; NULL and errno. */
static inline char *read_text(const char *path)
{
	size_t size = 0, room = 4096;
	char *text = malloc(room);
	ssize_t got = -1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (text && fd >= 0) {
		got = read(fd, text + size, room - size - 1);
		if (got <= 0)
			break;
		size += got;
		if (room - size < 2) {
			char *more = realloc(text, room *= 2);

			if (!more)
				free(text);
			text = more;
		}
	}
	if (fd >= 0)
		close(fd);
	if (got) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

/* Returns 0 or a negative error. */
static inline int write_bytes(const char *path, const void *bytes, size_t size)
{
	int fd, err = 0;
	ssize_t ret;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write(fd, bytes, size);
	if (ret < 0)
		err = -errno;
	else if ((size_t)ret != size)
		err = -EIO;
	close(fd);
	return err;
}

static inline int write_text(const char *path, const char *text)
{
	return write_bytes(path, text, strlen(text));
}

/* The value of "key: value" in summary. Returns whether it is there. */
static inline bool summary_text(const char *key, char *value, size_t size)
{
	char *text = read_text(LAYER_DIR "summary");
	size_t len = strlen(key);
	char *line, *rest = text;
	bool found = false;

	while (rest && !found && (line = strsep(&rest, "\n"))) {
		if (strncmp(line, key, len) || strncmp(line + len, ": ", 2))
			continue;
		snprintf(value, size, "%s", line + len + 2);
		found = true;
	}
	free(text);
	return found;
}

/* The same for numbers; -1 if it is not there or is no number. */
static inline long summary_number(const char *key)
{
	char value[64], *end;
	long number;

	if (!summary_text(key, value, sizeof(value)))
		return -1;
	number = strtol(value, &end, 10);
	return end != value && !*end ? number : -1;
}

/* Numbers of violations in summary, in the order of layer_classes[] */
static inline void layer_counts(long counts[NR_CLASSES])
{
	unsigned int i;

	for (i = 0; i < NR_CLASSES; i++)
		counts[i] = summary_number(layer_classes[i]);
}

/* struct layer - how the kernel was booted */
struct layer {
	bool pins;	/* are pointers to pinned pages mirrored? */
	bool gets;
	bool repair;
	bool panics;	/* a report would end the test, and the machine */
};

/* Returns NULL, or a reason to skip the test. */
static inline const char *layer_probe(struct layer *layer)
{
	char value[64];
	char *warn;

	*layer = (struct layer) { 0 };
	if (!summary_text("mode", value, sizeof(value)))
		return "cannot read " LAYER_DIR "summary; is DEBUG_GUP_MIRROR on?";
	layer->gets = !strcmp(value, "all");
	layer->pins = layer->gets || !strcmp(value, "pin");
	layer->repair = summary_number("repair") == 1;
	layer->panics = summary_text("fault", value, sizeof(value)) &&
			!strcmp(value, "panic");
	warn = read_text("/proc/sys/kernel/panic_on_warn");
	if (warn && atoi(warn))
		layer->panics = true;
	free(warn);
	return NULL;
}

/* The kernel log from now on; a file descriptor, or -1 with errno set. */
static inline int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* Its messages since the last call, as lines of a string that is to be freed */
static inline char *kmsg_read(int fd)
{
	char *text = NULL, *message, *end;
	size_t size = 0;
	char record[8192];
	ssize_t len;
	FILE *out;

	out = open_memstream(&text, &size);
	while (out) {
		len = read(fd, record, sizeof(record) - 1);
		/* Messages that were overwritten meanwhile: there are others. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			break;
		record[len] = '\0';
		/* "priority,number,time,flags;text\n", then lines of properties */
		message = strchr(record, ';');
		if (!message)
			continue;
		end = strchrnul(message, '\n');
		*end = '\0';
		fprintf(out, "%s\n", message + 1);
	}
	if (out)
		fclose(out);
	return text;
}

/* How many lines of @text begin with @start */
static inline int count_lines(const char *text, const char *start)
{
	size_t len = strlen(start);
	int count = 0;

	while (text && *text) {
		if (!strncmp(text, start, len))
			count++;
		text = strchrnul(text, '\n');
		if (*text)
			text++;
	}
	return count;
}

#endif /* _GUP_MIRROR_LAYER_H */
