// SPDX-License-Identifier: GPL-2.0
//
// A difference or a comparison of two struct page pointers is wrong if they
// come from different views. This is a class, so these are rules for types and
// not for places: the first operand is the page that somebody handed in, the
// second is a head page or comes from elsewhere.
//
// Differences of a head page and a head page, or of pages of one array, are
// right as they are; the files below have none.
//
// Applied to: include/linux/mm.h (folio_page_idx()), include/linux/pagemap.h,
// lib/iov_iter.c, net/core/datagram.c, drivers/iommu/iommufd/selftest.c

@has_header@
@@
(
#include <linux/gup_mirror.h>
|
#include <linux/gup_mirror_view.h>
)

@depends on !has_header@
@@
(
+#include <linux/gup_mirror_view.h>
#include <linux/highmem.h>
|
+#include <linux/gup_mirror_view.h>
#include <linux/iommu.h>
)

@macro_difference@
identifier folio, p;
@@
-	(p)
+	gup_mirror_canonical(p)
	- &(folio)->page

// Where the head is found just before, the page becomes canonical first, so that
// neither of the two has to ask again.

@difference_from_head@
struct page *p;
struct page *head;
expression left, offset;
@@
+	p = gup_mirror_canonical_cold(p);
-	head = compound_head(p);
+	head = gup_mirror_canonical_head(p);
(
	left += (p - head) << PAGE_SHIFT;
|
	return offset + p - head;
)

@difference depends on !difference_from_head@
struct page *p;
struct page *head;
expression offset;
@@
(
	offset +
-	p
+	gup_mirror_canonical_cold(p)
	- head
|
-	p
+	gup_mirror_canonical_cold(p)
	- head
)

@comparison@
struct page *p;
struct page *q;
@@
-	p != q
+	gup_mirror_canonical_cold(p) != gup_mirror_canonical_cold(q)
