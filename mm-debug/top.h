/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: the top of a view, that is, the entries of page tables that it has of
 * its own. The tables that these lead to are those of the memmap.
 *
 * The higher they are, the less there is to follow when the memmap changes. But the
 * memmap must begin at a multiple of what one covers, and have it for itself alone.
 * <asm/gup_mirror.h> says which level that is, by GUP_MIRROR_TOP_PUD or
 * GUP_MIRROR_TOP_PMD.
 */
#ifndef _MM_GUP_MIRROR_TOP_H
#define _MM_GUP_MIRROR_TOP_H

#include <linux/mm.h>
#include <linux/pgtable.h>

#include <asm/gup_mirror.h>

#if defined(GUP_MIRROR_TOP_PUD)

#define gup_mirror_top_t		pud_t
/* What an entry covers, and what a table of them does. */
#define GUP_MIRROR_TOP_SIZE		PUD_SIZE
#define GUP_MIRROR_TOP_TABLE_SIZE	P4D_SIZE

#define gup_mirror_no_top()		__pud(0)
#define gup_mirror_top_val(top)		pud_val(top)
#define gup_mirror_top_none(top)	pud_none(top)
#define gup_mirror_set_top(topp, top)	set_pud(topp, top)

#elif defined(GUP_MIRROR_TOP_PMD)

#define gup_mirror_top_t		pmd_t
#define GUP_MIRROR_TOP_SIZE		PMD_SIZE
#define GUP_MIRROR_TOP_TABLE_SIZE	PUD_SIZE

#define gup_mirror_no_top()		__pmd(0)
#define gup_mirror_top_val(top)		pmd_val(top)
#define gup_mirror_top_none(top)	pmd_none(top)
#define gup_mirror_set_top(topp, top)	set_pmd(topp, top)

#else
#error "<asm/gup_mirror.h> does not say which level of the page tables is that of views"
#endif

/**
 * gup_mirror_top() - find the kernel's entry for an address
 * @addr: the address
 *
 * Context: Any.
 * Return: The entry, or NULL if there is no table for it.
 */
static inline gup_mirror_top_t *gup_mirror_top(unsigned long addr)
{
	pgd_t *pgd = pgd_offset_k(addr);
	p4d_t *p4d;
	pud_t *pud;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
#ifdef GUP_MIRROR_TOP_PMD
	return pud_none(*pud) ? NULL : pmd_offset(pud, addr);
#else
	return pud;
#endif
}

/**
 * gup_mirror_make_top() - make the table that has the entry for an address
 * @addr: the address
 *
 * Context: Boot.
 * Return: How many tables had to be made, or -ENOMEM.
 */
static inline int gup_mirror_make_top(unsigned long addr)
{
	pgd_t *pgd = pgd_offset_k(addr);
	int made = pgd_none(*pgd);
	p4d_t *p4d;
	pud_t *pud;

	p4d = p4d_alloc(&init_mm, pgd, addr);
	if (!p4d)
		return -ENOMEM;
	made += p4d_none(*p4d);
	pud = pud_alloc(&init_mm, p4d, addr);
	if (!pud)
		return -ENOMEM;
#ifdef GUP_MIRROR_TOP_PMD
	made += pud_none(*pud);
	if (!pmd_alloc(&init_mm, pud, addr))
		return -ENOMEM;
#endif
	return made;
}

#endif /* _MM_GUP_MIRROR_TOP_H */
