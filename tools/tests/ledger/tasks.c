// SPDX-License-Identifier: GPL-2.0
/*
 * What tasks have in common, whatever they are.
 */

#include <stdlib.h>

#include "tasks.h"
#include "tasks-impl.h"

uint64_t seed;

unsigned int nr_tasks;

static unsigned short states[MAX_TASKS + 1][3];

unsigned int next_random(unsigned int whose, unsigned int limit)
{
	return nrand48(states[whose]) % limit;
}

void seed_random(void)
{
	unsigned int i;

	for (i = 0; i <= MAX_TASKS; i++) {
		states[i][0] = seed >> 32 ^ i;
		states[i][1] = seed >> 16;
		states[i][2] = seed + i;
		/* What is alike at first goes apart. */
		next_random(i, 1);
	}
}

unsigned int some(unsigned int limit)
{
	return next_random(task(), limit);
}
