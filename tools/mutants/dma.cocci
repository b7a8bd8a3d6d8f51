// SPDX-License-Identifier: GPL-2.0
//
// Devices that have memory mapped while it is pinned, by the pointers that were pinned:
// those of registered buffers of io_uring, which no bio has laundered. In Linux 7.x, the
// block layer launders these as well, when it maps them.
// The mutants never unmap it, so that the pins go first.

@header@
@@
+#include <linux/gup_mutant.h>
 #include <linux/module.h>

@nvme@
identifier fn = nvme_unmap_data;
identifier iod;
@@
fn(...)
{
	...
	if (iod->dma_len) {
+		if (!gup_mutant("nvme-mapped"))
		dma_unmap_page(...);
		return;
	}
	...
}

@virtio@
identifier fn = {vring_unmap_one_split, vring_unmap_one_split_indirect};
@@
fn(...)
{
	<...
+	if (!gup_mutant("virtio-mapped"))
	dma_unmap_page(...);
	...>
}
