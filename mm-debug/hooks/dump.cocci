// SPDX-License-Identifier: GPL-2.0
//
// A page that is in somebody's way is dumped: who pins it comes ahead of who has
// allocated it.
//
// Applied to: mm/debug.c

@has_header@
@@
#include "gup_mirror/hooks.h"

@depends on !has_header@
@@
+#include "gup_mirror/hooks.h"
#include "internal.h"

@dump@
identifier p;
@@
dump_page(...)
{
	...
+	gup_mirror_dump(p);
	dump_page_owner(p);
}
