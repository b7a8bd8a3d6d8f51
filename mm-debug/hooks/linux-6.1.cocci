// SPDX-License-Identifier: GPL-2.0
//
// More places of the kind that page-arithmetic.cocci is for, which other versions do
// not have any more. These files have harmless ones beside them, so they are named.
//
// Applied to: mm/hugetlb.c, mm/debug.c, drivers/md/dm-flakey.c

@has_header@
@@
(
#include <linux/gup_mirror_view.h>
|
#include "gup_mirror/hooks.h"
)

@depends on !has_header@
@@
(
+#include <linux/gup_mirror_view.h>
#include <linux/mm.h>
|
+#include <linux/gup_mirror_view.h>
#include <linux/init.h>
)

@index@
identifier p, head, index;
@@
hugetlb_basepage_index(struct page *p)
{
	<...
-	index = p - head;
+	index = gup_mirror_canonical_cold(p) - head;
	...>
}

@dump@
identifier p, head;
@@
__dump_page(struct page *p)
{
	<...
-	if (p < head || (p >= head + MAX_ORDER_NR_PAGES))
+	if (gup_mirror_canonical_cold(p) < head ||
+	    gup_mirror_canonical_cold(p) >= head + MAX_ORDER_NR_PAGES)
	{ ... } else { ... }
	...>
}

@zero_page@
identifier p;
@@
corrupt_bio_data(...)
{
	<...
-	p == ZERO_PAGE(0)
+	gup_mirror_canonical_cold(p) == ZERO_PAGE(0)
	...>
}
