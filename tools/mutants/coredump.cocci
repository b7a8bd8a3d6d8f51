// SPDX-License-Identifier: GPL-2.0
//
// Core dumps: the pages of the process, from get_user_pages(). One mutant unpins them,
// one puts them twice, and one forgets the one that could not be written. Pages of
// the kernel's image, such as the vDSO, have a reference that nobody knows of, which
// the second put would take.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = dump_user_range;
expression page;
identifier stop;
@@
fn(...)
{
	<...
	int stop = ...;
-	put_page(page);
+	if (gup_mutant("coredump-unpin")) {
+		unpin_user_page(page);
+	} else if (!stop || !gup_mutant("coredump-forgotten")) {
+		if (!PageReserved(page) && gup_mutant("coredump-twice"))
+			put_page(page);
+		put_page(page);
+	}
	...>
}
