// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: plain references are dropped.
 *
 *	release		pointer		ledger			verdict
 *	----------------------------------------------------------------------
 *	put_page()	pin view	extra get		fine, which uses it up
 *	put_page()	pin view	pins of that site, no	put-on-pin
 *					more references than
 *					are explained
 *	put_page()	pin view	pins of that site, and	possible: somebody has
 *					more references		references, may be he
 *	put_page()	pin view	pins of others, or	fine: not that reference
 *					none
 *	put_page()	get view				see gets.c
 *	put_page()	canonical				see floor.c
 *
 * The same holds for release_pages() and __free_pages().
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/gup_mirror.h>
#include <linux/hash.h>
#include <linux/instruction_pointer.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "../internal.h"
#include "config.h"
#include "explained.h"
#include "gets.h"
#include "ledger.h"
#include "release.h"
#include "reports.h"
#include "views.h"

#include <trace/events/gup_mirror.h>

/**
 * struct last_put - who put a plain reference through a pin view last
 * @word: page frame number and caller
 * @stack: of the put, if it was possibly wrong; 0 if it was not
 * @view: of the pointer then; GUP_MIRROR_NO_VIEW if it was not
 * @since: when the first of the pins came that there were then
 *
 * Where a later put is one too many, that of somebody else may have been the wrong
 * one. As far as it is remembered: a word that does not fit is of another folio.
 */
struct last_put {
	u64 word;
	depot_stack_handle_t stack;
	unsigned int view;
	u64 since;
};

#define PUTS_BITS	10

static struct last_put last_puts[1 << PUTS_BITS];

static struct last_put *last_put(unsigned long pfn)
{
	return &last_puts[hash_long(pfn, PUTS_BITS)];
}

static void remember_put(const struct gup_mirror_entry *entry,
			 unsigned long pfn, unsigned int caller,
			 unsigned int view, depot_stack_handle_t stack)
{
	struct last_put *put = last_put(pfn);
	u64 since = READ_ONCE(entry->state);

	/* What is possibly wrong matters more, if it is of these pins. */
	if (view == GUP_MIRROR_NO_VIEW &&
	    READ_ONCE(put->view) != GUP_MIRROR_NO_VIEW &&
	    READ_ONCE(put->word) >> GUP_MIRROR_CALLER_BITS == pfn &&
	    READ_ONCE(put->since) == since)
		return;
	WRITE_ONCE(put->word, 0);
	/* Pairs with the smp_rmb() in gup_mirror_who_put(). */
	smp_wmb();
	WRITE_ONCE(put->view, view);
	WRITE_ONCE(put->stack, stack);
	WRITE_ONCE(put->since, since);
	/* Pairs with the acquire in gup_mirror_who_put(). */
	smp_store_release(&put->word, (u64)pfn << GUP_MIRROR_CALLER_BITS | caller);
}

/**
 * gup_mirror_who_put() - who put a plain reference through a pin view?
 * @entry: of a folio
 * @pfn: its page frame number
 * @view: receives where the pointer led, if that put was possibly wrong, else
 *	GUP_MIRROR_NO_VIEW
 * @stack: receives the stack of it, or 0
 *
 * Context: Any.
 * Return: Who did so last while there were these pins, or GUP_MIRROR_NO_CALLER.
 */
unsigned int gup_mirror_who_put(const struct gup_mirror_entry *entry,
				unsigned long pfn, unsigned int *view,
				depot_stack_handle_t *stack)
{
	struct last_put *put = last_put(pfn);
	u64 word;

	/* Pairs with the release in remember_put(). */
	word = smp_load_acquire(&put->word);
	*view = READ_ONCE(put->view);
	*stack = READ_ONCE(put->stack);
	/* Pairs with the smp_wmb() in remember_put(). */
	smp_rmb();
	/* It may be of an earlier life of the page, or of another. */
	if (atomic64_read(&entry->hold) & GUP_MIRROR_HOLD_PUT &&
	    word >> GUP_MIRROR_CALLER_BITS == pfn && READ_ONCE(put->word) == word)
		return word & (GUP_MIRROR_MAX_CALLERS - 1);
	*view = GUP_MIRROR_NO_VIEW;
	*stack = 0;
	return GUP_MIRROR_NO_CALLER;
}

/*
 * Is this a reference that somebody took through a pin view? Then it is used up.
 * Where there are too many to be counted, all are.
 */
static bool use_extra(struct gup_mirror_entry *entry, unsigned int refs)
{
	u64 hold = atomic64_read(&entry->hold), new;
	unsigned int extra;

	do {
		extra = GUP_MIRROR_HOLD_EXTRA(hold);
		if (extra == GUP_MIRROR_MAX_EXTRA)
			return true;
		if (extra < refs)
			return false;
		new = hold - refs * GUP_MIRROR_HOLD_EXTRA_ONE;
		if (GUP_MIRROR_HOLD_PINS(hold))
			new |= GUP_MIRROR_HOLD_PUT;
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold, new));

	return true;
}

/*
 * The pointer is of a site that has pins on the folio, but somebody has a reference
 * that nobody knows of. It may be he who puts it. Returns false: it is put.
 */
static noinline bool maybe_put_on_pin(const char *fn,
				      struct gup_mirror_entry *entry,
				      struct page *page, unsigned int refs,
				      struct gup_mirror_origin *origin)
{
	unsigned long pfn = gup_mirror_pfn(page_folio(page));
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.nr = refs,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = page_to_pfn(page),
		.possible = true,
	};

	finding.caller = gup_mirror_save_caller(fn, origin, &finding.released);
	gup_mirror_acquired_by_holder(&finding, entry, pfn,
				      gup_mirror_view_of(page));
	gup_mirror_violation(&finding);
	/* If a reference is missing later, this is the one. */
	remember_put(entry, pfn, finding.caller, gup_mirror_view_of(page),
		     finding.released);
	atomic64_fetch_or(GUP_MIRROR_HOLD_PUT, &entry->hold);
	return false;
}

/*
 * The pointer is of a site that has pins on the folio. Returns true if the put
 * was turned into an unpin.
 */
static noinline bool put_on_pin(const char *fn, struct gup_mirror_entry *entry,
				struct page *page, unsigned int refs,
				struct gup_mirror_origin *origin)
{
	struct gup_mirror_release_call call;
	struct folio *folio = page_folio(page);
	unsigned long pfn = gup_mirror_pfn(folio);
	unsigned int view = gup_mirror_view_of(page);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.nr = refs,
		.pfn = page_to_pfn(page),
		.repaired = gup_mirror_config.repair,
	};
	unsigned int pins = 0, other;

	if (!READ_ONCE(gup_mirror_strict) &&
	    gup_mirror_leaves_more(entry, folio, refs))
		return maybe_put_on_pin(fn, entry, page, refs, origin);
	finding.before = gup_mirror_who_put(entry, pfn, &other,
					    &finding.before_stack);

	gup_mirror_release_begin(&call, fn, origin);
	call.settle.wrong = true;
	call.settle.own = true;
	finding.caller = call.settle.caller;
	finding.released = call.stack;
	if (gup_mirror_config.repair) {
		pins = gup_mirror_unpin(&call.settle, entry, refs, view);
		gup_mirror_settle_end(&call.settle);
		/* Somebody was faster: then it is not the reference of a pin. */
		if (!pins)
			return false;
		finding.nr = pins;
		gup_mirror_acquired_by_group(&finding,
					     GUP_MIRROR_HOLD_GROUP(call.settle.debited),
					     call.settle.stacks, 0);
	} else {
		finding.unrepaired = "norepair was set";
		gup_mirror_acquired_by_holder(&finding, entry, pfn, view);
		/* That references are missing from now on is no news. */
		atomic64_fetch_or(GUP_MIRROR_HOLD_REPORTED, &entry->hold);
	}
	gup_mirror_violation(&finding);
	if (trace_gup_mirror_release_enabled())
		gup_mirror_trace_release(fn, page, 1, origin->ip);

	if (!pins)
		return false;

	gup_mirror_put_taken(folio, pins, refs);
	return true;
}

static bool release(const char *fn, struct page *page, unsigned int refs,
		    struct gup_mirror_origin *origin)
{
	struct gup_mirror_entry *entry;
	unsigned long pfn;

	if (!gup_mirror_is_pin_view(page)) {
		bool done = gup_mirror_put_get(fn, page, refs, origin);

		if (trace_gup_mirror_release_enabled()) {
			gup_mirror_find_origin(origin);
			gup_mirror_trace_release(fn, page, 1, origin->ip);
		}
		return done;
	}

	pfn = gup_mirror_pfn(page_folio(page));
	entry = gup_mirror_entry(pfn);
	if (!entry)
		return false;
	/* A reference that was taken apart from the pin. No event told of it. */
	if (use_extra(entry, refs)) {
		gup_mirror_find_origin(origin);
		remember_put(entry, pfn, gup_mirror_find_caller(fn, origin->ip),
			     GUP_MIRROR_NO_VIEW, 0);
		return false;
	}
	/*
	 * So may be one that was taken through the folio, when nobody looked, as
	 * far as the site of the pointer has no pin any more that could be meant; or
	 * one that found no entry where it could be counted.
	 */
	if (!READ_ONCE(gup_mirror_enabled) ||
	    atomic_long_read(&gup_mirror_untracked_held) > 0 ||
	    !gup_mirror_site_holds(entry, pfn, gup_mirror_view_of(page)))
		return false;
	return put_on_pin(fn, entry, page, refs, origin);
}

/* See gup_mirror_release(). The caller knows that @page is in a view. */
bool __gup_mirror_release(const char *fn, struct page *page, int refs,
			  unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);

	return release(fn, page, refs, &origin);
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
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	return release("put_page", page, 1, &origin);
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
	struct gup_mirror_entry *entry;
	u64 hold;

	entry = gup_mirror_entry(gup_mirror_pfn(page_folio(page)));
	if (unlikely(!entry))
		return;
	/*
	 * Needs no order: who puts the reference has got it from the caller, by
	 * whatever means orders that.
	 */
	hold = atomic64_read(&entry->hold);
	do {
		if (GUP_MIRROR_HOLD_EXTRA(hold) == GUP_MIRROR_MAX_EXTRA)
			return;
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold,
				       hold + GUP_MIRROR_HOLD_EXTRA_ONE));
}
EXPORT_SYMBOL(__gup_mirror_get_page);
