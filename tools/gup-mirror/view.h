/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: which part of a report is shown, and in which order.
 */
#ifndef GUP_MIRROR_VIEW_H
#define GUP_MIRROR_VIEW_H

#include <stdbool.h>

struct report;
struct view_key;

/* What may be sorted by; NULL if there is no such key. */
const struct view_key *view_key(const char *name);
/* All of them, with ", " between them; the caller frees it. */
char *view_keys(void);

void view_sort(struct report *report, const struct view_key *key);

/*
 * Takes out what has nothing to do with a module, a pattern as of file names: call
 * sites that are not in it and acquire nothing for it, and findings without a frame
 * in it.
 */
void view_module(struct report *report, const char *module);

#endif
