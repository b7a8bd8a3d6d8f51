// SPDX-License-Identifier: GPL-2.0
//
// User events: a page of a process, pinned for as long as it takes to set a bit in it.
// One mutant puts it, one releases it twice.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/uio.h>

@release@
identifier fn = user_event_enabler_write;
expression page;
@@
fn(...)
{
	<...
-	unpin_user_pages_dirty_lock(&page, 1, true);
+	if (gup_mutant("user-events-put")) {
+		gup_mutant_put_pages(&page, 1, true);
+	} else {
+		if (gup_mutant("user-events-twice"))
+			unpin_user_page(page);
+		unpin_user_pages_dirty_lock(&page, 1, true);
+	}
	...>
}
