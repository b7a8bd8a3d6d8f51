// SPDX-License-Identifier: GPL-2.0
//
// Probes in programs: the page whose instruction is replaced, from get_user_pages().
// One mutant unpins it, one puts it twice.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/slab.h>

@release@
identifier fn = uprobe_write_opcode, old_page;
@@
fn(...)
{
	...
put_old:
-	put_page(old_page);
+	if (gup_mutant("uprobes-unpin")) {
+		unpin_user_page(old_page);
+	} else {
+		if (gup_mutant("uprobes-twice"))
+			put_page(old_page);
+		put_page(old_page);
+	}
	...
}

@release_folio@
identifier fn = uprobe_write, folio;
symbol page;
@@
fn(...)
{
	<...
	if (...)
		mmu_notifier_invalidate_range_end(...);
-	folio_put(folio);
+	if (gup_mutant("uprobes-unpin")) {
+		unpin_user_page(page);
+	} else if (gup_mutant("uprobes-twice")) {
+		put_page(page);
+		put_page(page);
+	} else {
+		folio_put(folio);
+	}
	...>
}
