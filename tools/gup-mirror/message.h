/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what goes wrong, said once, in one sentence.
 */
#ifndef GUP_MIRROR_MESSAGE_H
#define GUP_MIRROR_MESSAGE_H

/* Bad input, usage or environment: nothing was written. */
#define EXIT_BAD 2

void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
