// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: references from get_user_pages(), where those are mirrored.
 *
 * They have a ledger of their own, in which they are what pins are in the other. A
 * put through the pointer that GUP returned gives one back. But a get may as well be
 * put through any other pointer, and nobody sees that: so what the ledger has is no
 * more than an upper bound, and is all gone when the folio is freed.
 *
 * release_pages() drops references only after a look at several pages, so that of
 * those that it puts of one folio in one call, the later ones may be missed.
 *
 * Two things can be said all the same. A put through a get view, of a site that has
 * none left on the folio, is one too many if the folio then has fewer references
 * than are explained (see explained.c). And if it has more than are explained, these may
 * be gets that nobody has put (see walk.c).
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/gup_mirror.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>

#include <kunit/visibility.h>

#include "config.h"
#include "explained.h"
#include "gets.h"
#include "ledger.h"
#include "release.h"
#include "reports.h"
#include "views.h"

atomic_long_t gup_mirror_gets_untracked;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_gets_untracked);

/**
 * gup_mirror_get() - enter gets of a folio
 * @pfn: page frame number of the folio, which has the references
 * @tag: whose they are
 * @nr: how many
 * @now: gup_mirror_now()
 *
 * Context: Any but NMI.
 */
void gup_mirror_get(unsigned long pfn, u64 tag, unsigned int nr, u64 now)
{
	struct gup_mirror_entry *entry = gup_mirror_make_entry(&gup_mirror_gets, pfn);

	if (unlikely(!entry || !gup_mirror_enter(entry, tag, nr, now)))
		atomic_long_add(nr, &gup_mirror_gets_untracked);
}

/* So many gets of a site may be out. */
#define MANY_GETS	1024
/* Sites are looked at once in so many calls on a CPU. */
#define LOOK_CALLS	64

/**
 * gup_mirror_gets_come_back() - are pages of a site put through their pointers?
 * @site: the site, which gets some now
 *
 * Some put the folio, as futexes do: then entries would only become more, until the
 * memory is freed.
 *
 * Context: Any.
 * Return: false if most are not.
 */
bool gup_mirror_gets_come_back(struct gup_mirror_site *site)
{
	struct gup_mirror_counts __percpu *counts = READ_ONCE(site->counts);
	unsigned long pages, right;
	bool elsewhere;

	if (likely(counts) &&
	    unlikely(!(this_cpu_read(counts->nr[GUP_MIRROR_CALLS]) % LOOK_CALLS))) {
		right = gup_mirror_counted(site, GUP_MIRROR_RIGHT);
		pages = gup_mirror_counted(site, GUP_MIRROR_PAGES);
		elsewhere = pages > right + MANY_GETS && right < pages / 2;
		WRITE_ONCE(site->elsewhere, elsewhere);
	}
	return likely(!READ_ONCE(site->elsewhere));
}

/* Take gets out of the ledger, through a view only those of its site. Returns how many. */
static noinline unsigned int take(struct gup_mirror_entry *entry,
				  unsigned int nr, unsigned int view,
				  unsigned int caller, bool wrong)
{
	struct gup_mirror_settle settle;
	unsigned int taken;

	gup_mirror_settle_begin(&settle, caller, 0);
	settle.wrong = wrong;
	settle.own = view != GUP_MIRROR_NO_VIEW;
	taken = gup_mirror_unpin(&settle, entry, nr, view);
	gup_mirror_settle_end(&settle);
	return taken;
}

/* Returns true if nothing is left to be put. */
static noinline bool double_put(const char *fn, struct gup_mirror_entry *entry,
				struct page *page, unsigned int refs,
				unsigned int excess,
				struct gup_mirror_origin *origin)
{
	unsigned int view = gup_mirror_view_of(page);
	struct folio *folio = page_folio(page);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_DOUBLE_PUT,
		.nr = excess,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = page_to_pfn(page),
		.repaired = gup_mirror_config.repair,
	};
	u64 before = entry ? READ_ONCE(entry->state) : 0;

	finding.caller = gup_mirror_save_caller(fn, origin, &finding.released);
	if (before & GUP_MIRROR_RELEASED)
		finding.before = GUP_MIRROR_RELEASED_CALLER(before);
	gup_mirror_acquired_by_last(&finding, entry, view);
	if (!finding.repaired)
		finding.unrepaired = "norepair was set";
	gup_mirror_violation(&finding);

	if (!finding.repaired)
		return false;
	if (refs > excess)
		gup_mirror_put(folio, refs - excess, FOLL_GET);
	return true;
}

/**
 * gup_mirror_put_get() - references are put through a get view
 * @fn: name of the function that puts them
 * @page: the page, in the view
 * @refs: how many
 * @origin: where @fn was called; gets the right address
 *
 * Context: As put_page().
 * Return: true if all is done; false if @fn has to go on as ever.
 */
bool gup_mirror_put_get(const char *fn, struct page *page, unsigned int refs,
			struct gup_mirror_origin *origin)
{
	unsigned int view = gup_mirror_view_of(page), taken = 0, missing;
	struct folio *folio = page_folio(page);
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_entry *entry = gup_mirror_gets_entry(pfn);
	unsigned int caller;

	/* What is got there is not entered either. */
	if (in_nmi())
		return false;

	gup_mirror_find_origin(origin);
	caller = gup_mirror_find_caller(fn, origin->ip);
	if (likely(refs == 1 && gup_mirror_unpin_last(entry, view, caller, 0)))
		taken = 1;
	else if (likely(entry))
		taken = take(entry, refs, view, caller, false);
	/* It was not entered, and has come back all the same. */
	if (unlikely(taken < refs && READ_ONCE(gup_mirror_site(view)->elsewhere)))
		gup_mirror_count(gup_mirror_site(view), GUP_MIRROR_RIGHT, refs - taken);
	if (likely(taken == refs)) {
		/* If one is missing then, it is not this. */
		gup_mirror_look_for_loss(folio, refs);
		return false;
	}
	if (!READ_ONCE(gup_mirror_enabled))
		return false;
	/* It may be that of a pin which is missing, and was put before. */
	gup_mirror_look_for_loss(folio, refs);
	if (gup_mirror_pins(gup_mirror_entry(pfn)))
		return false;
	/* Or it has found no room, or came from NMI: then it is not missed. */
	missing = gup_mirror_missing_any(folio, refs);
	if (!missing)
		return false;
	return double_put(fn, entry, page, refs, min(missing, refs - taken), origin);
}

/**
 * gup_mirror_give_back() - gets are put by a function that unpins
 * @caller: who called that
 * @pfn: page frame number of the folio
 * @nr: how many
 * @view: that of the pointer
 *
 * Context: Any but NMI.
 */
void gup_mirror_give_back(unsigned int caller, unsigned long pfn,
			  unsigned int nr, unsigned int view)
{
	struct gup_mirror_entry *entry = gup_mirror_gets_entry(pfn);

	if (entry)
		take(entry, nr, view, caller, true);
}

/**
 * gup_mirror_forget_gets() - a folio is freed, and all gets of it have been put
 * @pfn: page frame number of the folio
 *
 * Context: Any.
 */
void gup_mirror_forget_gets(unsigned long pfn)
{
	struct gup_mirror_entry *entry = gup_mirror_gets_entry(pfn);
	unsigned int nr = gup_mirror_pins(entry);

	if (unlikely(nr))
		take(entry, nr, GUP_MIRROR_NO_VIEW, gup_mirror_unknown_caller(), false);
}
