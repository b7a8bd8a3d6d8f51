// SPDX-License-Identifier: GPL-2.0
//
// Ciphers and digests over memory of the user. One mutant puts it, one forgets it.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/module.h>

@release@
identifier fn = af_alg_free_sg;
identifier sgl, i;
expression page;
@@
fn(struct af_alg_sgl *sgl)
{
	<...
-	if (sgl->need_unpin)
+	if (sgl->need_unpin && !gup_mutant("af-alg-forgotten"))
		for (...; ...; i++)
-			unpin_user_page(page);
+		{
+			if (gup_mutant("af-alg-put"))
+				put_page(page);
+			else
+				unpin_user_page(page);
+		}
	...>
}
