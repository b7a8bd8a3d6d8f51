/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what two reports differ in, by call site and class.
 */
#ifndef GUP_MIRROR_DIFF_H
#define GUP_MIRROR_DIFF_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report;

enum change {
	CHANGE_NEW,
	CHANGE_MORE,
	CHANGE_LESS,
	CHANGE_GONE,
	NR_CHANGES,
};

/* Strings are those of the reports, which have to live as long. */
struct difference {
	enum change change;
	const char *class;	/* "leak" for pins that are held, "surplus", "site" */
	const char *acquired_by, *acquired_at;
	const char *released_by, *released_at;
	uint64_t old, new;	/* times, pins, references or pages */
};

struct diff {
	const struct report *old, *new;
	struct difference *list;
	size_t nr;
};

void diff_make(struct diff *diff, const struct report *old,
	       const struct report *new);
void diff_free(struct diff *diff);

void diff_text(FILE *out, const struct diff *diff);
json_t *diff_to_json(const struct diff *diff);

/* Excuses what @baseline has, too. */
void diff_excuse(struct report *report, const struct report *baseline);

#endif
