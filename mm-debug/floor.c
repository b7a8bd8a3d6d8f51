// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: plain references are dropped from a folio that is pinned, through
 * whatever pointer. A put that would leave fewer references than are explained (see
 * explained.c) is one too many, whoever makes it.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/gup_mirror.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/preempt.h>

#include "../internal.h"
#include "compat.h"
#include "config.h"
#include "explained.h"
#include "ledger.h"
#include "release.h"
#include "reports.h"
#include "suspects.h"
#include "views.h"

DEFINE_GUP_MIRROR_KEY(gup_mirror_puts_key);
/* Not GPL-only: folio_put() is inlined into every module. */
EXPORT_SYMBOL(gup_mirror_puts_key);

/* Are all pins of one site, so that it is certain whose a put has taken? */
static bool one_site_holds(const struct gup_mirror_finding *finding)
{
	unsigned int i;

	if (finding->more)
		return false;
	for (i = 1; i < finding->nr_holders; i++) {
		if (finding->holders[i].view != finding->holders[0].view)
			return false;
	}
	return finding->nr_holders;
}

/*
 * Take from the ledger the pins whose references were put as plain ones. If several
 * have pins, that is possible only if somebody was seen to put through the pointer of
 * one of them.
 */
static unsigned int take_pins(struct gup_mirror_finding *finding,
			      struct gup_mirror_entry *entry,
			      struct gup_mirror_settle *settle, unsigned int view)
{
	unsigned int pins = 0;

	settle->wrong = true;
	if (!gup_mirror_config.repair) {
		finding->unrepaired = "norepair was set";
		return 0;
	}
	if (one_site_holds(finding))
		view = GUP_MIRROR_NO_VIEW;
	else if (view != GUP_MIRROR_NO_VIEW &&
		 gup_mirror_site_holds(entry, finding->pfn, view))
		settle->own = true;
	else
		finding->unrepaired = "several sites have pinned it";
	if (finding->unrepaired)
		return 0;
	pins = gup_mirror_unpin(settle, entry, finding->nr, view);
	gup_mirror_settle_end(settle);
	if (!pins)
		return 0;
	finding->nr = pins;
	finding->repaired = true;
	finding->nr_holders = 0;
	finding->more = 0;
	gup_mirror_acquired_by_group(finding,
				     GUP_MIRROR_HOLD_GROUP(settle->debited),
				     settle->stacks, 0);
	return pins;
}

/*
 * Drop the references of pins that the ledger has no longer, but for the plain ones
 * that were put for them, or are about to be: so it is never the last that goes here.
 */
static void drop_pins(struct folio *folio, unsigned int pins)
{
	folio_ref_add(folio, pins);
	gup_mirror_put(folio, pins, FOLL_PIN);
}

/*
 * The put leaves too few references. Returns how many pins were taken from the ledger
 * for those that are missing. Their references are still there.
 */
static noinline unsigned int put_on_pin(const char *fn,
					struct gup_mirror_entry *entry,
					const struct folio *folio,
					unsigned int refs, unsigned int missing,
					struct gup_mirror_origin *origin)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.pfn = pfn,
		.missing = missing,
	};
	struct gup_mirror_release_call call;
	unsigned int pins, view;

	/* Once for each folio: what is missing is missing from now on. */
	if (atomic64_read(&entry->hold) & GUP_MIRROR_HOLD_REPORTED)
		return 0;

	gup_mirror_release_begin(&call, fn, origin);
	finding.caller = call.settle.caller;
	finding.released = call.stack;
	finding.before = gup_mirror_who_put(entry, pfn, &view,
					    &finding.before_stack);
	gup_mirror_find_holders(&finding, entry, pfn);
	finding.nr = min3(missing, refs, finding.pins);
	/* They have gone since: then it is not the reference of a pin. */
	if (!finding.nr)
		return 0;
	gup_mirror_find_suspects(&finding, entry, pfn);
	pins = take_pins(&finding, entry, &call.settle, view);
	if (!pins && (!finding.unrepaired ||
		      atomic64_fetch_or(GUP_MIRROR_HOLD_REPORTED, &entry->hold) &
		      GUP_MIRROR_HOLD_REPORTED))
		return 0;
	gup_mirror_violation(&finding);
	return pins;
}

/*
 * References would be missing after a put that is surely right. If somebody has put
 * some through the pointer of a pin, which was possibly wrong, it was.
 */
static noinline void show_loss(struct gup_mirror_entry *entry,
			       struct folio *folio, unsigned int missing)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
		.missing = missing,
	};
	struct gup_mirror_settle settle;
	unsigned int pins, view;

	if (atomic64_read(&entry->hold) & GUP_MIRROR_HOLD_REPORTED)
		return;
	finding.caller = gup_mirror_who_put(entry, pfn, &view, &finding.released);
	if (view == GUP_MIRROR_NO_VIEW || !gup_mirror_config.repair) {
		gup_mirror_lost_pin(entry, pfn);
		return;
	}
	gup_mirror_find_holders(&finding, entry, pfn);
	finding.nr = min(missing, finding.pins);
	if (!finding.nr)
		return;
	gup_mirror_find_suspects(&finding, entry, pfn);
	gup_mirror_settle_begin(&settle, finding.caller, finding.released);
	pins = take_pins(&finding, entry, &settle, view);
	if (!pins) {
		gup_mirror_lost_pin(entry, pfn);
		return;
	}
	gup_mirror_violation(&finding);
	drop_pins(folio, pins);
}

static struct gup_mirror_entry *entry_of(const struct folio *folio)
{
	struct gup_mirror_entry *entry;

	/* A report takes locks. */
	if (in_nmi() || !READ_ONCE(gup_mirror_enabled))
		return NULL;
	entry = gup_mirror_entry(gup_mirror_pfn(folio));
	return gup_mirror_pins(entry) ? entry : NULL;
}

static void remember(const char *fn, struct gup_mirror_entry *entry,
		     const struct folio *folio, unsigned int refs,
		     struct gup_mirror_origin *origin)
{
	gup_mirror_find_origin(origin);
	gup_mirror_suspect(entry, gup_mirror_pfn(folio),
			   gup_mirror_find_caller(fn, origin->ip), refs);
}

/* Returns as put_on_pin(). */
static unsigned int judge(const char *fn, const struct folio *folio,
			  unsigned int refs, struct gup_mirror_origin *origin)
{
	struct gup_mirror_entry *entry = entry_of(folio);
	unsigned int missing;

	if (!entry)
		return 0;
	missing = gup_mirror_missing(entry, folio, refs);
	remember(fn, entry, folio, refs, origin);
	return missing ? put_on_pin(fn, entry, folio, refs, missing, origin) : 0;
}

/* Returns true if the put was turned into an unpin, or into as many as are missing. */
static bool judge_and_unpin(const char *fn, struct folio *folio, unsigned int refs,
			    struct gup_mirror_origin *origin)
{
	unsigned int pins;

	pins = judge(fn, folio, refs, origin);
	if (pins)
		gup_mirror_put_taken(folio, pins, refs);
	return pins;
}

/* Inlined, so that it is in no stack: see handed_over[] in callers.c. */
static __always_inline void judge_and_put(const char *fn, struct folio *folio,
					  unsigned int refs,
					  struct gup_mirror_origin *origin)
{
	folio = gup_mirror_canonical(folio);
	if (!judge_and_unpin(fn, folio, refs, origin))
		gup_mirror_drop_refs(folio, refs);
}

/**
 * __gup_mirror_folio_put() - folio_put() of a folio that may be pinned
 * @folio: the folio
 * @refs: 1
 *
 * If it was pinned, and that was the reference of a pin, it is unpinned instead.
 * Exported to all modules, as folio_put() is inlined there.
 *
 * Context: As folio_put().
 */
void __gup_mirror_folio_put(struct folio *folio, int refs)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	judge_and_put("folio_put", folio, refs, &origin);
}
EXPORT_SYMBOL(__gup_mirror_folio_put);

/**
 * __gup_mirror_folio_put_refs() - folio_put_refs() of a folio that may be pinned
 * @folio: the folio
 * @refs: number of references to drop
 *
 * As __gup_mirror_folio_put().
 *
 * Context: As folio_put_refs().
 */
void __gup_mirror_folio_put_refs(struct folio *folio, int refs)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	judge_and_put("folio_put_refs", folio, refs, &origin);
}
EXPORT_SYMBOL(__gup_mirror_folio_put_refs);

/**
 * __gup_mirror_put_page_folio() - put_page() of a page that may be pinned
 * @folio: its folio, through whatever view
 * @refs: 1
 *
 * As __gup_mirror_folio_put().
 *
 * Context: As put_page().
 */
void __gup_mirror_put_page_folio(struct folio *folio, int refs)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	judge_and_put("put_page", folio, refs, &origin);
}
EXPORT_SYMBOL(__gup_mirror_put_page_folio);

/* See gup_mirror_release(). The page may be in a view. */
bool __gup_mirror_release_refs(const char *fn, struct page *page, int refs,
			       unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);

	return judge_and_unpin(fn, page_folio(page), refs, &origin);
}

/* Somebody puts references who is not to blame for what that shows. */
static void look_for_loss(struct gup_mirror_entry *entry, struct folio *folio,
			  unsigned int refs)
{
	unsigned int missing = gup_mirror_missing_openly(entry, folio, refs);

	if (missing)
		show_loss(entry, folio, missing);
}

/**
 * __gup_mirror_mm_put() - mm/ puts a folio that may be pinned
 * @folio: the folio, through whatever view
 * @refs: number of references to drop
 *
 * It is only looked at.
 *
 * Context: As folio_put().
 */
void __gup_mirror_mm_put(struct folio *folio, int refs)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);
	struct gup_mirror_entry *entry;

	folio = gup_mirror_canonical(folio);
	entry = entry_of(folio);
	if (entry) {
		remember("folio_put", entry, folio, refs, &origin);
		look_for_loss(entry, folio, refs);
	}
	gup_mirror_drop_refs(folio, refs);
}
EXPORT_SYMBOL(__gup_mirror_mm_put);

/**
 * gup_mirror_look_for_loss() - see whether a put that is right shows that some were not
 * @folio: the folio
 * @refs: number of references that are about to be put
 *
 * Context: As folio_put().
 */
void gup_mirror_look_for_loss(struct folio *folio, unsigned int refs)
{
	struct gup_mirror_entry *entry;

	if (likely(!gup_mirror_may_be_pinned(folio)))
		return;
	entry = entry_of(folio);
	if (entry)
		look_for_loss(entry, folio, refs);
}

/* See gup_mirror_put_refs(). */
void __gup_mirror_put_refs(struct folio *folio, int refs)
{
	gup_mirror_look_for_loss(folio, refs);
}

/* See gup_mirror_put_batch(). */
void __gup_mirror_put_batch(struct folio_batch *folios)
{
	struct folio_batch batch = *folios;

	/* It is empty before the first reference goes. See batch_refs(). */
	folio_batch_reinit(folios);
	/* Pairs with the smp_rmb() in look(). */
	smp_mb();
	folios_put(&batch);
}

/**
 * __gup_mirror_put_own() - put references that mm/ had for a moment, one by one
 * @pages: the pages, and numbers of pages
 * @nr: number of entries
 *
 * Context: As release_pages().
 */
void __gup_mirror_put_own(struct encoded_page **pages, unsigned int nr)
{
	unsigned int i, refs;

	for (i = 0; i < nr; i++) {
		struct page *page = encoded_page_ptr(pages[i]);

		refs = encoded_page_flags(pages[i]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT ?
		       encoded_nr_pages(pages[++i]) : 1;
		gup_mirror_free_swap_cache(page);
		gup_mirror_look_for_loss(page_folio(page), refs);
		gup_mirror_put(page_folio(page), refs, FOLL_GET);
	}
}
