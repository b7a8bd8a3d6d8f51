/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs that tools/bench measures have in common: each prints, for a
 * round, the number of units and of nanoseconds. QEMU's -icount shift=0 makes
 * those instructions.
 */
#ifndef _BENCH_ROUNDS_H
#define _BENCH_ROUNDS_H

#include <stdio.h>
#include <time.h>

#define PAGE_BYTES	4096

static inline long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static inline void end_round(long units, long long start)
{
	printf("%ld %lld\n", units, now() - start);
}

#endif /* _BENCH_ROUNDS_H */
