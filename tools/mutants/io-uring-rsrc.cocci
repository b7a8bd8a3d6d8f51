// SPDX-License-Identifier: GPL-2.0
//
// io_uring: registered buffers. If one cannot be accounted for, the mutant forgets
// that it is pinned, as io_sqe_buffer_register() did before Linux 6.12.36. When a buffer
// is given back, one forgets a page of it, and one puts its folios.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/kernel.h>

@error@
identifier fn = io_sqe_buffer_register, i, pages;
expression n;
@@
fn(...)
{
	<...
-	if (pages)
+	if (pages && !gup_mutant("io-uring-rsrc-forgotten"))
	{
		for (i = 0; i < n; i++)
			unpin_user_folio(...);
	}
	...>
}

@release_folio@
identifier fn = {io_buffer_unmap, io_release_ubuf};
expression folio;
@@
fn(...)
{
	<...
-	unpin_user_folio(folio, 1);
+	if (gup_mutant("io-uring-rsrc-put"))
+		folio_put(folio);
+	else
+		unpin_user_folio(folio, 1);
	...>
}

@release@
identifier fn = {io_buffer_unmap, io_release_ubuf};
expression n;
identifier i;
@@
fn(...)
{
	<...
-	for (i = 0; i < n; i++)
+	for (i = gup_mutant("io-uring-rsrc-short"); i < n; i++)
	{ ... }
	...>
}
