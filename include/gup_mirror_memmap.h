/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: hooks into the life of the memmap, which the views share.
 */
#ifndef _LINUX_GUP_MIRROR_MEMMAP_H
#define _LINUX_GUP_MIRROR_MEMMAP_H

#include <linux/pgtable.h>

#ifdef CONFIG_DEBUG_GUP_MIRROR

/**
 * gup_mirror_init() - build the views and switch the layer on
 *
 * Does nothing but say so when the layer is off at boot.
 *
 * Context: Boot, one CPU. The page and slab allocators work; no page table of a
 * user process exists yet, since each gets a copy of the kernel's top level.
 */
void gup_mirror_init(void);

/**
 * gup_mirror_reserve() - ask for address space behind a randomized memmap
 * @memmap_tb: size of the region of the memmap, in TiB
 *
 * Not all architectures have that. The others take arch_gup_mirror_start().
 *
 * Context: Boot, before the memmap gets its place.
 * Return: TiB to reserve right behind that region; 0 when the layer is off.
 */
unsigned long gup_mirror_reserve(unsigned long memmap_tb);

/**
 * gup_mirror_populate() - a part of the memmap was mapped
 * @start: first address, canonical
 * @end: first address behind it
 *
 * Makes it visible in every view, and its pages known to the ledger. Does nothing
 * before gup_mirror_init().
 *
 * Context: Process context, memory hotplug lock held.
 */
void gup_mirror_populate(unsigned long start, unsigned long end);

/**
 * gup_mirror_unshare() - a table of the memmap is about to be freed
 * @entry: the kernel's entry for that table, which may be of any level, or of the
 *	direct map
 *
 * Takes the table out of every view, if they share it. The caller flushes all TLBs
 * afterwards.
 *
 * Context: Process context, memory hotplug lock held.
 */
void gup_mirror_unshare(const void *entry);

/**
 * gup_mirror_flush_memmap() - a mapping inside the memmap was replaced
 *
 * The caller has flushed the canonical range; this flushes the views.
 *
 * Context: Interrupts on; spinlocks may be held. As flush_tlb_kernel_range().
 */
void gup_mirror_flush_memmap(void);

#else /* CONFIG_DEBUG_GUP_MIRROR */

static inline void gup_mirror_init(void)
{
}

static inline unsigned long gup_mirror_reserve(unsigned long memmap_tb)
{
	return 0;
}

static inline void gup_mirror_populate(unsigned long start, unsigned long end)
{
}

static inline void gup_mirror_unshare(const void *entry)
{
}

static inline void gup_mirror_flush_memmap(void)
{
}

#endif /* CONFIG_DEBUG_GUP_MIRROR */

#endif /* _LINUX_GUP_MIRROR_MEMMAP_H */
