/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: reports for people.
 */
#ifndef GUP_MIRROR_TEXT_H
#define GUP_MIRROR_TEXT_H

#include <stdint.h>
#include <stdio.h>

struct report;
struct site;
struct stack;
struct violation;
struct holder;
struct origin;

void text_report(FILE *out, const struct report *r);

/* One of what it lists, with an empty line behind it. */
void text_violation(FILE *out, const struct report *r, const struct violation *v);
void text_holder(FILE *out, const struct report *r, const struct holder *holder);
void text_surplus(FILE *out, const struct report *r, const struct holder *surplus);
/* A call site whose pins were held for long. */
void text_overlong(FILE *out, const struct report *r, const struct site *site);
/* Where a report comes from, in a line, and all of these lines; to be freed. */
char *text_origin(const struct origin *origin);
char *text_origins(const struct report *r);

#endif
