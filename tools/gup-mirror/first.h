/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: the first time that a violation was seen.
 */
#ifndef GUP_MIRROR_FIRST_H
#define GUP_MIRROR_FIRST_H

#include <stdbool.h>
#include <stdint.h>

/* All of it is known, or nothing: then the time is UNKNOWN. */
struct first {
	uint64_t pfn;
	char *task;
	uint64_t pid, cpu;
	uint64_t time_us;	/* of the clock that the kernel's messages have */
};

void first_init(struct first *first);
void first_clear(struct first *first);
bool first_known(const struct first *first);
void first_copy(struct first *to, const struct first *from);
/* As strcmp(). */
int first_compare(const struct first *a, const struct first *b);

/* From the kernel's words, "pfn 0x1, task NAME/7, CPU 0, at 1.000000s", and back. */
bool first_parse(struct first *first, const char *text);
/* The caller frees it. */
char *first_text(const struct first *first);

#endif
