/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: where arm64 has room for the views.
 */
#ifndef _ASM_ARM64_GUP_MIRROR_H
#define _ASM_ARM64_GUP_MIRROR_H

#include <linux/pgtable.h>

#include <asm/gup_mirror_space.h>
#include <asm/memory.h>

/*
 * Entries of 1 GiB. With larger pages those of the same level have 64 GiB and more,
 * and the memmap shares one with what is beside it.
 */
#ifdef CONFIG_ARM64_4K_PAGES
#define GUP_MIRROR_TOP_PUD
#else
#define GUP_MIRROR_TOP_PMD
#endif

/**
 * arch_gup_mirror_start() - where there is room for the views
 *
 * Behind the memmap, and what follows it closely. Generic and software-tag KASAN have
 * zero shadow from vmalloc on.
 *
 * Return: Address.
 */
static inline unsigned long arch_gup_mirror_start(void)
{
	return PCI_IO_END;
}

/**
 * arch_gup_mirror_size() - address space for all views together
 *
 * Return: Size in bytes.
 */
static inline unsigned long arch_gup_mirror_size(void)
{
	return VMEMMAP_END + GUP_MIRROR_SPACE - PCI_IO_END;
}

#endif /* _ASM_ARM64_GUP_MIRROR_H */
