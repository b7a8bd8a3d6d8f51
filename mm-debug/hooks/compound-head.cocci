// SPDX-License-Identifier: GPL-2.0
//
// The head of a folio must be one pointer, whichever view a page came from:
// folios are compared, hashed and put on lists. _compound_head() reads the
// head of a tail page from memory, where it is canonical, but returns its
// argument for a head or a page of order 0. Where it finds the head by a mask on
// the address of the tail page (Linux 7.x with CONFIG_HUGETLBFS), that would be in
// the view of the page.
//
// page_is_fake_head() tells by comparison whether page_fixed_fake_head()
// returned something else than its argument. With the hugetlb vmemmap
// optimisation that may be the canonical pointer for a view of the same page.
//
// Applied to: include/linux/page-flags.h

@has_header@
@@
#include <linux/gup_mirror_view.h>

@depends on !has_header@
@@
+#include <linux/gup_mirror_view.h>
#include <linux/mm_types.h>

@head@
identifier p;
@@
_compound_head(const struct page *p)
{
	...
-	return (unsigned long)page_fixed_fake_head(p);
+	return (unsigned long)gup_mirror_canonical(page_fixed_fake_head(p));
}

@head_or_mask@
identifier p, mask;
@@
_compound_head(const struct page *p)
{
	...
	if (!compound_info_has_mask()) {
		...
-		return (unsigned long)p;
+		return (unsigned long)gup_mirror_canonical(p);
	}
	...
-	return (unsigned long)p & mask;
+	return (unsigned long)gup_mirror_canonical(p) & mask;
}

@fake_head@
identifier p;
@@
page_is_fake_head(const struct page *p)
{
-	return page_fixed_fake_head(p) != p;
+	const struct page *head = page_fixed_fake_head(p);
+
+	return head != p && head != gup_mirror_canonical(p);
}

@fake_head_6_1@
identifier p;
@@
page_is_fake_head(struct page *p)
{
-	return page_fixed_fake_head(p) != p;
+	const struct page *head = page_fixed_fake_head(p);
+
+	return head != p && head != gup_mirror_canonical(p);
}
