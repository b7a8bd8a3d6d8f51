/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: options that say in which form a report is written, the same for
 * all subcommands that write one.
 */
#ifndef GUP_MIRROR_FORMAT_H
#define GUP_MIRROR_FORMAT_H

#include <argp.h>

struct report;

struct format {
	/* What to write instead of text, if it is not NULL. */
	int (*write)(FILE *out, const void *report);
	const char *path;	/* "-" is standard output */
};

/*
 * A child parser for --json, --folded, --html FILE and --output FILE; its input
 * is a struct format, all 0.
 */
extern const struct argp format_argp;

/* Returns 0, or -1 after a complaint. */
int format_write(const struct format *format, const struct report *report);

#endif
