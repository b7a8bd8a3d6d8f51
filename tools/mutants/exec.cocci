// SPDX-License-Identifier: GPL-2.0
//
// exec(): the stack of the new program, from get_user_pages(). One mutant unpins it, one
// puts it twice, and one forgets it if an argument cannot be read.

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
+	if (gup_mutant("exec-unpin")) {
+		unpin_user_page(page);
+	} else {
+		if (gup_mutant("exec-twice"))
+			put_page(page);
+		put_page(page);
+	}
}

@error@
identifier fn = copy_strings, ret;
expression page;
@@
fn(...)
{
	...
	int ret;
	<...
out:
	if (page) {
		...
-		put_arg_page(page);
+		if (ret >= 0 || !gup_mutant("exec-forgotten"))
+			put_arg_page(page);
	}
	...>
}
