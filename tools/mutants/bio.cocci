// SPDX-License-Identifier: GPL-2.0
//
// Block devices: the memory of direct I/O, released by folio when a bio is done. One
// mutant puts the folios. One counts too few pages if the memory does not start with
// a page, as __bio_release_pages() did before Linux 6.7.12, one always counts a page
// too many. One does not mark pages dirty that were read into. Where a part of the memory
// cannot be had, one puts what is too much for whole blocks, and one forgets the rest.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = __bio_release_pages;
expression n;
identifier fi;
@@
fn(...)
{
	<...
-	unpin_user_folio(fi.folio, n);
+	if (gup_mutant("bio-put"))
+		folio_put_refs(fi.folio, n);
+	else if (gup_mutant("bio-short"))
+		unpin_user_folio(fi.folio, DIV_ROUND_UP(fi.length, PAGE_SIZE));
+	else
+		unpin_user_folio(fi.folio, n + gup_mutant("bio-long"));
	...>
}

@dirty@
identifier fn = __bio_release_pages;
identifier mark_dirty, bio;
statement S;
@@
fn(struct bio *bio, bool mark_dirty)
{
	<...
	if (
-	    mark_dirty
+	    mark_dirty && !gup_mutant("bio-clean")
	   ) S
	...>
}

@trim@
identifier fn = bio_iov_iter_align_down;
expression page;
@@
fn(...)
{
	<...
-	unpin_user_page(page);
+	gup_mutant("bio-trim-put") ? put_page(page) : unpin_user_page(page);
	...>
}

@odd@
identifier fn = bio_iov_iter_get_pages;
expression bio;
@@
fn(...)
{
	<...
-	bio_release_pages(bio, false);
+	if (!gup_mutant("bio-odd-forgotten"))
+		bio_release_pages(bio, false);
	...>
}
