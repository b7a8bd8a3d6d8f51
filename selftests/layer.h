/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read and switch GUP mirror through /sys/kernel/debug/gup_mirror/, and read
 * the kernel log.
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
static inline int write_text(const char *path, const char *text)
{
	size_t len = strlen(text);
	int fd, err = 0;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		err = -errno;
	close(fd);
	return err;
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

struct site_row {
	char kind[8];
	int view;
	long calls;
	long pages;
	long wrong;
	char function[64];
	char site[160];
};

/*
 * The line of "sites" for calls in a function of the module; the last of them,
 * since others remain from when the module was loaded before.
 */
static inline bool site_row(const char *function, struct site_row *row)
{
	char *text = read_text(LAYER_DIR "sites");
	size_t len = strlen(function);
	char *line, *rest = text;
	struct site_row r;
	bool found = false;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%7s %d %ld %ld %ld %63s %159[^\n]", r.kind,
			   &r.view, &r.calls, &r.pages, &r.wrong, r.function,
			   r.site) != 7)
			continue;
		if (strncmp(r.site, function, len) || r.site[len] != '+')
			continue;
		*row = r;
		found = true;
	}
	free(text);
	return found;
}

/**
 * struct violation - what a block of "violations" must say, and what it says
 * @class: in: name of the class
 * @acquired: in: name of the function that acquired
 * @site: in: name of the module's function that called it
 * @released: in: name of the function that released
 * @caller: in: name of the module's function that called it
 * @times: out: how often
 * @pfn: out: page frame number of the first time
 * @pid: out: task of the first time
 * @stack: out: the release stack has lines
 */
struct violation {
	const char *class;
	const char *acquired;
	const char *site;
	const char *released;
	const char *caller;
	long times;
	unsigned long pfn;
	int pid;
	bool stack;
};

/* Is @line "@lead @function() at @place+0x...[test_gup_mirror]"? */
static inline bool names_call(const char *line, const char *lead,
			      const char *function, const char *place)
{
	static const char module[] = " [test_gup_mirror]";
	size_t len = strlen(line);
	char start[256];

	snprintf(start, sizeof(start), "%s %s() at %s+0x", lead, function,
		 place);
	return !strncmp(line, start, strlen(start)) && len > strlen(module) &&
	       !strcmp(line + len - strlen(module), module);
}

/* Look up the block that @v asks for. Returns whether there is one. */
static inline bool find_violation(struct violation *v)
{
	char *text = read_text(LAYER_DIR "violations");
	char *line, *rest = text;
	char class[64], first[64];
	bool found = false;

	while (rest && !found && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%63[^:]: %ld times", class, &v->times) != 2 ||
		    strcmp(class, v->class))
			continue;
		line = strsep(&rest, "\n");
		if (!line || !names_call(line, "  acquired by", v->acquired,
					 v->site))
			continue;
		line = strsep(&rest, "\n");
		if (!line || !names_call(line, "  released by", v->released,
					 v->caller))
			continue;
		found = true;
		line = strsep(&rest, "\n");
		if (!line || sscanf(line, "  first: pfn 0x%lx, task %63[^/]/%d,",
				    &v->pfn, first, &v->pid) != 3)
			v->pid = 0;
		line = strsep(&rest, "\n");
		if (!line || strcmp(line, "  release stack:"))
			continue;
		line = strsep(&rest, "\n");
		v->stack = line && !strncmp(line, "    ", 4) &&
			   strstr(line, v->caller);
	}
	free(text);
	return found;
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
