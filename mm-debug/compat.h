/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what is called otherwise in other versions of Linux. Everything is by
 * the name of what is newest. What <linux/gup_mirror.h> needs of this is there.
 */
#ifndef _MM_GUP_MIRROR_COMPAT_H
#define _MM_GUP_MIRROR_COMPAT_H

#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/stackdepot.h>
#include <linux/types.h>

#if __has_include("linux/folio_batch.h")
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#define FOLIO_BATCH_SIZE	PAGEVEC_SIZE
#endif

#if __has_include("linux/sprintf.h")
#include <linux/sprintf.h>
#else
#include <linux/kernel.h>
#endif

#ifndef FOLIO_MAPPING_FLAGS
#define FOLIO_MAPPING_FLAGS	PAGE_MAPPING_FLAGS
#endif

/* In Linux 6.1 they are macros yet, and all that is below is of that time. */
#ifdef FOLL_WRITE

/* Its functions do not know that they only read. */
#pragma GCC diagnostic ignored "-Wdiscarded-qualifiers"

/* FOLL_LONGTERM is a bit more than 16 bits have. */
typedef u32 gup_mirror_foll_t;

/* The page cache has one reference to a folio of hugetlb. */
#define GUP_MIRROR_CACHE_REFS(folio)					\
	(folio_test_hugetlb(folio) ? 1 : folio_nr_pages(folio))

#define folios_put(batch)	folios_put((batch)->folios, (batch)->nr)
#define folio_batch_reinit(batch)	((batch)->nr = 0)

/* There are only pages. */
#define ENCODED_PAGE_BIT_NR_PAGES_NEXT	0
#define encoded_page_flags(entry)	0
#define encoded_page_ptr(entry)		((struct page *)(entry))
#define encoded_nr_pages(entry)		((void)(entry), 1)

/* A module has its code in two parts. */
#define GUP_MIRROR_MOD_MEM(mod, part)	(&(mod)->part)
#define MOD_TEXT			core_layout
#define MOD_INIT_TEXT			init_layout

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

typedef u16 gup_mirror_foll_t;

#define GUP_MIRROR_CACHE_REFS(folio)	folio_nr_pages(folio)
#define GUP_MIRROR_MOD_MEM(mod, part)	(&(mod)->mem[part])

#endif

#endif /* _MM_GUP_MIRROR_COMPAT_H */
