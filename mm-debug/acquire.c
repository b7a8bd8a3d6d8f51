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
#include <linux/gup_mirror.h>
#include <linux/instruction_pointer.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "config.h"
#include "ledger.h"
#include "places.h"
#include "runs.h"
#include "views.h"

#include <trace/events/gup_mirror.h>

/*
 * Move pages into a view. GUP does not pin the zero page, and callers differ in
 * whether they release it: it stays where it is.
 */
static void mirror_pages(struct page **pages, long nr, unsigned int view)
{
	unsigned long distance = gup_mirror_view_start(view) - gup_mirror_region.base;
	const struct page *zero_page = ZERO_PAGE(0);
	long i, unmirrored = 0;

	/* There is so little to do for each that the loop itself would show. */
	if (likely(!READ_ONCE(gup_mirror_beyond_views))) {
#pragma GCC unroll 4
		for (i = 0; i < nr; i++) {
			if (likely(pages[i] != zero_page))
				pages[i] = gup_mirror_to_view(pages[i], distance);
		}
		return;
	}

	for (i = 0; i < nr; i++) {
		struct page *page = pages[i];

		if (page == zero_page)
			continue;
		if (gup_mirror_has_view(page))
			pages[i] = gup_mirror_to_view(page, distance);
		else
			unmirrored++;
	}
	atomic_long_add(unmirrored, &gup_mirror_unmirrored);
}

/**
 * struct pin_call - one call of a function that pins
 * @view: number of the site
 * @group: number of the group
 * @tag: what the ledger is told
 * @now: gup_mirror_now()
 */
struct pin_call {
	unsigned int view;
	unsigned int group;
	u64 tag;
	u64 now;
};

/* Find out where a call comes from that nobody has made in the same way. */
static noinline void find_out(struct gup_mirror_answer *answer, const char *fn,
			      unsigned int gup_flags,
			      struct gup_mirror_origin *origin)
{
	unsigned long called = origin->ip;
	struct gup_mirror_trace trace;

	answer->stack = gup_mirror_save_stack(&trace, origin);
	answer->place = gup_mirror_site_view(fn, GUP_MIRROR_KIND_PIN, origin);
	answer->ip = origin->ip;
	gup_mirror_site_first_stack(gup_mirror_site(answer->place), answer->stack);

	answer->group = gup_mirror_find_group(answer->place, gup_flags, answer->stack);
	/* Where something was lost, each call is counted. */
	if (answer->stack && !gup_mirror_group(answer->group)->catch_all &&
	    READ_ONCE(gup_mirror_site(answer->place)->place.ip))
		gup_mirror_memo_keep(&trace, called, gup_flags & GUP_MIRROR_GROUP_FLAGS,
				     answer);
}

/* Find the site of a call, and count the call. */
static void pin_call_begin(struct pin_call *call, const char *fn, long nr,
			   unsigned int gup_flags,
			   struct gup_mirror_origin *origin)
{
	struct gup_mirror_answer answer;
	struct gup_mirror_site *site;

	if (unlikely(!gup_mirror_memo_find(origin, gup_flags & GUP_MIRROR_GROUP_FLAGS,
					   &answer)))
		find_out(&answer, fn, gup_flags, origin);
	origin->ip = answer.ip;
	site = gup_mirror_site(answer.place);
	gup_mirror_count(site, GUP_MIRROR_CALLS, 1);
	gup_mirror_count(site, GUP_MIRROR_PAGES, nr);

	call->view = answer.place;
	call->group = answer.group;
	call->now = gup_mirror_now();
}

/*
 * What the ledger is told. Inside rcu_read_lock(), until the pins are entered: for
 * gup_mirror_snapshot().
 */
static void pin_call_tag(struct pin_call *call)
{
	call->tag = gup_mirror_tag(call->group, READ_ONCE(gup_mirror_epoch));
}

/*
 * Enter the pages at the beginning of an array that are of one folio, which may
 * be anything. Returns how many.
 */
static noinline long pin_run(const struct pin_call *call, struct page **pages,
			     long nr, unsigned long distance)
{
	struct folio *folio = gup_mirror_canonical_folio(pages[0]);
	long run, unmirrored = 0;

	if (is_zero_folio(folio))
		return 1;

	for (run = 0; run < nr; run++) {
		if (gup_mirror_canonical_folio(pages[run]) != folio)
			break;
		if (likely(gup_mirror_has_view(pages[run])))
			pages[run] = gup_mirror_to_view(pages[run], distance);
		else
			unmirrored++;
	}
	if (unlikely(unmirrored && distance))
		atomic_long_add(unmirrored, &gup_mirror_unmirrored);
	gup_mirror_pin(gup_mirror_pfn(folio), call->tag, run, call->now);
	return run;
}

/*
 * Enter pages from @pages on to @end as far as they are what is most common: small
 * folios that nobody else has pinned, in memory that was there at boot. This is the
 * hot path of everything that does direct I/O, so it calls nothing. Returns the first
 * page that is something else, or @end.
 */
static noinline struct page **pin_plain(const struct pin_call *call,
					struct page **pages, struct page **end,
					unsigned long distance)
{
	struct gup_mirror_entry **root = gup_mirror_ledger.root;
	const unsigned long base = gup_mirror_region.base;
	const unsigned long span = gup_mirror_ledger.span;
	const u64 first_pin = call->tag + 1, now = call->now;

	for (; pages < end; pages++) {
		struct page *page = *pages;
		unsigned long offset = (unsigned long)page - base;
		struct gup_mirror_entry *entry;
		u64 hold;

		if (unlikely(offset >= span || !gup_mirror_is_plain(page)))
			break;

		/* As gup_mirror_entry_in(), with the root in a register. */
		entry = READ_ONCE(root[gup_mirror_chunk(offset / sizeof(struct page))]);
		if (unlikely(!entry))
			break;
		entry += gup_mirror_chunk_entry(offset / sizeof(struct page));
		hold = atomic64_read(&entry->hold);
		if (unlikely(hold & ~GUP_MIRROR_HOLD_TAG_MASK))
			break;
		/* See gup_mirror_pin(). */
		WRITE_ONCE(entry->state, now);
		if (unlikely(!atomic64_try_cmpxchg(&entry->hold, &hold,
						   first_pin)))
			break;

		*pages = gup_mirror_to_view(page, distance);
	}
	return pages;
}

/*
 * Enter pages that were pinned, and move them into the view of the site if
 * @mirror is true.
 */
static void pin_pages(const struct pin_call *call, struct page **pages, long nr,
		      bool mirror)
{
	struct page **end = pages + nr;
	unsigned long distance = 0;

	if (mirror)
		distance = gup_mirror_view_start(call->view) - gup_mirror_region.base;

	for (;;) {
		pages = pin_plain(call, pages, end, distance);
		if (pages == end)
			break;
		pages += pin_run(call, pages, end - pages, distance);
	}
}

static void trace_acquired(const char *fn, struct page **pages, long nr,
			   unsigned int gup_flags, unsigned long ip)
{
	enum gup_mirror_kind kind = gup_flags & FOLL_PIN ? GUP_MIRROR_KIND_PIN :
							   GUP_MIRROR_KIND_GET;
	unsigned long run;
	long i;

	for (i = 0; i < nr; i += run) {
		run = gup_mirror_run(pages + i, nr - i);
		if (!is_zero_page(pages[i]))
			trace_gup_mirror_acquire(fn, ip,
						 gup_mirror_kind_names[kind],
						 page_to_pfn(pages[i]), run,
						 gup_flags);
	}
}

static void acquire_pins(const char *fn, struct page **pages, long nr,
			 unsigned int gup_flags, bool mirror,
			 struct gup_mirror_origin *origin)
{
	struct pin_call call;

	pin_call_begin(&call, fn, nr, gup_flags, origin);
	rcu_read_lock();
	pin_call_tag(&call);
	pin_pages(&call, pages, nr, mirror);
	rcu_read_unlock();
}

static void acquire_gets(const char *fn, struct page **pages, long nr,
			 struct gup_mirror_origin *origin)
{
	unsigned int view = gup_mirror_site_view(fn, GUP_MIRROR_KIND_GET, origin);
	struct gup_mirror_site *site = gup_mirror_site(view);
	struct gup_mirror_trace trace;

	gup_mirror_count(site, GUP_MIRROR_CALLS, 1);
	gup_mirror_count(site, GUP_MIRROR_PAGES, nr);
	/* One stack of each site has to do; perf comes from NMI. */
	if (unlikely(!READ_ONCE(site->stack)) && !in_nmi())
		gup_mirror_site_first_stack(site, gup_mirror_save_stack(&trace, origin));
	mirror_pages(pages, nr, view);
}

/* See gup_mirror_acquired() for the arguments. */
void __gup_mirror_acquired(const char *fn, struct page **pages,
			   unsigned int gup_flags, long ret, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	bool mirror = READ_ONCE(gup_mirror_enabled);

	if (ret <= 0 || !pages)
		return;

	if (gup_flags & FOLL_PIN)
		acquire_pins(fn, pages, ret, gup_flags, mirror, &origin);
	else if (mirror && gup_mirror_views.nr[GUP_MIRROR_KIND_GET])
		acquire_gets(fn, pages, ret, &origin);
	else
		return;

	if (mirror && trace_gup_mirror_acquire_enabled())
		trace_acquired(fn, pages, ret, gup_flags, origin.ip);
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_acquired);

static void acquire_folios(const char *fn, struct folio **folios, long nr,
			   unsigned int gup_flags,
			   struct gup_mirror_origin *origin)
{
	struct pin_call call;
	long i;

	pin_call_begin(&call, fn, nr, gup_flags, origin);
	rcu_read_lock();
	pin_call_tag(&call);
	for (i = 0; i < nr; i++)
		gup_mirror_pin(gup_mirror_pfn(folios[i]), call.tag, 1, call.now);
	rcu_read_unlock();

	if (!READ_ONCE(gup_mirror_enabled) || !trace_gup_mirror_acquire_enabled())
		return;

	for (i = 0; i < nr; i++)
		trace_gup_mirror_acquire(fn, origin->ip,
					 gup_mirror_kind_names[GUP_MIRROR_KIND_PIN],
					 folio_pfn(folios[i]), 1, gup_flags);
}

/* See gup_mirror_acquired_folios() for the arguments. */
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);

	if (ret > 0)
		acquire_folios(fn, folios, ret, gup_flags, &origin);
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
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_entry *entry;

	if (is_zero_folio(folio))
		return;

	entry = gup_mirror_entry(pfn);
	if (entry && GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold)))
		gup_mirror_add_pin(pfn, entry);
	else
		/* Nobody has: then it is the pin of those who called. */
		acquire_folios("folio_add_pin", &folio, 1, FOLL_PIN, &origin);
}
