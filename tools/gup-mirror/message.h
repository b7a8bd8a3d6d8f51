/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what goes wrong, said once, in one sentence.
 */
#ifndef GUP_MIRROR_MESSAGE_H
#define GUP_MIRROR_MESSAGE_H

#include "compiler.h"

/* Bad input, usage or environment: nothing was written. */
#define EXIT_BAD 2

__printf(1, 2) void complain(const char *fmt, ...);

#endif
