/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what a recording does not have, kept behind it in the same file: the
 * report of gup-mirror run, with the stacks that the kernel knows.
 */
#ifndef GUP_MIRROR_KEPT_H
#define GUP_MIRROR_KEPT_H

#include <stdbool.h>

struct report;

/* Appends the report to a recording; returns -1 after a complaint. */
int kept_append(const char *path, const struct report *report);

/*
 * Reads it: NULL if there is none, or after a complaint, and then @failed becomes
 * true.
 */
struct report *kept_read(const char *path, const char *name, bool *failed);

#endif
