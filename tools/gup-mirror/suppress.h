/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: a file of findings that are known and are not to count, in the manner
 * of valgrind.
 */
#ifndef GUP_MIRROR_SUPPRESS_H
#define GUP_MIRROR_SUPPRESS_H

#include <stdio.h>

struct report;
struct suppressions;

/* NULL after a complaint. */
struct suppressions *suppressions_read(const char *path);
/* The same of a file that is open, and stays so. */
struct suppressions *suppressions_parse(FILE *in, const char *name);
void suppressions_free(struct suppressions *all);

/* Excuses what is in the list, and says which of the list was of no use. */
void suppressions_apply(struct suppressions *all, struct report *report);
void suppressions_complain_of_unused(const struct suppressions *all);

/* A list of all that counts in a report. */
void suppressions_write(FILE *out, const struct report *report);

#endif
