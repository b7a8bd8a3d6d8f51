// SPDX-License-Identifier: GPL-2.0
//
// page_to_pfn() computes with the address of a struct page, so a pointer into a
// view has to be turned into the memmap pointer first. This one place covers
// everything that goes through the page frame number: page_address(),
// page_to_phys(), kmap, DMA mapping, page_ext.
//
// It has to stay a macro: neither struct page nor vmemmap is known where the
// header is read. The argument must go on being evaluated once only, since
// callers write page_to_pfn(*pages++).
//
// Applied to: include/asm-generic/memory_model.h

@has_header@
@@
#include <linux/gup_mirror_view.h>

@depends on !has_header@
@@
+#include <linux/gup_mirror_view.h>
#include <linux/pfn.h>

@canonical@
identifier page;
symbol vmemmap;
@@
-	(unsigned long)((page) - vmemmap)
+	((unsigned long)(gup_mirror_canonical(page) - vmemmap))
