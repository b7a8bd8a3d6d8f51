/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: the names in "function.isra.0+0x10/0x20 [module]", and which function
 * is the one that somebody wants to read of.
 */
#ifndef GUP_MIRROR_FRAMES_H
#define GUP_MIRROR_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

struct report;
struct site;
struct stack;

/* What of a place does not differ between kernels; @function is not ended by 0. */
struct frame_name {
	const char *function, *module;	/* " [module]", or "" */
	int len;
};

struct frame_name frame_name(const char *place);
/* As strcmp(), by these. */
int frame_compare(const char *a, const char *b);
/* "function [module]"; the caller frees it. */
char *frame_text(const char *place);

/* Do a function or a module match, where a pattern has * and the like? */
bool frame_matches(const char *place, const char *function);
bool frame_in_module(const char *place, const char *module);

/*
 * Functions that get pages for others, as patterns with a comma between them; they
 * are added to those that are known if the list begins with +. It lives on.
 */
void frames_set_helpers(const char *list);

/*
 * The first frame that is no such helper, or @place if all are. Lives as long as
 * they do.
 */
const char *frames_caller(const struct stack *stack, const char *place);

/*
 * For whom a site acquires, as far as the stacks of a report tell: "a, b"; "" if
 * that is only the site itself. The caller frees it.
 */
char *frames_callers_of_site(const struct report *report,
			     const struct site *site);

#endif
