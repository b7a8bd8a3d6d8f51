// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the views, that is, further mappings of the memmap.
 *
 * A view needs no page tables of its own but the top: its PUD entries are
 * copies of those of the memmap and lead to the same lower tables. What happens
 * below a PUD entry (sections that are populated or removed, huge pages whose
 * memmap is optimised away) is visible in every view without any action, and
 * only a new or vanishing PUD entry has to be followed.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gup_mirror_memmap.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include <asm/gup_mirror.h>
#include <asm/tlbflush.h>

#include <kunit/visibility.h>

#include "config.h"
#include "ledger.h"
#include "views.h"

/*
 * There are some hundred GUP calls in the kernel. A view is one PUD entry, so
 * that there is no point in being stingy, but each site costs memory, too.
 */
#define GUP_MIRROR_MAX_VIEWS	1024U

/* So many are left, however much memory may be added later: 64 of either kind. */
#define ENOUGH_VIEWS		128UL

struct gup_mirror_region gup_mirror_region __ro_after_init;
EXPORT_SYMBOL(gup_mirror_region);

struct gup_mirror_views gup_mirror_views __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_views);

atomic_long_t gup_mirror_unmirrored;
bool gup_mirror_beyond_views __read_mostly;

/* Distance of the views from a randomized memmap; 0 if it is not randomized. */
static unsigned long reserved_offset __initdata;

unsigned long __init gup_mirror_reserve(unsigned long memmap_tb)
{
	if (gup_mirror_config.mode == GUP_MIRROR_MODE_OFF)
		return 0;

	reserved_offset = memmap_tb << GUP_MIRROR_TB_SHIFT;
	return arch_gup_mirror_size() >> GUP_MIRROR_TB_SHIFT;
}

/* Not GPL-only: page_to_pgoff() is inlined into every module. */
unsigned long __gup_mirror_canonical_cold(unsigned long addr)
{
	return __gup_mirror_canonical(addr);
}
EXPORT_SYMBOL(__gup_mirror_canonical_cold);

/* The kernel's PUD entry for @addr, or NULL if there is no table for it. */
static pud_t *kernel_pud(unsigned long addr)
{
	pgd_t *pgd = pgd_offset_k(addr);
	p4d_t *p4d;

	if (pgd_none(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return NULL;
	return pud_offset(p4d, addr);
}

/*
 * Give all views the PUD entry @pud for @offset, which counts from the start of
 * the memmap. The tables were all made at boot.
 */
static void set_views(unsigned long offset, pud_t pud)
{
	unsigned long addr = gup_mirror_region.start + offset;
	unsigned long end = gup_mirror_region.start + gup_mirror_region.size;

	for (; addr < end; addr += gup_mirror_region.mask + 1) {
		pud_t *mirror = kernel_pud(addr);

		if (pud_val(*mirror) != pud_val(pud))
			set_pud(mirror, pud);
	}
}

/* Show the memmap from @start to @end in all views, as far as it fits in there. */
static void show_in_views(unsigned long start, unsigned long end)
{
	unsigned long base = gup_mirror_region.base;
	unsigned long stride = gup_mirror_region.mask + 1;
	unsigned long offset;

	if (end - base > gup_mirror_views.shown)
		WRITE_ONCE(gup_mirror_beyond_views, true);
	if (start - base >= stride)
		return;

	end = min(end, base + stride);
	for (offset = round_down(start - base, PUD_SIZE); offset < end - base;
	     offset += PUD_SIZE) {
		pud_t *pud = kernel_pud(base + offset);

		if (pud && !pud_none(*pud))
			set_views(offset, *pud);
	}
}

void gup_mirror_populate(unsigned long start, unsigned long end)
{
	if (!gup_mirror_region.size)
		return;

	show_in_views(start, end);
	gup_mirror_ledger_extend(gup_mirror_canonical_pfn((struct page *)start),
				 gup_mirror_canonical_pfn((struct page *)end));
}

void gup_mirror_unshare(pud_t *pud)
{
	unsigned long offset;

	/*
	 * The caller does not know the address, and removes other mappings than
	 * the memmap with the same code. The memmap has few PUD entries.
	 */
	for (offset = 0; gup_mirror_region.size &&
	     offset <= gup_mirror_region.mask; offset += PUD_SIZE) {
		if (kernel_pud(gup_mirror_region.base + offset) == pud) {
			set_views(offset, __pud(0));
			return;
		}
	}
}

void gup_mirror_flush_memmap(void)
{
	/*
	 * Any view may have been used, and flushing one page in each of them
	 * costs more than to start over.
	 */
	if (gup_mirror_region.size)
		flush_tlb_all();
}

/*
 * Make all tables above the PUD entries. User processes copy the top level, and
 * nothing tells them of later changes, so that this is done once and for all.
 */
static int __init make_tables(unsigned long start, unsigned long end)
{
	unsigned long addr;

	for (addr = round_down(start, P4D_SIZE); addr < end; addr += P4D_SIZE) {
		pgd_t *pgd = pgd_offset_k(addr);
		p4d_t *p4d;

		gup_mirror_views.table_pages += pgtable_l5_enabled() &&
						pgd_none(*pgd);
		p4d = p4d_alloc(&init_mm, pgd, addr);
		if (!p4d)
			return -ENOMEM;

		gup_mirror_views.table_pages += p4d_none(*p4d);
		if (!pud_alloc(&init_mm, p4d, addr))
			return -ENOMEM;
	}

	return 0;
}

/* The least stride, a power of two, with room for the memmap of so many pages. */
static unsigned long __init stride_for(unsigned long nr_pages)
{
	unsigned long size = ALIGN(nr_pages, PAGES_PER_SECTION) * sizeof(struct page);

	return max(PUD_SIZE, roundup_pow_of_two(size));
}

/*
 * How far views are apart. There has to be room for the memory that is there. What
 * may be added later, of which the firmware may promise any amount, gets room as far
 * as enough views are left; memory beyond is not mirrored. Nor is what is no ordinary
 * memory: device-private pages, for one, are put at the very top.
 */
static unsigned long __init find_stride(unsigned long size)
{
	unsigned long needed = stride_for(max_pfn);
	unsigned long wanted = stride_for(max_possible_pfn);
	unsigned long most = rounddown_pow_of_two(size / ENOUGH_VIEWS);

	return max(needed, min(wanted, most));
}

/*
 * How much of the memmap views may show. Who merges physically consecutive pages
 * computes the pointers to the others from the first: at the end of a view, that
 * leads into the next. An entry of a scatterlist has less than 4 GiB, so that the last
 * 4 GiB stay canonical, as far as there is no memory yet.
 */
static unsigned long __init find_shown(unsigned long stride)
{
	unsigned long margin = (SZ_4G >> PAGE_SHIFT) * sizeof(struct page);

	return max(stride - margin,
		   min(stride, ALIGN(max_pfn, PAGES_PER_SECTION) * sizeof(struct page)));
}

/**
 * gup_mirror_views_init() - map the views
 * @mode: decides how many there are of each kind
 *
 * Context: Boot, one CPU, before the first page table of a process exists.
 * Return: 0, -ENOSPC if there is not enough address space, or -ENOMEM. After an
 * error there is no view.
 */
int __init gup_mirror_views_init(enum gup_mirror_mode mode)
{
	unsigned long base = (unsigned long)vmemmap;
	unsigned long stride, start, end;
	unsigned int nr, nr_get;
	int ret;

	if (!arch_gup_mirror_size())
		return -ENOSPC;

	start = base + (reserved_offset ?: arch_gup_mirror_offset());
	end = start + arch_gup_mirror_size();

	/* Do not pay for a second P4D table. */
	if (pgtable_l5_enabled() &&
	    (start & PGDIR_MASK) != ((end - 1) & PGDIR_MASK)) {
		unsigned long middle = end & PGDIR_MASK;

		if (middle - start > end - middle)
			end = middle;
		else
			start = middle;
	}

	stride = find_stride(end - start);
	nr = min((end - start) / stride, GUP_MIRROR_MAX_VIEWS);
	nr_get = mode == GUP_MIRROR_MODE_ALL ? nr / 2 : 0;
	if (!nr || (mode == GUP_MIRROR_MODE_ALL && !nr_get))
		return -ENOSPC;

	end = start + nr * stride;
	ret = make_tables(start, end);
	if (ret)
		return ret;

	gup_mirror_views.nr[GUP_MIRROR_KIND_PIN] = nr - nr_get;
	gup_mirror_views.nr[GUP_MIRROR_KIND_GET] = nr_get;
	gup_mirror_views.shift = ilog2(stride);
	gup_mirror_views.shown = find_shown(stride);

	gup_mirror_region.base = base;
	gup_mirror_region.mask = stride - 1;
	gup_mirror_region.start = start;
	gup_mirror_region.pin_size = (nr - nr_get) * stride;
	gup_mirror_region.size = nr * stride;

	show_in_views(base, base + stride);
	return 0;
}
