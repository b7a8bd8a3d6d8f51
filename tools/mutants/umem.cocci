// SPDX-License-Identifier: GPL-2.0
//
// RDMA: memory regions, pinned for as long as they are registered, and released by
// ranges of consecutive pages. One mutant releases a page too many of each range,
// but does not make it dirty: it may be anybody's. Another forgets what it has
// pinned so far when it meets a page that cannot be pinned.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/export.h>

@range@
identifier fn = __ib_umem_release;
expression page, n, dirty;
@@
fn(...)
{
	<...
-	unpin_user_page_range_dirty_lock(page, n, dirty);
+	if (gup_mutant("umem-long"))
+		unpin_user_page_range_dirty_lock(page, n + 1, false);
+	else
+		unpin_user_page_range_dirty_lock(page, n, dirty);
	...>
}

@error@
identifier fn = {ib_umem_get, __ib_umem_get_va};
expression device, umem;
@@
fn(...)
{
	<...
-	__ib_umem_release(device, umem, 0);
+	if (!gup_mutant("umem-forgotten"))
+		__ib_umem_release(device, umem, 0);
	...>
}
