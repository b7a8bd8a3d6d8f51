// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages leave GUP for the caller.
 *
 * This is where a pin is entered in the ledger: when the public function is
 * about to return it. A get is entered in the same way, in the ledger of gets,
 * where those are mirrored. What GUP takes and gives back on its own before that,
 * in retries, migration and clean-up, is nobody else's business and never seen.
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
#include "files.h"
#include "gets.h"
#include "ledger.h"
#include "places.h"
#include "runs.h"
#include "views.h"

#include <trace/events/gup_mirror.h>

/**
 * struct call - one call of a function that pins, or gets
 * @kind: which of the two
 * @view: number of the site
 * @group: number of the group
 * @tag: what the ledger is told
 * @now: gup_mirror_now()
 */
struct call {
	enum gup_mirror_kind kind;
	unsigned int view;
	unsigned int group;
	u64 tag;
	u64 now;
};

/* Find out where a call comes from that nobody has made in the same way. */
static noinline void find_out(struct gup_mirror_answer *answer, const char *fn,
			      enum gup_mirror_kind kind, unsigned int gup_flags,
			      struct gup_mirror_origin *origin)
{
	unsigned long called = origin->ip;
	struct gup_mirror_trace trace;

	answer->stack = gup_mirror_save_stack(&trace, origin);
	answer->place = gup_mirror_site_view(fn, kind, origin);
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
static void call_begin(struct call *call, const char *fn, long nr,
		       unsigned int gup_flags, struct gup_mirror_origin *origin)
{
	struct gup_mirror_answer answer;
	struct gup_mirror_site *site;

	call->kind = gup_flags & FOLL_PIN ? GUP_MIRROR_KIND_PIN : GUP_MIRROR_KIND_GET;
	if (unlikely(!gup_mirror_memo_find(origin, gup_flags & GUP_MIRROR_GROUP_FLAGS,
					   &answer)))
		find_out(&answer, fn, call->kind, gup_flags, origin);
	origin->ip = answer.ip;
	site = gup_mirror_site(answer.place);
	gup_mirror_count(site, GUP_MIRROR_CALLS, 1);
	gup_mirror_count(site, GUP_MIRROR_PAGES, nr);

	call->view = answer.place;
	call->group = answer.group;
	call->now = gup_mirror_now();
}

/*
 * What the ledger is told. Inside rcu_read_lock(), until all pages are entered: for
 * gup_mirror_snapshot().
 */
static void call_tag(struct call *call)
{
	call->tag = gup_mirror_tag(call->group, READ_ONCE(gup_mirror_epoch));
}

/*
 * A page of the ledger that is not there yet can often not be allocated inside
 * rcu_read_lock(): without preemptible RCU nobody is preemptible there. The reserve has
 * a few, but memory that is pinned for the first time may be all over the place. So
 * leave the section, and begin another.
 */
static void make_room(struct call *call, const struct gup_mirror_ledger *ledger,
		      unsigned long pfn)
{
	if (likely(gup_mirror_far_entry(ledger, pfn)))
		return;
	rcu_read_unlock();
	gup_mirror_make_entry(ledger, pfn);
	rcu_read_lock();
	call_tag(call);
}

/*
 * Enter the pages at the beginning of an array that are of one folio, which may
 * be anything. Returns how many.
 */
static noinline long enter_run(struct call *call,
			       const struct gup_mirror_ledger *ledger,
			       struct page **pages, long nr, unsigned long distance)
{
	struct folio *folio = gup_mirror_canonical_folio(pages[0]);
	long run, unmirrored = 0;

	if (is_zero_folio(folio))
		return 1;
	make_room(call, ledger, gup_mirror_pfn(folio));

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
	if (call->kind == GUP_MIRROR_KIND_PIN)
		gup_mirror_pin(gup_mirror_pfn(folio), call->tag, run, call->now);
	else
		gup_mirror_get(gup_mirror_pfn(folio), call->tag, run, call->now);
	return run;
}

/*
 * Enter pages from @pages on to @end as far as they are what is most common: small
 * folios that nobody else has pinned, or got, in memory that was there at boot. This is the
 * hot path of everything that does direct I/O, so it calls nothing. Returns the first
 * page that is something else, or @end.
 */
static noinline struct page **
enter_plain(const struct call *call, const struct gup_mirror_ledger *ledger,
	    struct page **pages, struct page **end, unsigned long distance)
{
	struct gup_mirror_entry **near = ledger->near;
	const unsigned long base = gup_mirror_region.base;
	const unsigned long span = ledger->span;
	const u64 first_pin = call->tag + 1, now = call->now;

	for (; pages < end; pages++) {
		struct page *page = *pages;
		unsigned long offset = (unsigned long)page - base;
		struct gup_mirror_entry *entry;
		u64 hold;

		if (unlikely(offset >= span || !gup_mirror_is_plain(page)))
			break;

		entry = gup_mirror_near_entry(near, offset);
		if (unlikely(!entry))
			break;
		hold = atomic64_read(&entry->hold);
		if (unlikely(hold & ~GUP_MIRROR_HOLD_TAG_MASK))
			break;
		/* See gup_mirror_enter(). */
		WRITE_ONCE(entry->state, now);
		if (unlikely(!atomic64_try_cmpxchg(&entry->hold, &hold,
						   first_pin)))
			break;

		*pages = gup_mirror_to_view(page, distance);
	}
	return pages;
}

/*
 * Enter pages that were acquired, and move them into the view of the site if
 * @mirror is true.
 */
static void enter_pages(struct call *call, struct page **pages, long nr, bool mirror)
{
	const struct gup_mirror_ledger *ledger = &gup_mirror_ledger;
	struct page **end = pages + nr;
	unsigned long distance = 0;

	if (mirror)
		distance = gup_mirror_view_start(call->view) - gup_mirror_region.base;

	if (call->kind == GUP_MIRROR_KIND_GET)
		ledger = &gup_mirror_gets;
	for (;;) {
		pages = enter_plain(call, ledger, pages, end, distance);
		if (pages == end)
			break;
		pages += enter_run(call, ledger, pages, end - pages, distance);
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

/* Move pages into a view, and enter them nowhere. */
static void mirror_pages(struct page **pages, long nr, unsigned int view)
{
	unsigned long distance = gup_mirror_view_start(view) - gup_mirror_region.base;
	long i, unmirrored = 0;

	for (i = 0; i < nr; i++) {
		if (is_zero_page(pages[i]))
			continue;
		if (likely(gup_mirror_has_view(pages[i])))
			pages[i] = gup_mirror_to_view(pages[i], distance);
		else
			unmirrored++;
	}
	if (unlikely(unmirrored))
		atomic_long_add(unmirrored, &gup_mirror_unmirrored);
}

static void acquire(const char *fn, struct page **pages, long nr,
		    unsigned int gup_flags, bool mirror,
		    struct gup_mirror_origin *origin)
{
	struct call call;

	call_begin(&call, fn, nr, gup_flags, origin);
	if (call.kind == GUP_MIRROR_KIND_GET &&
	    !gup_mirror_gets_come_back(gup_mirror_site(call.view))) {
		mirror_pages(pages, nr, call.view);
		return;
	}
	rcu_read_lock();
	call_tag(&call);
	enter_pages(&call, pages, nr, mirror);
	rcu_read_unlock();
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    call.kind == GUP_MIRROR_KIND_PIN && gup_flags & FOLL_WRITE)
		gup_mirror_files_pinned(pages, nr, call.view);
}

/* perf looks at user memory from NMI: to enter that may need locks. */
static void acquire_in_nmi(const char *fn, struct page **pages, long nr,
			   struct gup_mirror_origin *origin)
{
	unsigned int view = gup_mirror_site_view(fn, GUP_MIRROR_KIND_GET, origin);
	struct gup_mirror_site *site = gup_mirror_site(view);

	gup_mirror_count(site, GUP_MIRROR_CALLS, 1);
	gup_mirror_count(site, GUP_MIRROR_PAGES, nr);
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
	if (!(gup_flags & FOLL_PIN) &&
	    !(mirror && gup_mirror_views.nr[GUP_MIRROR_KIND_GET]))
		return;

	if (unlikely(!(gup_flags & FOLL_PIN) && in_nmi()))
		acquire_in_nmi(fn, pages, ret, &origin);
	else
		acquire(fn, pages, ret, gup_flags, mirror, &origin);

	if (mirror && trace_gup_mirror_acquire_enabled())
		trace_acquired(fn, pages, ret, gup_flags, origin.ip);
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_acquired);

/* Enter @pins of each folio. */
static void acquire_folios(const char *fn, struct folio **folios, long nr,
			   unsigned int pins, unsigned int gup_flags,
			   struct gup_mirror_origin *origin)
{
	struct gup_mirror_site *site;
	struct call call;
	long i;

	call_begin(&call, fn, nr * pins, gup_flags, origin);
	site = gup_mirror_site(call.view);
	if (unlikely(!READ_ONCE(site->by_folio)))
		WRITE_ONCE(site->by_folio, true);
	rcu_read_lock();
	call_tag(&call);
	for (i = 0; i < nr; i++) {
		unsigned long pfn = gup_mirror_pfn(folios[i]);

		make_room(&call, &gup_mirror_ledger, pfn);
		gup_mirror_pin(pfn, call.tag, pins, call.now);
	}
	rcu_read_unlock();

	if (!READ_ONCE(gup_mirror_enabled) || !trace_gup_mirror_acquire_enabled())
		return;

	for (i = 0; i < nr; i++)
		trace_gup_mirror_acquire(fn, origin->ip,
					 gup_mirror_kind_names[GUP_MIRROR_KIND_PIN],
					 folio_pfn(folios[i]), pins, gup_flags);
}

/* See gup_mirror_acquired_folios() for the arguments. */
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);

	if (ret > 0)
		acquire_folios(fn, folios, ret, 1, gup_flags, &origin);
}

/**
 * __gup_mirror_added_pins() - somebody pins a folio that is pinned already
 * @fn: the function that was called
 * @folio: the folio
 * @pins: how often
 * @ip: who did
 *
 * They are pins of those who called, however they are released: a leak is theirs.
 *
 * Context: Any but NMI.
 */
void __gup_mirror_added_pins(const char *fn, struct folio *folio,
			     unsigned int pins, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);

	if (pins && !is_zero_folio(folio))
		acquire_folios(fn, &folio, 1, pins, FOLL_PIN, &origin);
}
