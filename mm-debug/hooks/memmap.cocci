// SPDX-License-Identifier: GPL-2.0
//
// The views show the memmap by sharing its lower page tables, so they have to
// know where it is (kaslr.c), what is added to it (sparse-vmemmap.c), which of
// the shared tables is freed (init_64.c; the function serves the direct map as
// well), and which mapping was replaced (hugetlb_vmemmap.c; the flush there
// covers the memmap page by page, and not its views).
//
// Applied to: arch/x86/mm/kaslr.c, arch/x86/mm/init_64.c, mm/sparse-vmemmap.c,
// mm/hugetlb_vmemmap.c

@has_header@
@@
#include <linux/gup_mirror_memmap.h>

@has_anchor@
@@
(
#include <linux/init.h>
|
#include <linux/mmdebug.h>
|
#include <linux/highmem.h>
)

@depends on !has_header && !has_anchor@
@@
+#include <linux/gup_mirror_memmap.h>
#include <asm/pgalloc.h>

@depends on !has_header@
@@
(
+#include <linux/gup_mirror_memmap.h>
#include <linux/init.h>
|
+#include <linux/gup_mirror_memmap.h>
#include <linux/mmdebug.h>
|
+#include <linux/gup_mirror_memmap.h>
#include <linux/highmem.h>
)

@reserve@
expression E;
symbol kaslr_regions;
@@
kernel_randomize_memory(...)
{
	...
	kaslr_regions[2].size_tb = E;
+	kaslr_regions[2].size_tb += gup_mirror_reserve(kaslr_regions[2].size_tb);
	...
}

@populate@
identifier start, end, r, pgmap;
parameter list ps;
@@
__populate_section_memmap(ps, struct dev_pagemap *pgmap)
{
	...
	unsigned long start = ...;
	unsigned long end = ...;
	...
	if (r < 0)
		return NULL;
+
+	gup_mirror_populate(start, end);
	...
	return pfn_to_page(...);
}

@unshare@
identifier pud;
@@
free_pmd_table(..., pud_t *pud)
{
	...
+	gup_mirror_unshare(pud);
	free_pagetable(pud_page(*pud), ...);
	...
}

@flush@
expression E;
@@
	if (E)
+	{
		flush_tlb_kernel_range(...);
+		gup_mirror_flush_memmap();
+	}

@flush_always depends on !flush@
identifier fn = {split_vmemmap_huge_pmd, __split_vmemmap_huge_pmd, vmemmap_remap_range};
@@
fn(...)
{
	<...
	flush_tlb_kernel_range(...);
+	gup_mirror_flush_memmap();
	...>
}
