/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: pages that are mapped for a device while they are pinned.
 */
#ifndef _MM_GUP_MIRROR_MAPPED_H
#define _MM_GUP_MIRROR_MAPPED_H

#include <linux/atomic.h>

/* Folios whose mapping found no memory to be remembered. */
extern atomic_long_t gup_mirror_mappings_lost;

int gup_mirror_mapped_init(void);

#endif /* _MM_GUP_MIRROR_MAPPED_H */
