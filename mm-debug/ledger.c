// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the ledger. See ledger.h.
 */

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/page_ext.h>
#include <linux/rcupdate.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"
#include "ledger.h"

atomic_long_t gup_mirror_untracked;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_untracked);

static __init bool need_ledger(void)
{
	return gup_mirror_config.mode != GUP_MIRROR_OFF;
}

struct page_ext_operations gup_mirror_page_ext_ops = {
	.size = sizeof(struct gup_mirror_entry),
	.need = need_ledger,
};

/**
 * gup_mirror_cursor_move() - find the entries of another section of memory
 * @cursor: what to move
 * @folio: a folio in that section
 *
 * Context: Any, inside rcu_read_lock().
 * Return: The entry of @folio, or NULL if there is none.
 */
struct gup_mirror_entry *
gup_mirror_cursor_move(struct gup_mirror_cursor *cursor,
		       const struct folio *folio)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	unsigned long nth = pfn & ~PAGE_SECTION_MASK;
	struct page_ext *page_ext = page_ext_get(&folio->page);
	void *base;

	if (likely(page_ext)) {
		base = page_ext_data(page_ext, &gup_mirror_page_ext_ops) -
		       nth * page_ext_size;
		/* The caller is in a read-side section of its own. */
		page_ext_put(page_ext);
	} else {
		base = gup_mirror_device_entries(pfn >> PFN_SECTION_SHIFT);
		if (!base) {
			*cursor = (struct gup_mirror_cursor)GUP_MIRROR_CURSOR;
			return NULL;
		}
	}

	cursor->start = (unsigned long)folio - nth * sizeof(struct page);
	cursor->base = base;
	return base + nth * page_ext_size;
}

u32 gup_mirror_now(void)
{
	return div_u64(ktime_get_mono_fast_ns(), NSEC_PER_MSEC);
}

/**
 * gup_mirror_credit() - change the account of a group and of its site
 * @tag: the group, and when it took the pins
 * @pins: number of pins; negative if they were given back
 * @pages: number of pages of folios, likewise
 *
 * Context: Any, inside rcu_read_lock(), for gup_mirror_snapshot().
 */
void gup_mirror_credit(u64 tag, long pins, long pages)
{
	struct gup_mirror_group *group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag));
	struct gup_mirror_site *site = gup_mirror_site(group->view);
	u8 epoch = GUP_MIRROR_HOLD_EPOCH(tag);
	long held, most;

	atomic_long_add(pins, &group->pins);
	atomic_long_add(pages, &group->pages);
	if (epoch && epoch == READ_ONCE(gup_mirror_epoch))
		atomic_long_add(pins, &group->since[epoch & 1]);

	held = atomic_long_add_return(pins, &site->held);
	most = atomic_long_read(&site->most);
	while (held > most && !atomic_long_try_cmpxchg(&site->most, &most, held))
		;
}

/* Give pins that are in no share any more to those who came first. */
static void give_to_first(u64 first, const struct gup_mirror_claim *claim,
			  unsigned long nr_pages)
{
	gup_mirror_credit(claim->tag, -(long)claim->nr,
			  claim->ended ? -(long)nr_pages : 0);
	gup_mirror_credit(first & GUP_MIRROR_HOLD_TAG_MASK, claim->nr, 0);
}

/* Put claims back, since somebody else has changed the word for the pins. */
static void unclaim(unsigned long pfn, u64 hold, unsigned long nr_pages,
		    const struct gup_mirror_claim *claims, unsigned int nr)
{
	for (; nr; nr--, claims++) {
		int shared = gup_mirror_share(pfn, claims->tag, claims->nr);

		if (shared < 0) {
			/* Its place was taken: see gup_mirror_pin_shared(). */
			give_to_first(hold, claims, nr_pages);
			atomic_long_add(claims->nr, &gup_mirror_shares_lost);
		} else if (shared != claims->ended) {
			gup_mirror_credit(claims->tag, 0,
					  shared ? nr_pages : -(long)nr_pages);
		}
	}
}

/*
 * No longer busy with shares. If there are no pins any more, and nobody else is
 * busy, what is left in the table was released by somebody to whom it did not
 * belong, and who was taken for those who came first.
 */
static void leave(struct gup_mirror_entry *entry, const struct folio *folio)
{
	struct gup_mirror_claim claims[GUP_MIRROR_MAX_CLAIMS];
	unsigned long nr_pages = folio_nr_pages(folio);
	unsigned long pfn = gup_mirror_pfn(folio);
	u64 hold = atomic64_read(&entry->hold), new;
	unsigned int i, nr_claims;
	bool last;

	for (;;) {
		last = !GUP_MIRROR_HOLD_PINS(hold) &&
		       GUP_MIRROR_HOLD_BUSY(hold) == 1;
		nr_claims = last ? gup_mirror_claim_all(pfn, claims) : 0;
		new = last ? hold & GUP_MIRROR_HOLD_TAG_MASK :
			     hold - GUP_MIRROR_HOLD_BUSY_ONE;
		if (atomic64_try_cmpxchg(&entry->hold, &hold, new))
			break;
		unclaim(pfn, hold, nr_pages, claims, nr_claims);
	}
	if (!last)
		return;

	for (i = 0; i < nr_claims; i++)
		give_to_first(hold, &claims[i], nr_pages);
	gup_mirror_credit(hold & GUP_MIRROR_HOLD_TAG_MASK, 0, -(long)nr_pages);
}

/**
 * gup_mirror_pin_shared() - enter pins of a folio that may have some already
 * @entry: of the folio
 * @folio: the folio
 * @tag: whose the new pins are
 * @nr: number of pins
 * @now: gup_mirror_now()
 *
 * Context: Any, inside rcu_read_lock().
 */
void gup_mirror_pin_shared(struct gup_mirror_entry *entry,
			   const struct folio *folio, u64 tag, unsigned int nr,
			   u32 now)
{
	u64 hold = atomic64_read(&entry->hold), new;
	bool first, same, full;
	int shared;

	do {
		first = !(hold & GUP_MIRROR_HOLD_IN_USE);
		same = (hold & GUP_MIRROR_HOLD_TAG_MASK) == tag;
		full = GUP_MIRROR_HOLD_BUSY(hold) == GUP_MIRROR_HOLD_MAX_BUSY;
		if (first) {
			/*
			 * If two come at the same time, either time is right.
			 * The cmpxchg orders this before the pins; pairs with
			 * the smp_rmb() in ages.c. Who releases a pin has got
			 * it from us.
			 */
			WRITE_ONCE(entry->since, now);
			new = tag + nr;
		} else if (same) {
			new = hold + nr;
		} else {
			new = (hold + nr) | GUP_MIRROR_HOLD_SHARED;
			if (!full)
				new += GUP_MIRROR_HOLD_BUSY_ONE;
		}
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold, new));

	if (first || same) {
		gup_mirror_credit(tag, nr, first ? folio_nr_pages(folio) : 0);
		return;
	}

	/*
	 * Until this is done, the pins seem to belong to those who came first.
	 * Only somebody who releases what is not his can make use of that.
	 */
	shared = full ? -EBUSY :
			gup_mirror_share(gup_mirror_pfn(folio), tag, nr);
	if (shared >= 0) {
		gup_mirror_credit(tag, nr, shared ? folio_nr_pages(folio) : 0);
	} else {
		/* No room: they do belong to those, and so will their release. */
		atomic_long_add(nr, &gup_mirror_shares_lost);
		WRITE_ONCE(gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->guessed,
			   true);
		gup_mirror_credit(hold & GUP_MIRROR_HOLD_TAG_MASK, nr, 0);
		atomic64_or(GUP_MIRROR_HOLD_GUESSED, &entry->hold);
	}
	if (!full)
		leave(entry, folio);
}

/* Enter in the account of a group that some of its pins were released. */
static void settle(const struct gup_mirror_settle *settle, u64 tag,
		   unsigned int view, long pins, long pages)
{
	struct gup_mirror_group *group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag));
	struct gup_mirror_site *site = gup_mirror_site(group->view);

	gup_mirror_credit(tag, -pins, -pages);
	if (likely(!settle->wrong))
		atomic_long_add(pins, view == group->view ? &site->right :
							    &site->laundered);
}

/* Count for the site of a group how long pins were held. */
static void count_hold(const struct gup_mirror_settle *s,
		       const struct gup_mirror_group *group, u32 since,
		       long pins)
{
	struct gup_mirror_site *site = gup_mirror_site(group->view);
	unsigned int bucket;
	u32 held;

	/* Another CPU may have looked at the clock a little later than we. */
	held = (s32)(s->now - since) < 0 ? 0 : s->now - since;
	bucket = min(fls(held), GUP_MIRROR_HOLD_BUCKETS - 1);
	atomic_long_add(pins, &site->hold[bucket]);
	if (unlikely(held >= READ_ONCE(gup_mirror_longterm_ms)) &&
	    !(group->flags & FOLL_LONGTERM) && !group->catch_all)
		atomic_long_add(pins, &site->overlong);
}

/**
 * gup_mirror_settle_begin() - a call of a release function begins
 * @s: the call
 * @caller: who called
 * @stack: stack of that, or 0
 *
 * Context: Any.
 */
void gup_mirror_settle_begin(struct gup_mirror_settle *s, unsigned int caller,
			     depot_stack_handle_t stack)
{
	*s = (struct gup_mirror_settle) {
		.caller = caller,
		.released = gup_mirror_released(caller, stack),
		.now = gup_mirror_now(),
		/* Of no pin: the first begins a run. */
		.tag = ~0ULL,
		.view = GUP_MIRROR_NO_VIEW - 1,
	};
}

/**
 * gup_mirror_settle_end() - enter what was collected in the accounts
 * @s: the call that releases pins
 *
 * Context: Any, inside rcu_read_lock().
 */
void gup_mirror_settle_end(struct gup_mirror_settle *s)
{
	const struct gup_mirror_group *group;
	struct gup_mirror_caller *caller;

	if (!s->pins)
		return;

	settle(s, s->tag, s->view, s->pins, s->pages);

	group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(s->tag));
	count_hold(s, group, s->since, s->pins);

	caller = gup_mirror_caller(s->caller);
	if (READ_ONCE(caller->view) != group->view)
		WRITE_ONCE(caller->view, group->view);

	s->pins = 0;
	s->pages = 0;
}

/**
 * gup_mirror_settle_next() - go on with pins of another account
 * @s: the call that releases pins
 * @tag: whose pins come now
 * @since: when they were acquired
 * @view: where their pointers lead
 *
 * Context: Any, inside rcu_read_lock().
 */
void gup_mirror_settle_next(struct gup_mirror_settle *s, u64 tag,
			    u32 since, unsigned int view)
{
	gup_mirror_settle_end(s);
	s->tag = tag;
	s->since = since;
	s->view = view;
	s->mark = s->released | gup_mirror_released_view(view);
	if (view != GUP_MIRROR_NO_VIEW &&
	    view != gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag))->view)
		s->mark |= GUP_MIRROR_RELEASED_ALIEN;
}

/**
 * gup_mirror_unpin_some() - remove pins of a folio that may not have them all
 * @s: the call that releases them
 * @entry: of the folio
 * @folio: the folio
 * @nr: number of pins
 * @view: where the pointer leads, or GUP_MIRROR_NO_VIEW
 *
 * Where several have pins on the folio, the view says whose are released.
 * Without one, it is guessed, and that is noted; the sum remains right.
 *
 * Context: Any, inside rcu_read_lock().
 * Return: How many there were to remove.
 */
unsigned int gup_mirror_unpin_some(struct gup_mirror_settle *s,
				   struct gup_mirror_entry *entry,
				   const struct folio *folio, unsigned int nr,
				   unsigned int view)
{
	struct gup_mirror_claim claims[GUP_MIRROR_MAX_CLAIMS];
	unsigned int hint = READ_ONCE(gup_mirror_caller(s->caller)->view);
	u64 hold = atomic64_read(&entry->hold), new, mark, tag;
	u32 since = READ_ONCE(entry->since);
	unsigned int i, take, nr_claims;
	unsigned long nr_pages = folio_nr_pages(folio);
	unsigned long pfn = gup_mirror_pfn(folio);
	bool busy = false, last, own;
	enum gup_mirror_guess guess;
	long rest;

	for (;;) {
		take = min(nr, GUP_MIRROR_HOLD_PINS(hold));
		if (!take) {
			if (busy)
				leave(entry, folio);
			return 0;
		}

		if (!busy && hold & GUP_MIRROR_HOLD_SHARED &&
		    GUP_MIRROR_HOLD_BUSY(hold) < GUP_MIRROR_HOLD_MAX_BUSY) {
			/* What is claimed from here on can be put back. */
			new = hold + GUP_MIRROR_HOLD_BUSY_ONE;
			if (atomic64_try_cmpxchg(&entry->hold, &hold, new)) {
				hold = new;
				busy = true;
			}
			continue;
		}

		new = hold - take;
		if (busy)
			new -= GUP_MIRROR_HOLD_BUSY_ONE;
		last = !GUP_MIRROR_HOLD_PINS(new) && !GUP_MIRROR_HOLD_BUSY(new);

		nr_claims = 0;
		guess = GUP_MIRROR_CERTAIN;
		if (last) {
			/* Nothing may be left when the last pin goes. */
			if (busy)
				nr_claims = gup_mirror_claim_all(pfn, claims);
			new &= GUP_MIRROR_HOLD_TAG_MASK;
		} else if (busy) {
			nr_claims = gup_mirror_claim(pfn, hold, take, view, hint,
						     &guess, claims);
		} else if (hold & GUP_MIRROR_HOLD_SHARED) {
			/* Too many look at them already. */
			guess = GUP_MIRROR_GUESS_SITE;
		}
		if (guess == GUP_MIRROR_GUESS_SITE)
			new |= GUP_MIRROR_HOLD_GUESSED;

		if (atomic64_try_cmpxchg(&entry->hold, &hold, new))
			break;
		unclaim(pfn, hold, nr_pages, claims, nr_claims);
	}

	own = false;
	rest = take;
	for (i = 0; i < nr_claims; i++) {
		struct gup_mirror_group *group =
			gup_mirror_group(GUP_MIRROR_HOLD_GROUP(claims[i].tag));

		settle(s, claims[i].tag, view, claims[i].nr,
		       claims[i].ended ? nr_pages : 0);
		if (guess)
			WRITE_ONCE(group->guessed, true);
		own |= group->view == view;
		rest -= claims[i].nr;
	}

	/*
	 * Less than nothing is left for those who came first if a wrong guess
	 * has taken from them before.
	 */
	tag = hold & GUP_MIRROR_HOLD_TAG_MASK;
	if (rest || last) {
		struct gup_mirror_group *group =
			gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag));

		settle(s, tag, view, rest, last ? nr_pages : 0);
		if (rest > 0)
			count_hold(s, group, since, rest);
		if (guess)
			WRITE_ONCE(group->guessed, true);
		own |= rest > 0 && group->view == view;
	}

	mark = s->released | gup_mirror_released_view(view);
	/* After a guess, the pin that was meant may have gone to others. */
	if (view != GUP_MIRROR_NO_VIEW && !own &&
	    !(hold & GUP_MIRROR_HOLD_GUESSED))
		mark |= GUP_MIRROR_RELEASED_ALIEN;
	WRITE_ONCE(entry->released, mark);

	return take;
}
