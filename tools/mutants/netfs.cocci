// SPDX-License-Identifier: GPL-2.0
//
// Network file systems, 9p among them: the memory of direct I/O. The mutant puts it.
// On its way to a 9p server, the pages have references of their own as well.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/slab.h>

@release@
expression page, pinned;
@@
-	if (pinned)
-		unpin_user_page(page);
+	if (pinned && gup_mutant("netfs-put"))
+		put_page(page);
+	else if (pinned)
+		unpin_user_page(page);
