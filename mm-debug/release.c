// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pins come back.
 *
 * The pointer tells how a page was acquired, the function that is called tells
 * how it is released, and the ledger tells what is held. Where they do not fit,
 * the violation is reported while the page is surely alive, and the release is
 * then turned into what it should have been, so that the reference count stays
 * true.
 *
 *	release		pointer		ledger		verdict
 *	----------------------------------------------------------------------
 *	unpin_*()	pin view	pins		fine
 *	unpin_*()	pin view	no pins		double-unpin
 *	unpin_*()	get view			unpin-on-get
 *	unpin_*()	canonical	pins		fine, laundered
 *	unpin_*()	canonical	no pins		unpin-unpinned
 *
 * For put_page() and its like, see put.c.
 *
 * The functions that unpin hand all their work over, so that there is one look
 * at each page, and one stack for each call. A KUnit test holds what is done here
 * against what mm/gup.c does.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/gup_mirror.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "config.h"
#include "files.h"
#include "gets.h"
#include "ledger.h"
#include "release.h"
#include "reports.h"
#include "runs.h"
#include "views.h"

#include <trace/events/gup_mirror.h>

#if IS_ENABLED(CONFIG_GUP_MIRROR_KUNIT_TEST)
struct task_struct *gup_mirror_bypassed;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_bypassed);
#define is_bypassed()	unlikely(READ_ONCE(gup_mirror_bypassed) == current)
#else
#define is_bypassed()	false
#endif

/**
 * gup_mirror_trace_release() - the trace event of a release
 * @fn: name of the function
 * @page: the first page, as the caller gave it
 * @nr: number of consecutive pages, or of pins of a folio
 * @ip: who called
 *
 * A canonical pointer does not tell the kind: believe the release function.
 *
 * Context: Any.
 */
void gup_mirror_trace_release(const char *fn, const struct page *page,
			      unsigned long nr, unsigned long ip)
{
	unsigned int view = gup_mirror_view_of(page);
	enum gup_mirror_kind kind = GUP_MIRROR_KIND_PIN;
	unsigned long site_ip = 0;

	if (is_zero_page(page))
		return;

	if (view != GUP_MIRROR_NO_VIEW) {
		site_ip = READ_ONCE(gup_mirror_site(view)->place.ip);
		kind = gup_mirror_view_kind(view);
	}
	trace_gup_mirror_release(fn, ip, site_ip, gup_mirror_kind_names[kind],
				 page_to_pfn(page), nr);
}

static void trace_released(const char *fn, struct page **pages,
			   unsigned long nr, unsigned long ip)
{
	unsigned long i, run;

	for (i = 0; i < nr; i += run) {
		run = 1;
		if (!pages[i])
			continue;
		run = gup_mirror_run(pages + i, nr - i);
		gup_mirror_trace_release(fn, pages[i], run, ip);
	}
}

/**
 * gup_mirror_release_begin() - a call of a release function begins
 * @call: the call
 * @fn: name of the function
 * @origin: where it was called; gets the right address
 *
 * Context: Any but NMI.
 */
void gup_mirror_release_begin(struct gup_mirror_release_call *call,
			      const char *fn, struct gup_mirror_origin *origin)
{
	unsigned int caller;

	caller = gup_mirror_save_caller(fn, origin, &call->stack);
	gup_mirror_settle_begin(&call->settle, caller, call->stack);
	call->span = 0;
}

/**
 * gup_mirror_put_taken() - drop references that were put as plain ones
 * @folio: the folio, which they have kept until here
 * @pins: how many were those of pins, which the ledger has no longer
 * @refs: how many in all
 *
 * Context: As folio_put_refs().
 */
void gup_mirror_put_taken(struct folio *folio, unsigned int pins,
			  unsigned int refs)
{
	gup_mirror_put(folio, pins, FOLL_PIN);
	if (pins < refs)
		gup_mirror_put(folio, refs - pins, FOLL_GET);
}

/*
 * Pins that found no memory for an entry are released like any. As many releases
 * as there are of these are right, whoever makes them.
 */
static unsigned int untracked(unsigned int nr)
{
	long held = atomic_long_read(&gup_mirror_untracked_held);
	long taken;

	do {
		taken = min_t(long, held, nr);
		if (likely(taken <= 0))
			return 0;
	} while (!atomic_long_try_cmpxchg(&gup_mirror_untracked_held, &held,
					  held - taken));
	return taken;
}

/*
 * There are no pins for some of those that are released. Returns how many of
 * these are to be unpinned all the same.
 */
static noinline unsigned int excess(const struct gup_mirror_release_call *call,
				    struct gup_mirror_entry *entry,
				    unsigned long pfn, unsigned int view,
				    unsigned int nr)
{
	struct gup_mirror_finding finding = {
		.class = view == GUP_MIRROR_NO_VIEW ? GUP_MIRROR_UNPIN_UNPINNED :
						      GUP_MIRROR_DOUBLE_UNPIN,
		.caller = call->settle.caller,
		.released = call->stack,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
		.repaired = gup_mirror_config.repair,
	};
	unsigned int excused = untracked(nr);
	/* A time, if somebody has pinned it meanwhile. */
	u64 before = entry ? READ_ONCE(entry->state) : 0;

	if (!READ_ONCE(gup_mirror_enabled) || excused == nr)
		return nr;
	finding.nr = nr - excused;

	if (!before) {
		/* Never pinned: the pointer was computed from that of another page. */
		finding.class = GUP_MIRROR_UNPIN_UNPINNED;
		view = GUP_MIRROR_NO_VIEW;
	} else if (!(before & GUP_MIRROR_RELEASED)) {
		/* Who released it before is forgotten. */
	} else if (before & GUP_MIRROR_RELEASED_ALIEN &&
	    cmpxchg(&entry->state, before, before & ~GUP_MIRROR_RELEASED_ALIEN) == before) {
		/*
		 * The last pin was taken by somebody who had none left, but a
		 * pointer of another site. That was one too many, not this.
		 */
		finding.class = GUP_MIRROR_DOUBLE_UNPIN;
		finding.caller = GUP_MIRROR_RELEASED_CALLER(before);
		finding.released = GUP_MIRROR_RELEASED_STACK(before);
		finding.before = call->settle.caller;
		finding.before_stack = call->stack;
		view = GUP_MIRROR_RELEASED_VIEW(before);
	} else if (finding.class == GUP_MIRROR_DOUBLE_UNPIN) {
		finding.before = GUP_MIRROR_RELEASED_CALLER(before);
		finding.before_stack = GUP_MIRROR_RELEASED_STACK(before);
	}
	gup_mirror_acquired_by_last(&finding, entry, view);
	gup_mirror_violation(&finding);

	return gup_mirror_config.repair ? excused : nr;
}

/* Somebody unpins what get_user_pages() has returned. */
static noinline void unpin_on_get(const struct gup_mirror_release_call *call,
				  struct folio *folio, unsigned int nr,
				  unsigned int view)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_UNPIN_ON_GET,
		.nr = nr,
		.caller = call->settle.caller,
		.released = call->stack,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
		.repaired = gup_mirror_config.repair,
	};
	bool enabled = READ_ONCE(gup_mirror_enabled);

	gup_mirror_give_back(call->settle.caller, pfn, nr, view);
	if (enabled) {
		gup_mirror_acquired_by_site(&finding, view);
		gup_mirror_violation(&finding);
	}
	gup_mirror_put(folio, nr, enabled && gup_mirror_config.repair ?
				  FOLL_GET : FOLL_PIN);
}

/* Release pins on a folio, which may be anything. */
static void put_pins(struct gup_mirror_release_call *call, struct folio *folio,
		     unsigned int nr, unsigned int view)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_entry *entry;
	unsigned int pins = 0;

	if (is_zero_folio(folio))
		return;
	if (view != GUP_MIRROR_NO_VIEW &&
	    gup_mirror_view_kind(view) == GUP_MIRROR_KIND_GET) {
		unpin_on_get(call, folio, nr, view);
		return;
	}

	entry = gup_mirror_entry(pfn);
	if (likely(entry) &&
	    unlikely(atomic64_read(&entry->hold) & GUP_MIRROR_HOLD_CLEANED))
		gup_mirror_check_clean(folio, entry, nr, call->settle.caller,
				       call->stack);
	if (likely(entry))
		pins = gup_mirror_unpin(&call->settle, entry, nr, view);
	if (unlikely(pins != nr))
		pins += excess(call, entry, pfn, view, nr - pins);
	if (likely(pins))
		gup_mirror_put(folio, pins, FOLL_PIN);
}

/* How many pages of its folio there are from a page on. */
static unsigned long pages_left(const struct folio *folio, struct page *page)
{
	return folio_nr_pages(folio) - folio_page_idx(folio, page);
}

/*
 * Release the pages from @page on that are of one folio and in one view. @array
 * has them, or they are consecutive. Returns how many.
 */
static noinline unsigned long put_run(struct gup_mirror_release_call *call,
				      struct page **array, struct page *page,
				      unsigned long nr)
{
	unsigned int view = gup_mirror_view_of(page);
	struct folio *folio;
	unsigned long run;

	/* Drivers give back arrays with holes. */
	if (array && !page)
		return 1;

	folio = page_folio(page);
	if (!array) {
		run = min(nr, pages_left(folio, page));
	} else {
		for (run = 1; run < nr; run++) {
			if (!array[run] || page_folio(array[run]) != folio ||
			    gup_mirror_view_of(array[run]) != view)
				break;
		}
	}

	put_pins(call, folio, run, view);
	/*
	 * What comes next may be like that. If it is not, it is looked at as
	 * closely.
	 */
	call->start = gup_mirror_view_start(view);
	call->span = call->settle.view == view ? gup_mirror_ledger.span : 0;
	return run;
}

/*
 * Release pages of an array, or consecutive ones. The loop does only what is right
 * for a small folio with one pin, which was acquired along with that of the page
 * before, in memory that was there at boot: then one comparison tells that it is in
 * the same view, another that there is nothing to judge, and all of them are counted
 * as one. A NULL is in no view, nor in the memmap.
 */
static __always_inline void
put_pages_of(struct gup_mirror_release_call *call, struct page **array,
	     struct page *first, unsigned long nr, bool is_array)
{
	const unsigned long base = gup_mirror_region.base;
	struct gup_mirror_settle *settle = &call->settle;
	unsigned long i, plain = 0;

	for (i = 0; i < nr;) {
		struct page *page = is_array ? array[i] : first + i;
		unsigned long offset = (unsigned long)page - call->start;
		struct gup_mirror_entry *entry;
		u64 since;

		if (unlikely(offset >= call->span))
			goto other;
		page = (struct page *)(base + offset);
		/* As in gup_mirror_canonical(). */
		OPTIMIZER_HIDE_VAR(page);
		if (unlikely(!gup_mirror_is_plain(page)))
			goto other;

		entry = gup_mirror_near_entry(gup_mirror_ledger.near, offset);
		if (unlikely(!entry || READ_ONCE(entry->state) != settle->since ||
			     !gup_mirror_unpin_marked(entry, settle->tag + 1,
						      settle->mark, &since)))
			goto other;

		gup_mirror_put((struct folio *)page, 1, FOLL_PIN);
		plain++;
		i++;
		continue;
other:
		settle->pins += plain;
		plain = 0;
		i += put_run(call, is_array ? array + i : NULL,
			     is_array ? array[i] : first + i, nr - i);
	}
	settle->pins += plain;
	gup_mirror_settle_end(settle);
}

/* By themselves, for the sake of registers. */
static noinline void put_array(struct gup_mirror_release_call *call,
			       struct page **pages, unsigned long nr)
{
	put_pages_of(call, pages, NULL, nr, true);
}

static noinline void put_range(struct gup_mirror_release_call *call,
			       struct page *first, unsigned long nr)
{
	put_pages_of(call, NULL, first, nr, false);
}

/*
 * Is there no pin at all that unpinning a page could release? That will be reported,
 * and not done; and until then the page, which may be somebody else's by now, or
 * free, must not be changed either.
 */
static bool nobody_pins(const struct page *page, const struct folio *folio)
{
	unsigned int view = gup_mirror_view_of(page);
	struct gup_mirror_entry *entry;

	if (!READ_ONCE(gup_mirror_enabled) || !gup_mirror_config.repair ||
	    atomic_long_read(&gup_mirror_untracked_held) > 0)
		return false;
	/* The reference of get_user_pages() keeps it. */
	if (view != GUP_MIRROR_NO_VIEW &&
	    gup_mirror_view_kind(view) == GUP_MIRROR_KIND_GET)
		return false;

	entry = gup_mirror_entry(gup_mirror_pfn(folio));
	return !gup_mirror_pins(entry);
}

static void make_dirty(const struct gup_mirror_release_call *call,
		       const struct page *page, struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key))
		gup_mirror_check_dirty(page, folio, call->settle.caller,
				       call->stack);
	/* As unpin_user_pages_dirty_lock() explains, dirty is dirty enough. */
	if (folio_test_dirty(folio) || nobody_pins(page, folio))
		return;
	folio_lock(folio);
	gup_mirror_file_dirtied(folio);
	folio_mark_dirty(folio);
	folio_unlock(folio);
}

/* See gup_mirror_unpin_pages(). */
bool __gup_mirror_unpin_pages(const char *fn, struct page **pages,
			      unsigned long nr, bool dirty, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	struct gup_mirror_release_call call;
	struct folio *folio, *last = NULL;
	unsigned long i;

	if (is_bypassed())
		return false;

	gup_mirror_release_begin(&call, fn, &origin);
	if (trace_gup_mirror_release_enabled())
		trace_released(fn, pages, nr, origin.ip);

	/* This may sleep, so it cannot be done on the way. */
	for (i = 0; dirty && i < nr; i++) {
		if (!pages[i])
			continue;
		folio = page_folio(pages[i]);
		if (folio != last)
			make_dirty(&call, pages[i], folio);
		last = folio;
	}

	put_array(&call, pages, nr);
	return true;
}

/* See gup_mirror_unpin_range(). */
bool __gup_mirror_unpin_range(const char *fn, struct page *page,
			      unsigned long nr, bool dirty, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	struct gup_mirror_release_call call;
	struct folio *folio;
	unsigned long i;

	if (is_bypassed())
		return false;

	gup_mirror_release_begin(&call, fn, &origin);
	if (nr && trace_gup_mirror_release_enabled())
		gup_mirror_trace_release(fn, page, nr, origin.ip);

	for (i = 0; dirty && i < nr; i += pages_left(folio, page + i)) {
		folio = page_folio(page + i);
		make_dirty(&call, page + i, folio);
	}

	put_range(&call, page, nr);
	return true;
}

/* A folio pointer never leads into a view. */
static void put_folio(struct gup_mirror_release_call *call, const char *fn,
		      struct folio *folio, unsigned int refs, unsigned long ip)
{
	if (trace_gup_mirror_release_enabled())
		gup_mirror_trace_release(fn, &folio->page, refs, ip);
	put_pins(call, folio, refs, GUP_MIRROR_NO_VIEW);
}

/* By itself, as find_origin() in stacks.c. */
static noinline void put_any_folio(const char *fn, struct folio *folio,
				   unsigned int refs, unsigned int caller,
				   depot_stack_handle_t stack, unsigned long ip)
{
	struct gup_mirror_release_call call = { .stack = stack };

	gup_mirror_settle_begin(&call.settle, caller, stack);
	put_folio(&call, fn, folio, refs, ip);
	gup_mirror_settle_end(&call.settle);
}

/* See gup_mirror_unpin_folio(). */
bool __gup_mirror_unpin_folio(const char *fn, struct folio *folio,
			      unsigned int refs, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	depot_stack_handle_t stack;
	unsigned int caller;

	if (is_bypassed())
		return false;
	if (!refs)
		return true;

	caller = gup_mirror_save_caller(fn, &origin, &stack);
	/* What the block layer does for each folio of a bio. */
	if (refs == 1 && !trace_gup_mirror_release_enabled() &&
	    gup_mirror_unpin_last(gup_mirror_entry(gup_mirror_pfn(folio)),
				  GUP_MIRROR_NO_VIEW, caller, stack))
		gup_mirror_put(folio, 1, FOLL_PIN);
	else
		put_any_folio(fn, folio, refs, caller, stack, origin.ip);
	return true;
}

/* See gup_mirror_unpin_folios(). */
bool __gup_mirror_unpin_folios(const char *fn, struct folio **folios,
			       unsigned long nr, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	struct gup_mirror_release_call call;
	unsigned long i;

	if (is_bypassed())
		return false;

	gup_mirror_release_begin(&call, fn, &origin);
	for (i = 0; i < nr; i++) {
		if (folios[i])
			put_folio(&call, fn, folios[i], 1, origin.ip);
	}
	gup_mirror_settle_end(&call.settle);
	return true;
}

/* See gup_mirror_unwind_pages(). */
bool __gup_mirror_unwind_pages(struct page **pages, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (pages[i])
			gup_mirror_put(gup_mirror_canonical_folio(pages[i]), 1,
				       FOLL_PIN);
	}
	return true;
}

/* See gup_mirror_unwind_folios(). */
bool __gup_mirror_unwind_folios(struct folio **folios, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (folios[i])
			gup_mirror_put(folios[i], 1, FOLL_PIN);
	}
	return true;
}
