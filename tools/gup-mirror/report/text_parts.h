/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what parts of a report for people have in common.
 */
#ifndef GUP_MIRROR_TEXT_PARTS_H
#define GUP_MIRROR_TEXT_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report;
struct stack;
struct table;

/* A line with words that may be too long for it. */
void text_line(FILE *out, size_t indent, const char *words);
void text_stack(FILE *out, const struct report *r, const char *title,
		const struct stack *stack);
/* With the line of the source if it is known; the caller frees it. */
char *text_place(const struct report *r, const char *place);
/* Is there no room for one more of @nr, of which @hidden are told? */
bool text_is_over(const struct report *r, size_t *nr, size_t *hidden);
void text_hidden(FILE *out, size_t hidden, const char *what);
/* A column of a table */
void text_number(struct table *table, uint64_t number);
/* A table of call sites, if there are any, which is freed */
void text_table(FILE *out, struct table *table, const char *title, size_t hidden);

/* Call sites, and how long the pins of each were held */
void text_sites(FILE *out, const struct report *r);
void text_hold_times(FILE *out, const struct report *r);
/* Pinned pages of files, and what happened to them */
void text_files(FILE *out, const struct report *r);

#endif
