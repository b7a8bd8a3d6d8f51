/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: the words of a command line. argp reads them; what is wrong with
 * them is said as all else is, in one sentence.
 */
#ifndef GUP_MIRROR_USAGE_H
#define GUP_MIRROR_USAGE_H

#include <argp.h>
#include <stdbool.h>

#include "compiler.h"

#define PROGRAM "gup-mirror"

/* The words that are no options. */
struct words {
	const char *rule;	/* "one TREE": there must be ... */
	int least, most;
	bool rest;		/* options behind the first are words, too */
	/* What there is: a part of argv. */
	char **list;
	int nr;
};

/*
 * Reads a command line, whose argv[0] is "gup-mirror" or "gup-mirror NAME".
 * Returns 0, or -1 after a complaint. It ends the program after --help.
 */
int usage_parse(const struct argp *argp, int argc, char **argv,
		struct words *words, void *input);

/* For parsers, instead of argp_error(): complains; what to return. */
__printf(2, 3)
error_t usage_error(const struct argp_state *state, const char *fmt, ...);

/* For parsers: a number within bounds, or what to return after a complaint. */
error_t usage_number(const struct argp_state *state, const char *option,
		     const char *arg, unsigned int least, unsigned int most,
		     unsigned int *number);

/* For parsers: the FILE of one of @nr forms; each has to have another. */
error_t usage_path(const struct argp_state *state, const char **paths, int nr,
		   int form, const char *path);

/* For parsers: the columns of text. */
error_t usage_width(const struct argp_state *state, const char *arg);

#endif
