// SPDX-License-Identifier: GPL-2.0
//
// io_uring: rings of buffers in user memory. The mutant puts their pages.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/kernel.h>

@release@
identifier fn = __io_remove_buffers;
expression page;
@@
fn(...)
{
	<...
-	unpin_user_page(page);
+	if (gup_mutant("io-uring-kbuf-put"))
+		put_page(page);
+	else
+		unpin_user_page(page);
	...>
}
