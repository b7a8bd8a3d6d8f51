// SPDX-License-Identifier: GPL-2.0
//
// Plain references that are put through a folio, whose pointer does not tell what
// was acquired. Where the folio is pinned, references that nobody could explain
// any more are missed: see mm/gup_mirror/floor.c.
//
// What drains batches of the LRU, of mlock(), of a lookup in the page cache, or of
// an unmap, puts references that are its own by folios_put_refs(), and may only show that
// one was put before by somebody else. That may hold a lock of the LRU, which is taken to
// free a folio. So the references that it is about to put are left to it.
//
// Applied to: include/linux/mm.h, mm/gup.c, mm/swap.c, mm/folio.c, mm/mlock.c,
// mm/mmu_gather.c

@has_header@
@@
#include "gup_mirror/hooks.h"

@in_mm@
@@
#include "internal.h"

@depends on in_mm && !has_header@
@@
+#include "gup_mirror/hooks.h"
#include "internal.h"

@depends on !in_mm && !has_header@
@@
#include <asm/tlb.h>
+#include "gup_mirror/hooks.h"

@put@
identifier f;
@@
folio_put(struct folio *f)
{
+	if (gup_mirror_folio_put(f))
+		return;
	if (folio_put_testzero(f))
		__folio_put(f);
}

@put_refs@
identifier f, refs;
@@
folio_put_refs(struct folio *f, int refs)
{
+	if (gup_mirror_folio_put_refs(f, refs))
+		return;
	if (folio_ref_sub_and_test(f, refs))
		__folio_put(f);
}

@put_batch@
identifier f, refs;
@@
folios_put_refs(...)
{
	<...
+	gup_mirror_put_refs(f, refs);
	if (!folio_ref_sub_and_test(f, refs))
		continue;
	...>
}

@gup@
identifier fn = {try_get_folio, gup_put_folio};
expression f, refs;
@@
fn(...)
{
	<...
-	folio_put_refs(f, refs);
+	gup_mirror_drop_refs(f, refs);
	...>
}

@drain@
identifier fn = {folio_batch_move_lru, mlock_folio_batch};
expression batch;
@@
fn(...)
{
	...
-	folios_put(batch);
+	gup_mirror_put_batch(batch);
	...
}

@drain_pages@
identifier fn = {folio_batch_move_lru, mlock_pagevec};
identifier batch;
@@
fn(...)
{
	...
(
-	folios_put(batch->folios, folio_batch_count(batch));
-	folio_batch_init(batch);
+	if (!gup_mirror_puts_batch(batch)) {
+		folios_put(batch->folios, folio_batch_count(batch));
+		folio_batch_init(batch);
+	}
|
-	release_pages(batch->pages, batch->nr);
-	pagevec_reinit(batch);
+	if (!gup_mirror_puts_batch((struct folio_batch *)batch)) {
+		release_pages(batch->pages, batch->nr);
+		pagevec_reinit(batch);
+	}
)
}

// Without swap, and in Linux 6.1 always, mm/ puts such references by release_pages(), as
// drivers do. Then they are put in another way.

@unmap@
identifier fn = {__tlb_batch_free_encoded_pages, tlb_batch_pages_flush};
expression pages, nr;
@@
fn(...)
{
	<...
-	free_pages_and_swap_cache(pages, nr);
+	if (!gup_mirror_puts_own(pages, nr))
+		free_pages_and_swap_cache(pages, nr);
	...>
}

@lookups_of_pages@
identifier fn = __pagevec_release;
identifier batch;
@@
fn(...)
{
	...
-	release_pages(batch->pages, pagevec_count(batch));
+	if (!gup_mirror_puts_own(batch->pages, pagevec_count(batch)))
+		release_pages(batch->pages, pagevec_count(batch));
	...
}
