// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages leave GUP for the caller.
 *
 * This is where a pin is entered in the ledger: when the public function is
 * about to return it. What GUP takes and gives back on its own before that, in
 * retries, migration and clean-up, is nobody else's business and never seen.
 * It also means one walk over the pages, and one stack, for each call.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "ledger.h"
#include "runs.h"

#include <trace/events/gup_mirror.h>

static __always_inline struct page *to_view(struct page *page,
					    unsigned long distance)
{
	unsigned long addr = (unsigned long)page + distance;

	/* The two must not look related: gup_mirror_canonical(). */
	OPTIMIZER_HIDE_VAR(addr);
	return (struct page *)addr;
}

/* How far a view is from the memmap. */
static unsigned long distance_to(unsigned int view)
{
	return gup_mirror_region.start - gup_mirror_region.base +
	       ((unsigned long)view << gup_mirror_views.shift);
}

/* Does the memmap have this page where a view can show it? */
static __always_inline bool has_view(const struct page *page)
{
	return (unsigned long)page - gup_mirror_region.base <=
	       gup_mirror_region.mask;
}

/*
 * Move pages into a view. GUP takes no reference on the zero page, and callers
 * differ in whether they release it: it stays where it is.
 */
static void mirror_pages(struct page **pages, long nr, unsigned int view)
{
	const struct page *zero_page = ZERO_PAGE(0);
	unsigned long distance = distance_to(view);
	long i, unmirrored = 0;

	/* There is so little to do for each that the loop itself would show. */
#pragma GCC unroll 4
	for (i = 0; i < nr; i++) {
		struct page *page = pages[i];

		if (unlikely(page == zero_page))
			continue;
		if (likely(has_view(page)))
			pages[i] = to_view(page, distance);
		else
			unmirrored++;
	}

	if (unlikely(unmirrored))
		atomic_long_add(unmirrored, &gup_mirror_unmirrored);
}

/**
 * struct pin_call - one call of a function that pins
 * @view: number of the site
 * @group: its group for this call
 * @now: gup_mirror_now()
 * @tag: what entries are told
 * @cursor: where entries are
 * @untracked: pins of folios that have no entry
 */
struct pin_call {
	unsigned int view;
	unsigned int group;
	u32 now;
	u64 tag;
	struct gup_mirror_cursor cursor;
	long untracked;
};

static void pin_call_begin(struct pin_call *call, unsigned int view,
			   unsigned int gup_flags, unsigned long ip)
{
	struct gup_mirror_site *site = gup_mirror_site(view);
	depot_stack_handle_t stack = gup_mirror_save_stack(ip);

	if (unlikely(!site->stack))
		WRITE_ONCE(site->stack, stack);

	*call = (struct pin_call) {
		.view = view,
		.group = gup_mirror_find_group(view, gup_flags, stack),
		.now = gup_mirror_now(),
		.cursor = GUP_MIRROR_CURSOR,
	};
	call->tag = gup_mirror_tag(call->group, READ_ONCE(gup_mirror_epoch));
}

/* Enter pins of a folio that may be anything. */
static void pin_folio(struct pin_call *call, struct folio *folio,
		      unsigned int nr)
{
	struct gup_mirror_entry *entry = gup_mirror_entry(&call->cursor, folio);

	if (unlikely(!entry)) {
		call->untracked += nr;
		return;
	}

	gup_mirror_pin_shared(entry, folio, call->tag, nr, call->now);
	if (unlikely(!folio_maybe_dma_pinned(folio)))
		gup_mirror_lost_pin(call->group, gup_mirror_pfn(folio), nr);
}

/*
 * Enter the pages at the beginning of an array that are of one folio, which may
 * be anything. Returns how many.
 */
static noinline long pin_run(struct pin_call *call, struct page **pages,
			     long nr, unsigned long distance)
{
	struct folio *folio = gup_mirror_canonical_folio(pages[0]);
	long run;

	if (is_zero_folio(folio))
		return 1;

	for (run = 0; run < nr; run++) {
		if (gup_mirror_canonical_folio(pages[run]) != folio)
			break;
		if (likely(has_view(pages[run])))
			pages[run] = to_view(pages[run], distance);
		else if (distance)
			atomic_long_inc(&gup_mirror_unmirrored);
	}
	pin_folio(call, folio, run);
	return run;
}

/*
 * Enter pages that were pinned, and move them into the view of the site if
 * @mirror is true. This is the hot path of everything that does direct I/O: the
 * loop does only what is right for a small folio that nobody else has pinned,
 * and leaves all else to pin_run().
 */
static void pin_pages(struct pin_call *call, struct page **pages, long nr,
		      bool mirror)
{
	unsigned long distance = mirror ? distance_to(call->view) : 0;
	const u64 first_pin = call->tag + 1;
	long i, plain = 0;

	rcu_read_lock();
	for (i = 0; i < nr;) {
		struct page *page = pages[i];
		unsigned long offset = (unsigned long)page - call->cursor.start;
		struct gup_mirror_entry *entry;
		u64 hold;

		if (unlikely(offset >= GUP_MIRROR_SECTION_SIZE ||
			     !gup_mirror_is_plain(page)))
			goto other;

		entry = gup_mirror_nth_entry(&call->cursor, offset);
		hold = atomic64_read(&entry->hold);
		if (unlikely(hold & GUP_MIRROR_HOLD_IN_USE))
			goto other;
		/* See gup_mirror_pin_shared(). */
		WRITE_ONCE(entry->since, call->now);
		if (unlikely(!atomic64_try_cmpxchg(&entry->hold, &hold,
						   first_pin)))
			goto other;

		if (unlikely((unsigned int)page_ref_count(page) <
			     GUP_PIN_COUNTING_BIAS))
			gup_mirror_lost_pin(call->group,
					    gup_mirror_canonical_pfn(page), 1);
		pages[i] = to_view(page, distance);
		plain++;
		i++;
		continue;
other:
		i += pin_run(call, pages + i, nr - i, distance);
	}
	if (plain)
		gup_mirror_credit(call->tag, plain, plain);
	if (unlikely(call->untracked))
		atomic_long_add(call->untracked, &gup_mirror_untracked);
	rcu_read_unlock();
}

static enum gup_mirror_kind kind_of(unsigned int gup_flags)
{
	return gup_flags & FOLL_PIN ? GUP_MIRROR_PIN : GUP_MIRROR_GET;
}

static void trace_acquired(const char *fn, struct page **pages, long nr,
			   unsigned int gup_flags, unsigned long ip)
{
	const char *kind = gup_mirror_kind_names[kind_of(gup_flags)];
	unsigned long run;
	long i;

	for (i = 0; i < nr; i += run) {
		run = gup_mirror_run(pages + i, nr - i);
		if (!is_zero_page(pages[i]))
			trace_gup_mirror_acquire(fn, ip, kind,
						 page_to_pfn(pages[i]), run,
						 gup_flags);
	}
}

/* Find the site of a call, and count the call. */
static unsigned int site_of_call(const char *fn, enum gup_mirror_kind kind,
				 long nr, unsigned long ip)
{
	unsigned int view = gup_mirror_site_view(fn, kind, ip);
	struct gup_mirror_site *site = gup_mirror_site(view);

	atomic_long_inc(&site->calls);
	atomic_long_add(nr, &site->pages);
	return view;
}

/* See gup_mirror_acquired() for the arguments. */
void __gup_mirror_acquired(const char *fn, struct page **pages,
			   unsigned int gup_flags, long ret, unsigned long ip)
{
	bool mirror = READ_ONCE(gup_mirror_enabled);
	enum gup_mirror_kind kind = kind_of(gup_flags);
	unsigned int view;

	if (ret <= 0 || !pages || !gup_mirror_views.nr[kind])
		return;

	if (kind == GUP_MIRROR_PIN) {
		struct pin_call call;

		view = site_of_call(fn, kind, ret, ip);
		pin_call_begin(&call, view, gup_flags, ip);
		pin_pages(&call, pages, ret, mirror);
	} else if (mirror) {
		struct gup_mirror_site *site;

		view = site_of_call(fn, kind, ret, ip);
		site = gup_mirror_site(view);
		/* One stack of each site has to do; perf comes from NMI. */
		if (unlikely(!site->stack) && !in_nmi())
			WRITE_ONCE(site->stack, gup_mirror_save_stack(ip));
		mirror_pages(pages, ret, view);
	}

	if (mirror && trace_gup_mirror_acquire_enabled())
		trace_acquired(fn, pages, ret, gup_flags, ip);
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_acquired);

/* See gup_mirror_acquired_folios() for the arguments. */
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip)
{
	struct pin_call call;
	long i;

	if (ret <= 0)
		return;

	pin_call_begin(&call, site_of_call(fn, GUP_MIRROR_PIN, ret, ip),
		       gup_flags, ip);
	rcu_read_lock();
	for (i = 0; i < ret; i++)
		pin_folio(&call, folios[i], 1);
	if (unlikely(call.untracked))
		atomic_long_add(call.untracked, &gup_mirror_untracked);
	rcu_read_unlock();

	if (!READ_ONCE(gup_mirror_enabled) || !trace_gup_mirror_acquire_enabled())
		return;

	for (i = 0; i < ret; i++)
		trace_gup_mirror_acquire(fn, ip,
					 gup_mirror_kind_names[GUP_MIRROR_PIN],
					 folio_pfn(folios[i]), 1, gup_flags);
}

/**
 * __gup_mirror_added_pin() - somebody pins a folio that is pinned already
 * @folio: the folio
 * @ip: who did
 *
 * The new pin is one more of those that are there: it is released through the
 * pointers that their site got.
 *
 * Context: Any but NMI.
 */
void __gup_mirror_added_pin(struct folio *folio, unsigned long ip)
{
	struct gup_mirror_cursor cursor = GUP_MIRROR_CURSOR;
	struct gup_mirror_entry *entry;
	u64 hold = 0, tag;

	if (is_zero_folio(folio))
		return;

	rcu_read_lock();
	entry = gup_mirror_entry(&cursor, folio);
	if (entry)
		hold = atomic64_read(&entry->hold);
	else
		atomic_long_inc(&gup_mirror_untracked);
	if (GUP_MIRROR_HOLD_PINS(hold)) {
		tag = hold & GUP_MIRROR_HOLD_TAG_MASK;
		/* Of several groups, this may be the wrong one. */
		if (hold & GUP_MIRROR_HOLD_SHARED)
			atomic64_or(GUP_MIRROR_HOLD_GUESSED, &entry->hold);
		gup_mirror_pin_shared(entry, folio, tag, 1, gup_mirror_now());
	}
	rcu_read_unlock();

	/* Nobody has: then it is the pin of those who called. */
	if (entry && !GUP_MIRROR_HOLD_PINS(hold))
		__gup_mirror_acquired_folios("folio_add_pin", &folio, FOLL_PIN,
					     1, ip);
}
