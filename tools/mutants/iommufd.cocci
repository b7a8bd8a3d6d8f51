// SPDX-License-Identifier: GPL-2.0
//
// iommufd: a file that is mapped for a device. Each folio is pinned once, and pins are
// added for its other pages: one too many.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/iommu.h>

@acquire@
identifier fn = batch_from_folios;
expression folio, nr;
@@
fn(...)
{
	<...
	folio_add_pins(folio,
-		       nr
+		       nr + gup_mutant("iommufd-pins-long")
	              )
	...>
}
