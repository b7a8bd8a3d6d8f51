// SPDX-License-Identifier: GPL-2.0
//
// A difference or a comparison of two struct page pointers is wrong if they
// come from different views. This is a class, so these are rules for types and
// not for places: the first operand is the page that somebody handed in, the
// second is a head page or comes from elsewhere.
//
// Differences of a head page and a head page, or of pages of one array, are
// right as they are; the files below have none but neighbours.
//
// Applied to: include/linux/mm.h (folio_page_idx()), include/linux/pagemap.h,
// lib/iov_iter.c, net/core/datagram.c, drivers/iommu/iommufd/selftest.c, and for
// Linux 7.x io_uring/rsrc.c, kernel/events/uprobes.c, mm/rmap.c, mm/util.c,
// fs/orangefs/orangefs-bufmap.c

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
|
+#include <linux/gup_mirror_view.h>
#include <linux/hugetlb.h>
|
+#include <linux/gup_mirror_view.h>
#include "protocol.h"
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
struct page **ps;
expression i, j;
@@
(
	ps[i] != ps[j] + 1
|
-	p != q
+	gup_mirror_canonical_cold(p) != gup_mirror_canonical_cold(q)
)

// A walk of the page tables finds what they have, and folio_page() computes.

@found_by_walk@
struct folio_walk fw;
struct page *p;
@@
(
	fw.page ==
-	p
+	gup_mirror_canonical_cold(p)
|
	fw.page !=
-	p
+	gup_mirror_canonical_cold(p)
)

@of_folio@
expression p, folio, n;
@@
-	p
+	gup_mirror_canonical_cold(p)
	!= folio_page(folio, n)

// It decodes the head by itself, from the address of the page.

@snapshot@
identifier ps, p;
@@
snapshot_page(struct page_snapshot *ps, const struct page *p)
{
	...
+	p = gup_mirror_canonical_cold(p);
	ps->pfn = page_to_pfn(p);
	...
}
