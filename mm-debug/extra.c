// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: plain references on pinned pages.
 *
 * Socket buffers, pipes and some drivers take a reference of their own on a
 * page that is pinned, through the pointer that pin_user_pages() returned, and
 * put_page() it through that pointer later. Those references are counted per
 * folio: as many may be put.
 *
 * A reference that is taken through a pin view and put through a canonical
 * pointer leaves the count too high until the folio is freed. Then a violation
 * may be missed, but none is made up. A folio with extra references cannot be
 * split or migrated, so that the count stays with its head.
 */

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/mm.h>
#include <linux/page_ext.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"

/*
 * One per page; that of the head is used. Others have data in page_ext as well,
 * which has to stay aligned.
 */
struct extra {
	atomic_t gets;
} __aligned(sizeof(long));

static __init bool need_extra(void)
{
	return gup_mirror_config.mode != GUP_MIRROR_OFF;
}

struct page_ext_operations gup_mirror_page_ext_ops = {
	.size = sizeof(struct extra),
	.need = need_extra,
};

static struct extra *extra_of(struct page_ext *page_ext)
{
	return page_ext_data(page_ext, &gup_mirror_page_ext_ops);
}

/**
 * gup_mirror_extra_get() - count a reference taken through a pin view
 * @page: the page
 *
 * Context: Any. Takes no lock. The caller holds a reference.
 */
void gup_mirror_extra_get(struct page *page)
{
	struct page_ext *page_ext = page_ext_get(&page_folio(page)->page);

	if (unlikely(!page_ext))
		return;

	/*
	 * Needs no order: who puts the reference has got it from the caller, by
	 * whatever means orders that.
	 */
	atomic_inc(&extra_of(page_ext)->gets);
	page_ext_put(page_ext);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_extra_get);

/**
 * gup_mirror_extra_put() - is this one of the references that were counted?
 * @page: a page in a pin view that is about to be put
 * @refs: number of references to put
 *
 * Context: Any. Takes no lock. The caller holds a reference.
 * Return: true if @refs references were counted, which they now no longer are.
 * true, too, for a page of which nothing can be known.
 */
bool gup_mirror_extra_put(struct page *page, int refs)
{
	struct page_ext *page_ext = page_ext_get(&page_folio(page)->page);
	atomic_t *gets;
	bool counted;
	int old;

	if (unlikely(!page_ext))
		return true;

	gets = &extra_of(page_ext)->gets;
	old = atomic_read(gets);
	do {
		counted = old >= refs;
	} while (counted && !atomic_try_cmpxchg(gets, &old, old - refs));

	page_ext_put(page_ext);
	return counted;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_extra_put);

/**
 * gup_mirror_extra_forget() - forget the references that were counted
 * @page: head page of a folio that nobody uses any more
 *
 * Context: Any. Takes no lock.
 */
void gup_mirror_extra_forget(struct page *page)
{
	struct page_ext *page_ext = page_ext_get(page);

	if (unlikely(!page_ext))
		return;

	if (unlikely(atomic_read(&extra_of(page_ext)->gets)))
		atomic_set(&extra_of(page_ext)->gets, 0);
	page_ext_put(page_ext);
}
