/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pages and folios, and where memory comes from.
 */
#ifndef _KERNEL_MM_H
#define _KERNEL_MM_H

#define PAGE_SIZE		4096UL
#define PAGES_PER_SECTION	1024UL
#define GUP_PIN_COUNTING_BIAS	1024U

enum {
	FOLL_WRITE = 0x1,
	FOLL_GET = 0x2,
	FOLL_LONGTERM = 0x4,
	FOLL_PIN = 0x8,
};

enum {
	PG_head,
	PG_reserved,
};

struct page {
	unsigned long flags;
	unsigned long compound_head;
	atomic_t _refcount;
	unsigned int nr_pages;
	unsigned long unused[5];
};

struct folio {
	union {
		struct page page;
		struct {
			unsigned long flags;
			unsigned long compound_head;
			atomic_t _refcount;
			unsigned int nr_pages;
			atomic_t _pincount;
		};
	};
};

/* Views begin at a multiple of that, as in the kernel. */
static_assert(sizeof(struct page) == 64);

extern struct page *vmemmap;
extern unsigned long max_pfn;

#include <linux/gup_mirror_view.h>

#define page_fixed_fake_head(page)	(page)

static inline struct folio *page_folio(const struct page *page)
{
	unsigned long head;

	page = gup_mirror_canonical(page);
	head = page->compound_head;
	return (struct folio *)(head & 1 ? head - 1 : (unsigned long)page);
}

static inline unsigned long page_to_pfn(const struct page *page)
{
	return gup_mirror_canonical(page) - vmemmap;
}

static inline struct page *pfn_to_page(unsigned long pfn)
{
	return vmemmap + pfn;
}

static inline bool pfn_valid(unsigned long pfn)
{
	return pfn < max_pfn;
}

static inline bool folio_test_large(const struct folio *folio)
{
	return folio->flags & BIT(PG_head);
}

static inline unsigned long folio_nr_pages(const struct folio *folio)
{
	return folio->nr_pages;
}

static inline unsigned long folio_page_idx(const struct folio *folio,
					   const struct page *page)
{
	return gup_mirror_canonical(page) - &folio->page;
}

static inline int folio_ref_count(const struct folio *folio)
{
	return atomic_read(&folio->_refcount);
}

static inline bool folio_try_get(struct folio *folio)
{
	int refs = atomic_read(&folio->_refcount);

	while (refs && !__atomic_compare_exchange_n(&folio->_refcount.counter, &refs,
						    refs + 1, true, __ATOMIC_SEQ_CST,
						    __ATOMIC_RELAXED))
		;
	return refs;
}

#define folio_pfn(folio)		page_to_pfn(&(folio)->page)

/* The first page is the zero page. */
#define ZERO_PAGE(...)			vmemmap
#define is_zero_page(page)		(gup_mirror_canonical(page) == vmemmap)
#define is_zero_folio(folio)		(&(folio)->page == vmemmap)

#define folios_put(...)			((void)0)
#define folio_test_dirty(...)		true
#define folio_lock(...)
#define folio_unlock(...)
#define folio_mark_dirty(...)

#define pfn_to_section_nr(pfn)		((pfn) / PAGES_PER_SECTION)
#define section_nr_to_pfn(section)	((section) * PAGES_PER_SECTION)
#define get_online_mems()
#define put_online_mems()

/* All memory was there at boot. */
struct xarray { int unused; };
#define DEFINE_XARRAY(name)		struct xarray name
#define xa_load(xa, ...)		((void)(xa), NULL)
#define xa_store(xa, ...)		((void)(xa), NULL)
#define xa_is_err(entry)		(!(entry))
#define xa_for_each(xa, index, entry)					\
	for ((void)(xa), (void)(index), entry = NULL; 0;)

/* As few buckets as there may be. */
#define totalram_pages()		1UL

#define GFP_KERNEL			0
#define GFP_NOWAIT			0
#define __GFP_NOWARN			0
#define kcalloc(nr, size, ...)		calloc(nr, size)
#define kvcalloc(nr, size, ...)		calloc(nr, size)
#define kfree(ptr)			free(ptr)
#define kvfree(ptr)			free(ptr)
#define get_zeroed_page(...)		((unsigned long)calloc(1, PAGE_SIZE))
#define free_page(addr)			free((void *)(addr))
#define in_nmi()			false

/* Work is done when the test says so. */
struct work_struct {
	void (*func)(struct work_struct *work);
};

struct irq_work {
	void (*func)(struct irq_work *work);
};

#define DECLARE_WORK(name, fn)		struct work_struct name = { .func = fn }
#define DEFINE_IRQ_WORK(name, fn)	struct irq_work name = { .func = fn }

static inline void irq_work_queue(struct irq_work *work)
{
	work->func(work);
}

void schedule_work(struct work_struct *work);

#endif /* _KERNEL_MM_H */
