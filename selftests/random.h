/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers at random that follow from a seed, the same on every machine.
 */
#ifndef _GUP_MIRROR_RANDOM_H
#define _GUP_MIRROR_RANDOM_H

#include <stdbool.h>

#include <linux/types.h>

/* The next number of a sequence: splitmix64, by Sebastiano Vigna */
static inline __u64 random_next(__u64 *state)
{
	__u64 z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static inline unsigned int random_below(__u64 *state, unsigned int end)
{
	return (random_next(state) >> 32) % end;
}

static inline bool random_one_in(__u64 *state, unsigned int nr)
{
	return !random_below(state, nr);
}

#endif /* _GUP_MIRROR_RANDOM_H */
