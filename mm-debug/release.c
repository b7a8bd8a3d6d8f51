// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages come back.
 *
 * The pointer tells how a page was acquired, the function that is called tells
 * how it is released, and the ledger tells what is held. Where they do not fit,
 * the violation is reported while the page is surely alive, and the release is
 * then turned into what it should have been, so that the reference count stays
 * true.
 *
 *	release		pointer		ledger		verdict
 *	----------------------------------------------------------------------
 *	put_page()	pin view	extra get	fine, which uses it up
 *	put_page()	pin view	pins, no extra	put-on-pin
 *	put_page()	pin view	no pins		fine: not that reference
 *	put_page()	get view			fine
 *	put_page()	canonical			fine
 *	unpin_*()	pin view	pins		fine
 *	unpin_*()	pin view	no pins		double-unpin
 *	unpin_*()	get view			unpin-on-get
 *	unpin_*()	canonical	pins		fine, laundered
 *	unpin_*()	canonical	no pins		unpin-unpinned
 *
 * The functions that unpin hand all their work over, so that there is one look
 * at each page, and one stack for each call.
 */

#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "ledger.h"
#include "runs.h"

#include <trace/events/gup_mirror.h>

/* A read-side section of RCU is not to last longer than for so many pages. */
#define CHUNK	4096UL

/* A canonical pointer does not tell the kind: believe the release function. */
static void trace_run(const char *fn, const struct page *page,
		      unsigned long nr, unsigned long ip)
{
	unsigned int view = gup_mirror_view_of(page);
	enum gup_mirror_kind kind = GUP_MIRROR_PIN;
	unsigned long site_ip = 0;

	if (is_zero_page(page))
		return;

	if (view != GUP_MIRROR_NO_VIEW) {
		site_ip = READ_ONCE(gup_mirror_site(view)->ip);
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
		trace_run(fn, pages[i], run, ip);
	}
}

/**
 * struct release_call - one call of a function that releases
 * @settle: what is to be entered in the accounts
 * @cursor: where entries are
 * @section: the same section as that of @cursor, but in the view @settle.view
 * @stack: of the caller
 */
struct release_call {
	struct gup_mirror_settle settle;
	struct gup_mirror_cursor cursor;
	unsigned long section;
	depot_stack_handle_t stack;
};

static void release_call_begin(struct release_call *call, const char *fn,
			       unsigned long ip)
{
	unsigned int caller;

	caller = gup_mirror_save_caller(fn, ip, &call->stack);
	gup_mirror_settle_begin(&call->settle, caller, call->stack);
}

/* What is known of the pins on a folio, for a report. */
static void describe(struct gup_mirror_finding *finding,
		     const struct gup_mirror_entry *entry)
{
	struct gup_mirror_group *group;
	u64 hold;

	hold = atomic64_read(&entry->hold);
	finding->pins = GUP_MIRROR_HOLD_PINS(hold);
	if (!(hold & GUP_MIRROR_HOLD_TAG_MASK))
		return;
	group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold));
	/* The stack is of the first who pinned it: was that this site? */
	if (group->view == finding->view)
		finding->acquired = group->stack;
}

/*
 * There are no pins for some of those that are released. Returns how many of
 * these are to be unpinned all the same.
 */
static noinline unsigned int excess(const struct release_call *call,
				    struct gup_mirror_entry *entry,
				    const struct folio *folio,
				    unsigned int view, unsigned int nr)
{
	struct gup_mirror_finding finding = {
		.class = view == GUP_MIRROR_NO_VIEW ? GUP_MIRROR_UNPIN_UNPINNED :
						      GUP_MIRROR_DOUBLE_UNPIN,
		.nr = nr,
		.view = view,
		.caller = call->settle.caller,
		.released = call->stack,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = gup_mirror_pfn(folio),
		.repaired = gup_mirror_config.repair,
	};
	u64 before = READ_ONCE(entry->released);

	if (!READ_ONCE(gup_mirror_enabled))
		return nr;

	if (before & GUP_MIRROR_RELEASED_ALIEN) {
		/*
		 * The last pin was taken by somebody who had none left, but a
		 * pointer of another site. That was one too many, not this.
		 */
		finding.class = GUP_MIRROR_DOUBLE_UNPIN;
		finding.view = GUP_MIRROR_RELEASED_VIEW(before);
		finding.caller = GUP_MIRROR_RELEASED_CALLER(before);
		finding.released = GUP_MIRROR_RELEASED_STACK(before);
		finding.before = call->settle.caller;
		finding.before_stack = call->stack;
		WRITE_ONCE(entry->released, before & ~GUP_MIRROR_RELEASED_ALIEN);
	} else if (before && finding.class == GUP_MIRROR_DOUBLE_UNPIN) {
		finding.before = GUP_MIRROR_RELEASED_CALLER(before);
		finding.before_stack = GUP_MIRROR_RELEASED_STACK(before);
	}
	describe(&finding, entry);
	gup_mirror_violation(&finding);

	return gup_mirror_config.repair ? 0 : nr;
}

/* Somebody unpins what get_user_pages() has returned. */
static noinline void unpin_on_get(const struct release_call *call,
				  struct folio *folio, unsigned int nr,
				  unsigned int view)
{
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_UNPIN_ON_GET,
		.nr = nr,
		.view = view,
		.acquired = gup_mirror_site(view)->stack,
		.caller = call->settle.caller,
		.released = call->stack,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = gup_mirror_pfn(folio),
		.repaired = gup_mirror_config.repair,
	};
	bool enabled = READ_ONCE(gup_mirror_enabled);

	if (enabled)
		gup_mirror_violation(&finding);
	gup_mirror_put(folio, nr, enabled && gup_mirror_config.repair ?
				  FOLL_GET : FOLL_PIN);
}

/* Release pins on a folio, which may be anything. */
static void put_pins(struct release_call *call, struct folio *folio,
		     unsigned int nr, unsigned int view)
{
	struct gup_mirror_entry *entry;
	unsigned int pins = nr;

	if (is_zero_folio(folio))
		return;
	if (view != GUP_MIRROR_NO_VIEW &&
	    gup_mirror_view_kind(view) == GUP_MIRROR_GET) {
		unpin_on_get(call, folio, nr, view);
		return;
	}

	entry = gup_mirror_entry(&call->cursor, folio);
	if (likely(entry)) {
		pins = gup_mirror_unpin(&call->settle, entry, folio, nr, view);
		if (unlikely(pins != nr))
			pins += excess(call, entry, folio, view, nr - pins);
	}
	if (likely(pins))
		gup_mirror_put(folio, pins, FOLL_PIN);
}

/* The page at @i of an array or, without one, of consecutive pages. */
static __always_inline struct page *page_at(struct page **pages,
					    struct page *first, unsigned long i)
{
	return pages ? pages[i] : first + i;
}

/* How many pages of its folio there are from a page on. */
static unsigned long pages_left(const struct folio *folio, struct page *page)
{
	return folio_nr_pages(folio) - folio_page_idx(folio, page);
}

/*
 * Release the first pages that are of one folio and in one view. They may be
 * anything. Returns how many.
 */
static __always_inline unsigned long put_run(struct release_call *call,
					     struct page **pages,
					     struct page *first,
					     unsigned long nr)
{
	struct page *page = page_at(pages, first, 0);
	unsigned int view = gup_mirror_view_of(page);
	struct folio *folio;
	unsigned long run;

	if (!page)
		return 1;

	folio = page_folio(page);
	if (!pages) {
		run = min(nr, pages_left(folio, page));
	} else {
		for (run = 1; run < nr; run++) {
			if (!pages[run] || page_folio(pages[run]) != folio ||
			    gup_mirror_view_of(pages[run]) != view)
				break;
		}
	}

	put_pins(call, folio, run, view);
	/*
	 * What comes next may be like that. If it is not, it is looked at as
	 * closely.
	 */
	call->section = ULONG_MAX;
	if (call->settle.view == view && call->cursor.start != ULONG_MAX)
		call->section = call->cursor.start +
				((unsigned long)page -
				 (unsigned long)gup_mirror_canonical(page));
	return run;
}

static noinline unsigned long put_array_run(struct release_call *call,
					    struct page **pages,
					    unsigned long nr)
{
	return put_run(call, pages, NULL, nr);
}

static noinline unsigned long put_range_run(struct release_call *call,
					    struct page *first,
					    unsigned long nr)
{
	return put_run(call, NULL, first, nr);
}

/*
 * Release pages of an array or, without one, consecutive pages. The loop does
 * only what is right for a small folio with one pin, which was acquired along
 * with that of the page before, and is in the same section of memory: then one
 * comparison tells that it is in the same view, another that there is nothing to
 * judge, and all of them are entered in the accounts as one.
 */
static __always_inline void put_pages_of(struct release_call *call,
					 struct page **pages,
					 struct page *first, unsigned long nr)
{
	struct gup_mirror_settle *settle = &call->settle;
	unsigned long i, plain = 0;

	call->cursor = (struct gup_mirror_cursor)GUP_MIRROR_CURSOR;
	call->section = ULONG_MAX;
	rcu_read_lock();
	for (i = 0; i < nr;) {
		struct page *page = page_at(pages, first, i);
		unsigned long offset = (unsigned long)page - call->section;
		struct gup_mirror_entry *entry;
		u64 hold = settle->tag + 1;

		if (unlikely(offset >= GUP_MIRROR_SECTION_SIZE))
			goto other;
		page = (struct page *)(call->cursor.start + offset);
		/* As in gup_mirror_canonical(). */
		OPTIMIZER_HIDE_VAR(page);
		if (unlikely(!gup_mirror_is_plain(page)))
			goto other;

		entry = gup_mirror_nth_entry(&call->cursor, offset);
		if (unlikely(READ_ONCE(entry->since) != settle->since ||
			     !atomic64_try_cmpxchg(&entry->hold, &hold,
						   settle->tag)))
			goto other;

		WRITE_ONCE(entry->released, settle->mark);
		gup_mirror_put((struct folio *)page, 1, FOLL_PIN);
		plain++;
		i++;
		continue;
other:
		settle->pins += plain;
		settle->pages += plain;
		plain = 0;
		i += pages ? put_array_run(call, pages + i, nr - i) :
			     put_range_run(call, first + i, nr - i);
	}
	settle->pins += plain;
	settle->pages += plain;
	gup_mirror_settle_end(settle);
	rcu_read_unlock();
}

/*
 * Is there no pin at all that unpinning a page could release? That will be reported,
 * and not done; and until then the page, which may be somebody else's by now, or
 * free, must not be changed either.
 */
static bool nobody_pins(const struct page *page, const struct folio *folio)
{
	struct gup_mirror_cursor cursor = GUP_MIRROR_CURSOR;
	unsigned int view = gup_mirror_view_of(page);
	struct gup_mirror_entry *entry;
	bool none;

	if (!READ_ONCE(gup_mirror_enabled) || !gup_mirror_config.repair)
		return false;
	/* The reference of get_user_pages() keeps it. */
	if (view != GUP_MIRROR_NO_VIEW &&
	    gup_mirror_view_kind(view) == GUP_MIRROR_GET)
		return false;

	rcu_read_lock();
	entry = gup_mirror_entry(&cursor, folio);
	none = entry && !GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold));
	rcu_read_unlock();
	return none;
}

static void make_dirty(const struct page *page, struct folio *folio)
{
	/* As unpin_user_pages_dirty_lock() explains, dirty is dirty enough. */
	if (folio_test_dirty(folio) || nobody_pins(page, folio))
		return;
	folio_lock(folio);
	folio_mark_dirty(folio);
	folio_unlock(folio);
}

/* See gup_mirror_unpin_pages(). */
bool __gup_mirror_unpin_pages(const char *fn, struct page **pages,
			      unsigned long nr, bool dirty, unsigned long ip)
{
	struct release_call call;
	unsigned long i, chunk;

	if (trace_gup_mirror_release_enabled())
		trace_released(fn, pages, nr, ip);

	/* This may sleep, so it cannot be done on the way. */
	for (i = 0; dirty && i < nr; i++) {
		if (!i || page_folio(pages[i]) != page_folio(pages[i - 1]))
			make_dirty(pages[i], page_folio(pages[i]));
	}

	release_call_begin(&call, fn, ip);
	for (; nr; nr -= chunk, pages += chunk) {
		chunk = min(nr, CHUNK);
		put_pages_of(&call, pages, NULL, chunk);
	}
	return true;
}

/* See gup_mirror_unpin_range(). */
bool __gup_mirror_unpin_range(const char *fn, struct page *page,
			      unsigned long nr, bool dirty, unsigned long ip)
{
	struct release_call call;
	unsigned long i, chunk;
	struct folio *folio;

	if (nr && trace_gup_mirror_release_enabled())
		trace_run(fn, page, nr, ip);

	for (i = 0; dirty && i < nr; i += pages_left(folio, page + i)) {
		folio = page_folio(page + i);
		make_dirty(page + i, folio);
	}

	release_call_begin(&call, fn, ip);
	for (; nr; nr -= chunk, page += chunk) {
		/* In large folios, there are fewer steps than pages. */
		chunk = min(nr, CHUNK);
		put_pages_of(&call, NULL, page, chunk);
	}
	return true;
}

/* See gup_mirror_unpin_folios(). */
bool __gup_mirror_unpin_folios(const char *fn, struct folio **folios,
			       unsigned long nr, unsigned int refs,
			       unsigned long ip)
{
	struct release_call call;
	unsigned long i;

	if (!refs)
		return true;

	release_call_begin(&call, fn, ip);
	call.cursor = (struct gup_mirror_cursor)GUP_MIRROR_CURSOR;
	rcu_read_lock();
	for (i = 0; i < nr; i++) {
		if (!folios[i])
			continue;
		if (trace_gup_mirror_release_enabled())
			trace_run(fn, &folios[i]->page, refs, ip);
		/* A folio pointer never leads into a view. */
		put_pins(&call, folios[i], refs, GUP_MIRROR_NO_VIEW);
	}
	gup_mirror_settle_end(&call.settle);
	rcu_read_unlock();
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

/* Is this a reference that somebody took through a pin view? Then it is used up. */
static bool use_extra(struct gup_mirror_entry *entry, int refs)
{
	int extra = atomic_read(&entry->extra);

	do {
		if (extra < refs)
			return false;
	} while (!atomic_try_cmpxchg(&entry->extra, &extra, extra - refs));

	return true;
}

/* The pointer is in a pin view, and the page is pinned. */
static noinline bool put_on_pin(const char *fn, struct gup_mirror_entry *entry,
				struct page *page, int refs, unsigned long ip)
{
	struct release_call call;
	struct folio *folio = page_folio(page);
	unsigned int view = gup_mirror_view_of(page);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.nr = refs,
		.view = view,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = page_to_pfn(page),
		.repaired = gup_mirror_config.repair,
	};
	unsigned int pins;

	release_call_begin(&call, fn, ip);
	call.settle.wrong = true;
	finding.caller = call.settle.caller;
	finding.released = call.stack;
	describe(&finding, entry);
	if (gup_mirror_config.repair) {
		pins = gup_mirror_unpin(&call.settle, entry, folio, refs, view);
		gup_mirror_settle_end(&call.settle);
		/* Somebody was faster: then it is not the reference of a pin. */
		if (!pins)
			return false;
		finding.nr = pins;
	}
	gup_mirror_violation(&finding);
	if (trace_gup_mirror_release_enabled())
		trace_run(fn, page, 1, ip);

	if (!gup_mirror_config.repair)
		return false;

	/* The reference has kept the folio until here. */
	gup_mirror_put(folio, pins, FOLL_PIN);
	return true;
}

/* See gup_mirror_release(). The caller knows that @page is in a view. */
bool __gup_mirror_release(const char *fn, struct page *page, int refs,
			  unsigned long ip)
{
	struct gup_mirror_cursor cursor = GUP_MIRROR_CURSOR;
	struct gup_mirror_entry *entry;
	bool done = false;

	if (!gup_mirror_is_pin_view(page)) {
		if (trace_gup_mirror_release_enabled())
			trace_run(fn, page, 1, ip);
		return false;
	}

	rcu_read_lock();
	entry = gup_mirror_entry(&cursor, page_folio(page));
	/*
	 * A reference that was taken apart from the pin is fine. So is one that
	 * was taken when nobody looked, as far as there is no pin any more that
	 * could be meant. No event told of either.
	 */
	if (entry && !use_extra(entry, refs) &&
	    GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold)) &&
	    READ_ONCE(gup_mirror_enabled))
		done = put_on_pin(fn, entry, page, refs, ip);
	rcu_read_unlock();

	return done;
}

/**
 * __gup_mirror_put_page() - put_page() of a page in a view
 * @page: the page
 *
 * Context: As put_page().
 * Return: true if the page was pinned and is now unpinned, false if put_page()
 * has to go on. Exported to all modules, as put_page() is inlined there.
 */
bool __gup_mirror_put_page(struct page *page)
{
	return __gup_mirror_release("put_page", page, 1, _RET_IP_);
}
EXPORT_SYMBOL(__gup_mirror_put_page);

/**
 * __gup_mirror_get_page() - get_page() of a page in a pin view
 * @page: the page
 *
 * A reference that is taken through a pin view and put through a canonical
 * pointer leaves the count too high until the folio is freed. Then a violation
 * may be missed, but none is made up.
 *
 * Context: Any. Takes no lock. The caller holds a reference.
 */
void __gup_mirror_get_page(struct page *page)
{
	struct gup_mirror_cursor cursor = GUP_MIRROR_CURSOR;
	struct gup_mirror_entry *entry;

	rcu_read_lock();
	entry = gup_mirror_entry(&cursor, page_folio(page));
	/*
	 * Needs no order: who puts the reference has got it from the caller, by
	 * whatever means orders that.
	 */
	if (likely(entry))
		atomic_inc(&entry->extra);
	rcu_read_unlock();
}
EXPORT_SYMBOL(__gup_mirror_get_page);
