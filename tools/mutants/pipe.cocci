// SPDX-License-Identifier: GPL-2.0
//
// Pipes: what vmsplice() puts there, from get_user_pages(). The mutant unpins it.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = generic_pipe_buf_release;
expression page;
@@
fn(...)
{
-	put_page(page);
+	if (gup_mutant("pipe-unpin"))
+		unpin_user_page(page);
+	else
+		put_page(page);
}
