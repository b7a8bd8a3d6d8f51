// SPDX-License-Identifier: GPL-2.0
//
// Direct I/O of file systems without iomap. One mutant forgets what is left over at
// the end of a file. One releases each page twice: the second time at the cost of the
// bio, which has a pin of its own.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/kernel.h>

@twice@
identifier fn = dio_unpin_page;
identifier page;
@@
fn(..., struct page *page)
{
	<...
-	unpin_user_page(page);
+	{
+		if (gup_mutant("direct-io-twice"))
+			unpin_user_page(page);
+		unpin_user_page(page);
+	}
	...>
}

@error@
identifier fn = dio_cleanup;
expression pinned;
@@
fn(...)
{
	<...
-	if (pinned)
+	if (pinned && !gup_mutant("direct-io-forgotten"))
		unpin_user_pages(...);
	...>
}
