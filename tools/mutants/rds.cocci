// SPDX-License-Identifier: GPL-2.0
//
// RDS writes its tables to pinned pages. One mutant makes them dirty and puts them, as
// net/rds/ib_rdma.c does with other pages in Linux 6.1. One releases them twice, one
// not at all.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/slab.h>

@release@
identifier fn = rds_info_getsockopt;
expression pages, n;
@@
fn(...)
{
	<...
-	if (pages)
-		unpin_user_pages_dirty_lock(pages, n, true);
+	if (pages && gup_mutant("rds-put")) {
+		gup_mutant_put_pages(pages, n, true);
+	} else if (pages && !gup_mutant("rds-forgotten")) {
+		if (gup_mutant("rds-twice"))
+			unpin_user_pages(pages, n);
+		unpin_user_pages_dirty_lock(pages, n, true);
+	}
	...>
}

@release_of_iter@
identifier fn = rds_info_getsockopt;
expression pages, n, iter;
@@
fn(...)
{
	<...
-	if (pages && iov_iter_extract_will_pin(iter))
-		unpin_user_pages_dirty_lock(pages, n, true);
+	if (pages && iov_iter_extract_will_pin(iter)) {
+		if (gup_mutant("rds-put")) {
+			gup_mutant_put_pages(pages, n, true);
+		} else if (!gup_mutant("rds-forgotten")) {
+			if (gup_mutant("rds-twice"))
+				unpin_user_pages(pages, n);
+			unpin_user_pages_dirty_lock(pages, n, true);
+		}
+	}
	...>
}
