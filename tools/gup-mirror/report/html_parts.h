/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what parts of a page have in common.
 */
#ifndef GUP_MIRROR_HTML_PARTS_H
#define GUP_MIRROR_HTML_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report;
struct stack;

/* The line of the source that a place is in, if it is known. */
void html_source(FILE *out, const struct report *r, const char *place);
void html_stack(FILE *out, const struct report *r, const char *title,
		const struct stack *stack);
void html_caller(FILE *out, const char *function, const char *place);
/* A column of a table */
void html_number(FILE *out, uint64_t number, bool bad);
/*
 * A page is to stay one that a browser likes: behind so many lines, the rest is
 * summed. Reports are sorted, so that what matters comes first.
 */
size_t html_at_most(const struct report *r, size_t most);

/* Call sites, and how long the pins of each were held */
void html_sites(FILE *out, const struct report *r);
void html_times(FILE *out, const struct report *r);
/* Pinned pages of files, and what happened to them */
void html_files(FILE *out, const struct report *r);

#endif
