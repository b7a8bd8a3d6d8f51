// SPDX-License-Identifier: GPL-2.0
//
// Live update: files in memory that are kept for the next kernel, given up.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/memfd.h>

@release@
identifier fn = memfd_luo_unpreserve_folios;
expression folio;
@@
fn(...)
{
	<...
-	unpin_folio(folio);
+	if (gup_mutant("memfd-luo-put"))
+		folio_put(folio);
+	else
+		unpin_folio(folio);
	...>
}
