// SPDX-License-Identifier: GPL-2.0
//
// io_uring: memory is pinned for several purposes. If only part of it is there, the
// mutant forgets that part, as __io_uaddr_map() did before Linux 6.7.11. Another puts
// the memory of a ring, which is released here in Linux 7.x.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/kernel.h>

@error@
identifier fn = io_pin_pages;
expression pages, n;
@@
fn(...)
{
	<...
-	if (n)
+	if (n && !gup_mutant("io-uring-memmap-forgotten"))
		unpin_user_pages(pages, n);
	...>
}

@region@
identifier fn = io_free_region, mr;
expression n;
@@
fn(...)
{
	<...
-		unpin_user_pages(mr->pages, n);
+	{
+		if (gup_mutant("io-uring-region-put"))
+			gup_mutant_put_pages(mr->pages, n, false);
+		else
+			unpin_user_pages(mr->pages, n);
+	}
	...>
}
