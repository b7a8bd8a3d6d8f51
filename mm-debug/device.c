// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: ledger entries for device memory.
 *
 * Memory of a device has a memmap, is pinned like any, but is never online, so
 * that it has no page_ext. What the ledger needs for it is made here, a section
 * of memory at a time, when its memmap is made.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page_ext.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "gup_mirror.h"
#include "ledger.h"

/* By number of the section, as far as views can show its memmap. */
static void **sections __ro_after_init;
static unsigned long nr_sections __ro_after_init;

/**
 * gup_mirror_device_init() - prepare for device memory
 *
 * Context: Boot, after gup_mirror_views_init(). May sleep.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_device_init(void)
{
	unsigned long nr = (gup_mirror_region.mask + 1) / sizeof(struct page);

	nr_sections = nr >> PFN_SECTION_SHIFT;
	sections = kvcalloc(nr_sections, sizeof(*sections), GFP_KERNEL);
	return sections ? 0 : -ENOMEM;
}

/**
 * gup_mirror_device_populate() - device memory gets a memmap
 * @start: first page frame number
 * @end: first one behind
 *
 * An entry stays for good, since nobody says when a memmap is gone for all
 * users of a section. If there is no memory for one, pins of its pages are
 * counted as untracked.
 *
 * Context: Process context, memory hotplug lock held.
 */
void gup_mirror_device_populate(unsigned long start, unsigned long end)
{
	unsigned long section;

	for (section = start >> PFN_SECTION_SHIFT;
	     section <= (end - 1) >> PFN_SECTION_SHIFT; section++) {
		void *entries;

		if (section >= nr_sections || sections[section])
			continue;
		entries = kvcalloc(PAGES_PER_SECTION, page_ext_size, GFP_KERNEL);
		if (!entries) {
			pr_warn("no memory for the ledger of device memory, its pins are not tracked\n");
			return;
		}
		/* Pairs with the acquire in gup_mirror_device_entries(). */
		smp_store_release(&sections[section], entries);
	}
}

/**
 * gup_mirror_device_entries() - find the entries of a section of device memory
 * @section: number of the section
 *
 * Context: Any.
 * Return: Address of the first, or NULL.
 */
void *gup_mirror_device_entries(unsigned long section)
{
	if (section >= nr_sections)
		return NULL;
	/* Pairs with the release in gup_mirror_device_populate(). */
	return smp_load_acquire(&sections[section]);
}
