// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: calls that come again the same way.
 *
 * To walk over a stack takes thousands of instructions, and most calls come by a
 * way that others have come before. So what was found out about a call is kept,
 * with the return addresses on the stack, and where they were. If they are there
 * again, the stack is the same, and so is all that follows from it.
 *
 * This is a cache. What made room for others is found out anew.
 */

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <kunit/visibility.h>

#include "places.h"

#include <asm/gup_mirror.h>

#define BUCKET_BITS	10
/* Those that meet in a bucket; the oldest makes room for one more. */
#define MAX_IN_BUCKET	8
/* Return addresses that are compared in one round of the loop: each call does that. */
#define AT_ONCE		4

/**
 * struct frame - a return address
 * @ip: the address
 * @slot: where it lies, in bytes from the frame of our function on
 */
struct frame {
	unsigned long ip;
	u32 slot;
};

/**
 * struct memo - a way, and what it led to
 * @node: in its bucket
 * @rcu: to free it
 * @ip: as the caller knows it, &struct gup_mirror_origin
 * @distance: of the frame from the end of the stack, in bytes
 * @flags: of the call
 * @nr: number of return addresses, a multiple of AT_ONCE
 * @answer: what it led to
 * @frames: the return addresses; the last may be there more than once
 */
struct memo {
	struct hlist_node node;
	struct rcu_head rcu;
	unsigned long ip;
	u32 distance;
	gup_mirror_foll_t flags;
	u16 nr;
	struct gup_mirror_answer answer;
	struct frame frames[] __counted_by(nr);
};

/* A memo never changes. */
static struct hlist_head *buckets __ro_after_init;
/* Held to link and to unlink. Raw, since pages are released with any lock held. */
static DEFINE_RAW_SPINLOCK(lock);

/**
 * gup_mirror_memos_init() - make room for memos
 *
 * Without memory, each call finds out for itself.
 *
 * Context: Boot. May sleep.
 */
void __init gup_mirror_memos_init(void)
{
	buckets = kcalloc(BIT(BUCKET_BITS), sizeof(*buckets), GFP_KERNEL);
}

/* Unlink the first memo of a bucket from the @nth on, if there is one. */
static struct memo *unlink_from(struct hlist_head *bucket, unsigned int nth)
{
	struct memo *memo;

	hlist_for_each_entry(memo, bucket, node) {
		if (!nth--) {
			hlist_del_rcu(&memo->node);
			return memo;
		}
	}
	return NULL;
}

/**
 * gup_mirror_memos_forget() - a module has gone, and places with it
 *
 * Who keeps a memo at the same time has not come through that module.
 *
 * Context: Process context.
 */
void gup_mirror_memos_forget(void)
{
	struct memo *memo;
	unsigned int i;

	for (i = 0; buckets && i < BIT(BUCKET_BITS); i++) {
		do {
			raw_spin_lock_irq(&lock);
			memo = unlink_from(&buckets[i], 0);
			raw_spin_unlock_irq(&lock);
			if (memo)
				kfree_rcu(memo, rcu);
		} while (memo);
	}
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_memos_forget);

static __always_inline struct hlist_head *bucket_of(unsigned long ip,
						    u32 distance)
{
	return &buckets[hash_64(ip ^ (u64)distance << 32, BUCKET_BITS)];
}

static __always_inline bool is_there(const struct frame *at, unsigned long frame)
{
	return READ_ONCE_NOCHECK(*(unsigned long *)(frame + at->slot)) == at->ip;
}

static __always_inline bool same_way(const struct memo *memo,
				     const struct gup_mirror_origin *origin,
				     u32 distance, unsigned int flags)
{
	const struct frame *at, *end;
	unsigned long frame = origin->frame;

	if (memo->ip != origin->ip || memo->distance != distance ||
	    memo->flags != flags)
		return false;

	end = memo->frames + memo->nr;
	for (at = memo->frames; at < end; at += AT_ONCE) {
		if (!is_there(at, frame) || !is_there(at + 1, frame) ||
		    !is_there(at + 2, frame) || !is_there(at + 3, frame))
			return false;
	}
	return true;
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
bool gup_mirror_memo_find(const struct gup_mirror_origin *origin, unsigned int flags,
			  struct gup_mirror_answer *answer)
{
	unsigned long top = arch_gup_mirror_stack_top(origin->frame);
	u32 distance = top - origin->frame;
	const struct memo *memo;
	bool found = false;

	if (unlikely(!buckets || !top))
		return false;

	rcu_read_lock();
	hlist_for_each_entry_rcu(memo, bucket_of(origin->ip, distance), node) {
		found = same_way(memo, origin, distance, flags);
		if (likely(found)) {
			*answer = memo->answer;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * gup_mirror_memo_keep() - keep what was found out about a call
 * @trace: the stack; not kept unless that is exact
 * @ip: where it was called, as it was given to gup_mirror_memo_find()
 * @flags: as there
 * @answer: what was found out
 *
 * Context: Any. Does not sleep.
 */
void gup_mirror_memo_keep(const struct gup_mirror_trace *trace,
			  unsigned long ip, unsigned int flags,
			  const struct gup_mirror_answer *answer)
{
	struct hlist_head *bucket;
	struct memo *memo, *oldest;
	unsigned long irqflags;
	unsigned int i, nr = round_up(trace->all, AT_ONCE);

	if (!buckets || !trace->exact || !gup_mirror_may_allocate())
		return;
	memo = kmalloc(struct_size(memo, frames, nr),
		       GUP_MIRROR_GFP);
	if (!memo)
		return;

	memo->ip = ip;
	memo->distance = trace->distance;
	memo->flags = flags;
	memo->nr = nr;
	memo->answer = *answer;
	for (i = 0; i < nr; i++) {
		unsigned int nth = min(i, trace->all - 1);

		memo->frames[i].ip = trace->entries[nth];
		memo->frames[i].slot = trace->slots[nth];
	}

	bucket = bucket_of(ip, trace->distance);
	raw_spin_lock_irqsave(&lock, irqflags);
	oldest = unlink_from(bucket, MAX_IN_BUCKET - 1);
	hlist_add_head_rcu(&memo->node, bucket);
	raw_spin_unlock_irqrestore(&lock, irqflags);
	if (oldest)
		kfree_rcu(oldest, rcu);
}
