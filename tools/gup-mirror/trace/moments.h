/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: a curve of what was held, in a fixed number of steps, whose length
 * adapts to a time that is not known before.
 */
#ifndef GUP_MIRROR_MOMENTS_H
#define GUP_MIRROR_MOMENTS_H

#include <stdint.h>

#define MAX_MOMENTS	500

struct report;

struct moments {
	uint64_t most[MAX_MOMENTS];	/* in each step */
	unsigned int nr;		/* steps begun */
	uint64_t step_ns;
	uint64_t now;			/* the number that is held */
};

void moments_init(struct moments *moments);

/* From @ns on, counted from the first call, @pins are held. */
void moments_set(struct moments *moments, uint64_t ns, uint64_t pins);

void moments_report(const struct moments *moments, struct report *report);

#endif
