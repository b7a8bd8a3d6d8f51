// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the views, that is, further mappings of the memmap.
 *
 * A view needs no page tables of its own but the top, see top.h: these entries are
 * copies of those of the memmap and lead to the same lower tables. What happens below
 * one (sections that are populated or removed, huge pages whose memmap is optimised
 * away) is visible in every view without any action, and only a new or vanishing entry
 * has to be followed.
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
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sizes.h>

#include <asm/tlbflush.h>

#include <kunit/visibility.h>

#include "config.h"
#include "ledger.h"
#include "top.h"
#include "views.h"

/*
 * There are some hundred GUP calls in the kernel. A view is one entry, so
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

#define TB_SHIFT	40

/* Distance of the views from a randomized memmap; 0 if no space was reserved for it. */
static unsigned long reserved_offset __initdata;

unsigned long __init gup_mirror_reserve(unsigned long memmap_tb)
{
	if (gup_mirror_config.mode == GUP_MIRROR_MODE_OFF)
		return 0;

	reserved_offset = memmap_tb << TB_SHIFT;
	return arch_gup_mirror_size() >> TB_SHIFT;
}

/* Not GPL-only: page_to_pgoff() is inlined into every module. */
unsigned long __gup_mirror_canonical_cold(unsigned long addr)
{
	return __gup_mirror_canonical(addr);
}
EXPORT_SYMBOL(__gup_mirror_canonical_cold);

/*
 * Give all views the entry @top for @offset, which counts from the base. The tables
 * were all made at boot.
 */
static void set_views(unsigned long offset, gup_mirror_top_t top)
{
	unsigned long addr = gup_mirror_region.start + offset;
	unsigned long end = gup_mirror_region.start + gup_mirror_region.size;

	for (; addr < end; addr += gup_mirror_region.mask + 1) {
		gup_mirror_top_t *mirror = gup_mirror_top(addr);

		if (gup_mirror_top_val(*mirror) != gup_mirror_top_val(top))
			gup_mirror_set_top(mirror, top);
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
	for (offset = round_down(start - base, GUP_MIRROR_TOP_SIZE); offset < end - base;
	     offset += GUP_MIRROR_TOP_SIZE) {
		gup_mirror_top_t *top = gup_mirror_top(base + offset);

		if (top && !gup_mirror_top_none(*top))
			set_views(offset, *top);
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

void gup_mirror_unshare(const void *entry)
{
	unsigned long offset;

	/*
	 * The caller does not know the address, and removes other mappings than
	 * the memmap with the same code. The memmap has few entries at the top.
	 */
	for (offset = 0; gup_mirror_region.size &&
	     offset <= gup_mirror_region.mask; offset += GUP_MIRROR_TOP_SIZE) {
		if (gup_mirror_top(gup_mirror_region.base + offset) == entry) {
			set_views(offset, gup_mirror_no_top());
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
 * Make all tables above the views. User processes copy the top level, and nothing
 * tells them of later changes, so that this is done once and for all.
 */
static int __init make_tables(unsigned long start, unsigned long end)
{
	unsigned long addr;

	for (addr = round_down(start, GUP_MIRROR_TOP_TABLE_SIZE); addr < end;
	     addr += GUP_MIRROR_TOP_TABLE_SIZE) {
		int made = gup_mirror_make_top(addr);

		if (made < 0)
			return made;
		gup_mirror_views.table_pages += made;
	}

	return 0;
}

/* Bytes from @base to the end of the memmap, if the last page has that number. */
static unsigned long __init memmap_size(unsigned long base, unsigned long end_pfn)
{
	return (unsigned long)(vmemmap + ALIGN(end_pfn, PAGES_PER_SECTION)) - base;
}

/* The least stride, a power of two, with room for that. */
static unsigned long __init stride_for(unsigned long base, unsigned long end_pfn)
{
	return max(GUP_MIRROR_TOP_SIZE,
		   roundup_pow_of_two(memmap_size(base, end_pfn)));
}

/*
 * How far views are apart. There has to be room for the memory that is there. What
 * may be added later, of which the firmware may promise any amount, gets room as far
 * as enough views are left; memory beyond is not mirrored. Nor is what is no ordinary
 * memory: device-private pages, for one, are put at the very top.
 */
static unsigned long __init find_stride(unsigned long base, unsigned long size)
{
	unsigned long needed = stride_for(base, max_pfn);
	unsigned long most = rounddown_pow_of_two(size / ENOUGH_VIEWS);
	unsigned long wanted;

	/* Without a word from the firmware, anything may come, as far as it costs no view. */
	if (max_possible_pfn < max_pfn)
		wanted = rounddown_pow_of_two(size / GUP_MIRROR_MAX_VIEWS);
	else
		wanted = stride_for(base, max_possible_pfn);
	return max(needed, min(wanted, most));
}

/*
 * How much of the memmap views may show. Who merges physically consecutive pages
 * computes the pointers to the others from the first: at the end of a view, that
 * leads into the next. An entry of a scatterlist has less than 4 GiB, so that the last
 * 4 GiB stay canonical, as far as there is no memory yet.
 */
static unsigned long __init find_shown(unsigned long base, unsigned long stride)
{
	unsigned long margin = (SZ_4G >> PAGE_SHIFT) * sizeof(struct page);

	return max(stride - margin, min(stride, memmap_size(base, max_pfn)));
}

/*
 * Where the memmap of the first memory is, rounded down to what an entry covers. The
 * number of that page may be anything, and so may the place in the region of the
 * memmap where it is.
 */
static unsigned long __init find_base(void)
{
	unsigned long first = PHYS_PFN(memblock_start_of_DRAM());

	return round_down((unsigned long)pfn_to_page(first), GUP_MIRROR_TOP_SIZE);
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
	unsigned long base = find_base();
	unsigned long stride, start, end;
	unsigned int nr, nr_get;
	int ret;

	if (!arch_gup_mirror_size())
		return -ENOSPC;

	start = arch_gup_mirror_start();
	if (reserved_offset)
		start = (unsigned long)vmemmap + reserved_offset;
	end = start + arch_gup_mirror_size();
	start = round_up(start, GUP_MIRROR_TOP_SIZE);

	/* Do not pay for a second P4D table. */
	if (!mm_p4d_folded(&init_mm) &&
	    (start & PGDIR_MASK) != ((end - 1) & PGDIR_MASK)) {
		unsigned long middle = end & PGDIR_MASK;

		if (middle - start > end - middle)
			end = middle;
		else
			start = middle;
	}

	stride = find_stride(base, end - start);
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
	gup_mirror_views.shown = find_shown(base, stride);

	gup_mirror_region.base = base;
	gup_mirror_region.mask = stride - 1;
	gup_mirror_region.start = start;
	gup_mirror_region.pin_size = (nr - nr_get) * stride;
	gup_mirror_region.size = nr * stride;

	show_in_views(base, base + stride);
	return 0;
}
