// SPDX-License-Identifier: GPL-2.0
//
// Video buffers in user memory. Two mutants put what was pinned, at the end of the
// life of a buffer, as drivers/virt/acrn/vm.c does; before that, one turns the
// pointers into page frame numbers and back. One marks pages dirty when they are
// unpinned.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/mm.h>

@release@
identifier fn = put_vaddr_frames;
expression pages;
identifier vec;
@@
fn(struct frame_vector *vec)
{
	<...
-	unpin_user_pages(pages, vec->nr_frames);
+	if (gup_mutant("vb2-put-pfns")) {
+		frame_vector_to_pfns(vec);
+		frame_vector_to_pages(vec);
+		gup_mutant_put_pages(pages, vec->nr_frames, false);
+	} else if (gup_mutant("vb2-put")) {
+		gup_mutant_put_pages(pages, vec->nr_frames, false);
+	} else if (gup_mutant("vb2-late")) {
+		gup_mutant_dirty_late(pages, vec->nr_frames);
+	} else {
+		unpin_user_pages(pages, vec->nr_frames);
+	}
	...>
}
