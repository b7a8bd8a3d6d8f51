/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: reports as JSON; gup-mirror-json(5) describes it.
 */
#ifndef GUP_MIRROR_JSON_H
#define GUP_MIRROR_JSON_H

#include <jansson.h>
#include <stdio.h>

struct report;

#define JSON_SCHEMA	"gup-mirror-report"
#define JSON_VERSION	2
/* The oldest that can be read. */
#define JSON_OLDEST	1

/* Never NULL. */
json_t *report_to_json(const struct report *report);
/* The list of where it comes from, by itself. */
json_t *origins_to_json(const struct report *report);

/* Returns NULL after a complaint, which begins with @name. */
struct report *report_from_json(const json_t *json, const char *name);

/* The same for files; json_write() returns 0, or -1 after a complaint. */
struct report *json_read(FILE *in, const char *name);
int json_write(FILE *out, const struct report *report);

#endif
