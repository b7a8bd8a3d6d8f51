/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what the compiler is told.
 */
#ifndef GUP_MIRROR_COMPILER_H
#define GUP_MIRROR_COMPILER_H

#define __printf(fmt, args) __attribute__((format(gnu_printf, fmt, args)))

#endif
