// SPDX-License-Identifier: GPL-2.0
//
// The last moment of a page: whoever still pins it is in trouble, and what is
// known of it must not outlive it. Pages of hugetlb go back to their pool and
// never see free_pages_prepare().
//
// Applied to: mm/page_alloc.c, mm/hugetlb.c

@has_header@
@@
#include <linux/gup_mirror.h>

@depends on !has_header@
@@
+#include <linux/gup_mirror.h>
#include <linux/highmem.h>

@free_pages@
identifier p;
parameter list ps;
@@
free_pages_prepare(struct page *p, ps)
{
	...
+	gup_mirror_free(p);
	trace_mm_page_free(p, ...);
	...
}

@free_huge@
identifier f;
@@
free_huge_folio(struct folio *f)
{
	...
	VM_BUG_ON_FOLIO(folio_mapcount(f), f);
+	gup_mirror_free(&f->page);
	...
}
