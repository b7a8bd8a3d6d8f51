/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Wrong releases of pages that can be switched on, one at a time.
 *
 * The semantic patches in tools/mutants/ of GUP mirror put calls of gup_mutant()
 * into users of get_user_pages() and pin_user_pages(): where the name of one is
 * active, the user does what a driver with a bug would do. This is for tests of
 * what finds such bugs, and for nothing else.
 */
#ifndef _LINUX_GUP_MUTANT_H
#define _LINUX_GUP_MUTANT_H

#include <linux/mm.h>
#include <linux/types.h>

bool gup_mutant(const char *name);

/*
 * The wrong release for pages from pin_user_pages(). Always inline: whoever calls
 * this is to be the one who calls put_page().
 */
static __always_inline void gup_mutant_put_pages(struct page **pages,
						 unsigned long nr, bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (dirty)
			set_page_dirty_lock(pages[i]);
		put_page(pages[i]);
	}
}

/*
 * Pages are marked dirty after they were unpinned. A reference that nobody knows of
 * keeps them meanwhile, or else the machine would not survive that. As above.
 */
static __always_inline void gup_mutant_dirty_late(struct page **pages,
						  unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		folio_get(folio);
		unpin_user_page(pages[i]);
		set_page_dirty_lock(pages[i]);
		folio_put(folio);
	}
}

#endif /* _LINUX_GUP_MUTANT_H */
