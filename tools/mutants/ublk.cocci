// SPDX-License-Identifier: GPL-2.0
//
// Block devices that user space plays: memory that is registered for their requests, kept
// as page frame numbers.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/module.h>

@release@
identifier fn = ublk_unpin_range_pages;
expression pages, nr;
@@
fn(...)
{
	<...
-	unpin_user_pages(pages, nr);
+	if (gup_mutant("ublk-put"))
+		gup_mutant_put_pages(pages, nr, false);
+	else
+		unpin_user_pages(pages, nr - gup_mutant("ublk-short"));
	...>
}
