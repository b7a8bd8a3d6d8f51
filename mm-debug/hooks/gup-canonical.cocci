// SPDX-License-Identifier: GPL-2.0
//
// Pages that GUP itself finds in page tables are canonical, and so are those in
// its loops over arrays of them: the public functions that release have handed
// over by then. This is the hottest code that asks for a folio, and the question
// whether a page is in a view would be asked there several times for each.
//
// A folio pointer never leads into a view, so that neither folio_pfn() nor
// is_zero_folio() have to ask.
//
// Applied to: mm/gup.c, include/linux/mm.h

@find@
identifier fn = {try_get_folio, try_grab_folio_fast, gup_folio_next, gup_folio_range_next};
expression p;
@@
fn(...)
{
	<...
-	page_folio(p)
+	gup_mirror_canonical_folio(p)
	...>
}

@find_zero@
identifier p;
@@
try_grab_folio_fast(struct page *p, ...)
{
	<...
-	is_zero_page(p)
+	is_zero_pfn(gup_mirror_canonical_pfn(p))
	...>
}

@pfn@
identifier folio;
@@
folio_pfn(struct folio *folio)
{
-	return page_to_pfn(&folio->page);
+	return gup_mirror_canonical_pfn(&folio->page);
}

@zero@
identifier folio;
@@
is_zero_folio(const struct folio *folio)
{
-	return is_zero_page(&folio->page);
+	return is_zero_pfn(gup_mirror_canonical_pfn(&folio->page));
}
