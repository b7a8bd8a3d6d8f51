/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: files that are there as a whole or not at all.
 */
#ifndef GUP_MIRROR_OUTPUT_H
#define GUP_MIRROR_OUTPUT_H

#include <stdio.h>

/*
 * @write returns 0, or -1 after it complained. @path "-" is standard output.
 * Returns the same.
 */
int output_write(const char *path, int (*write)(FILE *out, const void *data),
		 const void *data);

#endif
