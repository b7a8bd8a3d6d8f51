// SPDX-License-Identifier: GPL-2.0
//
// The last moment of a page: whoever still pins it is in trouble, so that it may
// not go yet, and what is known of it must not outlive it. Pages of hugetlb go
// back to their pool and never see free_pages_prepare(), nor do pages of devices.
// Those of fsdax are free when the last reference but one is put; in Linux 7.x they
// end as all the others do.
//
// Applied to: mm/page_alloc.c, mm/hugetlb.c, mm/memremap.c

@has_header@
@@
#include "gup_mirror/hooks.h"

@depends on !has_header@
@@
+#include "gup_mirror/hooks.h"
#include "internal.h"

@free_pages@
identifier fn = {free_pages_prepare, __free_pages_prepare};
identifier p;
symbol false;
parameter list ps;
@@
fn(struct page *p, ps)
{
	...
+	if (gup_mirror_free(p))
+		return false;
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
+	if (gup_mirror_free(&f->page))
+		return;
	...
}

@free_device@
identifier f;
@@
free_zone_device_folio(struct folio *f)
{
	...
	if (WARN_ON_ONCE(...))
		return;
+	if (gup_mirror_free(&f->page))
+		return;
	...
}

@free_fsdax@
identifier f;
expression refs;
@@
__put_devmap_managed_folio_refs(struct folio *f, ...)
{
+	/* It is waited for by its address. */
+	f = gup_mirror_canonical(f);
	...
-	if (folio_ref_sub_return(f, refs) == 1)
+	if (folio_ref_sub_return(f, refs) == 1 && !gup_mirror_free(&f->page))
		wake_up_var(&f->_refcount);
	...
}

// In Linux 6.1 they get pages.

@free_huge_page@
identifier p, f;
@@
free_huge_page(struct page *p)
{
	...
	VM_BUG_ON_FOLIO(folio_mapcount(f), f);
+	if (gup_mirror_free(&f->page))
+		return;
	...
}

@free_device_page@
identifier p;
@@
free_zone_device_page(struct page *p)
{
	if (WARN_ON_ONCE(...))
		return;
+	if (gup_mirror_free(p))
+		return;
	...
}

@free_fsdax_page@
identifier p;
expression refs;
@@
__put_devmap_managed_page_refs(struct page *p, ...)
{
+	/* It is waited for by its address. */
+	p = gup_mirror_canonical(p);
	...
-	if (page_ref_sub_return(p, refs) == 1)
+	if (page_ref_sub_return(p, refs) == 1 && !gup_mirror_free(p))
		wake_up_var(&p->_refcount);
	...
}
