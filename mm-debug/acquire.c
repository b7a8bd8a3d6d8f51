// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages leave GUP for the caller.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mm.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "runs.h"

#include <trace/events/gup_mirror.h>

/* Move pages into a view. Returns how many had to stay where they are. */
static long mirror_pages(struct page **pages, long nr, unsigned int view)
{
	const struct page *zero_page = ZERO_PAGE(0);
	unsigned long base = gup_mirror_region.base;
	unsigned long mask = gup_mirror_region.mask;
	unsigned long start = gup_mirror_region.start +
			      ((unsigned long)view << gup_mirror_views.shift);
	long i, unmirrored = 0;

	for (i = 0; i < nr; i++) {
		struct page *page = pages[i];
		unsigned long offset = (unsigned long)page - base;

		/*
		 * GUP takes no reference on the zero page, and callers differ
		 * in whether they release it.
		 */
		if (unlikely(page == zero_page))
			continue;
		if (unlikely(offset > mask)) {
			unmirrored++;
			continue;
		}

		offset += start;
		/* The two must not look related: gup_mirror_canonical(). */
		OPTIMIZER_HIDE_VAR(offset);
		pages[i] = (struct page *)offset;
	}

	return unmirrored;
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

/*
 * See gup_mirror_acquired() for the arguments. The page loop only adds an
 * offset: this is the hot path of everything that does direct I/O.
 */
void __gup_mirror_acquired(const char *fn, struct page **pages,
			   unsigned int gup_flags, long ret, unsigned long ip)
{
	struct gup_mirror_site *site;
	enum gup_mirror_kind kind;
	unsigned int view;
	long unmirrored;

	if (ret <= 0 || !pages || !READ_ONCE(gup_mirror_enabled))
		return;

	kind = kind_of(gup_flags);
	if (!gup_mirror_views.nr[kind])
		return;

	view = gup_mirror_site_view(fn, kind, ip);
	site = gup_mirror_site(view);
	atomic_long_inc(&site->calls);
	atomic_long_add(ret, &site->pages);

	unmirrored = mirror_pages(pages, ret, view);
	if (unlikely(unmirrored))
		atomic_long_add(unmirrored, &gup_mirror_unmirrored);

	if (trace_gup_mirror_acquire_enabled())
		trace_acquired(fn, pages, ret, gup_flags, ip);
}

/* See gup_mirror_acquired_folios() for the arguments. */
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip)
{
	struct gup_mirror_site *site;
	long i;

	if (ret <= 0 || !READ_ONCE(gup_mirror_enabled))
		return;

	site = gup_mirror_site(gup_mirror_site_view(fn, GUP_MIRROR_PIN, ip));
	atomic_long_inc(&site->calls);
	atomic_long_add(ret, &site->pages);

	if (!trace_gup_mirror_acquire_enabled())
		return;

	for (i = 0; i < ret; i++)
		trace_gup_mirror_acquire(fn, ip,
					 gup_mirror_kind_names[GUP_MIRROR_PIN],
					 folio_pfn(folios[i]), 1, gup_flags);
}
