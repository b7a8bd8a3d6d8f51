/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: a report as one page that needs nothing else.
 */
#ifndef GUP_MIRROR_HTML_H
#define GUP_MIRROR_HTML_H

#include <stdio.h>

struct report;

/* Returns 0; what could not be written, ferror() tells. */
int html_report(FILE *out, const struct report *r);

#endif
