/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: a walk over all folios that are pinned.
 */
#ifndef _MM_GUP_MIRROR_WALK_H
#define _MM_GUP_MIRROR_WALK_H

#include <linux/types.h>

/**
 * struct gup_mirror_held - a folio that is pinned
 * @pfn: its page frame number
 * @hold: the word for its pins, see ledger.h
 * @since: when the first of them came
 * @orphan: nobody else has it
 */
struct gup_mirror_held {
	unsigned long pfn;
	u64 hold;
	u32 since;
	bool orphan;
};

typedef void (*gup_mirror_visit_t)(const struct gup_mirror_held *held,
				   void *data);

void gup_mirror_walk(gup_mirror_visit_t visit, void *data);

#endif /* _MM_GUP_MIRROR_WALK_H */
