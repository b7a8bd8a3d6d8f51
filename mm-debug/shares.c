// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: folios that are pinned by several groups at the same time.
 *
 * The entry of such a folio names the group that came first. What the others
 * have is here: a table of words, each with a page frame number, a tag, and a
 * number of pins. A word is found in the few places that its page frame number
 * allows, and changed by cmpxchg only. That such a folio exists at all is rare:
 * a buffer that is registered with a device, say, and read into by O_DIRECT.
 */

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"
#include "ledger.h"

/* One cache line for each row, in which all shares of a folio have to be. */
#define ROW_BITS	10
#define ROW_SLOTS	GUP_MIRROR_MAX_CLAIMS

/*
 * A word: pins (12 bits), epoch (8), group (14), and the page frame number
 * without the bits that the row stands for (30, which is all that x86-64 can
 * address). It is 0 if it is free.
 */
#define NR_BITS		12
#define GROUP_BITS	14
#define MAX_NR		((1U << NR_BITS) - 1)

static_assert(GUP_MIRROR_MAX_GROUPS <= 1 << GROUP_BITS);

static atomic64_t (*rows)[ROW_SLOTS] __ro_after_init;

atomic_long_t gup_mirror_shares_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_shares_lost);

/**
 * gup_mirror_shares_init() - make the table
 *
 * Context: Boot. May sleep.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_shares_init(void)
{
	rows = kvcalloc(1UL << ROW_BITS, sizeof(*rows), GFP_KERNEL);
	return rows ? 0 : -ENOMEM;
}

static atomic64_t *row_of(unsigned long pfn)
{
	return rows[pfn & ((1UL << ROW_BITS) - 1)];
}

/* Everything in a word but the number of pins. */
static u64 key_of(unsigned long pfn, u64 tag)
{
	u64 key = pfn >> ROW_BITS;

	key = key << GROUP_BITS | GUP_MIRROR_HOLD_GROUP(tag);
	key = key << 8 | GUP_MIRROR_HOLD_EPOCH(tag);
	return key << NR_BITS;
}

static u64 tag_of(u64 word)
{
	return gup_mirror_tag((word >> (NR_BITS + 8)) & ((1U << GROUP_BITS) - 1),
			      word >> NR_BITS);
}

static bool is_of(u64 word, unsigned long pfn)
{
	return word && word >> (NR_BITS + 8 + GROUP_BITS) == pfn >> ROW_BITS;
}

/**
 * gup_mirror_share() - note pins of a folio that others have pinned before
 * @pfn: page frame number of the folio
 * @tag: whose the pins are
 * @nr: number of pins
 *
 * Context: Any. Takes no lock.
 * Return: 1 if this is the first such note for @tag, 0 if it was added to
 * another, -ENOSPC if there was no room.
 */
int gup_mirror_share(unsigned long pfn, u64 tag, unsigned int nr)
{
	atomic64_t *row = row_of(pfn);
	u64 key = key_of(pfn, tag);
	unsigned int i;
	u64 word;

	for (i = 0; i < ROW_SLOTS; i++) {
		word = atomic64_read(&row[i]);
		while (word && (word & ~(u64)MAX_NR) == key &&
		       (word & MAX_NR) + nr <= MAX_NR) {
			if (atomic64_try_cmpxchg(&row[i], &word, word + nr))
				return 0;
		}
	}

	for (i = 0; i < ROW_SLOTS && nr <= MAX_NR; i++) {
		word = 0;
		if (!atomic64_read(&row[i]) &&
		    atomic64_try_cmpxchg(&row[i], &word, key + nr))
			return 1;
	}

	return -ENOSPC;
}

/* Take up to @nr pins from a slot that may have changed since it was read. */
static bool take(atomic64_t *slot, u64 word, unsigned long pfn, unsigned int nr,
		 struct gup_mirror_claim *claim)
{
	unsigned int have;

	do {
		if (!is_of(word, pfn))
			return false;
		have = word & MAX_NR;
		claim->tag = tag_of(word);
		claim->nr = min(have, nr);
		claim->ended = claim->nr == have;
	} while (!atomic64_try_cmpxchg(slot, &word,
				       claim->ended ? 0 : word - claim->nr));

	return true;
}

/**
 * gup_mirror_claim_all() - take all that is noted of a folio
 * @pfn: page frame number of the folio
 * @claims: receives up to GUP_MIRROR_MAX_CLAIMS
 *
 * Context: Any. Takes no lock.
 * Return: Number of @claims.
 */
unsigned int gup_mirror_claim_all(unsigned long pfn,
				  struct gup_mirror_claim *claims)
{
	atomic64_t *row = row_of(pfn);
	unsigned int i, nr = 0;

	for (i = 0; i < ROW_SLOTS; i++) {
		if (take(&row[i], atomic64_read(&row[i]), pfn, MAX_NR,
			 &claims[nr]))
			nr++;
	}

	return nr;
}

/*
 * How likely are these the pins that are released? With a view, those of its
 * site. Without, those that the caller has released so far, and rather those
 * of a read or a write than those that are held for long.
 */
static unsigned int likelihood(u64 tag, unsigned int view, unsigned int hint)
{
	const struct gup_mirror_group *group =
		gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag));

	if (view != GUP_MIRROR_NO_VIEW)
		return group->view == view ? 3 : 0;
	if (group->view == hint)
		return 2;
	return group->flags & FOLL_LONGTERM ? 0 : 1;
}

/* Who can be meant by a release, as far as it is told apart */
struct candidates {
	unsigned int view;
	unsigned int hint;
	unsigned int best;	/* the best likelihood */
	unsigned int nr;	/* groups that have it */
	unsigned int site;	/* the site of one of these */
	bool sites;		/* they are of several */
};

static void add_candidate(struct candidates *c, u64 tag)
{
	unsigned int site = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag))->view;
	unsigned int level = likelihood(tag, c->view, c->hint);

	/* Without a view, even the most likely one is a guess. */
	if (c->view == GUP_MIRROR_NO_VIEW)
		level = c->best;
	if (level < c->best)
		return;
	if (level > c->best) {
		c->best = level;
		c->nr = 0;
		c->sites = false;
	}
	c->sites |= c->nr && c->site != site;
	c->site = site;
	c->nr++;
}

/**
 * gup_mirror_claim() - take those pins that a release most likely means
 * @pfn: page frame number of the folio
 * @hold: the word for its pins
 * @nr: number of pins that are released, less than there are
 * @view: where the pointer leads, or GUP_MIRROR_NO_VIEW
 * @hint: the site whose pages the caller has released before
 * @guess: receives what is not certain
 * @claims: receives up to GUP_MIRROR_MAX_CLAIMS
 *
 * What is not claimed belongs to the group in @hold.
 *
 * Context: Any. Takes no lock.
 * Return: Number of @claims.
 */
unsigned int gup_mirror_claim(unsigned long pfn, u64 hold, unsigned int nr,
			      unsigned int view, unsigned int hint,
			      enum gup_mirror_guess *guess,
			      struct gup_mirror_claim *claims)
{
	struct candidates candidates = { .view = view, .hint = hint };
	unsigned int first = likelihood(hold, view, hint);
	unsigned int i, own, nr_claims = 0, shared = 0;
	atomic64_t *row = row_of(pfn);
	int level;

	for (i = 0; i < ROW_SLOTS; i++) {
		u64 word = atomic64_read(&row[i]);

		if (!is_of(word, pfn))
			continue;
		shared += word & MAX_NR;
		add_candidate(&candidates, tag_of(word));
	}
	own = GUP_MIRROR_HOLD_PINS(hold) - min(shared, GUP_MIRROR_HOLD_PINS(hold));
	if (own)
		add_candidate(&candidates, hold);
	*guess = candidates.sites ? GUP_MIRROR_GUESS_SITE :
		 candidates.nr > 1 ? GUP_MIRROR_GUESS_STACK :
				     GUP_MIRROR_CERTAIN;

	for (level = 3; level >= 0 && nr; level--) {
		for (i = 0; i < ROW_SLOTS && nr; i++) {
			u64 word = atomic64_read(&row[i]);

			if (!is_of(word, pfn) ||
			    likelihood(tag_of(word), view, hint) != level)
				continue;
			if (nr_claims == GUP_MIRROR_MAX_CLAIMS)
				return nr_claims;
			if (!take(&row[i], word, pfn, nr, &claims[nr_claims]))
				continue;
			nr -= claims[nr_claims].nr;
			nr_claims++;
		}
		/* Does the group that came first have enough for the rest? */
		if (level == first)
			nr -= min(nr, own);
	}

	return nr_claims;
}

/**
 * gup_mirror_pins_of_view() - how many of the pins on a folio are of one site?
 * @pfn: page frame number of the folio
 * @hold: the word for its pins
 * @view: number of the site
 *
 * Context: Any. Takes no lock; the answer may be out of date.
 * Return: Number of pins.
 */
unsigned int gup_mirror_pins_of_view(unsigned long pfn, u64 hold,
				     unsigned int view)
{
	unsigned int all = 0, mine = 0, i;
	atomic64_t *row = row_of(pfn);

	for (i = 0; hold & GUP_MIRROR_HOLD_SHARED && i < ROW_SLOTS; i++) {
		u64 word = atomic64_read(&row[i]);

		if (!is_of(word, pfn))
			continue;
		all += word & MAX_NR;
		if (gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag_of(word)))->view == view)
			mine += word & MAX_NR;
	}

	if (gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->view == view &&
	    GUP_MIRROR_HOLD_PINS(hold) > all)
		mine += GUP_MIRROR_HOLD_PINS(hold) - all;
	return mine;
}

/**
 * gup_mirror_shares_forget_epochs() - no share is from after a snapshot
 *
 * Context: Process context. Nobody uses an epoch but 0 meanwhile.
 */
void gup_mirror_shares_forget_epochs(void)
{
	const u64 epoch = 0xffULL << NR_BITS;
	unsigned int i, j;

	for (i = 0; i < 1U << ROW_BITS; i++) {
		for (j = 0; j < ROW_SLOTS; j++) {
			u64 word = atomic64_read(&rows[i][j]);

			while (word & epoch &&
			       !atomic64_try_cmpxchg(&rows[i][j], &word,
						     word & ~epoch))
				;
		}
	}
}

/**
 * gup_mirror_shares_used() - number of shares that there are
 *
 * Context: Any; the answer may be out of date.
 * Return: The number.
 */
unsigned int gup_mirror_shares_used(void)
{
	unsigned int i, j, nr = 0;

	for (i = 0; i < 1U << ROW_BITS; i++) {
		for (j = 0; j < ROW_SLOTS; j++)
			nr += !!atomic64_read(&rows[i][j]);
	}
	return nr;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_shares_used);
