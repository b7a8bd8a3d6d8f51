/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what was found, each in a line.
 */
#ifndef GUP_MIRROR_TITLES_H
#define GUP_MIRROR_TITLES_H

struct holder;
struct site;
struct violation;

/* Who acquired what a violation is about, or who released it wrongly; may be "". */
const char *violation_acquirer(const struct violation *v);
const char *violation_releaser(const struct violation *v);

/*
 * "put-on-pin in drv_release [drv]", "3 pins left by drv_pin [drv]", "3 references got
 * by drv_get [drv]", "3 pins held for long by drv_pin [drv]"; to be freed.
 */
/* "possible " in front of what is not certain, or "" */
const char *violation_doubt(const struct violation *v);
char *violation_title(const struct violation *v);
char *holder_title(const struct holder *holder);
char *surplus_title(const struct holder *surplus);
char *overlong_title(const struct site *site);

#endif
