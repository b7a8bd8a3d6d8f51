// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: calls that come again the same way.
 *
 * To walk over a stack takes thousands of instructions, and most calls come by a
 * way that others have come before. So what was found out about a call is kept,
 * with the return addresses on the stack, and where they were. If they are there
 * again, the stack is the same, and so is all that follows from it.
 *
 * The table is a cache. A memo that is overwritten is found out anew.
 */

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/slab.h>
#include <linux/types.h>

#include <kunit/visibility.h>

#include "places.h"

#include <asm/gup_mirror.h>

/* Each may be in one of two places. */
#define MEMO_BITS	8

/**
 * struct memo - a way, and what it led to
 * @seq: odd while others write here
 * @generation: gup_mirror_generation() then: places may mean others now
 * @ip: as the caller knows it, &struct gup_mirror_origin
 * @distance: of the frame from the end of the stack, in bytes
 * @flags: of the call
 * @nr: number of return addresses
 * @answer: what it led to
 * @slots: where the return addresses lie, in words from the frame on
 * @entries: the return addresses
 */
struct memo {
	u32 seq;
	u32 generation;
	unsigned long ip;
	u32 distance;
	u16 flags;
	u16 nr;
	struct gup_mirror_answer answer;
	u16 slots[GUP_MIRROR_STACK_DEPTH];
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
};

static struct memo *memos __ro_after_init;
/* What is older was forgotten, for a test. */
static u32 forgotten;

/**
 * gup_mirror_memos_init() - make room for memos
 *
 * Without memory, each call finds out for itself.
 *
 * Context: Boot. May sleep.
 */
void __init gup_mirror_memos_init(void)
{
	memos = kvcalloc(1 << MEMO_BITS, sizeof(*memos), GFP_KERNEL);
}

/**
 * gup_mirror_memos_forget() - let a test begin without memos
 */
void gup_mirror_memos_forget(void)
{
	WRITE_ONCE(forgotten, READ_ONCE(forgotten) + 1);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_memos_forget);

/**
 * gup_mirror_memo_generation() - the memos that are good
 *
 * Context: Any.
 * Return: What to give to gup_mirror_memo_keep(), read before anything is looked up.
 */
u32 gup_mirror_memo_generation(void)
{
	/* A test does not unload modules at the same time. 0 is an empty memo's. */
	return gup_mirror_generation() + READ_ONCE(forgotten) + 1;
}

static struct memo *first_memo(unsigned long ip, u32 distance)
{
	return &memos[hash_64(ip ^ (u64)distance << 32, MEMO_BITS)];
}

static struct memo *other_memo(struct memo *memo)
{
	return &memos[(memo - memos) ^ 1];
}

static __always_inline bool recall(const struct memo *memo,
				   const struct gup_mirror_origin *origin,
				   u32 distance, u16 flags,
				   struct gup_mirror_answer *answer)
{
	const unsigned long *frame = (const unsigned long *)origin->frame;
	unsigned int i, nr, words = distance / sizeof(*frame);
	u32 seq;

	/* Pairs with the release in gup_mirror_memo_keep(). */
	seq = smp_load_acquire(&memo->seq);
	if (seq & 1 || READ_ONCE(memo->ip) != origin->ip ||
	    READ_ONCE(memo->distance) != distance ||
	    READ_ONCE(memo->flags) != flags ||
	    READ_ONCE(memo->generation) != gup_mirror_memo_generation())
		return false;

	nr = READ_ONCE(memo->nr);
	for (i = 0; i < nr; i++) {
		unsigned int slot = READ_ONCE(memo->slots[i]);

		/* While others write here, it may be one of a longer stack. */
		if (slot >= words ||
		    READ_ONCE_NOCHECK(frame[slot]) != READ_ONCE(memo->entries[i]))
			return false;
	}

	answer->ip = READ_ONCE(memo->answer.ip);
	answer->stack = READ_ONCE(memo->answer.stack);
	answer->place = READ_ONCE(memo->answer.place);
	answer->group = READ_ONCE(memo->answer.group);
	/* Pairs with the smp_wmb() in gup_mirror_memo_keep(). */
	smp_rmb();
	return READ_ONCE(memo->seq) == seq;
}

/**
 * gup_mirror_memo_find() - was there a call that came the same way?
 * @origin: where the function was called
 * @flags: those of its arguments that matter
 * @answer: receives what was found out then
 *
 * Context: Any. Takes no lock.
 * Return: true if there was.
 */
bool gup_mirror_memo_find(const struct gup_mirror_origin *origin, u16 flags,
			  struct gup_mirror_answer *answer)
{
	unsigned long top = arch_gup_mirror_stack_top(origin->frame);
	u32 distance = top - origin->frame;
	struct memo *memo;

	if (unlikely(!memos || !top))
		return false;
	memo = first_memo(origin->ip, distance);
	return recall(memo, origin, distance, flags, answer) ||
	       recall(other_memo(memo), origin, distance, flags, answer);
}

/**
 * gup_mirror_memo_keep() - keep what was found out about a call
 * @trace: the stack; not kept unless that is exact
 * @ip: where it was called, as it was given to gup_mirror_memo_find()
 * @flags: as there
 * @answer: what was found out
 *
 * Context: Any. Takes no lock: of two that write to one memo, one does not.
 */
void gup_mirror_memo_keep(const struct gup_mirror_trace *trace,
			  unsigned long ip, u16 flags,
			  const struct gup_mirror_answer *answer)
{
	struct memo *memo, *other;
	unsigned int i;
	u32 seq;

	if (!memos || !trace->exact)
		return;

	/* Those that meet in one place take turns. */
	memo = first_memo(ip, trace->distance);
	other = other_memo(memo);
	if (READ_ONCE(other->seq) < READ_ONCE(memo->seq))
		memo = other;

	seq = READ_ONCE(memo->seq);
	if (seq & 1 || cmpxchg(&memo->seq, seq, seq + 1) != seq)
		return;
	/* A reader that sees any of this sees the odd number as well. */
	smp_wmb();

	WRITE_ONCE(memo->generation, trace->generation);
	WRITE_ONCE(memo->ip, ip);
	WRITE_ONCE(memo->distance, trace->distance);
	WRITE_ONCE(memo->flags, flags);
	WRITE_ONCE(memo->nr, trace->all);
	for (i = 0; i < trace->all; i++) {
		WRITE_ONCE(memo->slots[i], trace->slots[i]);
		WRITE_ONCE(memo->entries[i], trace->entries[i]);
	}
	WRITE_ONCE(memo->answer.ip, answer->ip);
	WRITE_ONCE(memo->answer.stack, answer->stack);
	WRITE_ONCE(memo->answer.place, answer->place);
	WRITE_ONCE(memo->answer.group, answer->group);
	/* Pairs with the acquire in recall(). */
	smp_store_release(&memo->seq, seq + 2);
}
