/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: parsers of the files in /sys/kernel/debug/gup_mirror/, which
 * documentation/ABI/testing/debugfs-gup-mirror describes.
 */
#ifndef GUP_MIRROR_PARSE_DEBUGFS_H
#define GUP_MIRROR_PARSE_DEBUGFS_H

#include <stdio.h>

struct report;

/*
 * Each adds to @report what is in the file, and returns 0, or -1 after it
 * complained of a line of @name.
 */
int parse_summary(FILE *in, const char *name, struct report *report);
int parse_sites(FILE *in, const char *name, struct report *report);
int parse_violations(FILE *in, const char *name, struct report *report);
int parse_outstanding(FILE *in, const char *name, struct report *report);
/* Completes the holders that are there. */
int parse_ages(FILE *in, const char *name, struct report *report);
int parse_files(FILE *in, const char *name, struct report *report);

#endif
