/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: options that say in which form a report is written, the same for
 * all subcommands that write one.
 */
#ifndef GUP_MIRROR_FORMAT_H
#define GUP_MIRROR_FORMAT_H

#include <argp.h>
#include <stdio.h>

struct report;

struct format {
	/* What to write instead of text, if it is not NULL. */
	int (*write)(FILE *out, const void *report);
	const char *path;	/* "-" is standard output */
};

/*
 * For an argp: --json, --folded, --html FILE and --output FILE. The input is a
 * struct format, all 0.
 */
extern const struct argp_option format_options[];
error_t format_parse(int key, char *arg, struct argp_state *state);

/*
 * Writes the report, and frees it. Returns the exit status, which is EXIT_BAD if
 * there is none.
 */
int format_write(const struct format *format, struct report *report);

#endif
