// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: a folio goes back to its allocator.
 *
 * Whoever still pins it is in trouble: a device may go on writing to what is
 * somebody else's memory in a moment. The last moment to see it is before the
 * allocator takes the folio apart. It is repaired by not freeing it: it gets
 * back the references of its pins, and goes when these are released.
 */

#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/rcupdate.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "ledger.h"

/* Give the folio back what its pins hold. Returns that it is not to be freed. */
static bool keep(struct folio *folio, unsigned int pins)
{
	if (folio_test_large(folio))
		atomic_set(&folio->_pincount, pins);
	else
		pins *= GUP_PIN_COUNTING_BIAS;
	/* Folios of fsdax are free when one reference is left. */
	folio_ref_add(folio, pins);
	return true;
}

/* The pins are gone with the folio: take them from the accounts. */
static void forget_pins(struct gup_mirror_entry *entry,
			const struct folio *folio, unsigned int caller)
{
	u32 pins = GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold));
	struct gup_mirror_settle settle;

	gup_mirror_settle_begin(&settle, caller, 0);
	settle.wrong = true;
	/* Nobody has unpinned them: nothing that a later report could show. */
	settle.released = 0;
	gup_mirror_unpin(&settle, entry, folio, pins, GUP_MIRROR_NO_VIEW);
	gup_mirror_settle_end(&settle);
}

static noinline bool free_while_pinned(struct gup_mirror_entry *entry,
				       struct folio *folio)
{
	u64 hold = atomic64_read(&entry->hold);
	struct gup_mirror_group *group =
		gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold));
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_FREE_WHILE_PINNED,
		.nr = 1,
		.view = group->view,
		.acquired = group->stack,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = gup_mirror_pfn(folio),
		.pins = GUP_MIRROR_HOLD_PINS(hold),
		.repaired = gup_mirror_config.repair,
	};
	bool enabled = READ_ONCE(gup_mirror_enabled);

	finding.caller = gup_mirror_save_free(&finding.released);
	if (enabled) {
		gup_mirror_violation(&finding);
		if (gup_mirror_config.repair)
			return keep(folio, finding.pins);
	}
	forget_pins(entry, folio, finding.caller);
	return false;
}

/**
 * __gup_mirror_free() - a folio is about to be freed
 * @page: its head page, or the first of pages that are no folio
 *
 * Context: Any. Nobody holds a reference.
 * Return: true if it must not be freed: it has got references again, for its
 * pins.
 */
bool __gup_mirror_free(struct page *page)
{
	struct gup_mirror_cursor cursor = GUP_MIRROR_CURSOR;
	struct folio *folio = (struct folio *)page;
	struct gup_mirror_entry *entry;
	bool keep_it = false;

	rcu_read_lock();
	entry = gup_mirror_entry(&cursor, folio);
	if (likely(entry)) {
		if (unlikely(GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold))))
			keep_it = free_while_pinned(entry, folio);
		/* What is left of them does not outlive the folio. */
		if (unlikely(atomic_read(&entry->extra)) && !keep_it)
			atomic_set(&entry->extra, 0);
		/* Nor does the suspicion against who released a pin last. */
		if (unlikely(READ_ONCE(entry->released) &
			     GUP_MIRROR_RELEASED_ALIEN) && !keep_it)
			WRITE_ONCE(entry->released, 0);
	}
	rcu_read_unlock();

	return keep_it;
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_free);
