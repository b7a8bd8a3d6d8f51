// SPDX-License-Identifier: GPL-2.0
//
// What arm64 does in its own way. There is no hole behind the memmap, so that all that
// is before the last GiB moves down, and vmalloc is that much smaller. page_to_virt()
// computes with the address of a struct page, without page_to_pfn() (memory.h). When
// memory is removed, its memmap is flushed and freed piece by piece, and not flushed as a
// whole at the end: so each flush has to be one of the views as well, before the piece is
// freed, and a table that views share has to leave them first (mmu.c; the functions serve
// the direct map as well, which views have nothing to do with).
//
// Applied to: arch/arm64/include/asm/memory.h, arch/arm64/mm/mmu.c

@has_header@
@@
(
#include <linux/gup_mirror_memmap.h>
|
#include <linux/gup_mirror_view.h>
)

@depends on !has_header@
@@
(
+#include <linux/gup_mirror_view.h>
#include <linux/const.h>
|
+#include <linux/gup_mirror_memmap.h>
#include <linux/memremap.h>
)

@depends on !has_header@
@@
+#include <asm/gup_mirror_space.h>
#include <asm/page-def.h>

@space@
symbol SZ_1G;
@@
-	(-UL(SZ_1G))
+	gup_mirror_below(-UL(SZ_1G))

@page_to_virt@
identifier page;
typedef u64;
symbol VMEMMAP_START;
@@
-	(u64)page
+	(u64)gup_mirror_canonical(page)
	- VMEMMAP_START

@flush@
identifier fn = {unmap_hotplug_pte_range, unmap_hotplug_pmd_range, unmap_hotplug_pud_range};
@@
fn(...)
{
	<...
	flush_tlb_kernel_range(...);
+	gup_mirror_flush_memmap();
	...>
}

@flush_table@
identifier fn = {free_empty_pte_table, free_empty_pmd_table, free_empty_pud_table, free_empty_p4d_table};
@@
fn(...)
{
	<...
	__flush_tlb_kernel_pgtable(...);
+	gup_mirror_flush_memmap();
	...>
}

@unshare@
identifier fn = {free_empty_pte_table, free_empty_pmd_table};
expression entry;
@@
fn(...)
{
	<...
(
+	gup_mirror_unshare(entry);
	pmd_clear(entry);
|
+	gup_mirror_unshare(entry);
	pud_clear(entry);
)
	...>
}
