/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: memory, or the end of the program.
 */
#ifndef GUP_MIRROR_ALLOC_H
#define GUP_MIRROR_ALLOC_H

#include <stdarg.h>
#include <stddef.h>

#include "compiler.h"

void *xcalloc(size_t nr, size_t size);
void *xreallocarray(void *memory, size_t nr, size_t size);
char *xstrdup(const char *string);
__printf(1, 2) char *xasprintf(const char *fmt, ...);
__printf(1, 0) char *xvasprintf(const char *fmt, va_list args);

/* Makes room for one more in an array of @nr. Capacity is a power of two. */
void *grow(void *array, size_t nr, size_t size);

#endif
