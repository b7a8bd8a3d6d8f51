/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: text in a page.
 */
#ifndef GUP_MIRROR_HTML_TEXT_H
#define GUP_MIRROR_HTML_TEXT_H

#include <stdio.h>

/* Also for the values of attributes in quotes. */
void html_escape(FILE *out, const char *text);

#endif
