/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what goes wrong, said once, in one sentence.
 */
#ifndef GUP_MIRROR_MESSAGE_H
#define GUP_MIRROR_MESSAGE_H

#include "compiler.h"
#include "status.h"

/* Where complaints go: standard error, if nothing else is said. */
void complain_to(int fd);

__printf(1, 2) void complain(const char *fmt, ...);

#endif
