/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what all pages look like.
 */
#ifndef GUP_MIRROR_HTML_PAGE_H
#define GUP_MIRROR_HTML_PAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

void html_begin(FILE *out, const char *title, const char *name);
void html_end(FILE *out);
void html_table(FILE *out, const char *name, const char *titles);
void html_card(FILE *out, const char *what, const char *more, uint64_t number,
	       bool bad);

#endif
