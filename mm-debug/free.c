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
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/preempt.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "config.h"
#include "gets.h"
#include "ledger.h"
#include "reports.h"
#include "suspects.h"
#include "views.h"

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

/* The pins are gone with the folio: take them from the ledger. */
static void forget_pins(struct gup_mirror_entry *entry, unsigned int caller)
{
	struct gup_mirror_settle settle;

	gup_mirror_settle_begin(&settle, caller, 0);
	settle.wrong = true;
	gup_mirror_unpin(&settle, entry,
			 GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold)),
			 GUP_MIRROR_NO_VIEW);
	gup_mirror_settle_end(&settle);
	/* Nobody has unpinned them: nothing that a later report could show. */
	WRITE_ONCE(entry->state, 0);
}

/*
 * Pages of fsdax are free when one reference is left, and may be pinned again at any
 * time: then the references of the pins are there.
 */
static bool has_references(const struct folio *folio, unsigned int pins)
{
	/* Pairs with the cmpxchg in gup_mirror_pin(): references come first. */
	smp_rmb();
	return !folio_test_large(folio) &&
	       (u32)folio_ref_count(folio) > (u64)pins * GUP_PIN_COUNTING_BIAS;
}

static noinline bool free_while_pinned(struct gup_mirror_entry *entry,
				       struct folio *folio, unsigned long pfn,
				       unsigned long ip)
{
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_FREE_WHILE_PINNED,
		.nr = 1,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
		.repaired = gup_mirror_config.repair,
	};

	finding.caller = gup_mirror_save_free(ip, &finding.released);
	gup_mirror_find_holders(&finding, entry, pfn);
	/* Somebody has just unpinned it, and is about to find out. */
	if (!finding.pins || has_references(folio, finding.pins))
		return false;
	if (READ_ONCE(gup_mirror_enabled)) {
		gup_mirror_find_suspects(&finding, entry, pfn);
		gup_mirror_violation(&finding);
		if (gup_mirror_config.repair)
			return keep(folio, finding.pins);
	}
	forget_pins(entry, finding.caller);
	return false;
}

/**
 * __gup_mirror_free() - a folio of which something is known is about to be freed
 * @page: its head page, or the first of pages that are no folio
 *
 * Context: Any. Nobody holds a reference.
 * Return: true if it must not be freed: it has got references again, for its
 * pins.
 */
bool __gup_mirror_free(struct page *page)
{
	unsigned long pfn = page_to_pfn(page);
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	u64 hold, state;

	/* It takes a lock if several have got the folio; NMI frees none that was got. */
	if (gup_mirror_gets.root && !in_nmi())
		gup_mirror_forget_gets(pfn);
	if (!entry)
		return false;
	hold = atomic64_read(&entry->hold);
	if (unlikely(hold & ~GUP_MIRROR_HOLD_TAG_MASK)) {
		if (GUP_MIRROR_HOLD_PINS(hold) &&
		    free_while_pinned(entry, (struct folio *)page, pfn, _RET_IP_))
			return true;
		/*
		 * What is left of extra references does not outlive the folio. If
		 * the word has changed, this is fsdax, and somebody has pinned it.
		 */
		atomic64_try_cmpxchg(&entry->hold, &hold,
				     hold & GUP_MIRROR_HOLD_TAG_MASK);
	}
	/* Nor does the suspicion against who released a pin last. */
	state = READ_ONCE(entry->state);
	if (unlikely(state & GUP_MIRROR_RELEASED &&
		     state & GUP_MIRROR_RELEASED_ALIEN))
		WRITE_ONCE(entry->state, 0);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_free);
