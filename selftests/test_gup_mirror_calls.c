// SPDX-License-Identifier: GPL-2.0
/*
 * The functions under test, which acquire and release pages. Each is called from
 * a function of its own, so that the name of the latter in a report says which
 * call was meant. None of these may end in a tail call: the site would be
 * whoever called them.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include <linux/put_user_page.h>
#include <linux/sched.h>

#include "test_gup_mirror.h"
#include "test_gup_mirror_compat.h"
#include "test_gup_mirror_calls.h"

/* The functions that acquire */

static noinline long tgm_get_user_pages(const struct tgm_request *req)
{
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = get_user_pages(req->addr, req->nr, req->gup_flags, req->pages);
	mmap_read_unlock(current->mm);
	return ret;
}

static noinline long tgm_get_user_pages_unlocked(const struct tgm_request *req)
{
	long ret;

	ret = get_user_pages_unlocked(req->addr, req->nr, req->pages,
				      req->gup_flags);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_get_user_pages_fast(const struct tgm_request *req)
{
	long ret;

	ret = get_user_pages_fast(req->addr, req->nr, req->gup_flags,
				  req->pages);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_get_user_pages_fast_only(const struct tgm_request *req)
{
	long ret;

	ret = get_user_pages_fast_only(req->addr, req->nr, req->gup_flags,
				       req->pages);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_get_user_pages_remote(const struct tgm_request *req)
{
	int locked = 1;
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = get_user_pages_remote(current->mm, req->addr, req->nr,
				    req->gup_flags, req->pages, &locked);
	if (locked)
		mmap_read_unlock(current->mm);
	return ret;
}

static noinline long tgm_pin_user_pages(const struct tgm_request *req)
{
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = pin_user_pages(req->addr, req->nr, req->gup_flags, req->pages);
	mmap_read_unlock(current->mm);
	return ret;
}

static noinline long tgm_pin_user_pages_unlocked(const struct tgm_request *req)
{
	long ret;

	ret = pin_user_pages_unlocked(req->addr, req->nr, req->pages,
				      req->gup_flags);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_pin_user_pages_fast(const struct tgm_request *req)
{
	long ret;

	ret = pin_user_pages_fast(req->addr, req->nr, req->gup_flags,
				  req->pages);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_pin_user_pages_remote(const struct tgm_request *req)
{
	int locked = 1;
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = pin_user_pages_remote(current->mm, req->addr, req->nr,
				    req->gup_flags, req->pages, &locked);
	if (locked)
		mmap_read_unlock(current->mm);
	return ret;
}

/* A folio and its first page have one address, so the array serves for both. */
static noinline long tgm_memfd_pin_folios(const struct tgm_request *req)
{
	pgoff_t offset;
	long ret;

	ret = memfd_pin_folios(req->file, req->addr,
			       req->addr + req->nr * PAGE_SIZE - 1,
			       (struct folio **)req->pages, req->nr, &offset);
	prevent_tail_call_optimization();
	return ret;
}

const struct tgm_acquirer tgm_acquirers[TGM_NR_ACQUIRE] = {
	[TGM_get_user_pages] = {
		.acquire = tgm_get_user_pages,
		.may_lack_pages = true,
	},
	[TGM_get_user_pages_unlocked] = {
		.acquire = tgm_get_user_pages_unlocked,
		.may_lack_pages = true,
	},
	[TGM_get_user_pages_fast] = {
		.acquire = tgm_get_user_pages_fast,
	},
	[TGM_get_user_pages_fast_only] = {
		.acquire = tgm_get_user_pages_fast_only,
	},
	[TGM_get_user_pages_remote] = {
		.acquire = tgm_get_user_pages_remote,
		.may_lack_pages = true,
	},
	[TGM_pin_user_pages] = {
		.acquire = tgm_pin_user_pages,
		.pins = true,
	},
	[TGM_pin_user_pages_unlocked] = {
		.acquire = tgm_pin_user_pages_unlocked,
		.pins = true,
	},
	[TGM_pin_user_pages_fast] = {
		.acquire = tgm_pin_user_pages_fast,
		.pins = true,
	},
	[TGM_pin_user_pages_remote] = {
		.acquire = tgm_pin_user_pages_remote,
		.pins = true,
	},
	[TGM_memfd_pin_folios] = {
		.acquire = tgm_memfd_pin_folios,
		.pins = true,
	},
};

/* The functions that release */

static noinline void tgm_put_page(struct page **pages, unsigned long nr,
				  bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		put_page(pages[i]);
	prevent_tail_call_optimization();
}

static noinline void tgm_release_pages(struct page **pages, unsigned long nr,
				       bool dirty)
{
	release_pages(pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm___free_pages(struct page **pages, unsigned long nr,
				      bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		__free_pages(pages[i], 0);
	prevent_tail_call_optimization();
}

static noinline void tgm_folio_put(struct page **pages, unsigned long nr,
				   bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		folio_put(page_folio(pages[i]));
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_page(struct page **pages, unsigned long nr,
					 bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		unpin_user_page(pages[i]);
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_pages(struct page **pages, unsigned long nr,
					  bool dirty)
{
	unpin_user_pages(pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_pages_dirty_lock(struct page **pages,
						     unsigned long nr,
						     bool dirty)
{
	unpin_user_pages_dirty_lock(pages, nr, dirty);
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_page_range_dirty_lock(struct page **pages,
							  unsigned long nr,
							  bool dirty)
{
	unsigned long i, n;

	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr; n++)
			if (page_to_pfn(pages[i + n]) !=
			    page_to_pfn(pages[i]) + n)
				break;
		unpin_user_page_range_dirty_lock(pages[i], n, dirty);
	}
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_folio(struct page **pages, unsigned long nr,
					  bool dirty)
{
	unsigned long i, n;

	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr; n++)
			if (page_folio(pages[i + n]) != page_folio(pages[i]))
				break;
		unpin_user_folio(page_folio(pages[i]), n);
	}
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_folio(struct page **pages, unsigned long nr,
				     bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		unpin_folio(page_folio(pages[i]));
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_folios(struct page **pages, unsigned long nr,
				      bool dirty)
{
	unpin_folios((struct folio **)pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm_put_user_page(struct page **pages, unsigned long nr,
				       bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		put_user_page(pages[i]);
	prevent_tail_call_optimization();
}

static noinline void tgm_put_user_pages(struct page **pages, unsigned long nr,
					bool dirty)
{
	put_user_pages(pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm_put_user_pages_dirty(struct page **pages,
					      unsigned long nr, bool dirty)
{
	put_user_pages_dirty(pages, nr);
	prevent_tail_call_optimization();
}

/* Both forms: without the third argument it always marks the pages dirty */
static noinline void tgm_put_user_pages_dirty_lock(struct page **pages,
						   unsigned long nr, bool dirty)
{
	if (dirty)
		put_user_pages_dirty_lock(pages, nr);
	else
		put_user_pages_dirty_lock(pages, nr, false);
	prevent_tail_call_optimization();
}

const struct tgm_releaser tgm_releasers[TGM_NR_RELEASE] = {
	[TGM_put_page] = { tgm_put_page },
	[TGM_release_pages] = { tgm_release_pages },
	[TGM___free_pages] = { tgm___free_pages },
	[TGM_folio_put] = { tgm_folio_put },
	[TGM_unpin_user_page] = { tgm_unpin_user_page, true },
	[TGM_unpin_user_pages] = { tgm_unpin_user_pages, true },
	[TGM_unpin_user_pages_dirty_lock] = {
		tgm_unpin_user_pages_dirty_lock, true
	},
	[TGM_unpin_user_page_range_dirty_lock] = {
		tgm_unpin_user_page_range_dirty_lock, true
	},
	[TGM_unpin_user_folio] = { tgm_unpin_user_folio, true },
	[TGM_unpin_folio] = { tgm_unpin_folio, true },
	[TGM_unpin_folios] = { tgm_unpin_folios, true },
	[TGM_put_user_page] = { tgm_put_user_page, true },
	[TGM_put_user_pages] = { tgm_put_user_pages, true },
	[TGM_put_user_pages_dirty] = { tgm_put_user_pages_dirty, true },
	[TGM_put_user_pages_dirty_lock] = {
		tgm_put_user_pages_dirty_lock, true
	},
};
