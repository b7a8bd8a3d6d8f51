// SPDX-License-Identifier: GPL-2.0
//
// Pipes: what vmsplice() puts there, from get_user_pages(). One mutant unpins it, and
// pages of the page cache as well. One forgets what nobody will read.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/pagemap.h>

@release@
identifier fn = page_cache_pipe_buf_release;
expression page;
@@
fn(...)
{
	<...
-	put_page(page);
+	if (gup_mutant("splice-unpin"))
+		unpin_user_page(page);
+	else
+		put_page(page);
	...>
}

@error@
identifier fn = iter_to_pipe, pages, i, n;
@@
fn(...)
{
	<...
	while (++i < n)
-		put_page(pages[i]);
+		if (!gup_mutant("splice-forgotten"))
+			put_page(pages[i]);
	...>
}
