// SPDX-License-Identifier: GPL-2.0
//
// The public functions that release pinned pages ask what the pages are before
// gup_put_folio() drops the references: the answer is the flag for it, so that
// a wrong release is repaired by the primitive that does all releases. What is
// released in one go has to come from one view.
//
// GUP's own clean-up after a failure calls gup_put_folio() in other functions,
// which stay as they are, and is never judged. put_page() on a pinned page is
// repaired from outside mm/gup.c: a block in the file "lines" gives it a way to
// the primitive.
//
// Applied to: mm/gup.c

@has_header@
@@
#include <linux/gup_mirror.h>

@depends on !has_header@
@@
+#include <linux/gup_mirror.h>
#include <linux/hugetlb.h>

@one_page@
identifier p;
symbol FOLL_PIN, __func__;
@@
unpin_user_page(struct page *p)
{
	...
	gup_put_folio(page_folio(p), 1,
-		      FOLL_PIN
+		      gup_mirror_unpin_pages(__func__, &p, 1, FOLL_PIN)
		      );
}

@array@
identifier fn = {unpin_user_pages, unpin_user_pages_dirty_lock};
identifier pages;
expression folio, i, nr;
@@
fn(struct page **pages, ...)
{
	<...
	folio = gup_folio_next(pages, ..., i, &nr);
	...
	gup_put_folio(folio, nr,
-		      FOLL_PIN
+		      gup_mirror_unpin_pages(__func__, pages + i, nr, FOLL_PIN)
		      );
	...>
}

@range@
identifier fn = unpin_user_page_range_dirty_lock;
identifier p;
expression folio, i, nr;
@@
fn(struct page *p, ...)
{
	<...
	folio = gup_folio_range_next(p, ..., i, &nr);
	...
	gup_put_folio(folio, nr,
-		      FOLL_PIN
+		      gup_mirror_unpin_range(__func__, nth_page(p, i), nr, FOLL_PIN)
		      );
	...>
}

@folios@
identifier fn = {unpin_folio, unpin_folios, unpin_user_folio};
expression folio, refs;
@@
fn(...)
{
	<...
	gup_put_folio(folio, refs,
-		      FOLL_PIN
+		      gup_mirror_unpin_folio(__func__, folio, refs, FOLL_PIN)
		      );
	...>
}

@batch@
identifier list, npages, i, ntails, nr;
expression folio;
@@
gup_folio_next(struct page **list, unsigned long npages, unsigned long i,
	       unsigned int *ntails)
{
	<...
	if (page_folio(list[nr]) != folio
+	    || !gup_mirror_same_view(list[nr], list[i])
	   )
		break;
	...>
}
