// SPDX-License-Identifier: GPL-2.0
//
// Direct I/O of file systems without iomap. At the end of a file, some pages are left
// over: one mutant forgets these, one releases them twice.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/kernel.h>

@error@
identifier fn = dio_cleanup;
expression pinned, pages, n;
@@
fn(...)
{
	<...
-	if (pinned)
+	if (pinned && !gup_mutant("direct-io-forgotten")) {
+		if (gup_mutant("direct-io-twice"))
+			unpin_user_pages(pages, n);
		unpin_user_pages(pages, n);
+	}
	...>
}
