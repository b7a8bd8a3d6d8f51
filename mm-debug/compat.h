/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what is called otherwise in other versions of Linux. Everything is by
 * the name of what is newest. What <linux/gup_mirror.h> needs of this is there.
 */
#ifndef _MM_GUP_MIRROR_COMPAT_H
#define _MM_GUP_MIRROR_COMPAT_H

#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/swap.h>
#include <linux/types.h>

/* In Linux 7.x. */
#ifdef MAX_FOLIO_VMEMMAP_ALIGN
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#define FOLIO_BATCH_SIZE	PAGEVEC_SIZE
#endif

#ifndef kzalloc_obj
#define kzalloc_obj(object, gfp)	kzalloc(sizeof(object), gfp)
#endif

#ifndef FOLIO_MAPPING_FLAGS
#define FOLIO_MAPPING_FLAGS	PAGE_MAPPING_FLAGS
#endif

/* In Linux 6.1 they are macros yet, and all that is below is of that time. */
#ifdef FOLL_WRITE

#include <linux/kernel.h>

#include "hooks.h"

/* Its functions do not know that they only read. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

/* FOLL_LONGTERM is a bit more than 16 bits have. */
typedef u32 gup_mirror_foll_t;

/* The page cache has one reference to a folio of hugetlb. */
static inline long gup_mirror_cache_refs(const struct folio *folio)
{
	return folio_test_hugetlb(folio) ? 1 : folio_nr_pages(folio);
}

/* For mm/. */
static inline void gup_mirror_folios_put(struct folio_batch *batch)
{
	__gup_mirror_put_own((struct encoded_page **)batch->folios, batch->nr);
}

#define folios_put(batch)	gup_mirror_folios_put(batch)
#define folio_batch_reinit(batch)	((batch)->nr = 0)

/* A module that uses a key writes to it when it is loaded. */
#define DEFINE_GUP_MIRROR_KEY(name)	DEFINE_STATIC_KEY_FALSE(name)

/* There are only pages. */
#define ENCODED_PAGE_BIT_NR_PAGES_NEXT	0
#define encoded_page_flags(entry)	((void)(entry), 0)
#define encoded_page_ptr(entry)		((struct page *)(entry))
#define encoded_nr_pages(entry)		((void)(entry), 1)

#define gup_mirror_free_swap_cache(page)	free_swap_cache(page)

/* A module has its code in two parts. */
#define gup_mirror_mod_text(mod)	(&(mod)->core_layout)
#define gup_mirror_mod_init_text(mod)	(&(mod)->init_layout)

/* None of the tests, which are for later versions. */
#define kunit_get_current_test()	((struct kunit *)NULL)

typedef u32 depot_flags_t;

#define STACK_DEPOT_FLAG_CAN_ALLOC	1

static inline depot_stack_handle_t
stack_depot_save_flags(unsigned long *entries, unsigned int nr, gfp_t gfp,
		       depot_flags_t flags)
{
	return __stack_depot_save(entries, nr, 0, gfp, flags);
}

#else

#include <linux/sprintf.h>

/* They never change after boot. */
#define DEFINE_GUP_MIRROR_KEY(name)	DEFINE_STATIC_KEY_FALSE_RO(name)

typedef u16 gup_mirror_foll_t;

/* Done, or there is none. */
#define gup_mirror_free_swap_cache(page)	((void)(page))

#define gup_mirror_cache_refs(folio)	folio_nr_pages(folio)
#define gup_mirror_mod_text(mod)	(&(mod)->mem[MOD_TEXT])
#define gup_mirror_mod_init_text(mod)	(&(mod)->mem[MOD_INIT_TEXT])

#endif

#endif /* _MM_GUP_MIRROR_COMPAT_H */
