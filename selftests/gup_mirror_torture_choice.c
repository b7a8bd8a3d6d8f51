// SPDX-License-Identifier: GPL-2.0
/*
 * What the torture test leaves to chance, and how it follows from the seed.
 */
#include "gup_mirror_torture.h"
#include "random.h"

static const char * const trick_names[NR_TRICKS] = {
	[TRICK_NONE] = "no trick",
	[TRICK_DOUBLE_UNPIN] = "double unpin",
	[TRICK_UNPIN_UNPINNED] = "unpin unpinned",
};

static const char * const disturbance_names[NR_DISTURBANCES] = {
	[DISTURB_NOTHING] = "nothing",
	[DISTURB_FORK] = "fork",
	[DISTURB_FORK_WRITE] = "fork and write",
	[DISTURB_MUNMAP] = "munmap",
	[DISTURB_MREMAP] = "mremap",
	[DISTURB_DONTNEED] = "MADV_DONTNEED",
	[DISTURB_FREE] = "MADV_FREE",
	[DISTURB_COLLAPSE] = "MADV_COLLAPSE",
	[DISTURB_PAGEOUT] = "MADV_PAGEOUT",
	[DISTURB_MPROTECT] = "mprotect",
	[DISTURB_CLOSE] = "close",
	[DISTURB_EXIT] = "exit",
	[DISTURB_KILL] = "kill",
};

/**
 * choose() - what an operation is
 * @seed: the seed
 * @round: number of the round
 * @worker: number of the worker
 * @number: number of the operation
 *
 * Return: The choice, which is the same for the same arguments.
 */
struct choice choose(__u64 seed, unsigned int round, unsigned int worker,
		     unsigned long number)
{
	__u64 state = seed;
	struct choice c = {};

	state = random_next(&state) ^ round;
	state = random_next(&state) ^ worker;
	state = random_next(&state) ^ number;

	c.buffer = random_below(&state, NR_BUFFER_TYPES);
	c.slot = random_below(&state, NR_SLOTS);
	c.acquire = random_below(&state, TGM_NR_ACQUIRE);
	if (random_below(&state, 2))
		c.acquire_flags |= TGM_WRITE;
	if (random_one_in(&state, 4))
		c.acquire_flags |= TGM_LONGTERM;
	if (random_one_in(&state, 6))
		c.acquire_flags |= TGM_EXTRA_GET;
	c.offset = random_below(&state, HUGE_SIZE / 4096);
	/* One, some, or as many as there are */
	switch (random_below(&state, 3)) {
	case 0:
		c.nr = 1;
		break;
	case 1:
		c.nr = 1 + random_below(&state, BUFFER_PAGES / 4);
		break;
	default:
		c.nr = HUGE_SIZE / 4096;
		break;
	}
	c.right = random_below(&state, TGM_NR_RELEASE);
	c.wrong = random_below(&state, TGM_NR_RELEASE);
	if (random_below(&state, 2))
		c.release_flags |= TGM_DIRTY;
	if (random_one_in(&state, 4))
		c.release_flags |= TGM_LAUNDER;
	c.is_wrong = random_one_in(&state, 3);
	c.may_fail = random_one_in(&state, 4);
	if (random_one_in(&state, 8))
		c.trick = random_below(&state, NR_TRICKS);
	c.disturbance = random_below(&state, NR_DISTURBANCES);
	c.control = random_below(&state, NR_CONTROLS);
	c.user = random_below(&state, NR_USERS);
	c.number = random_below(&state, UINT32_MAX);
	return c;
}

/**
 * list_choices() - print the first choices of a worker
 * @seed: the seed
 * @worker: number of the worker
 * @nr: how many
 */
void list_choices(__u64 seed, unsigned int worker, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		struct choice c = choose(seed, 1, worker, i);

		printf("worker %u, operation %lu: %s, slot %u, pages %u at %u",
		       worker, i, buffer_names[c.buffer], c.slot, c.nr,
		       c.offset);
		printf(", %s 0x%x%s, %s or %s 0x%x%s",
		       tgm_acquire_names[c.acquire], c.acquire_flags,
		       c.may_fail ? ", may fail" : "",
		       tgm_release_names[c.right], tgm_release_names[c.wrong],
		       c.release_flags, c.is_wrong ? ", wrong" : "");
		printf(", %s, %s, control %d, user %d, number %u\n",
		       trick_names[c.trick], disturbance_names[c.disturbance],
		       c.control, c.user, c.number);
	}
}
