/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: numbers and times for people.
 */
#ifndef GUP_MIRROR_UNITS_H
#define GUP_MIRROR_UNITS_H

#include <stdint.h>

struct site;

/* Long enough for what these print to @text, which they return. */
#define UNITS_LEN 32

/* "1234", "12.3M", and "-" if it is unknown. */
char *units_number(char *text, uint64_t number);
/* "230 ms", "4.2 s", "3 min" */
char *units_ms(char *text, uint64_t ms);
/* How long @percent of the pins of a site were held: "< 2 ms", "-" if none. */
char *units_hold(char *text, const struct site *site, unsigned int percent);
/* "pin" and 1, "pins" and 2 */
const char *units_plural(uint64_t number);

#endif
