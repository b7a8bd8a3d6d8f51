// SPDX-License-Identifier: GPL-2.0
//
// Core dumps: the pages of the process, from get_user_pages(). The mutant unpins them.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = dump_user_range;
expression page;
@@
fn(...)
{
	<...
-	put_page(page);
+	if (gup_mutant("coredump-unpin"))
+		unpin_user_page(page);
+	else
+		put_page(page);
	...>
}
