/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: the hooks that mm/ calls: where GUP returns pages, where pins and
 * plain references are released, and where folios are freed. Hooks that are called
 * everywhere are in <linux/gup_mirror.h>.
 */
#ifndef _MM_GUP_MIRROR_HOOKS_H
#define _MM_GUP_MIRROR_HOOKS_H

#include <linux/gup_mirror.h>
#include <linux/types.h>

#ifdef CONFIG_DEBUG_GUP_MIRROR

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/instruction_pointer.h>
#include <linux/jump_label.h>
#include <linux/mm.h>

struct encoded_page;
struct folio_batch;
struct gup_mirror_entry;
struct xarray;

void __gup_mirror_acquired(const char *fn, struct page **pages,
			   unsigned int gup_flags, long ret, unsigned long ip);
void __gup_mirror_acquired_folios(const char *fn, struct folio **folios,
				  unsigned int gup_flags, long ret,
				  unsigned long ip);
void __gup_mirror_added_pins(const char *fn, struct folio *folio,
			     unsigned int pins, unsigned long ip);
bool __gup_mirror_unpin_pages(const char *fn, struct page **pages,
			      unsigned long nr, bool dirty, unsigned long ip);
bool __gup_mirror_unpin_range(const char *fn, struct page *page,
			      unsigned long nr, bool dirty, unsigned long ip);
bool __gup_mirror_unpin_folio(const char *fn, struct folio *folio,
			      unsigned int refs, unsigned long ip);
bool __gup_mirror_unpin_folios(const char *fn, struct folio **folios,
			       unsigned long nr, unsigned long ip);
bool __gup_mirror_unwind_pages(struct page **pages, unsigned long nr);
bool __gup_mirror_unwind_folios(struct folio **folios, unsigned long nr);
bool __gup_mirror_release(const char *fn, struct page *page, int refs,
			  unsigned long ip);
bool __gup_mirror_free(struct page *page);
void __gup_mirror_put_refs(struct folio *folio, int refs);
bool __gup_mirror_release_refs(const char *fn, struct page *page, int refs,
			       unsigned long ip);
void __gup_mirror_put_batch(struct folio_batch *folios);
void __gup_mirror_put_own(struct encoded_page **pages, unsigned int nr);
void __gup_mirror_dump(const struct page *page);

/* In mm/swap.c and mm/mlock.c, where the batches are. */
unsigned int gup_mirror_lru_batched(const struct folio *folio);
unsigned int gup_mirror_mlock_batched(const struct folio *folio);

unsigned int gup_mirror_in_batch(const struct folio_batch *folios,
				 const struct folio *folio);

/* In mm/gup.c, where the primitive is: gup_put_folio(). */
void gup_mirror_put(struct folio *folio, int refs, unsigned int flags);

/* Entries of a chunk of the ledger: of one page, for 1 MiB of memory. */
#define GUP_MIRROR_CHUNK_SHIFT		8
#define GUP_MIRROR_CHUNK_ENTRIES	BIT(GUP_MIRROR_CHUNK_SHIFT)

/**
 * struct gup_mirror_ledger - where the entries of a ledger are
 * @root: chunks of the memory that was there at boot, by number of the MiB; NULL if
 *	there is no such ledger
 * @nr_pages: pages that @root is for
 * @near: @root, but for the first chunk of what views show
 * @span: bytes of the memmap of what is in there, as far as views can show it
 * @far: for memory that came after boot, or that belongs to a device: a piece of
 *	root for each section of memory, by number of the section
 */
struct gup_mirror_ledger {
	struct gup_mirror_entry **root;
	unsigned long nr_pages;
	struct gup_mirror_entry **near;
	unsigned long span;
	struct xarray *far;
};

/* That of pins, and that of gets, which is there if gets are mirrored. */
extern struct gup_mirror_ledger gup_mirror_ledger;
extern struct gup_mirror_ledger gup_mirror_gets;

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
 * NMI. Takes no lock but for a stack or a place that is new, or a folio that others
 * have pinned.
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
		__gup_mirror_added_pins("folio_add_pin", folio, 1, _RET_IP_);
	/* No tail call: the stack has to show that we were called here. */
	barrier();
}

/**
 * gup_mirror_added_pins() - a folio that is pinned gets some more pins
 * @folio: the folio
 * @pins: how many
 * @ret: 0 if it has got them, or a negative error
 *
 * Context: Any but NMI.
 * Return: @ret.
 */
static __always_inline int gup_mirror_added_pins(struct folio *folio,
						 unsigned int pins, int ret)
{
	if (static_branch_unlikely(&gup_mirror_key) && !ret)
		__gup_mirror_added_pins("folio_add_pins", folio, pins, _RET_IP_);
	return ret;
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
 * gup_mirror_unpin_folio() - check a pinned folio, and release it
 * @fn: name of the public function that was called, as __func__
 * @folio: the folio
 * @refs: number of pins to release
 *
 * A folio pointer does not tell how it was acquired, only the ledger does.
 *
 * Context: As @fn.
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline bool gup_mirror_unpin_folio(const char *fn,
						   struct folio *folio,
						   unsigned int refs)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unpin_folio(fn, folio, refs, _RET_IP_);
}

/**
 * gup_mirror_unpin_folios() - check pinned folios, and release them
 * @fn: name of the public function that was called, as __func__
 * @folios: array of folios
 * @nr: number of entries
 *
 * Context: As @fn.
 * Return: As gup_mirror_unpin_pages().
 */
static __always_inline bool gup_mirror_unpin_folios(const char *fn,
						    struct folio **folios,
						    unsigned long nr)
{
	return static_branch_unlikely(&gup_mirror_key) &&
	       __gup_mirror_unpin_folios(fn, folios, nr, _RET_IP_);
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
 * gup_mirror_is_on() - are releases checked?
 *
 * Context: Any.
 * Return: true if GUP mirror was switched on at boot.
 */
static __always_inline bool gup_mirror_is_on(void)
{
	return static_branch_unlikely(&gup_mirror_key);
}

/**
 * gup_mirror_release() - check a release of plain references
 * @fn: name of the function that was called, which is not inlined
 * @page: the page, as the caller gave it
 * @refs: number of references to drop
 *
 * Context: As @fn, but no lruvec lock held: the last reference may go here.
 * Return: false if @fn has to go on as ever, true if @page was pinned and was
 * now unpinned instead.
 */
static __always_inline bool gup_mirror_release(const char *fn,
					       struct page *page, int refs)
{
	if (static_branch_unlikely(&gup_mirror_key) &&
	    unlikely(gup_mirror_is_view(page)) &&
	    __gup_mirror_release(fn, page, refs, _RET_IP_))
		return true;
	return static_branch_unlikely(&gup_mirror_puts_key) &&
	       unlikely(gup_mirror_may_be_pinned(gup_mirror_raw_folio(page))) &&
	       __gup_mirror_release_refs(fn, page, refs, _RET_IP_);
}

/**
 * gup_mirror_put_refs() - mm/ is about to put references that it had for a moment
 * @folio: the folio
 * @refs: number of references that are about to be dropped
 *
 * If that shows that a reference is missing, it is not the fault of who puts them.
 *
 * Context: As folios_put_refs(), with a lruvec lock held or not: never drops the last
 * reference.
 */
static __always_inline void gup_mirror_put_refs(struct folio *folio, int refs)
{
	if (static_branch_unlikely(&gup_mirror_puts_key) &&
	    unlikely(gup_mirror_may_be_pinned(folio)))
		__gup_mirror_put_refs(folio, refs);
}

/* In Linux 6.1 they are macros yet, and there is no folios_put_refs(). */
#if defined(FOLL_WRITE) || !defined(CONFIG_SWAP)
#define GUP_MIRROR_RELEASE_PAGES_FOR_MM	true
#else
#define GUP_MIRROR_RELEASE_PAGES_FOR_MM	false
#endif

/**
 * gup_mirror_puts_own() - put references of mm/ itself where release_pages() judged
 * @pages: the pages, as they are there
 * @nr: how many
 *
 * That takes whoever calls it for a driver.
 *
 * Context: As release_pages().
 * Return: true if it was done; false if the caller has to do it.
 */
static __always_inline bool gup_mirror_puts_own(void *pages, unsigned int nr)
{
	if (!GUP_MIRROR_RELEASE_PAGES_FOR_MM ||
	    !static_branch_unlikely(&gup_mirror_puts_key))
		return false;
	__gup_mirror_put_own(pages, nr);
	return true;
}

/**
 * gup_mirror_puts_batch() - folios_put() of a batch of this CPU, if that is looked at
 * @folios: the batch
 *
 * Whoever looks for a folio in batches may believe that the reference is there.
 *
 * Context: As folios_put(), where the batch may be changed.
 * Return: true if it was put, and is empty; false if the caller has to do that.
 */
static __always_inline bool gup_mirror_puts_batch(struct folio_batch *folios)
{
	if (!static_branch_unlikely(&gup_mirror_puts_key))
		return false;
	__gup_mirror_put_batch(folios);
	return true;
}

/* folios_put() of a batch of this CPU. */
#define gup_mirror_put_batch(folios)					\
do {									\
	struct folio_batch *__folios = (folios);			\
									\
	if (!gup_mirror_puts_batch(__folios))				\
		folios_put(__folios);					\
} while (0)

/*
 * folio_put_refs() of GUP itself, for its trials and for pins that are not in the
 * ledger any more: nothing to be judged.
 */
#define gup_mirror_drop_refs(f, refs)					\
do {									\
	struct folio *__f = (f);					\
									\
	if (folio_ref_sub_and_test(__f, refs))				\
		__folio_put(__f);					\
} while (0)

/**
 * gup_mirror_free() - a folio is about to go back to its allocator
 * @page: its head page
 *
 * Most memory is near no page that was ever pinned, or got where that is mirrored, so
 * that nothing is known of it.
 *
 * Context: Any. Nobody else holds a reference.
 * Return: false if it may be freed; true if it was pinned, and has got back the
 * references of its pins, so that it has to stay.
 */
static __always_inline bool gup_mirror_free(struct page *page)
{
	unsigned long pfn, nth;

	if (!static_branch_unlikely(&gup_mirror_key))
		return false;

	pfn = gup_mirror_canonical_pfn(page);
	nth = pfn >> GUP_MIRROR_CHUNK_SHIFT;
	if (likely(pfn < gup_mirror_ledger.nr_pages &&
		   !READ_ONCE(gup_mirror_ledger.root[nth]) &&
		   !(gup_mirror_gets.root && READ_ONCE(gup_mirror_gets.root[nth]))))
		return false;
	return __gup_mirror_free(page);
}

/**
 * gup_mirror_dump() - dump_page() is about to end
 * @page: the page, which may be anything
 *
 * Context: Any.
 */
static inline void gup_mirror_dump(const struct page *page)
{
	if (static_branch_unlikely(&gup_mirror_key))
		__gup_mirror_dump(page);
}

#else /* CONFIG_DEBUG_GUP_MIRROR */

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

static inline void gup_mirror_added_pin(struct folio *folio)
{
}

static inline bool gup_mirror_unpin_pages(const char *fn, struct page **pages,
					  unsigned long nr, bool dirty)
{
	return false;
}

static inline bool gup_mirror_unpin_folio(const char *fn, struct folio *folio,
					  unsigned int refs)
{
	return false;
}

static inline bool gup_mirror_unpin_folios(const char *fn,
					   struct folio **folios,
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

/* No inlines: compilers lay out anew what calls one. */
#define gup_mirror_is_on()			false
#define gup_mirror_added_pins(folio, pins, ret)				\
	((void)(folio), (void)(pins), (ret))
#define gup_mirror_unwind_pages(pages, nr)	((void)(pages), (void)(nr), false)
#define gup_mirror_put_refs(folio, refs)	((void)(folio), (void)(refs))
#define gup_mirror_puts_own(pages, nr)		((void)(pages), (void)(nr), false)
#define gup_mirror_put_batch(folios)		folios_put(folios)
#define gup_mirror_puts_batch(folios)		((void)(folios), false)
#define gup_mirror_drop_refs(folio, refs)	folio_put_refs(folio, refs)

#define gup_mirror_dump(page)			((void)(page))

/* Not even inlines: compilers lay out who calls them anew for one. */
#define gup_mirror_free(page)			((void)(page), false)
#define gup_mirror_unpin_range(fn, page, nr, dirty)			\
	((void)(fn), (void)(page), (void)(nr), (void)(dirty), false)

#endif /* CONFIG_DEBUG_GUP_MIRROR */

#endif /* _MM_GUP_MIRROR_HOOKS_H */
