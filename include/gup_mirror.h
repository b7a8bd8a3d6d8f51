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
 * These are the hooks that GUP and the release functions call. They cost a
 * patched-out branch until the layer is switched on at boot, and nothing at all
 * without CONFIG_DEBUG_GUP_MIRROR.
 */
#ifndef _LINUX_GUP_MIRROR_H
#define _LINUX_GUP_MIRROR_H

#include <linux/gup_mirror_view.h>
#include <linux/types.h>

struct folio;
struct page;

/* As in <linux/gup_mirror_view.h>: the 32-bit vDSO has no memmap. */
#if defined(CONFIG_DEBUG_GUP_MIRROR) && defined(CONFIG_SPARSEMEM_VMEMMAP)

#include <linux/instruction_pointer.h>
#include <linux/jump_label.h>
#include <linux/page-flags.h>
#include <linux/tracepoint-defs.h>

struct page_ext_operations;

DECLARE_TRACEPOINT(gup_mirror_release);

/* How a page was acquired. */
enum gup_mirror_kind {
	GUP_MIRROR_PIN,		/* pin_user_pages*(), FOLL_PIN */
	GUP_MIRROR_GET,		/* get_user_pages*(), FOLL_GET */
	GUP_MIRROR_NR_KINDS
};

/* For mm/page_ext.c; holds what is known of a folio. */
extern struct page_ext_operations gup_mirror_page_ext_ops;

void __gup_mirror_acquired(const char *fn, struct page **pages,
			   unsigned int gup_flags, long ret, unsigned long ip);
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip);
void __gup_mirror_added_pin(struct folio *folio, unsigned long ip);
bool __gup_mirror_unpin_pages(const char *fn, struct page **pages,
			      unsigned long nr, bool dirty, unsigned long ip);
bool __gup_mirror_unpin_range(const char *fn, struct page *page,
			      unsigned long nr, bool dirty, unsigned long ip);
bool __gup_mirror_unpin_folios(const char *fn, struct folio **folios,
			       unsigned long nr, unsigned int refs,
			       unsigned long ip);
bool __gup_mirror_unwind_pages(struct page **pages, unsigned long nr);
bool __gup_mirror_unwind_folios(struct folio **folios, unsigned long nr);
bool __gup_mirror_release(const char *fn, struct page *page, int refs,
			  unsigned long ip);
bool __gup_mirror_put_page(struct page *page);
void __gup_mirror_get_page(struct page *page);
bool __gup_mirror_free(struct page *page);

/* In mm/gup.c, where the primitive is: gup_put_folio(). */
void gup_mirror_put(struct folio *folio, int refs, unsigned int flags);

/**
 * gup_mirror_canonical_folio() - the folio of a page that is in no view
 * @page: canonical pointer to a struct page
 *
 * As page_folio(), for hot paths that know where their pages come from.
 *
 * Context: Any.
 * Return: The folio.
 */
static __always_inline struct folio *
gup_mirror_canonical_folio(const struct page *page)
{
	unsigned long head = READ_ONCE(page->compound_head);

	if (unlikely(head & 1))
		return (struct folio *)(head - 1);
	return (struct folio *)page_fixed_fake_head(page);
}

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
 * gup_mirror_acquired() - a public GUP function is about to return
 * @fn: its name, as __func__: the pointer is kept
 * @pages: the array it filled, or NULL
 * @gup_flags: FOLL_* flags; FOLL_PIN tells a pin from a get
 * @ret: the value to return: number of pages, 0, or a negative error
 *
 * Moves the first @ret pointers of @pages into the view of the site, which is
 * the caller of @fn. Pages that are not really acquired (the zero page) stay
 * canonical, and so do pages whose struct page lies beyond the views. Pins go
 * into the ledger.
 *
 * Context: Any; GUP-fast may be called with interrupts off. A get may come from
 * NMI. Takes no lock but that of the stack depot, for a stack that is new.
 * Return: @ret.
 */
static __always_inline long gup_mirror_acquired(const char *fn,
						struct page **pages,
						unsigned int gup_flags,
						long ret)
{
	if (static_branch_unlikely(&gup_mirror_key))
		__gup_mirror_acquired(fn, pages, gup_flags, ret, _RET_IP_);
	return ret;
}

/**
 * gup_mirror_acquired_folios() - a public function returns pinned folios
 * @fn: its name, as __func__
 * @folios: the array it filled
 * @gup_flags: FOLL_* flags
 * @ret: number of folios, 0, or a negative error
 *
 * A folio pointer never leads into a view: it is compared, hashed and turned
 * into addresses everywhere. This call leaves @folios alone; it is there for
 * the ledger, the trace, and the counters of the site.
 *
 * Context: Any but NMI.
 */
static __always_inline void gup_mirror_acquired_folios(const char *fn,
						       struct folio **folios,
						       unsigned int gup_flags,
						       long ret)
{
	if (static_branch_unlikely(&gup_mirror_key))
		__gup_mirror_acquired_folios(fn, folios, gup_flags, ret,
					     _RET_IP_);
}

/**
 * gup_mirror_added_pin() - a folio that is pinned gets one more pin
 * @folio: the folio; it has got the reference
 *
 * Context: Any but NMI.
 */
static __always_inline void gup_mirror_added_pin(struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_key))
		__gup_mirror_added_pin(folio, _RET_IP_);
}

/**
 * gup_mirror_unpin_pages() - check pinned pages, and release them
 * @fn: name of the public function that was called, as __func__
 * @pages: array of pages; entries may be NULL
 * @nr: number of entries
 * @dirty: mark each page dirty first, which may sleep
 *
 * Context: As @fn.
 * Return: true if all is done; false if the layer is off, and @fn has to go on
 * as ever.
 */
static __always_inline bool gup_mirror_unpin_pages(const char *fn,
						   struct page **pages,
						   unsigned long nr, bool dirty)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unpin_pages(fn, pages, nr, dirty, _RET_IP_);
}

/**
 * gup_mirror_unpin_range() - check a range of pinned pages, and release them
 * @fn: name of the public function that was called, as __func__
 * @page: first page
 * @nr: number of consecutive pages
 * @dirty: mark each page dirty first, which may sleep
 *
 * Context: As @fn.
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline bool gup_mirror_unpin_range(const char *fn,
						   struct page *page,
						   unsigned long nr, bool dirty)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unpin_range(fn, page, nr, dirty, _RET_IP_);
}

/**
 * gup_mirror_unpin_folios() - check pinned folios, and release them
 * @fn: name of the public function that was called, as __func__
 * @folios: array of folios
 * @nr: number of entries
 * @refs: number of pins to release on each
 *
 * A folio pointer does not tell how it was acquired, only the ledger does.
 *
 * Context: As @fn.
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline bool gup_mirror_unpin_folios(const char *fn,
						    struct folio **folios,
						    unsigned long nr,
						    unsigned int refs)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unpin_folios(fn, folios, nr, refs, _RET_IP_);
}

/**
 * gup_mirror_unwind_pages() - GUP releases pages that it has not yet returned
 * @pages: array of pages; entries may be NULL
 * @nr: number of entries
 *
 * They are not in the ledger, and there is nothing to judge.
 *
 * Context: As unpin_user_pages().
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline bool gup_mirror_unwind_pages(struct page **pages,
						    unsigned long nr)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unwind_pages(pages, nr);
}

/**
 * gup_mirror_unwind_folios() - GUP releases folios that it has not yet returned
 * @folios: array of folios; entries may be NULL
 * @nr: number of entries
 *
 * Context: As unpin_folios().
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline bool gup_mirror_unwind_folios(struct folio **folios,
						     unsigned long nr)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unwind_folios(folios, nr);
}

/**
 * gup_mirror_release() - check a release of plain references
 * @fn: name of the function that was called, which is not inlined
 * @page: the page, as the caller gave it
 * @refs: number of references to drop
 *
 * Context: As @fn.
 * Return: false if @fn has to go on as ever, true if @page was pinned and was
 * now unpinned instead.
 */
static __always_inline bool gup_mirror_release(const char *fn,
					       struct page *page, int refs)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       unlikely(gup_mirror_is_view(page)) &&
	       __gup_mirror_release(fn, page, refs, _RET_IP_);
}

/*
 * Reports and trace events name the caller of put_page(), so it has to be inlined
 * for good. This goes in front of what <linux/mm.h> says of it.
 */
static __always_inline void put_page(struct page *page);

/**
 * gup_mirror_put_page() - check put_page()
 * @page: the page, as the caller gave it; receives the canonical pointer if
 *	put_page() has to go on
 *
 * put_page() is inlined, so the caller is found from the out-of-line part. The
 * check and the way back to the memmap share their comparison.
 *
 * Context: Any but NMI for a page in a pin view; as put_page() otherwise.
 * Return: As gup_mirror_release().
 */
static __always_inline bool gup_mirror_put_page(struct page **page)
{
	unsigned long offset, addr;

	if (!static_branch_unlikely(&gup_mirror_key))
		return false;

	offset = (unsigned long)*page - gup_mirror_region.start;
	if (likely(offset >= gup_mirror_region.size))
		return false;
	if ((offset < gup_mirror_region.pin_size ||
	     tracepoint_enabled(gup_mirror_release)) &&
	    __gup_mirror_put_page(*page))
		return true;

	addr = gup_mirror_region.base + (offset & gup_mirror_region.mask);
	/* As in gup_mirror_canonical(). */
	OPTIMIZER_HIDE_VAR(addr);
	*page = (struct page *)addr;
	return false;
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

/**
 * gup_mirror_free() - a folio is about to go back to its allocator
 * @page: its head page
 *
 * Context: Any. Nobody else holds a reference.
 * Return: false if it may be freed; true if it was pinned, and has got back the
 * references of its pins, so that it has to stay.
 */
static __always_inline bool gup_mirror_free(struct page *page)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       unlikely(__gup_mirror_free(page));
}

#else /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

static inline long gup_mirror_acquired(const char *fn, struct page **pages,
				       unsigned int gup_flags, long ret)
{
	return ret;
}

static inline void gup_mirror_acquired_folios(const char *fn,
					      struct folio **folios,
					      unsigned int gup_flags, long ret)
{
}

#define gup_mirror_canonical_folio(page)	page_folio(page)
#define gup_mirror_canonical_pfn(page)		page_to_pfn(page)
#define gup_mirror_canonical_head(page)		compound_head(page)

static inline void gup_mirror_added_pin(struct folio *folio)
{
}

static inline bool gup_mirror_unpin_pages(const char *fn, struct page **pages,
					  unsigned long nr, bool dirty)
{
	return false;
}

static inline bool gup_mirror_unpin_range(const char *fn, struct page *page,
					  unsigned long nr, bool dirty)
{
	return false;
}

static inline bool gup_mirror_unpin_folios(const char *fn,
					   struct folio **folios,
					   unsigned long nr, unsigned int refs)
{
	return false;
}

static inline bool gup_mirror_unwind_pages(struct page **pages,
					   unsigned long nr)
{
	return false;
}

static inline bool gup_mirror_unwind_folios(struct folio **folios,
					    unsigned long nr)
{
	return false;
}

static inline bool gup_mirror_release(const char *fn, struct page *page,
				      int refs)
{
	return false;
}

static inline bool gup_mirror_put_page(struct page **page)
{
	return false;
}

static inline void gup_mirror_get_page(struct page *page)
{
}

/* Not even an inline: compilers lay out free_pages_prepare() anew for one. */
#define gup_mirror_free(page)			((void)(page), false)

#endif /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

#endif /* _LINUX_GUP_MIRROR_H */
