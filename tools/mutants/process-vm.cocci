// SPDX-License-Identifier: GPL-2.0
//
// process_vm_readv(), process_vm_writev(): pages of another process, pinned for
// the time of a copy. One mutant puts them, one forgets the last page of a range, one
// does not mark them dirty.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/uio.h>

@release@
identifier fn = process_vm_rw_single_vec;
expression pages, n, dirty;
@@
fn(...)
{
	<...
-	unpin_user_pages_dirty_lock(pages, n, dirty);
+	if (gup_mutant("process-vm-put"))
+		gup_mutant_put_pages(pages, n, dirty);
+	else
+		unpin_user_pages_dirty_lock(pages, n - gup_mutant("process-vm-short"),
+					    dirty && !gup_mutant("process-vm-clean"));
	...>
}
