// SPDX-License-Identifier: GPL-2.0
//
// Futexes: a page from get_user_pages(), of which only the folio is known at the end.
// One mutant unpins it, one forgets it when it came to an error.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/pagemap.h>

@release@
identifier fn = get_futex_key;
expression folio, err;
@@
fn(...)
{
	<...
-	folio_put(folio);
+	if (gup_mutant("futex-unpin"))
+		unpin_folio(folio);
+	else if (!err || !gup_mutant("futex-forgotten"))
+		folio_put(folio);
	return err;
	...>
}
