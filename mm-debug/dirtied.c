// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: who marks a page dirty, and should not.
 *
 * A page is marked dirty since its user has written to it, or may have. Who has
 * pinned it without FOLL_WRITE must not have: GUP has told no file system, has
 * broken no copy-on-write, and the page may be one that others only read. Who has
 * unpinned it is too late: the page may be clean, free, or somebody else's by then.
 *
 *	marks it dirty			pins of the folio		verdict
 *	--------------------------------------------------------------------------
 *	unpin_*_dirty_lock(), or	of one site, without		dirty-by-readonly-pin
 *	set_page_dirty*() through	FOLL_WRITE
 *	a pointer of that site
 *	set_page_dirty*() through	none, nor a reference		dirty-unpinned
 *	a pin view			through a pin view
 *	set_page_dirty*() through				counted: it has yet
 *	a get view						to be made a pin
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>

#include <kunit/visibility.h>

#include "config.h"
#include "files.h"
#include "ledger.h"
#include "reports.h"
#include "views.h"

/*
 * The one group that has pins on a folio, if that is certain, and it may not write.
 * NULL if there is none, or another.
 */
static const struct gup_mirror_group *
only_reader(const struct gup_mirror_entry *entry, u64 *hold)
{
	const struct gup_mirror_group *group;

	*hold = gup_mirror_hold(entry);
	group = gup_mirror_only_group(*hold);
	/* memfd_pin_folios() and folio_add_pin() do not ask what for. */
	return !group || group->flags & FOLL_WRITE ||
	       READ_ONCE(gup_mirror_site(group->view)->by_folio) ? NULL : group;
}

/* Is a page marked dirty by who may only read it? Whoever does has a pin. */
static bool dirties_readonly(const struct page *page, const struct folio *folio,
			     struct gup_mirror_finding *finding)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	unsigned int view = gup_mirror_view_of(page);
	const struct gup_mirror_group *group;
	u64 hold;

	group = only_reader(gup_mirror_entry(pfn), &hold);
	if (likely(!group) || !READ_ONCE(gup_mirror_enabled) ||
	    /* One that found no memory for an entry may be that of who writes. */
	    atomic_long_read(&gup_mirror_untracked_held) > 0 ||
	    (view != GUP_MIRROR_NO_VIEW && view != group->view))
		return false;

	*finding = (struct gup_mirror_finding) {
		.class = GUP_MIRROR_DIRTY_BY_READONLY_PIN,
		.nr = 1,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
		.pins = GUP_MIRROR_HOLD_PINS(hold),
	};
	gup_mirror_acquired_by_group(finding, GUP_MIRROR_HOLD_GROUP(hold), 1,
				     finding->pins);
	return true;
}

/**
 * gup_mirror_check_dirty() - a page is unpinned, and is to be marked dirty first
 * @page: the page, as the caller gave it
 * @folio: its folio
 * @caller: who unpins it
 * @stack: stack of that, or 0
 *
 * Context: Any but NMI.
 */
void gup_mirror_check_dirty(const struct page *page, const struct folio *folio,
			    unsigned int caller, depot_stack_handle_t stack)
{
	struct gup_mirror_finding finding;

	if (likely(!dirties_readonly(page, folio, &finding)))
		return;
	finding.caller = caller;
	finding.released = stack;
	gup_mirror_violation(&finding);
}

/* Does nobody have the page any more, whose pointer is of a site that pinned it? */
static bool dirties_unpinned(const struct folio *folio, unsigned int view,
			     struct gup_mirror_finding *finding)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	u64 hold = gup_mirror_hold(entry);

	if (likely(GUP_MIRROR_HOLD_PINS(hold) || GUP_MIRROR_HOLD_EXTRA(hold)) ||
	    !READ_ONCE(gup_mirror_enabled) ||
	    /* One that found no memory for an entry may be its pin. */
	    atomic_long_read(&gup_mirror_untracked_held) > 0)
		return false;

	*finding = (struct gup_mirror_finding) {
		.class = GUP_MIRROR_DIRTY_UNPINNED,
		.nr = 1,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
	};
	gup_mirror_acquired_by_site(finding, view);
	return true;
}

/* See gup_mirror_page_dirtied(). */
void __gup_mirror_page_dirtied(const char *fn, struct page *page, unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	unsigned int view = gup_mirror_view_of(page);
	struct folio *folio = page_folio(page);
	struct gup_mirror_finding finding;

	if (gup_mirror_view_kind(view) == GUP_MIRROR_KIND_GET) {
		gup_mirror_count(gup_mirror_site(view), GUP_MIRROR_FILE_DIRTIED, 1);
		return;
	}
	if (dirties_readonly(page, folio, &finding) ||
	    dirties_unpinned(folio, view, &finding)) {
		finding.caller = gup_mirror_save_caller(fn, &origin, &finding.released);
		gup_mirror_violation(&finding);
	}
	if (!folio_test_dirty(folio) && gup_mirror_may_be_pinned(folio))
		__gup_mirror_file_dirtied(folio, ip);
}
