// SPDX-License-Identifier: GPL-2.0
//
// exec(): the stack of the new program, from get_user_pages(). The mutant unpins it.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = put_arg_page;
expression page;
@@
fn(...)
{
-	put_page(page);
+	if (gup_mutant("exec-unpin"))
+		unpin_user_page(page);
+	else
+		put_page(page);
}
