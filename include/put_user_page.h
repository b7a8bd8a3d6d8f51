/* SPDX-License-Identifier: GPL-2.0 */
/*
 * put_user_page(): release pinned pages by the names of 2019
 *
 * The functions that release pinned pages were introduced in v5.2 as
 * put_user_page() and put_user_pages*(), and renamed to unpin_user_page*() in
 * v5.6. This header keeps the old names for code that was written against them.
 * They are today's functions, checks included, with or without
 * CONFIG_DEBUG_GUP_MIRROR; a report names the function that does the work, for
 * instance unpin_user_page(), and as its caller whoever wrote put_user_page().
 *
 * The names are old, the rule is today's: pages that come from
 * pin_user_pages*() belong here. In v5.2 there was no pin_user_pages*() yet and
 * put_user_page() released what get_user_pages*() had returned. Such code has
 * to call pin_user_pages*() now, as Documentation/core-api/pin_user_pages.rst
 * says; left as it is, it takes more references from a page than it got.
 */
#ifndef _LINUX_PUT_USER_PAGE_H
#define _LINUX_PUT_USER_PAGE_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/types.h>

/* In Linux 6.1, where FOLL_WRITE is a macro yet, COUNT_ARGS() is elsewhere. */
#ifdef FOLL_WRITE
#include <linux/kernel.h>
#else
#include <linux/args.h>
#endif

/**
 * put_user_page() - release one pinned page
 * @page: the page, as pin_user_pages*() returned it
 *
 * Releases one pin: a page that was pinned twice takes two calls. Does not mark
 * the page dirty.
 *
 * Context: As folio_put(): process or interrupt context, not NMI; may be called
 * under a spinlock.
 */
static inline void put_user_page(struct page *page)
{
	unpin_user_page(page);
}

/**
 * put_user_pages() - release an array of pinned pages
 * @pages: the pages, as pin_user_pages*() returned them; NULL entries are
 *	skipped
 * @npages: number of entries in @pages, in units of PAGE_SIZE also where they
 *	are parts of a huge page
 *
 * Releases one pin of each. Does not mark the pages dirty. An error code in
 * place of @npages, the likely slip of handing on what pin_user_pages*()
 * returned, is caught by a WARN_ON() in unpin_user_pages() and releases nothing.
 *
 * Context: As put_user_page().
 */
static inline void put_user_pages(struct page **pages, unsigned long npages)
{
	unpin_user_pages(pages, npages);
}

/**
 * put_user_pages_dirty() - mark pinned pages dirty without locking, and release
 * @pages: the pages, as pin_user_pages*() returned them; no entry may be NULL
 * @npages: number of entries in @pages, in units of PAGE_SIZE
 *
 * set_page_dirty() without the page lock is right only where something else
 * keeps the page from being truncated meanwhile: see folio_mark_dirty(). A pin
 * does not. This is why the function went away again in v5.4, and why
 * put_user_pages_dirty_lock() is nearly always what is wanted.
 *
 * Pages that are dirty already are left alone. They do not get clean without
 * their data being written out, and that includes what was stored through the
 * pin: the comment in unpin_user_pages_dirty_lock() has the details.
 *
 * Context: Process context. Does not sleep: set_page_dirty() is also for callers
 * that hold a page table lock, see Documentation/filesystems/locking.rst.
 */
static inline void put_user_pages_dirty(struct page **pages,
					unsigned long npages)
{
	unsigned long i;

	for (i = 0; i < npages; i++) {
		if (!PageDirty(pages[i]))
			set_page_dirty(pages[i]);
		unpin_user_page(pages[i]);
	}
}

/**
 * put_user_pages_dirty_lock() - mark pinned pages dirty, and release them
 * @pages: the pages, as pin_user_pages*() returned them; NULL entries are
 *	allowed only if @make_dirty is false
 * @npages: number of entries in @pages, in units of PAGE_SIZE
 * @make_dirty: whether to mark the pages dirty at all
 *
 * For pages that were written to through their pin. Locks each clean page while
 * it marks it dirty, so the caller must not hold the lock of any of them.
 *
 * v5.2 had no @make_dirty and always marked the pages dirty; it came in v5.4.
 * Both forms work: without it the pages are marked dirty.
 *
 * Context: Process context if @make_dirty is true, sleeps to lock a page. As
 * put_user_page() if it is false.
 */
static inline void put_user_pages_dirty_lock(struct page **pages,
					     unsigned long npages,
					     bool make_dirty)
{
	unpin_user_pages_dirty_lock(pages, npages, make_dirty);
}

#define __put_user_pages_dirty_lock2(pages, npages)			\
	put_user_pages_dirty_lock(pages, npages, true)
#define __put_user_pages_dirty_lock3(pages, npages, make_dirty)		\
	put_user_pages_dirty_lock(pages, npages, make_dirty)

/*
 * A macro of the same name, since C has no default arguments. It leaves alone a
 * name without parentheses, so that the function can still be pointed to.
 */
#define put_user_pages_dirty_lock(...)					\
	CONCATENATE(__put_user_pages_dirty_lock,			\
		    COUNT_ARGS(__VA_ARGS__))(__VA_ARGS__)

#endif /* _LINUX_PUT_USER_PAGE_H */
