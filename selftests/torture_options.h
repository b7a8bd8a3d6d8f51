/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The options of programs that torture: what both have, and how a number is read.
 */
#ifndef _GUP_MIRROR_TORTURE_OPTIONS_H
#define _GUP_MIRROR_TORTURE_OPTIONS_H

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>

#include <linux/types.h>

/* For the list that getopt_long() gets */
#define TORTURE_SEED	{ "seed", required_argument, NULL, 's' }
#define TORTURE_SECONDS	{ "seconds", required_argument, NULL, 't' }
#define TORTURE_HELP	{ "help", no_argument, NULL, 'h' }

#define TORTURE_USAGE							\
	"  --seed N      where all that is random comes from (default: 1)\n" \
	"  --seconds N   how long to go on (default: 60)\n"

/* The value of the option that getopt_long() has just found, up to @most */
static inline __u64 option_number(const char *name, __u64 most)
{
	__u64 number;
	char *end;

	errno = 0;
	number = strtoull(optarg, &end, 0);
	if (!isdigit((unsigned char)*optarg) || *end || errno || number > most)
		errx(EXIT_FAILURE, "--%s is '%s', and should be a number up to %llu",
		     name, optarg, most);
	return number;
}

/*
 * What these say of an option. For --help, and where the option is not one
 * of any program, the usage is printed, and this is the end.
 */
static inline void torture_option(int option, __u64 *seed, unsigned int *seconds,
				  void (*usage)(void))
{
	switch (option) {
	case 's':
		*seed = option_number("seed", ULLONG_MAX);
		break;
	case 't':
		*seconds = option_number("seconds", INT_MAX);
		break;
	default:
		usage();
		exit(option == 'h' ? EXIT_SUCCESS : EXIT_FAILURE);
	}
}

#endif /* _GUP_MIRROR_TORTURE_OPTIONS_H */
