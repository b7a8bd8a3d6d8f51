// SPDX-License-Identifier: GPL-2.0
//
// DMA buffers from files in memory, which are pinned by folio. One mutant releases
// each twice, one not at all, and one puts it.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/module.h>

@release@
identifier fn = unpin_all_folios;
expression folio;
@@
fn(...)
{
	<...
-	unpin_folio(folio);
+	if (gup_mutant("udmabuf-put")) {
+		folio_put(folio);
+	} else if (!gup_mutant("udmabuf-forgotten")) {
+		if (gup_mutant("udmabuf-twice"))
+			unpin_folio(folio);
+		unpin_folio(folio);
+	}
	...>
}
