// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what was taken since a snapshot and was not given back.
 *
 * A snapshot begins an epoch, and a pin carries the number of the epoch that it was
 * taken in. So it is exact, whatever was taken before, and is given back later.
 */

#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/time64.h>

#include <kunit/visibility.h>

#include "ledger.h"
#include "outstanding.h"

u8 gup_mirror_epoch;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_epoch);

static DEFINE_MUTEX(snapshot_mutex);
static u64 snapshot_ns;

static void forget_epoch(struct gup_mirror_entry *entry, unsigned long pfn,
			 void *data)
{
	gup_mirror_forget_epoch(entry);
}

/**
 * gup_mirror_snapshot() - from now on, count what is taken
 *
 * Context: Process context; sleeps.
 */
void gup_mirror_snapshot(void)
{
	mutex_lock(&snapshot_mutex);
	if (gup_mirror_epoch == U8_MAX) {
		/*
		 * Numbers will be used again: nothing may carry one. Who enters pins
		 * reads the number in the same read-side section.
		 */
		WRITE_ONCE(gup_mirror_epoch, 0);
		synchronize_rcu();
		gup_mirror_visit(&gup_mirror_ledger, forget_epoch, NULL);
		gup_mirror_visit(&gup_mirror_gets, forget_epoch, NULL);
	}
	WRITE_ONCE(snapshot_ns, ktime_get_mono_fast_ns());
	WRITE_ONCE(gup_mirror_epoch, gup_mirror_epoch + 1);
	/* Whoever has not seen the new number has entered what he took before. */
	synchronize_rcu();
	mutex_unlock(&snapshot_mutex);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_snapshot);

/**
 * gup_mirror_snapshot_age_ms() - how long ago was the snapshot?
 *
 * Context: Any.
 * Return: Milliseconds; 0 if there was none.
 */
u64 gup_mirror_snapshot_age_ms(void)
{
	if (!READ_ONCE(gup_mirror_epoch))
		return 0;
	return div_u64(ktime_get_mono_fast_ns() - READ_ONCE(snapshot_ns),
		       NSEC_PER_MSEC);
}
