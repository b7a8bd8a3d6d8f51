// SPDX-License-Identifier: GPL-2.0
//
// FUSE: the memory of direct I/O. The mutant puts it.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/pagemap.h>

@release@
identifier fn = fuse_release_user_pages;
expression page;
@@
fn(...)
{
	<...
-	if (ap->args.is_pinned)
-		unpin_user_page(page);
+	if (ap->args.is_pinned && gup_mutant("fuse-put"))
+		put_page(page);
+	else if (ap->args.is_pinned)
+		unpin_user_page(page);
	...>
}

@release_folios@
identifier fn = fuse_release_user_pages, ap;
expression folio;
@@
fn(...)
{
	<...
-	if (ap->args.is_pinned)
-		unpin_folio(folio);
+	if (ap->args.is_pinned && gup_mutant("fuse-put"))
+		folio_put(folio);
+	else if (ap->args.is_pinned)
+		unpin_folio(folio);
	...>
}
