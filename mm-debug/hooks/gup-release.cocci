// SPDX-License-Identifier: GPL-2.0
//
// The public functions that release pinned pages hand over to the layer as soon
// as they know what they were given, and are done if it is on: it looks at each
// page once, releases it through the primitive that does all releases (a block
// in the file "lines" gives it a way there), and knows the caller. That comes
// ahead of sanity_check_pinned_pages(), where CONFIG_DEBUG_VM would end with a
// BUG() what is to be reported, and survived.
//
// GUP uses some of them to clean up after itself. What it releases there it has
// returned to nobody, so it is not in the ledger and never judged.
//
// Applied to: mm/gup.c

@has_header@
@@
#include "gup_mirror/hooks.h"

@depends on !has_header@
@@
+#include "gup_mirror/hooks.h"
#include "internal.h"

@one_page@
identifier p;
symbol false, __func__;
@@
unpin_user_page(struct page *p)
{
+	if (gup_mirror_unpin_range(__func__, p, 1, false))
+		return;
	sanity_check_pinned_pages(&p, 1);
	gup_put_folio(page_folio(p), 1, FOLL_PIN);
}

@array@
identifier pages, npages;
symbol false, __func__;
@@
unpin_user_pages(struct page **pages, unsigned long npages)
{
	...
+	if (gup_mirror_unpin_pages(__func__, pages, npages, false))
+		return;
	sanity_check_pinned_pages(pages, npages);
	...
}

@array_dirty@
identifier pages, npages, make_dirty;
symbol true, __func__;
@@
unpin_user_pages_dirty_lock(struct page **pages, unsigned long npages, bool make_dirty)
{
	...
+	if (gup_mirror_unpin_pages(__func__, pages, npages, true))
+		return;
	sanity_check_pinned_pages(pages, npages);
	...
}

@page_range@
identifier p, npages, make_dirty, i;
statement S;
symbol __func__;
@@
unpin_user_page_range_dirty_lock(struct page *p, unsigned long npages, bool make_dirty)
{
	...
+	if (gup_mirror_unpin_range(__func__, p, npages, make_dirty))
+		return;
	for (i = 0; ...; ...) S
}

@single@
identifier folio;
symbol __func__;
@@
unpin_folio(struct folio *folio)
{
+	if (gup_mirror_unpin_folio(__func__, folio, 1))
+		return;
	gup_put_folio(folio, 1, FOLL_PIN);
}

@folio_refs@
identifier folio, npages;
symbol __func__;
@@
unpin_user_folio(struct folio *folio, unsigned long npages)
{
+	if (gup_mirror_unpin_folio(__func__, folio, npages))
+		return;
	gup_put_folio(folio, npages, FOLL_PIN);
}

@folio_array@
identifier folios, nfolios;
statement S;
symbol __func__;
@@
unpin_folios(struct folio **folios, unsigned long nfolios)
{
	...
+	if (gup_mirror_unpin_folios(__func__, folios, nfolios))
+		return;
	while (...) S
}

@unwind_page@
identifier p;
@@
follow_page_pte(...)
{
	<...
-	unpin_user_page(p);
+	if (!gup_mirror_unwind_pages(&p, 1))
+		unpin_user_page(p);
	...>
}

@unwind_entry@
identifier fn = {migrate_longterm_unpinnable_pages, undo_dev_pagemap};
expression p;
@@
fn(...)
{
	<...
-	unpin_user_page(p);
+	if (!gup_mirror_unwind_pages(&p, 1))
+		unpin_user_page(p);
	...>
}

@unwind_array@
identifier fn = pofs_unpin;
expression pages, n;
@@
fn(...)
{
	<...
-	unpin_user_pages(pages, n);
+	if (!gup_mirror_unwind_pages(pages, n))
+		unpin_user_pages(pages, n);
	...>
}

@unwind_folio@
identifier fn = migrate_longterm_unpinnable_folios;
identifier folio;
@@
fn(...)
{
	<...
-	unpin_folio(folio);
+	if (!gup_mirror_unwind_folios(&folio, 1))
+		unpin_folio(folio);
	...>
}

@unwind_folios@
identifier fn = {pofs_unpin, memfd_pin_folios};
expression folios, n;
@@
fn(...)
{
	<...
-	unpin_folios(folios, n);
+	if (!gup_mirror_unwind_folios(folios, n))
+		unpin_folios(folios, n);
	...>
}
