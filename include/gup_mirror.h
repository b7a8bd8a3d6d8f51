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

struct page_ext_operations;

/* How a page was acquired. */
enum gup_mirror_kind {
	GUP_MIRROR_PIN,		/* pin_user_pages*(), FOLL_PIN */
	GUP_MIRROR_GET,		/* get_user_pages*(), FOLL_GET */
	GUP_MIRROR_NR_KINDS
};

/* The classes of violations. */
enum gup_mirror_class {
	GUP_MIRROR_PUT_ON_PIN,
	GUP_MIRROR_UNPIN_ON_GET,
	GUP_MIRROR_NR_CLASSES
};

/* On once the views exist, and never off again: pointers may be anywhere. */
DECLARE_STATIC_KEY_FALSE(gup_mirror_key);

/* For mm/page_ext.c; holds what is known of a folio. */
extern struct page_ext_operations gup_mirror_page_ext_ops;

void __gup_mirror_acquired(const char *fn, struct page **pages,
			   unsigned int gup_flags, long ret, unsigned long ip);
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip);
unsigned int __gup_mirror_unpin_pages(const char *fn, struct page **pages,
				      unsigned int nr, unsigned int flags,
				      unsigned long ip);
unsigned int __gup_mirror_unpin_range(const char *fn, struct page *page,
				      unsigned int nr, unsigned int flags,
				      unsigned long ip);
void __gup_mirror_unpin_folio(const char *fn, struct folio *folio,
			      unsigned int refs, unsigned long ip);
bool __gup_mirror_release(const char *fn, struct page *page, int refs,
			  unsigned long ip);
bool __gup_mirror_put_page(struct page *page);
void __gup_mirror_get_page(struct page *page);
void __gup_mirror_free(struct page *page);

/* In mm/gup.c, where the primitive is: gup_put_folio() with FOLL_PIN. */
void gup_mirror_put_pins(struct folio *folio, int refs);

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
 * canonical, and so do pages whose struct page lies beyond the views.
 *
 * Context: Any; GUP-fast may be called with interrupts off. Takes no lock.
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
 * the trace and for the counters of the site.
 *
 * Context: Any. Takes no lock.
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
 * gup_mirror_same_view() - may two pages be released in one go?
 * @a: pointer to a struct page
 * @b: pointer to a struct page
 *
 * What is acquired at one site is released as one. Which view a pointer leads
 * into is seen from its distance to the first view. Seen this way, a border may
 * run through the memmap itself, which does no harm.
 *
 * Context: Any.
 * Return: true if both pointers lead into one view, or the layer is off.
 */
static __always_inline bool gup_mirror_same_view(const struct page *a,
						 const struct page *b)
{
	unsigned long start = gup_mirror_region.start;

	return !static_branch_unlikely(&gup_mirror_key) ||
	       (((unsigned long)a - start) ^ ((unsigned long)b - start)) <=
	       gup_mirror_region.mask;
}

/**
 * gup_mirror_unpin_pages() - check the release of pinned pages
 * @fn: name of the public function that was called, as __func__
 * @pages: array of pages of one folio, all in one view
 * @nr: number of entries, not 0
 * @flags: the flag that gup_put_folio() would be given without us, FOLL_PIN
 *
 * Called while the pages are surely alive, for what gup_put_folio() is to
 * release in one go.
 *
 * Context: As @fn.
 * Return: The flag for gup_put_folio(): @flags, or FOLL_GET if the pages turn
 * out to be plain references, and repair is on.
 */
static __always_inline unsigned int gup_mirror_unpin_pages(const char *fn,
							   struct page **pages,
							   unsigned int nr,
							   unsigned int flags)
{
	if (static_branch_unlikely(&gup_mirror_key))
		return __gup_mirror_unpin_pages(fn, pages, nr, flags, _RET_IP_);
	return flags;
}

/**
 * gup_mirror_unpin_range() - check the release of a range of pinned pages
 * @fn: name of the public function that was called, as __func__
 * @page: first page
 * @nr: number of consecutive pages, all in one folio
 * @flags: as for gup_mirror_unpin_pages()
 *
 * Context: As @fn.
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline unsigned int gup_mirror_unpin_range(const char *fn,
							   struct page *page,
							   unsigned int nr,
							   unsigned int flags)
{
	if (static_branch_unlikely(&gup_mirror_key))
		return __gup_mirror_unpin_range(fn, page, nr, flags, _RET_IP_);
	return flags;
}

/**
 * gup_mirror_unpin_folio() - see a release of pins on a folio
 * @fn: name of the public function that was called, as __func__
 * @folio: the folio
 * @refs: number of pins
 * @flags: as for gup_mirror_unpin_pages()
 *
 * A folio pointer does not tell how it was acquired, so that it is taken for
 * a pin.
 *
 * Context: As @fn.
 * Return: @flags.
 */
static __always_inline unsigned int gup_mirror_unpin_folio(const char *fn,
							   struct folio *folio,
							   unsigned int refs,
							   unsigned int flags)
{
	if (static_branch_unlikely(&gup_mirror_key))
		__gup_mirror_unpin_folio(fn, folio, refs, _RET_IP_);
	return flags;
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
 * @page: the page, as the caller gave it
 *
 * put_page() is inlined, so the caller is found from the out-of-line part.
 *
 * Context: Any but NMI for a page in a pin view; as put_page() otherwise.
 * Return: As gup_mirror_release().
 */
static __always_inline bool gup_mirror_put_page(struct page *page)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       unlikely(gup_mirror_is_view(page)) &&
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

/**
 * gup_mirror_free() - a folio goes back to its allocator
 * @page: its head page
 *
 * Forgets what is known of the folio.
 *
 * Context: Any. Nobody else holds a reference.
 */
static __always_inline void gup_mirror_free(struct page *page)
{
	if (static_branch_unlikely(&gup_mirror_key))
		__gup_mirror_free(page);
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

static inline bool gup_mirror_same_view(const struct page *a,
					const struct page *b)
{
	return true;
}

static inline unsigned int gup_mirror_unpin_pages(const char *fn,
						  struct page **pages,
						  unsigned int nr,
						  unsigned int flags)
{
	return flags;
}

static inline unsigned int gup_mirror_unpin_range(const char *fn,
						  struct page *page,
						  unsigned int nr,
						  unsigned int flags)
{
	return flags;
}

static inline unsigned int gup_mirror_unpin_folio(const char *fn,
						  struct folio *folio,
						  unsigned int refs,
						  unsigned int flags)
{
	return flags;
}

static inline bool gup_mirror_release(const char *fn, struct page *page,
				      int refs)
{
	return false;
}

static inline bool gup_mirror_put_page(struct page *page)
{
	return false;
}

static inline void gup_mirror_get_page(struct page *page)
{
}

static inline void gup_mirror_free(struct page *page)
{
}

#endif /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

#endif /* _LINUX_GUP_MIRROR_H */
