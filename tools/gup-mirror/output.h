/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: files that are there as a whole or not at all.
 */
#ifndef GUP_MIRROR_OUTPUT_H
#define GUP_MIRROR_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* @path "-" is standard output; if it is NULL, nothing is written. */
struct output {
	const char *path;
	const void *data;
	char *temporary, *target;	/* of output_write_all() */
};

/*
 * Writes several files. If one of them cannot be written, all are left as they were.
 * @write gets the data of each; it returns 0, or -1 after it complained. Returns the
 * same.
 */
int output_write_all(struct output *outputs, size_t nr,
		     int (*write)(FILE *out, const void *data));

/* Would one of two be lost? Devices and the like have room for both. */
bool output_is_same(const char *a, const char *b);

#endif
