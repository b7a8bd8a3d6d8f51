// SPDX-License-Identifier: GPL-2.0
//
// AF_XDP: the memory of a socket, pinned for as long as that lives. One mutant puts
// it. The other forgets what it has pinned if the memory is only partly there, as
// net/xdp/xdp_umem.c did before Linux 5.2 (stable 5.2.17).

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/slab.h>

@release@
identifier fn = xdp_umem_unpin_pages;
expression pages, n;
@@
fn(...)
{
	<...
-	unpin_user_pages_dirty_lock(pages, n, true);
+	if (gup_mutant("xdp-put"))
+		gup_mutant_put_pages(pages, n, true);
+	else
+		unpin_user_pages_dirty_lock(pages, n, true);
	...>
}

@error@
identifier fn = xdp_umem_pin_pages;
expression umem;
@@
fn(...)
{
	<...
-	xdp_umem_unpin_pages(umem);
+	if (!gup_mutant("xdp-forgotten"))
+		xdp_umem_unpin_pages(umem);
	...>
}
