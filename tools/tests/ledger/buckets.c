// SPDX-License-Identifier: GPL-2.0
/*
 * A look into shares.c, which is compiled here.
 */

#include "../../../mm-debug/shares.c"
#include "world.h"

bool same_bucket(const struct gup_mirror_entry *entry,
		 const struct gup_mirror_entry *other)
{
	return bucket_of(entry) == bucket_of(other);
}

bool shares_fit(struct gup_mirror_entry *entry)
{
	struct bucket *bucket = bucket_of(entry);
	unsigned int nr = 0, empty = 0;
	unsigned long pins = 0;
	struct share *share;
	u64 hold;

	raw_spin_lock_irq(&bucket->lock);
	hold = atomic64_read(&entry->hold);
	hlist_for_each_entry(share, &bucket->shares, node) {
		if (share->entry != entry)
			continue;
		nr++;
		empty += !share->nr;
		pins += share->nr;
	}
	raw_spin_unlock_irq(&bucket->lock);

	if (!(hold & GUP_MIRROR_HOLD_SHARED))
		return !nr;
	return nr > 1 && !empty && pins == GUP_MIRROR_HOLD_PINS(hold);
}
