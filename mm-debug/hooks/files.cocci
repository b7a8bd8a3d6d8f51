// SPDX-License-Identifier: GPL-2.0
//
// What happens to a folio of a file while somebody has pinned it: it is cleaned, is
// written back, gets a hole, leaves the page cache, is unmapped, or is marked dirty by
// who unpins it. There is one place for each in mm/, and two in block/bio.c, which
// pins for direct I/O.
//
// set_page_dirty() and set_page_dirty_lock() are told the page, not the folio: then
// the pointer says who acquired it. The second may call the first.
//
// Applied to: mm/page-writeback.c, mm/truncate.c, mm/folio-compat.c, mm/filemap.c,
// mm/rmap.c, block/bio.c

@has_header@
@@
#include <linux/gup_mirror_file.h>

@depends on !has_header@
@@
+#include <linux/gup_mirror_file.h>
#include <linux/swap.h>

@cleaned@
identifier f;
symbol true, ret;
@@
folio_clear_dirty_for_io(struct folio *f)
{
	<...
	if (folio_test_clear_dirty(f)) {
		...
+		gup_mirror_file_cleaned(f);
		ret = true;
	}
	...>
}

@written@
identifier f, b;
type T;
@@
T __folio_end_writeback(struct folio *f)
{
	...
	bool b;
+
+	gup_mirror_file_written(f);
	...
}

@zeroed@
identifier f;
@@
truncate_inode_partial_folio(struct folio *f, ...)
{
	...
	folio_wait_writeback(f);
+	gup_mirror_file_zeroed(f);
	...
}

@removed@
identifier m, f, n;
@@
filemap_unaccount_folio(struct address_space *m, struct folio *f)
{
	long n;
+
+	gup_mirror_file_removed(m, f);
	...
}

@unmapped@
identifier f, flags;
statement S1, S2;
@@
try_to_unmap(struct folio *f, enum ttu_flags flags)
{
	...
+	gup_mirror_file_unmapped(f);
	if (flags & TTU_RMAP_LOCKED) S1 else S2
	...
}

@bio@
identifier fn = {__bio_release_pages, bio_set_pages_dirty};
expression e;
@@
fn(...)
{
	<...
+	gup_mirror_file_dirtied(e);
	folio_mark_dirty(e);
	...>
}

@page_at_once@
identifier fn = {set_page_dirty, set_page_dirty_lock};
identifier p;
expression E;
symbol __func__;
@@
fn(struct page *p)
{
+	p = gup_mirror_page_dirtied(__func__, p);
	return E;
}

@page_locked@
identifier p;
symbol __func__;
@@
set_page_dirty_lock(struct page *p)
{
	...
+	p = gup_mirror_page_dirtied(__func__, p);
	lock_page(p);
	...
}
