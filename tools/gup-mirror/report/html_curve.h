/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: drawings in a page, as inline SVG.
 */
#ifndef GUP_MIRROR_HTML_CURVE_H
#define GUP_MIRROR_HTML_CURVE_H

#include <stdio.h>

struct report;
struct site;

/* A bar for each bucket of hold times. */
void html_hold_bars(FILE *out, const struct site *site);
/* What was held over time; nothing if that is not known. */
void html_curve(FILE *out, const struct report *r);

#endif
