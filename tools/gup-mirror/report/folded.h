/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what is held, as folded stacks, which flame graphs are made of.
 */
#ifndef GUP_MIRROR_FOLDED_H
#define GUP_MIRROR_FOLDED_H

#include <stdio.h>

struct report;

void folded_report(FILE *out, const struct report *r);

#endif
