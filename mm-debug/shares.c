// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: folios that several groups have pinned at the same time.
 *
 * The entry of such a folio says "shared" and how many pins there are, and each
 * holder has a share here. That is rare: a buffer that is registered with a device,
 * say, and read into by O_DIRECT.
 *
 * What holds at all times, for whoever has the lock of the folio's bucket:
 *
 *	the entry says "shared"	<=>  there are shares of the folio, at least two, and
 *				     the sum of their pins is that of the entry
 *
 * Only with that lock does "shared" come or go, or the number of pins of an entry
 * that is shared change. An entry that is not shared changes without the lock, by
 * cmpxchg of the whole word. So the two ways exclude each other: the word that a
 * cmpxchg expects tells which of them is right. The first share is that of those
 * who came first, who have no privilege, and the last that remains goes back into
 * the entry.
 *
 * Extra references are counted in the same word without the lock, so that even
 * under it the word is changed by cmpxchg.
 */

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <kunit/visibility.h>

#include "ledger.h"

/* See gup_mirror_bucket_bits(). */
#define BUCKET_PAGES	256
#define MAX_BUCKET_BITS	18

/**
 * struct share - what a group has of a folio
 * @node: in the bucket of the folio, or in the pool; comes first
 * @entry: of the folio
 * @tag: the group, and the time by the last snapshot
 * @since: when the first of these pins came; with GUP_MIRROR_RELEASED, nobody
 *	knows
 * @nr: number of pins; never 0 in a bucket
 */
struct share {
	struct hlist_node node;
	const struct gup_mirror_entry *entry;
	u64 tag;
	u64 since;
	unsigned int nr;
};

/* Raw, since pages are released with any lock held. */
struct bucket {
	raw_spinlock_t lock;
	struct hlist_head shares;
};

static struct bucket *buckets;
static unsigned int bucket_bits;

static struct gup_mirror_pool free_shares = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(free_shares.lock),
	.size = sizeof(struct share),
	.reserve = true,
};

atomic_long_t gup_mirror_shares_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_shares_lost);

static struct bucket *bucket_of(const struct gup_mirror_entry *entry)
{
	return &buckets[hash_ptr(entry, bucket_bits)];
}

/* A free share, or NULL. With a lock of a bucket held, no page can be asked for. */
static struct share *new_share(void)
{
	return gup_mirror_pool_take(&free_shares);
}

static void give_back(struct share *share)
{
	gup_mirror_pool_give(&free_shares, share);
}

/*
 * Shares of a folio are in the order in which they came, but for those of one group,
 * from before a snapshot and from after it, which are next to each other.
 */
static void add_share(struct bucket *bucket, struct share *share,
		      const struct gup_mirror_entry *entry, u64 tag,
		      unsigned int nr, u64 since)
{
	struct share *other, *last = NULL;

	share->entry = entry;
	share->tag = tag;
	share->since = since;
	share->nr = nr;

	hlist_for_each_entry(other, &bucket->shares, node) {
		last = other;
		if (other->entry == entry && GUP_MIRROR_HOLD_GROUP(other->tag) ==
					 GUP_MIRROR_HOLD_GROUP(tag))
			break;
	}
	if (last)
		hlist_add_behind(&share->node, &last->node);
	else
		hlist_add_head(&share->node, &bucket->shares);
}

/* The share of a group; without a @tag, the oldest. NULL if there is none. */
static struct share *find_share(struct bucket *bucket,
				const struct gup_mirror_entry *entry,
				const u64 *tag)
{
	struct share *share;

	hlist_for_each_entry(share, &bucket->shares, node) {
		if (share->entry == entry && (!tag || share->tag == *tag))
			return share;
	}
	return NULL;
}

/*
 * Change the word of an entry. Nobody else does, but who counts an extra reference,
 * or makes a note of the pins.
 */
static void change_hold(struct gup_mirror_entry *entry, u64 new)
{
	u64 keep = GUP_MIRROR_HOLD_EXTRA_MASK;
	u64 hold = atomic64_read(&entry->hold);

	if (GUP_MIRROR_HOLD_PINS(new))
		keep |= GUP_MIRROR_HOLD_NOTES;
	do {
		new = (new & ~keep) | (hold & keep);
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold, new));
}

/* A folio that is shared gets pins of one that has some, or of a new one. */
static void share_again(struct bucket *bucket, struct gup_mirror_entry *entry,
			u64 tag, unsigned int nr, u64 now,
			struct share **spare)
{
	u64 new = atomic64_read(&entry->hold) + nr;
	struct share *share = find_share(bucket, entry, &tag);

	if (share) {
		share->nr += nr;
	} else if (*spare) {
		add_share(bucket, *spare, entry, tag, nr, now);
		*spare = NULL;
	} else {
		/* No room: they are somebody else's, and so will their release be. */
		find_share(bucket, entry, NULL)->nr += nr;
		new |= GUP_MIRROR_HOLD_GUESSED;
		atomic_long_add(nr, &gup_mirror_shares_lost);
	}
	change_hold(entry, new);
}

/**
 * gup_mirror_pin_shared() - enter pins of a folio that somebody else has pinned
 * @entry: of the folio
 * @tag: whose the pins are
 * @nr: number of pins
 * @now: gup_mirror_now()
 *
 * Context: Any.
 * Return: GUP_MIRROR_AGAIN if it was not so after all.
 */
enum gup_mirror_tried
gup_mirror_pin_shared(struct gup_mirror_entry *entry, u64 tag, unsigned int nr,
		      u64 now)
{
	struct share *spare = new_share(), *first = new_share();
	enum gup_mirror_tried tried = GUP_MIRROR_AGAIN;
	struct bucket *bucket = bucket_of(entry);
	unsigned long flags;
	u64 hold, since, new;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hold = atomic64_read(&entry->hold);
	/* It is that of the first as long as the word is the same. */
	smp_rmb();
	since = READ_ONCE(entry->state);
	if (!GUP_MIRROR_HOLD_PINS(hold) ||
	    nr > GUP_MIRROR_MAX_PINS - GUP_MIRROR_HOLD_PINS(hold))
		goto out;

	if (hold & GUP_MIRROR_HOLD_SHARED) {
		share_again(bucket, entry, tag, nr, now, &spare);
		tried = GUP_MIRROR_DONE;
		goto out;
	}

	if ((hold & GUP_MIRROR_HOLD_TAG_MASK) == tag)
		goto out;
	new = hold + nr;
	new |= first && spare ? GUP_MIRROR_HOLD_SHARED : GUP_MIRROR_HOLD_GUESSED;
	if (!atomic64_try_cmpxchg(&entry->hold, &hold, new))
		goto out;

	tried = GUP_MIRROR_DONE;
	if (new & GUP_MIRROR_HOLD_SHARED) {
		add_share(bucket, first, entry, hold & GUP_MIRROR_HOLD_TAG_MASK,
			  GUP_MIRROR_HOLD_PINS(hold), since);
		add_share(bucket, spare, entry, tag, nr, now);
		first = NULL;
		spare = NULL;
	} else {
		atomic_long_add(nr, &gup_mirror_shares_lost);
	}
out:
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	give_back(first);
	give_back(spare);
	return tried;
}

/*
 * How likely are these the pins that are released? With a view, those of its
 * site. Without, those that the caller has released so far, and rather those
 * of a read or a write than those that are held for long.
 */
#define BEST_LIKELIHOOD	3

static unsigned int likelihood(u64 tag, unsigned int view, unsigned int hint)
{
	const struct gup_mirror_group *group =
		gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag));

	if (view != GUP_MIRROR_NO_VIEW)
		return group->view == view ? BEST_LIKELIHOOD : 0;
	if (group->view == hint)
		return 2;
	return group->flags & FOLL_LONGTERM ? 0 : 1;
}

/**
 * struct candidates - whose pins a release may mean, as far as that is told apart
 * @view: where the pointer leads
 * @hint: the site whose pages the caller has released before
 * @best: the best likelihood
 * @nr: shares that have it
 * @stacks: stacks that these have
 * @group: the group of the last of these
 * @sites: they are of several sites
 */
struct candidates {
	unsigned int view;
	unsigned int hint;
	unsigned int best;
	unsigned int nr;
	unsigned int stacks;
	unsigned int group;
	bool sites;
};

static void find_candidates(struct candidates *c, struct bucket *bucket,
			    const struct gup_mirror_entry *entry)
{
	struct share *share;

	hlist_for_each_entry(share, &bucket->shares, node) {
		unsigned int group, level;

		if (share->entry != entry)
			continue;
		group = GUP_MIRROR_HOLD_GROUP(share->tag);
		level = likelihood(share->tag, c->view, c->hint);
		/* Without a view, even the most likely one is a guess. */
		if (c->view == GUP_MIRROR_NO_VIEW)
			level = 0;
		if (level < c->best)
			continue;
		if (level > c->best || !c->nr) {
			c->best = level;
			c->nr = 1;
			c->stacks = 1;
			c->group = group;
			c->sites = false;
			continue;
		}
		c->nr++;
		/* One stack may have pins from before a snapshot and from after it. */
		c->stacks += group != c->group;
		c->sites |= gup_mirror_group(group)->view !=
			    gup_mirror_group(c->group)->view;
		c->group = group;
	}
}

/* Take up to @nr pins from shares of one likelihood. Returns how many. */
static unsigned int take_likely(struct gup_mirror_settle *s,
				struct bucket *bucket,
				const struct gup_mirror_entry *entry,
				unsigned int nr, const struct candidates *c,
				unsigned int level, bool *own)
{
	unsigned int taken = 0, pins;
	struct hlist_node *next;
	struct share *share;

	hlist_for_each_entry_safe(share, next, &bucket->shares, node) {
		if (share->entry != entry || taken == nr ||
		    likelihood(share->tag, c->view, c->hint) != level)
			continue;
		pins = min(nr - taken, share->nr);
		gup_mirror_settle(s, share->tag, share->since, c->view, pins);
		if (!taken && !*own)
			s->debited = share->tag;
		*own |= level == BEST_LIKELIHOOD;
		taken += pins;
		share->nr -= pins;
		if (!share->nr) {
			hlist_del(&share->node);
			give_back(share);
		}
	}
	return taken;
}

/* The only share of a folio, or NULL if there are none, or several. */
static struct share *only_share(struct bucket *bucket,
				const struct gup_mirror_entry *entry)
{
	struct share *share, *only = NULL;

	hlist_for_each_entry(share, &bucket->shares, node) {
		if (share->entry != entry)
			continue;
		if (only)
			return NULL;
		only = share;
	}
	return only;
}

/**
 * gup_mirror_unpin_shared() - remove pins of a folio that several have pinned
 * @s: the call that releases them
 * @entry: of the folio
 * @nr: number of pins
 * @view: where the pointer leads, or GUP_MIRROR_NO_VIEW
 * @taken: receives how many there were to remove
 *
 * The view says whose are released. Without one, it is guessed, and that is
 * noted; the sum remains right.
 *
 * Context: Any.
 * Return: GUP_MIRROR_AGAIN if it is not shared after all.
 */
enum gup_mirror_tried
gup_mirror_unpin_shared(struct gup_mirror_settle *s,
			struct gup_mirror_entry *entry, unsigned int nr,
			unsigned int view, unsigned int *taken)
{
	struct candidates c = {
		.view = view,
		.hint = READ_ONCE(gup_mirror_caller(s->caller)->view),
	};
	struct bucket *bucket = bucket_of(entry);
	unsigned int level, left, worst = 0;
	struct share *last = NULL;
	unsigned long flags;
	bool own = false, mapped = false, vague;
	u64 hold, mark;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hold = atomic64_read(&entry->hold);
	if (!(hold & GUP_MIRROR_HOLD_SHARED)) {
		raw_spin_unlock_irqrestore(&bucket->lock, flags);
		return GUP_MIRROR_AGAIN;
	}

	if (s->own && !(hold & GUP_MIRROR_HOLD_GUESSED))
		worst = BEST_LIKELIHOOD;
	find_candidates(&c, bucket, entry);
	left = min(nr, GUP_MIRROR_HOLD_PINS(hold));
	*taken = left;
	for (level = BEST_LIKELIHOOD + 1; level-- > worst && left;)
		left -= take_likely(s, bucket, entry, left, &c, level, &own);
	*taken -= left;
	if (!*taken) {
		raw_spin_unlock_irqrestore(&bucket->lock, flags);
		return GUP_MIRROR_DONE;
	}
	s->stacks = c.sites ? 1 : c.stacks;

	hold -= *taken;
	if (GUP_MIRROR_HOLD_PINS(hold)) {
		if (c.sites)
			hold |= GUP_MIRROR_HOLD_GUESSED;
		else if (c.nr > 1)
			hold |= GUP_MIRROR_HOLD_VAGUE;
		last = only_share(bucket, entry);
	}
	if (!GUP_MIRROR_HOLD_PINS(hold)) {
		mark = s->released | gup_mirror_released_view(view);
		/* After a guess, the pin that was meant may have gone to others. */
		if (view != GUP_MIRROR_NO_VIEW && !own &&
		    !(hold & GUP_MIRROR_HOLD_GUESSED))
			mark |= GUP_MIRROR_RELEASED_ALIEN;
		WRITE_ONCE(entry->state, mark);
		mapped = hold & GUP_MIRROR_HOLD_MAPPED;
		vague = hold & GUP_MIRROR_HOLD_VAGUE || s->stacks > 1;
		hold &= ~(GUP_MIRROR_HOLD_FLAGS | GUP_MIRROR_HOLD_TAG_MASK);
		hold |= vague ? gup_mirror_vague_tag(s->debited) : s->debited;
	} else if (last) {
		WRITE_ONCE(entry->state, last->since);
		hold &= ~(GUP_MIRROR_HOLD_SHARED | GUP_MIRROR_HOLD_TAG_MASK);
		hold |= last->tag;
		hlist_del(&last->node);
		give_back(last);
	}
	change_hold(entry, hold);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	if (unlikely(mapped))
		gup_mirror_unpinned_mapped(s, entry, *taken);
	return GUP_MIRROR_DONE;
}

/**
 * gup_mirror_shared_holders() - tell who has pins on a folio that is shared
 * @entry: of the folio
 * @pfn: page frame number of the folio
 * @tell: called for each
 * @data: for @tell
 *
 * Context: Any.
 * Return: false if it is not shared after all.
 */
bool gup_mirror_shared_holders(struct gup_mirror_entry *entry,
			       unsigned long pfn, gup_mirror_holder_t tell,
			       void *data)
{
	struct bucket *bucket = bucket_of(entry);
	struct share *share;
	unsigned long flags;
	u64 hold;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hold = atomic64_read(&entry->hold);
	if (!(hold & GUP_MIRROR_HOLD_SHARED)) {
		raw_spin_unlock_irqrestore(&bucket->lock, flags);
		return false;
	}
	hold &= ~(GUP_MIRROR_HOLD_PIN_MASK | GUP_MIRROR_HOLD_TAG_MASK);
	hlist_for_each_entry(share, &bucket->shares, node) {
		if (share->entry == entry)
			tell(pfn, hold | share->tag | share->nr,
			     share->since & GUP_MIRROR_RELEASED ? 0 : share->since,
			     data);
	}
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
	return true;
}

/**
 * gup_mirror_forget_epoch() - the pins of a folio are from before the snapshot
 * @entry: of the folio
 *
 * With the lock, no share comes or goes between the two.
 *
 * Context: Process context. Nobody uses an epoch but 0 meanwhile.
 */
void gup_mirror_forget_epoch(struct gup_mirror_entry *entry)
{
	struct bucket *bucket = bucket_of(entry);
	struct share *share;

	raw_spin_lock_irq(&bucket->lock);
	atomic64_and(~GUP_MIRROR_HOLD_EPOCH_MASK, &entry->hold);
	hlist_for_each_entry(share, &bucket->shares, node) {
		if (share->entry == entry)
			share->tag &= ~GUP_MIRROR_HOLD_EPOCH_MASK;
	}
	raw_spin_unlock_irq(&bucket->lock);
}

/**
 * gup_mirror_shares_used() - number of shares that there are
 * @kind: of pins, or of gets
 *
 * Context: Any; for tests, since it takes time.
 * Return: The number.
 */
unsigned int gup_mirror_shares_used(enum gup_mirror_kind kind)
{
	struct bucket *bucket;
	struct share *share;
	unsigned int nr = 0;

	for (bucket = buckets; bucket < buckets + (1UL << bucket_bits); bucket++) {
		raw_spin_lock_irq(&bucket->lock);
		hlist_for_each_entry(share, &bucket->shares, node) {
			nr += gup_mirror_group_kind(GUP_MIRROR_HOLD_GROUP(share->tag)) == kind;
		}
		raw_spin_unlock_irq(&bucket->lock);
	}
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_shares_used);

/**
 * gup_mirror_shares_init() - get the buckets
 *
 * Context: Boot.
 * Return: 0, or -ENOMEM.
 */
int __init gup_mirror_shares_init(void)
{
	unsigned long i;

	bucket_bits = gup_mirror_bucket_bits(BUCKET_PAGES, MAX_BUCKET_BITS);
	buckets = kvcalloc(1UL << bucket_bits, sizeof(*buckets), GFP_KERNEL);
	if (!buckets)
		return -ENOMEM;
	for (i = 0; i < 1UL << bucket_bits; i++)
		raw_spin_lock_init(&buckets[i].lock);
	return 0;
}
