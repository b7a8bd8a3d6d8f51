/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module needs where Linux is older than what it tests.
 */
#ifndef TEST_GUP_MIRROR_COMPAT_H
#define TEST_GUP_MIRROR_COMPAT_H

#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>

#ifndef kzalloc_obj
#define kzalloc_obj(object, gfp)	kzalloc(sizeof(object), gfp)
#endif

/* In Linux 6.1 they are macros, and all that is below is of that time. */
#ifdef FOLL_WRITE

/* They have one argument more. */
#define get_user_pages(...)	get_user_pages(__VA_ARGS__, NULL)
#define pin_user_pages(...)	pin_user_pages(__VA_ARGS__, NULL)
#define get_user_pages_remote(mm, start, nr, flags, pages, locked)	\
	get_user_pages_remote(mm, start, nr, flags, pages, NULL, locked)

/* It warns of that, and refuses it. */
static __always_inline long tgm_pin_unlocked(unsigned long start,
					     unsigned long nr,
					     struct page **pages,
					     unsigned int flags)
{
	if (flags & FOLL_LONGTERM)
		return -EOPNOTSUPP;
	return pin_user_pages_unlocked(start, nr, pages, flags);
}

#define pin_user_pages_unlocked(...)	tgm_pin_unlocked(__VA_ARGS__)

/* Who pins for long keeps the lock. */
static __always_inline long tgm_pin_remote(struct mm_struct *mm,
					   unsigned long start,
					   unsigned long nr, unsigned int flags,
					   struct page **pages, int *locked)
{
	if (flags & FOLL_LONGTERM)
		locked = NULL;
	return pin_user_pages_remote(mm, start, nr, flags, pages, NULL, locked);
}

#define pin_user_pages_remote(...)	tgm_pin_remote(__VA_ARGS__)

/* There are none for folios. */
static inline long memfd_pin_folios(struct file *memfd, loff_t start, loff_t end,
				    struct folio **folios,
				    unsigned int max_folios, pgoff_t *offset)
{
	return -EOPNOTSUPP;
}

static inline void unpin_user_folio(struct folio *folio, unsigned long nr)
{
	while (nr--)
		unpin_user_page(&folio->page);
}

static inline void unpin_folio(struct folio *folio)
{
	unpin_user_page(&folio->page);
}

static inline void unpin_folios(struct folio **folios, unsigned long nr)
{
	unpin_user_pages((struct page **)folios, nr);
}

#endif

#endif /* TEST_GUP_MIRROR_COMPAT_H */
