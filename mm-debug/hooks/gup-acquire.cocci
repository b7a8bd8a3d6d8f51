// SPDX-License-Identifier: GPL-2.0
//
// The public functions that acquire user pages end by returning what one of a
// few internal functions returns. There, with migration, retries and fallbacks
// over, the pages move into the view of the caller. The internal functions
// themselves know nothing of views: what GUP gives back to itself is canonical.
//
// get_dump_page() returns the page itself. memfd_pin_folios() returns folios,
// which never leave the memmap, so it is only seen. An "if (!ret)" around that
// call would change the code even with the option off: compilers lay it out anew.
//
// folio_add_pin() and folio_add_pins() are ways to a pin that do not go through these.
//
// Applied to: mm/gup.c

@has_header@
@@
#include "gup_mirror/hooks.h"

@depends on !has_header@
@@
+#include "gup_mirror/hooks.h"
#include "internal.h"

@acquire@
identifier fn =~ "^(get|pin)_user_pages(_remote|_unlocked|_fast|_fast_only)?$";
identifier funnel =~ "^(__get_user_pages_(locked|remote)|__gup_longterm_locked|(gup|internal_get_user_pages)_fast(_fallback)?)$";
symbol pages, gup_flags, __func__;
expression list args;
@@
fn(...)
{
	...
-	return funnel(args);
+	return gup_mirror_acquired(__func__, pages, gup_flags, funnel(args));
}

@acquire_dump@
identifier page, ret;
symbol FOLL_GET, __func__;
@@
get_dump_page(...)
{
	...
+	ret = gup_mirror_acquired(__func__, &page, FOLL_GET, ret);
	return (ret == 1) ? page : NULL;
}

@acquire_folios@
identifier folios, nr_folios, ret;
symbol __func__;
parameter list before, after;
@@
memfd_pin_folios(before, struct folio **folios, after)
{
	...
+	gup_mirror_acquired_folios(__func__, folios, FOLL_PIN, ret ? ret : nr_folios);
	return ret ? ret : nr_folios;
	...
}

@acquire_again@
identifier folio;
statement S1, S2;
@@
folio_add_pin(struct folio *folio)
{
	...
	if (\(folio_test_large(folio)\|folio_has_pincount(folio)\)) S1 else S2
+	gup_mirror_added_pin(folio);
}

@acquire_more@
identifier folio, pins;
@@
folio_add_pins(struct folio *folio, unsigned int pins)
{
	...
-	return try_grab_folio(folio, pins, FOLL_PIN);
+	return gup_mirror_added_pins(folio, pins, try_grab_folio(folio, pins, FOLL_PIN));
}

// In Linux 6.1 some have the number in a variable, and get_user_pages_unlocked() does
// the work of others, with a flag that its callers do not give.

@acquire_only@
identifier fn = {get_user_pages_fast_only, pin_user_pages_fast_only};
identifier nr_pinned;
symbol pages, gup_flags, __func__;
@@
fn(...)
{
	...
-	return nr_pinned;
+	return gup_mirror_acquired(__func__, pages, gup_flags, nr_pinned);
}

@acquire_unlocked@
identifier locked, mm, ret;
symbol pages, gup_flags, __func__;
@@
get_user_pages_unlocked(...)
{
	...
	if (locked)
		mmap_read_unlock(mm);
+	if (!(gup_flags & (FOLL_GET | FOLL_PIN)))
+		ret = gup_mirror_acquired(__func__, pages, gup_flags, ret);
	return ret;
}

@acquire_through_other@
symbol pages, gup_flags, __func__;
expression list args;
@@
pin_user_pages_unlocked(...)
{
	...
-	return get_user_pages_unlocked(args);
+	return gup_mirror_acquired(__func__, pages, gup_flags, get_user_pages_unlocked(args));
}
