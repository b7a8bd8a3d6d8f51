// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages come back.
 *
 * The pointer tells how a page was acquired, the function that is called tells
 * how it is released. Where the two do not match, the violation is reported
 * while the page is surely alive, and the release is then turned into the right
 * one, so that the reference count stays true.
 *
 *	release		pointer		verdict
 *	---------------------------------------------------------------
 *	put_page()	pin view	put-on-pin, unless somebody has
 *					taken an extra reference
 *	put_page()	get view	fine
 *	unpin_*()	pin view	fine
 *	unpin_*()	get view	unpin-on-get
 *	either		canonical	fine
 */

#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/instruction_pointer.h>
#include <linux/mm.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "runs.h"

#include <trace/events/gup_mirror.h>

/* Is this a release that GUP does on its own, of pages nobody has seen yet? */
static bool inside_gup(void)
{
	/*
	 * GUP unwinds while it looks for pages that may be pinned for long, and
	 * nobody else uses this flag. An interrupt is not part of what it
	 * interrupts. memfd_pin_folios() that fails half-way drops the flag
	 * first: the trace then shows releases that no acquire belongs to.
	 */
	return in_task() && (current->flags & PF_MEMALLOC_PIN);
}

/* A canonical pointer does not tell the kind: believe the release function. */
static void trace_run(const char *fn, const struct page *page,
		      unsigned long nr, unsigned long ip)
{
	enum gup_mirror_kind kind = GUP_MIRROR_PIN;
	unsigned long site_ip = 0;

	if (is_zero_page(page))
		return;

	if (gup_mirror_is_view(page)) {
		const struct gup_mirror_site *site;

		site = gup_mirror_site(gup_mirror_view_of(page));
		site_ip = READ_ONCE(site->ip);
		kind = gup_mirror_site_kind(site);
	}
	trace_gup_mirror_release(fn, ip, site_ip, gup_mirror_kind_names[kind],
				 page_to_pfn(page), nr);
}

/* The verdict on unpinning @page. Returns the flag for gup_put_folio(). */
static unsigned int judge_unpin(const char *fn, const struct page *page,
				unsigned int nr, unsigned int flags,
				unsigned long ip)
{
	unsigned int i;

	if (likely(!gup_mirror_is_view(page) || gup_mirror_is_pin_view(page)))
		return flags;
	if (!READ_ONCE(gup_mirror_enabled))
		return flags;

	/* Every page counts, as it would if they came one by one. */
	for (i = 0; i < nr; i++)
		gup_mirror_violation(GUP_MIRROR_UNPIN_ON_GET, fn, page, ip);

	return gup_mirror_config.repair ? FOLL_GET : flags;
}

/* See gup_mirror_unpin_pages(). The pages are in one folio and in one view. */
unsigned int __gup_mirror_unpin_pages(const char *fn, struct page **pages,
				      unsigned int nr, unsigned int flags,
				      unsigned long ip)
{
	unsigned int i, run;

	flags = judge_unpin(fn, pages[0], nr, flags, ip);

	if (trace_gup_mirror_release_enabled() && !inside_gup()) {
		for (i = 0; i < nr; i += run) {
			run = gup_mirror_run(pages + i, nr - i);
			trace_run(fn, pages[i], run, ip);
		}
	}

	return flags;
}

/* See gup_mirror_unpin_range(). */
unsigned int __gup_mirror_unpin_range(const char *fn, struct page *page,
				      unsigned int nr, unsigned int flags,
				      unsigned long ip)
{
	flags = judge_unpin(fn, page, nr, flags, ip);
	if (trace_gup_mirror_release_enabled())
		trace_run(fn, page, nr, ip);

	return flags;
}

/* See gup_mirror_unpin_folio(). */
void __gup_mirror_unpin_folio(const char *fn, struct folio *folio,
			      unsigned int refs, unsigned long ip)
{
	if (trace_gup_mirror_release_enabled() && !inside_gup())
		trace_run(fn, &folio->page, refs, ip);
}

/* See gup_mirror_release(). The caller knows that @page is in a view. */
bool __gup_mirror_release(const char *fn, struct page *page, int refs,
			  unsigned long ip)
{
	if (!gup_mirror_is_pin_view(page)) {
		if (trace_gup_mirror_release_enabled())
			trace_run(fn, page, 1, ip);
		return false;
	}

	/* A reference that was taken apart from the pin. No event told of it. */
	if (gup_mirror_extra_put(page, refs))
		return false;

	if (!READ_ONCE(gup_mirror_enabled))
		return false;

	gup_mirror_violation(GUP_MIRROR_PUT_ON_PIN, fn, page, ip);
	if (trace_gup_mirror_release_enabled())
		trace_run(fn, page, 1, ip);

	if (!gup_mirror_config.repair)
		return false;
	gup_mirror_put_pins(page_folio(page), refs);
	return true;
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
 * Context: Any.
 */
void __gup_mirror_get_page(struct page *page)
{
	gup_mirror_extra_get(page);
}
EXPORT_SYMBOL(__gup_mirror_get_page);

/**
 * __gup_mirror_free() - a folio goes back to its allocator
 * @page: its head page
 *
 * Context: Any.
 */
void __gup_mirror_free(struct page *page)
{
	gup_mirror_extra_forget(page);
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_free);
