/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: from a pointer into a view back to the memmap.
 *
 * This is the part of the interface that asm-generic/memory_model.h needs. It
 * is read before struct page is complete and before vmemmap is declared, so it
 * knows nothing but integers.
 */
#ifndef _LINUX_GUP_MIRROR_VIEW_H
#define _LINUX_GUP_MIRROR_VIEW_H

#ifndef __ASSEMBLY__

/*
 * The 32-bit vDSO is built from a 64-bit configuration with
 * CONFIG_SPARSEMEM_VMEMMAP undefined: there is no memmap to mirror there.
 */
#if defined(CONFIG_DEBUG_GUP_MIRROR) && defined(CONFIG_SPARSEMEM_VMEMMAP)

#include <linux/compiler.h>
#include <linux/jump_label.h>

/*
 * On once the views exist, and never off again: pointers may be anywhere. While
 * it is off, a hook costs one instruction that does nothing.
 */
DECLARE_STATIC_KEY_FALSE(gup_mirror_key);

/**
 * struct gup_mirror_region - where the views are
 * @start: address of the first view
 * @size: bytes in all views together; 0 until the views exist, and for good
 *	when the layer is off
 * @pin_size: bytes in the views that pins use. They come first, so that one
 *	comparison tells both "is in a view" and "is of kind pin".
 * @mask: stride - 1; the stride, in bytes, is a power of two
 * @base: address of the memmap, which every view shows
 *
 * Written once during boot, before the first user page can exist and before
 * gup_mirror_key is switched on.
 */
struct gup_mirror_region {
	unsigned long start;
	unsigned long size;
	unsigned long pin_size;
	unsigned long mask;
	unsigned long base;
};

/* Not GPL-only: page_to_pfn() and put_page() are inlined into every module. */
extern struct gup_mirror_region gup_mirror_region;

static __always_inline unsigned long __gup_mirror_canonical(unsigned long addr)
{
	unsigned long off;

	/* Most pointers are canonical, and lie below the views. */
	if (!static_branch_unlikely(&gup_mirror_key) ||
	    likely(addr < gup_mirror_region.start))
		return addr;

	/*
	 * A range check, not a mask: dump_page() builds a struct page on the
	 * stack, and device memory may have a memmap beyond the stride. Both
	 * have to come back as they are.
	 */
	off = addr - gup_mirror_region.start;
	if (unlikely(off < gup_mirror_region.size)) {
		addr = gup_mirror_region.base + (off & gup_mirror_region.mask);
		/*
		 * The compiler must not learn that the two have a base in
		 * common. It would conclude that accesses through them cannot
		 * alias, but they are the same memory.
		 */
		OPTIMIZER_HIDE_VAR(addr);
	}

	return addr;
}

/**
 * gup_mirror_canonical() - turn a pointer into a view into the memmap pointer
 * @page: pointer to a struct page, in a view or anywhere else; evaluated once
 *
 * Code that depends on the address of a struct page, rather than on what it
 * holds, needs the canonical pointer: differences, comparisons, hash keys and
 * casts to a folio.
 *
 * Context: Any, NMI included.
 * Return: The pointer into the memmap for a pointer into a view, @page itself
 * for every other pointer. The type is that of @page.
 */
#define gup_mirror_canonical(page)					\
	((typeof(page))__gup_mirror_canonical((unsigned long)(page)))

unsigned long __gup_mirror_canonical_cold(unsigned long addr);

/**
 * gup_mirror_canonical_cold() - gup_mirror_canonical() where it is seldom needed
 * @page: pointer to a struct page; evaluated once
 *
 * Is a call, and not code in the place where it stands, so that the compiler
 * goes on inlining small functions with it.
 *
 * Context: Any, NMI included.
 * Return: As gup_mirror_canonical().
 */
#define gup_mirror_canonical_cold(page)					\
	((typeof(page))__gup_mirror_canonical_cold((unsigned long)(page)))

#else /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

#define gup_mirror_canonical(page)	((typeof(page))(page))
#define gup_mirror_canonical_cold(page)	((typeof(page))(page))

#endif /* CONFIG_DEBUG_GUP_MIRROR && CONFIG_SPARSEMEM_VMEMMAP */

#endif /* __ASSEMBLY__ */

#endif /* _LINUX_GUP_MIRROR_VIEW_H */
