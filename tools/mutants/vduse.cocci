// SPDX-License-Identifier: GPL-2.0
//
// vDPA devices that user space plays: memory is pinned for as long as it is registered.
// One mutant puts it. The other forgets what it has pinned if the memory is only partly
// there.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/init.h>

@release@
identifier fn = vduse_dev_dereg_umem;
expression pages, n;
@@
fn(...)
{
	<...
-	unpin_user_pages_dirty_lock(pages, n, true);
+	if (gup_mutant("vduse-put"))
+		gup_mutant_put_pages(pages, n, true);
+	else
+		unpin_user_pages_dirty_lock(pages, n, true);
	...>
}

@error@
identifier fn = vduse_dev_reg_umem;
expression e, pages, n;
@@
fn(...)
{
	<...
-	if (e)
+	if (e && !gup_mutant("vduse-forgotten"))
		unpin_user_pages(pages, n);
	...>
}
