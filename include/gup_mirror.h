/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: check that what get_user_pages() and pin_user_pages() handed out
 * is given back by the release that belongs to it.
 *
 * The memmap is mapped a second, third, ... time: each such mapping is a view.
 * Every site, that is, every place in the code that calls a GUP function, gets
 * pointers into a view of its own. The pointer then says how and where the page
 * was acquired, wherever it travels.
 *
 * This is what is inlined all over the kernel: get_page() and put_page(), and ways
 * to the folio of a page for those who know where their pages come from. The other
 * hooks are called in mm/ alone, see mm/gup_mirror/hooks.h. All cost a patched-out
 * branch until the layer is switched on at boot, and nothing at all without
 * CONFIG_DEBUG_GUP_MIRROR.
 */
#ifndef _LINUX_GUP_MIRROR_H
#define _LINUX_GUP_MIRROR_H

#include <linux/gup_mirror_view.h>
#include <linux/types.h>

struct folio;
struct page;

/* As in <linux/gup_mirror_view.h>: the 32-bit vDSO has no memmap. */
#if defined(CONFIG_DEBUG_GUP_MIRROR) && defined(CONFIG_SPARSEMEM_VMEMMAP)

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/jump_label.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>

/* On if puts of plain references are to be judged that do not come from a view. */
DECLARE_STATIC_KEY_FALSE(gup_mirror_puts_key);

/* How a page was acquired. */
enum gup_mirror_kind {
	GUP_MIRROR_KIND_PIN,	/* pin_user_pages*(), FOLL_PIN */
	GUP_MIRROR_KIND_GET,	/* get_user_pages*(), FOLL_GET */
	GUP_MIRROR_NR_KINDS
};

bool __gup_mirror_put_page(struct page *page);
void __gup_mirror_get_page(struct page *page);
void __gup_mirror_folio_put(struct folio *folio, int refs);
void __gup_mirror_folio_put_refs(struct folio *folio, int refs);
void __gup_mirror_put_page_folio(struct folio *folio, int refs);
void __gup_mirror_mm_put(struct folio *folio, int refs);

/* The flags of a page or folio, which are in a struct since Linux 7.x. */
#define __GUP_MIRROR_FLAGS(page)	(*(const unsigned long *)&(page)->flags)

/*
 * The word that tells where the head of a tail page is, by bit 0. Since Linux 7.x,
 * that may be a mask for the address of the tail page.
 */
#ifdef MAX_FOLIO_VMEMMAP_ALIGN
#define __GUP_MIRROR_HEAD_WORD(page)	READ_ONCE((page)->compound_info)
#define __GUP_MIRROR_HEAD_IS_MASK	compound_info_has_mask()
#define __GUP_MIRROR_NO_TAIL(page)	(page)
#else
#define __GUP_MIRROR_HEAD_WORD(page)	READ_ONCE((page)->compound_head)
#define __GUP_MIRROR_HEAD_IS_MASK	false
#define __GUP_MIRROR_NO_TAIL(page)	page_fixed_fake_head(page)
#endif

/**
 * gup_mirror_raw_folio() - the folio of a page, through whatever view that is in
 * @page: pointer to a struct page
 *
 * As page_folio(), but of a page in a view it may lead into that view. It may be
 * read and changed, but not compared, stored, or turned into an address.
 *
 * Context: Any.
 * Return: The folio.
 */
static __always_inline struct folio *
gup_mirror_raw_folio(const struct page *page)
{
	unsigned long word = __GUP_MIRROR_HEAD_WORD(page);

	if (__GUP_MIRROR_HEAD_IS_MASK)
		return (struct folio *)((unsigned long)page &
					(word | ((word & 1) - 1)));
	if (unlikely(word & 1))
		return (struct folio *)(word - 1);
	return (struct folio *)__GUP_MIRROR_NO_TAIL(page);
}

/**
 * gup_mirror_canonical_folio() - the folio of a page that is in no view
 * @page: canonical pointer to a struct page
 *
 * As page_folio(), for hot paths that know where their pages come from.
 *
 * Context: Any.
 * Return: The folio.
 */
#define gup_mirror_canonical_folio(page)	gup_mirror_raw_folio(page)

/**
 * gup_mirror_canonical_pfn() - page frame number of a page that is in no view
 * @page: canonical pointer to a struct page
 *
 * As page_to_pfn(), for hot paths that know where their pages come from. A
 * folio pointer never leads into a view.
 *
 * Context: Any.
 * Return: The page frame number.
 */
#define gup_mirror_canonical_pfn(page)	((unsigned long)((page) - vmemmap))

/**
 * gup_mirror_canonical_head() - head page of a page that is in no view
 * @p: canonical pointer to a struct page
 *
 * As compound_head().
 *
 * Context: Any.
 * Return: The head page.
 */
#define gup_mirror_canonical_head(p)	(&gup_mirror_canonical_folio(p)->page)

/**
 * gup_mirror_is_view() - is this a pointer into a view?
 * @page: pointer to a struct page
 *
 * Context: Any, NMI included.
 * Return: true if a GUP function handed out @page, or a pointer that @page was
 * computed from, through a view; false for canonical pointers.
 */
static __always_inline bool gup_mirror_is_view(const struct page *page)
{
	return (unsigned long)page - gup_mirror_region.start <
	       gup_mirror_region.size;
}

/**
 * gup_mirror_is_pin_view() - is this a pointer into a view that pins use?
 * @page: pointer to a struct page
 *
 * Context: Any, NMI included.
 * Return: true if @page came from a function that pins, false otherwise.
 */
static __always_inline bool gup_mirror_is_pin_view(const struct page *page)
{
	return (unsigned long)page - gup_mirror_region.start <
	       gup_mirror_region.pin_size;
}

/**
 * gup_mirror_put_page() - check put_page()
 * @page: the page, as the caller gave it
 *
 * put_page() is inlined, so the caller is found from the out-of-line part. Most
 * pointers are canonical, and lie below the views.
 *
 * Context: Any but NMI for a page in a pin view; as put_page() otherwise.
 * Return: false if put_page() has to go on as ever, true if @page was pinned and
 * was now unpinned instead, or if there was no reference to put.
 */
static __always_inline bool gup_mirror_put_page(struct page *page)
{
	unsigned long addr = (unsigned long)page;

	if (!static_branch_unlikely(&gup_mirror_key) ||
	    likely(addr < gup_mirror_region.start))
		return false;

	return addr - gup_mirror_region.start < gup_mirror_region.size &&
	       __gup_mirror_put_page(page);
}

/**
 * gup_mirror_get_page() - somebody takes a plain reference on a page
 * @page: the page, as the caller gave it
 *
 * A reference that is taken through a pin view makes a later put_page() through
 * a pin view right: socket buffers and pipes do so with pages that their user
 * has pinned.
 *
 * Context: Any. The caller holds a reference, or has just got it.
 */
static __always_inline void gup_mirror_get_page(struct page *page)
{
	if (static_branch_unlikely(&gup_mirror_key) &&
	    unlikely(gup_mirror_is_pin_view(page)))
		__gup_mirror_get_page(page);
}

/* GUP_PIN_COUNTING_BIAS, which is not known here yet. */
#define GUP_MIRROR_PIN_BIAS	1024U

/**
 * gup_mirror_may_be_pinned() - may a folio be pinned?
 * @folio: the folio, through whatever view
 *
 * Context: Any, NMI included.
 * Return: false if it is surely not, as nearly all are.
 */
static __always_inline bool gup_mirror_may_be_pinned(const struct folio *folio)
{
	/*
	 * Plain loads, which compilers make part of the comparison: this is in
	 * every folio_put(), and a closer look is taken later.
	 */
	if (unlikely((unsigned int)data_race(folio->_refcount.counter) >=
		     GUP_MIRROR_PIN_BIAS))
		return true;
	/* The same: this flag does not change while somebody has the folio. */
	return unlikely(data_race(__GUP_MIRROR_FLAGS(folio)) & BIT(PG_head)) &&
	       atomic_read(&folio->_pincount) > 0;
}

/*
 * mm/ itself puts references that it has taken for a moment, and may have hidden
 * with them that one is missing: it is never to blame for what its puts show. What
 * pins pages there as a driver does is another matter.
 */
#ifdef GUP_MIRROR_IN_MM
#define __GUP_MIRROR_IN_MM	true
#else
#define __GUP_MIRROR_IN_MM	false
#endif

/**
 * gup_mirror_judge_put() - put references, and judge that, if the folio may be pinned
 * @folio: the folio, through whatever view
 * @refs: number of references to drop
 * @put: does both; not called by mm/, which is only looked at
 *
 * Who judges does all the rest as well, so that little of it is in hot code.
 *
 * Context: As folio_put().
 * Return: true if they were put.
 */
static __always_inline bool gup_mirror_judge_put(struct folio *folio, int refs,
						 void (*put)(struct folio *folio,
							     int refs))
{
	if (!static_branch_unlikely(&gup_mirror_puts_key) ||
	    likely(!gup_mirror_may_be_pinned(folio)))
		return false;
	if (__GUP_MIRROR_IN_MM)
		__gup_mirror_mm_put(folio, refs);
	else
		put(folio, refs);
	/* No tail call: the stack has to show who put them. */
	barrier();
	return true;
}

/**
 * gup_mirror_folio_put() - check folio_put()
 * @folio: the folio
 *
 * Context: As folio_put(). The caller is found from the out-of-line part.
 * Return: false if folio_put() has to go on as ever, true if all is done.
 */
static __always_inline bool gup_mirror_folio_put(struct folio *folio)
{
	return gup_mirror_judge_put(folio, 1, __gup_mirror_folio_put);
}

/**
 * gup_mirror_folio_put_refs() - check folio_put_refs()
 * @folio: the folio
 * @refs: number of references to drop
 *
 * Context: As folio_put_refs().
 * Return: As gup_mirror_folio_put().
 */
static __always_inline bool gup_mirror_folio_put_refs(struct folio *folio,
						      int refs)
{
	return gup_mirror_judge_put(folio, refs, __gup_mirror_folio_put_refs);
}

/**
 * gup_mirror_put_page_folio() - check put_page(), which knows the folio by now
 * @folio: the folio, through whatever view
 *
 * Context: As put_page().
 * Return: As gup_mirror_folio_put().
 */
static __always_inline bool gup_mirror_put_page_folio(struct folio *folio)
{
	return gup_mirror_judge_put(folio, 1, __gup_mirror_put_page_folio);
}

/**
 * gup_mirror_put_folio() - put a folio through whatever view that is in
 * @f: the folio, from gup_mirror_raw_folio()
 *
 * As folio_put(). Only when it is the last reference does the address matter.
 *
 * Context: As folio_put().
 */
#define gup_mirror_put_folio(f)						\
do {									\
	struct folio *__f = (f);					\
									\
	if (!gup_mirror_put_page_folio(__f) && folio_put_testzero(__f))	\
		__folio_put(gup_mirror_canonical(__f));			\
} while (0)

#else /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

#define gup_mirror_raw_folio(page)		page_folio(page)
#define gup_mirror_put_folio(f)			folio_put(f)
#define gup_mirror_canonical_folio(page)	page_folio(page)
#define gup_mirror_canonical_pfn(page)		page_to_pfn(page)
#define gup_mirror_canonical_head(page)		compound_head(page)

static inline bool gup_mirror_put_page(struct page *page)
{
	return false;
}

/* Not even inlines: what calls them is everywhere, and is to weigh what it did. */
#define gup_mirror_get_page(page)		((void)(page))
#define gup_mirror_folio_put(folio)		((void)(folio), false)
#define gup_mirror_folio_put_refs(folio, refs)	((void)(folio), (void)(refs), false)

#endif /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

#endif /* _LINUX_GUP_MIRROR_H */
