// SPDX-License-Identifier: GPL-2.0
//
// ptrace() and /proc/PID/mem: a page of another process, from get_user_pages(). The
// mutant unpins it.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = __access_remote_vm;
expression page, at;
@@
fn(...)
{
	<...
-	unmap_and_put_page(page, at);
+	if (gup_mutant("remote-memory-unpin")) {
+		kunmap_local(at);
+		unpin_user_page(page);
+	} else {
+		unmap_and_put_page(page, at);
+	}
	...>
}

@release_folio@
identifier fn = __access_remote_vm;
expression folio, at;
symbol page;
@@
fn(...)
{
	<...
-	folio_release_kmap(folio, at);
+	if (gup_mutant("remote-memory-unpin")) {
+		kunmap_local(at);
+		unpin_user_page(page);
+	} else {
+		folio_release_kmap(folio, at);
+	}
	...>
}
