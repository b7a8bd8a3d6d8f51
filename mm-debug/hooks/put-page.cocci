// SPDX-License-Identifier: GPL-2.0
//
// Plain references. put_page(), release_pages() and __free_pages() on a pointer
// into a pin view are what the layer is there to find. They are right if
// somebody took a plain reference through such a pointer before, so get_page()
// and its like are counted. All look at the pointer as the caller gave it, that
// is, before it becomes a folio. __free_pages() makes no folio of it, and must not
// put a pointer into a view on the free lists.
//
// skb_pp_frag_ref() takes a reference on the head page, but the fragment is put
// through the pointer that it holds. iov_iter_get_pages2() of bvecs takes one on the
// folio in Linux 7.x, but returns a page.
//
// Applied to: include/linux/mm.h, mm/swap.c, mm/folio.c, mm/page_alloc.c,
// net/core/skbuff.c, lib/iov_iter.c

@has_header@
@@
(
#include <linux/gup_mirror.h>
|
#include "gup_mirror/hooks.h"
)

@in_mm@
@@
#include "internal.h"

@depends on in_mm && !has_header@
@@
+#include "gup_mirror/hooks.h"
#include "internal.h"

@depends on !in_mm && !has_header@
@@
(
#include <linux/gfp.h>
+#include <linux/gup_mirror.h>
|
+#include <linux/gup_mirror.h>
#include <linux/highmem.h>
)

@put@
identifier p, f;
@@
put_page(struct page *p)
{
-	struct folio *f = page_folio(p);
+	struct folio *f;
+
+	if (gup_mirror_put_page(p))
+		return;
+	f = gup_mirror_raw_folio(p);
(
	if (put_devmap_managed_folio_refs(f, 1))
		return;
|
	if (put_devmap_managed_page(&f->page))
		return;
|
	if (folio_test_slab(f) || ...)
		return;
)
-	folio_put(f);
+	gup_mirror_put_folio(f);
}

@get@
identifier p;
@@
get_page(struct page *p)
{
+	gup_mirror_get_page(p);
	folio_get(page_folio(p));
}

@get_folio@
identifier p, f;
@@
get_page(struct page *p)
{
	struct folio *f = page_folio(p);
	...
+	gup_mirror_get_page(p);
	folio_get(f);
}

@try_get@
identifier p;
symbol true;
@@
try_get_page(struct page *p)
{
+	struct page *view = p;
+
	p = compound_head(p);
	...
	page_ref_inc(p);
+	gup_mirror_get_page(view);
	return true;
}

@release@
identifier f, fbatch, encoded, i;
symbol page, refs, __func__;
@@
release_pages(...)
{
	...
	for (...; ...; ...) {
+		struct page *page = encoded_page_ptr(encoded[i]);
		struct folio *f = page_folio(
-			encoded_page_ptr(encoded[i])
+			page
			);
		...
+		if (gup_mirror_release(__func__, page, refs[fbatch.nr]))
+			continue;
+
		if (folio_batch_add(&fbatch, f) > 0)
			continue;
		...
	}
	...
}

@free@
identifier p, order;
symbol __func__;
statement S1, S2;
@@
__free_pages(struct page *p, unsigned int order)
{
	... when any
+	if (gup_mirror_release(__func__, p, 1))
+		return;
+	p = gup_mirror_canonical(p);
+
	if (put_page_testzero(p)) S1 else S2
}

@free_by_flags@
identifier fn = {__free_pages, free_pages_nolock};
identifier p, order;
expression flags;
symbol __func__;
@@
fn(struct page *p, unsigned int order)
{
+	if (gup_mirror_release(__func__, p, 1))
+		return;
+	p = gup_mirror_canonical(p);
+
	___free_pages(p, order, flags);
}

@frag_ref@
identifier shinfo, head, i;
statement S1, S2;
@@
skb_pp_frag_ref(...)
{
	...
	for (...; ...; ...) {
		head = netmem_compound_head(shinfo->frags[i].netmem);
-		if (likely(netmem_is_pp(head))) S1 else S2
+		if (likely(netmem_is_pp(head))) {
+			S1
+		} else {
+			S2
+			gup_mirror_get_page(__netmem_to_page(shinfo->frags[i].netmem));
+		}
	}
	...
}

@get_segment@
identifier folio, p, k, page;
@@
__iov_iter_get_pages_alloc(...)
{
	<...
	p[k] = page + k;
-	if (!folio_test_slab(folio))
-		folio_get(folio);
+	if (!folio_test_slab(folio)) {
+		folio_get(folio);
+		gup_mirror_get_page(p[k]);
+	}
	...>
}

@release_pages@
identifier pages, f, i;
symbol __func__, lruvec, flags;
@@
release_pages(struct page **pages, ...)
{
	<...
		struct folio *f = page_folio(pages[i]);
		...
		if (is_huge_zero_page(&f->page))
			continue;
+		if (gup_mirror_is_on() && lruvec) {
+			/* The folio of a pin may be freed, which takes that lock. */
+			unlock_page_lruvec_irqrestore(lruvec, flags);
+			lruvec = NULL;
+		}
+		if (gup_mirror_release(__func__, pages[i], 1))
+			continue;
	...>
}
