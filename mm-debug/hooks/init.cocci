// SPDX-License-Identifier: GPL-2.0
//
// The layer needs the page allocator, slab and vmalloc, and has to be there before the first user page table.
//
// Applied to: mm/mm_init.c, and init/main.c of Linux 6.1

@has_header@
@@
#include <linux/gup_mirror_memmap.h>

@depends on !has_header@
@@
(
#include <linux/execmem.h>
+#include <linux/gup_mirror_memmap.h>
|
#include <linux/start_kernel.h>
+#include <linux/gup_mirror_memmap.h>
)

@init@
identifier fn = {mm_core_init, mm_init};
@@
fn(...)
{
	...
	if (...)
		page_ext_init();
+	gup_mirror_init();
	init_espfix_bsp();
	...
}
