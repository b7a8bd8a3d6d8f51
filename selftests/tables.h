/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tables in /sys/kernel/debug/gup_mirror/ say of the functions of the
 * module test_gup_mirror.
 */
#ifndef _GUP_MIRROR_TABLES_H
#define _GUP_MIRROR_TABLES_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layer.h"

#define TGM_MODULE	" [test_gup_mirror]"

/* A function of the module that is in all stacks: it is called by the kernel. */
#define TGM_CALLED	"tgm_ioctl"

/* Is @place "@function+0x... [test_gup_mirror]"? */
static inline bool is_place(const char *place, const char *function)
{
	size_t len = strlen(function);
	const char *module = strstr(place, TGM_MODULE);

	return !strncmp(place, function, len) &&
	       !strncmp(place + len, "+0x", 3) && module &&
	       strlen(module) == strlen(TGM_MODULE);
}

/**
 * struct site_row - a line of "sites"
 * @overlong: -1 for gets
 * @hold: releases by how long was held what they released, all together
 */
struct site_row {
	char kind[8];
	int view;
	long calls;
	long pages;
	long wrong;
	long right;
	long laundered;
	long held;
	long overlong;
	long hold;
	char function[64];
	char site[160];
};

static inline long number_or_none(const char *text)
{
	return strcmp(text, "-") ? strtol(text, NULL, 10) : -1;
}

/* The sum of "0:12,1:3,64:1": "-" if there is none */
static inline long hold_sum(const char *text)
{
	long sum = 0;

	while ((text = strchr(text, ':')))
		sum += strtol(++text, NULL, 10);
	return sum;
}

static inline bool parse_site(const char *line, struct site_row *row)
{
	char right[32], laundered[32], held[32], overlong[32], hold[512];

	if (sscanf(line, "%7s %d %ld %ld %ld %31s %31s %31s %31s %511s %63s %159[^\n]",
		   row->kind, &row->view, &row->calls, &row->pages, &row->wrong,
		   right, laundered, held, overlong, hold, row->function,
		   row->site) != 12)
		return false;
	row->right = number_or_none(right);
	row->laundered = number_or_none(laundered);
	row->held = number_or_none(held);
	row->overlong = number_or_none(overlong);
	row->hold = hold_sum(hold);
	return true;
}

/*
 * The lines of "sites" for calls in a function of the module: how many there are,
 * and the last of them
 */
static inline unsigned int last_site_row(const char *function,
					 struct site_row *row)
{
	char *text = read_text(LAYER_DIR "sites");
	char *line, *rest = text;
	unsigned int nr = 0;
	struct site_row r;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (!parse_site(line, &r) || !is_place(r.site, function))
			continue;
		*row = r;
		nr++;
	}
	free(text);
	return nr;
}

static inline bool site_row(const char *function, struct site_row *row)
{
	return last_site_row(function, row);
}

static inline unsigned int site_rows(const char *function)
{
	struct site_row row;

	return last_site_row(function, &row);
}

/**
 * struct group_row - a block of "outstanding" or "ages"
 * @pins: pins held
 * @pages: only in "outstanding": pages of the folios
 * @since: only there: pins taken since the snapshot
 * @oldest_ms: only in "ages", as what follows
 * @folios: folios held
 * @orphans: folios that nobody else has
 * @suspect: a pin of them was held for too long
 * @flags: "WRITE|LONGTERM" or the like
 * @estimate: only in "outstanding": a release was given to a group by a guess
 * @function: GUP function
 * @site: where it was called
 * @first: first line of the stack
 * @whole: the stack leads to where the module was called
 */
struct group_row {
	long pins;
	long pages;
	long since;
	long oldest_ms;
	long folios;
	long orphans;
	bool suspect;
	char flags[32];
	bool estimate;
	char function[64];
	char site[160];
	char first[160];
	bool whole;
};

#define OUTSTANDING_FORMAT \
	"pins=%ld pages=%ld since_snapshot=%ld flags=%31s estimate=%15s " \
	"function=%63s site=%159[^\n]"

#define AGES_FORMAT \
	"oldest_ms=%ld folios=%ld pins=%ld orphans=%ld suspect=%15s " \
	"flags=%31s function=%63s site=%159[^\n]"

/* Parses the first line of a block. */
static inline bool parse_group(const char *line, struct group_row *row)
{
	char word[16];

	memset(row, 0, sizeof(*row));
	if (sscanf(line, OUTSTANDING_FORMAT, &row->pins, &row->pages,
		   &row->since, row->flags, word, row->function,
		   row->site) == 7) {
		row->estimate = !strcmp(word, "yes");
		return true;
	}
	if (sscanf(line, AGES_FORMAT, &row->oldest_ms, &row->folios,
		   &row->pins, &row->orphans, word, row->flags, row->function,
		   row->site) == 8) {
		row->suspect = !strcmp(word, "yes");
		return true;
	}
	return false;
}

/* Up to @max blocks of a file for a function of the module, in their order */
static inline unsigned int group_rows(const char *path, const char *function,
				      struct group_row *rows, unsigned int max)
{
	char *text = read_text(path);
	char *line, *rest = text;
	unsigned int nr = 0;

	while (rest && nr < max && (line = strsep(&rest, "\n"))) {
		if (!parse_group(line, &rows[nr]) ||
		    !is_place(rows[nr].site, function))
			continue;
		while (rest && !strncmp(rest, "  ", 2)) {
			line = strsep(&rest, "\n") + 2;
			if (!rows[nr].first[0])
				snprintf(rows[nr].first,
					 sizeof(rows[nr].first), "%s", line);
			rows[nr].whole |= is_place(line, TGM_CALLED);
		}
		nr++;
	}
	free(text);
	return nr;
}

/* Pins of all blocks for a function of the module */
static inline long group_pins(const char *path, const char *function)
{
	struct group_row rows[64];
	unsigned int i, nr = group_rows(path, function, rows, 64);
	long pins = 0;

	for (i = 0; i < nr; i++)
		pins += rows[i].pins;
	return pins;
}

/* A number in the line "# total: name=number ..." of a file; -1 if it lacks */
static inline long total_of(const char *path, const char *name)
{
	char *text = read_text(path);
	char *line = text ? strstr(text, "\n# total: ") : NULL;
	char key[64], *at;
	long number = -1;

	if (line) {
		line[1 + strcspn(line + 1, "\n")] = '\0';
		snprintf(key, sizeof(key), " %s=", name);
		at = strstr(line, key);
		if (at)
			number = strtol(at + strlen(key), NULL, 10);
	}
	free(text);
	return number;
}

/**
 * struct violation - what a block of "violations" must say, and what it says
 * @class: in: name of the class
 * @acquired: in: name of the function that acquired; NULL if none is to be named
 * @site: in: name of the module's function that called it
 * @released: in: name of the function that released; NULL likewise
 * @caller: in: name of the module's function that called it
 * @before: in: name of the module's function that released before; NULL likewise
 * @times: out: how often
 * @pfn: out: page frame number of the first time
 * @pid: out: task of the first time
 * @acquire_stack: out: the stack of the acquire is whole: its first frame is
 *	@site, and it leads to where the module was called
 * @before_stack: out: that of the release before is, and begins in @before
 * @release_stack: out: that of the release is, and begins in @caller
 */
struct violation {
	const char *class;
	const char *acquired;
	const char *site;
	const char *released;
	const char *caller;
	const char *before;
	long times;
	unsigned long pfn;
	int pid;
	bool acquire_stack;
	bool before_stack;
	bool release_stack;
};

/* Is @line "@lead @function() at @place+0x...[test_gup_mirror]"? */
static inline bool names_call(const char *line, const char *lead,
			      const char *function, const char *place)
{
	char start[256];

	snprintf(start, sizeof(start), "%s %s() at ", lead, function);
	return !strncmp(line, start, strlen(start)) &&
	       is_place(line + strlen(start), place);
}

/* What one block has, line by line, until the empty line behind it */
static inline bool parse_violation(struct violation *v, char **rest)
{
	bool acquired = false, released = false, before = false;
	const char *first = NULL;
	unsigned int frames = 0;
	bool *stack = NULL;
	char task[64];
	char *line;

	v->pid = 0;
	v->acquire_stack = false;
	v->before_stack = false;
	v->release_stack = false;
	while (*rest && (line = strsep(rest, "\n")) && *line) {
		if (stack && !strncmp(line, "    ", 4)) {
			if (!frames++ && !is_place(line + 4, first))
				stack = NULL;
			else if (is_place(line + 4, TGM_CALLED))
				*stack = true;
			continue;
		}
		frames = 0;
		stack = NULL;
		if (!strncmp(line, "  acquired by", 13)) {
			acquired = v->acquired &&
				   names_call(line, "  acquired by",
					      v->acquired, v->site);
			if (!acquired)
				return false;
		} else if (!strncmp(line, "  released by", 13)) {
			released = v->released &&
				   names_call(line, "  released by",
					      v->released, v->caller);
			if (!released)
				return false;
		} else if (!strncmp(line, "  released before by", 20)) {
			before = v->before && strstr(line, "() at ") &&
				 is_place(strstr(line, "() at ") + 6,
					  v->before);
			if (!before)
				return false;
		} else if (!strncmp(line, "  first:", 8)) {
			if (sscanf(line, "  first: pfn 0x%lx, task %63[^/]/%d,",
				   &v->pfn, task, &v->pid) != 3)
				v->pid = 0;
		} else if (!strncmp(line, "  acquire stack", 15)) {
			stack = &v->acquire_stack;
			first = v->site;
		} else if (!strcmp(line, "  stack of the release before:")) {
			stack = &v->before_stack;
			first = v->before;
		} else if (!strcmp(line, "  release stack:")) {
			stack = &v->release_stack;
			first = v->caller;
		}
		if (stack && !first)
			return false;
	}
	return acquired == !!v->acquired && released == !!v->released &&
	       before == !!v->before;
}

/* Look up the block that @v asks for. Returns whether there is one. */
static inline bool find_violation(struct violation *v)
{
	char *text = read_text(LAYER_DIR "violations");
	char *line, *rest = text;
	bool found = false;
	char class[64];

	while (rest && !found && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, "%63[^: ]: %ld time", class, &v->times) != 2 ||
		    strcmp(class, v->class))
			continue;
		found = parse_violation(v, &rest);
	}
	free(text);
	return found;
}

#endif /* _GUP_MIRROR_TABLES_H */
