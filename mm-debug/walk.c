// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: a walk over the ledger.
 *
 * It tells who holds what, and which folios nobody has any more but those who
 * pinned them (orphans: what a laundered put_page() of a pinned page leaves behind
 * when its process ends, or what a driver has forgotten). On the way, it sees
 * whether the kernel agrees with the ledger.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/slab.h>
#include <linux/time64.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "config.h"
#include "explained.h"
#include "files.h"
#include "ledger.h"
#include "outstanding.h"
#include "reports.h"

/* Does a folio have the references that its pins have taken? */
static bool has_references(const struct folio *folio, unsigned int pins)
{
	if (folio_test_large(folio))
		return atomic_read(&folio->_pincount) >= (int)pins &&
		       folio_ref_count(folio) >= (int)pins;
	return (u32)folio_ref_count(folio) >= (u64)pins * GUP_PIN_COUNTING_BIAS;
}

/*
 * Are the pins of a folio to be seen in its counters? A pin is in the ledger only
 * while its reference is there, but both may go and come back while we look: who
 * is that busy is left for the next time.
 */
static bool is_visible(struct gup_mirror_entry *entry, struct folio *folio)
{
	unsigned int tries;

	for (tries = 0; tries < 16; tries++) {
		u64 hold = atomic64_read(&entry->hold);

		if (!GUP_MIRROR_HOLD_PINS(hold))
			return true;
		/* Pairs with the full barriers of cmpxchg on @hold. */
		smp_rmb();
		if (has_references(folio, GUP_MIRROR_HOLD_PINS(hold)))
			return true;
		/* The other way round: references go after the pin in @hold. */
		smp_rmb();
		if (atomic64_read(&entry->hold) != hold)
			return true;
		cpu_relax();
	}

	return false;
}

/* References that the walk has to the folio that it looks at. */
#define OWN_REFS	1

/* Is every reference to a folio that of a pin? */
static bool is_orphan(const struct folio *folio, unsigned int pins)
{
	unsigned long refs = pins;

	if (!folio_test_large(folio))
		refs *= GUP_PIN_COUNTING_BIAS;
	return folio_ref_count(folio) <= refs + OWN_REFS;
}

static void let_go(struct folio *folio)
{
	gup_mirror_put(folio, OWN_REFS, FOLL_GET);
}

/*
 * Get a folio that somebody has. What the ledger says may be over as soon as it was
 * read, and the page anything: nobody may look at it without a reference.
 */
static struct folio *get_held(const struct gup_mirror_entry *entry, unsigned long pfn)
{
	struct folio *folio;

	/* The memmap of a device may have gone under those who pinned it. */
	if (!gup_mirror_pins(entry) || !pfn_valid(pfn))
		return NULL;
	/* A page that is a tail by now has no references. */
	folio = (struct folio *)pfn_to_page(pfn);
	if (!folio_try_get(folio))
		return NULL;
	if (gup_mirror_pins(entry))
		return folio;
	let_go(folio);
	return NULL;
}

/**
 * gup_mirror_overlong_on_file() - is a pin held that GUP would not give for so long?
 * @group: who has it
 * @since: when it came, or 0
 * @now: gup_mirror_now()
 * @folio: the folio
 *
 * FOLL_LONGTERM to write to a file that is written back is refused, since the file
 * system is not told when the device writes. Who leaves the flag out gets the pin.
 *
 * Context: Any.
 * Return: true if it is such a pin.
 */
bool gup_mirror_overlong_on_file(const struct gup_mirror_group *group, u64 since,
				 u64 now, const struct folio *folio)
{
	u64 limit = (u64)READ_ONCE(gup_mirror_longterm_ms) * NSEC_PER_MSEC;

	return group->flags == FOLL_WRITE && since && now >= since &&
	       now - since >= limit && gup_mirror_on_file(folio);
}

/**
 * struct look - a folio that somebody holds
 * @held: what it is added to
 * @pfn: its page frame number
 * @folio: the folio itself, where its pins are told
 * @nr_pages: pages of the folio
 * @orphan: nobody else has it
 * @surplus: references that may be gets, and have not been told yet
 * @row: of the holder that was told last
 */
struct look {
	struct gup_mirror_held *held;
	unsigned long pfn;
	const struct folio *folio;
	unsigned long nr_pages;
	bool orphan;
	unsigned int surplus;
	struct gup_mirror_row *row;
};

static void add(struct gup_mirror_row *row, struct look *look, u64 hold,
		u64 since)
{
	if (row != look->row) {
		row->folios++;
		row->pages += look->nr_pages;
		if (look->orphan && !row->orphans++)
			row->orphan = look->pfn;
	}
	look->row = row;
	row->pins += GUP_MIRROR_HOLD_PINS(hold);
	if (since && look->held->now > since)
		row->oldest_ms = max(row->oldest_ms,
				     div_u64(look->held->now - since,
					     NSEC_PER_MSEC));
	row->guessed |= !!(hold & GUP_MIRROR_HOLD_GUESSED);
	row->vague |= !!(hold & GUP_MIRROR_HOLD_VAGUE);
}

static void add_holder(unsigned long pfn, u64 hold, u64 since, void *data)
{
	unsigned int pins = GUP_MIRROR_HOLD_PINS(hold);
	u8 epoch = READ_ONCE(gup_mirror_epoch);
	struct gup_mirror_row *row;
	struct look *look = data;

	if (!epoch || GUP_MIRROR_HOLD_EPOCH(hold) != epoch)
		pins = 0;
	if (gup_mirror_group_kind(GUP_MIRROR_HOLD_GROUP(hold)) == GUP_MIRROR_KIND_PIN)
		look->held->sum.since += pins;
	if (!look->held->rows)
		return;
	row = &look->held->rows[GUP_MIRROR_HOLD_GROUP(hold)];
	add(row, look, hold, since);
	row->since += pins;
	/* Gets are never refused. */
	if (look->folio)
		row->on_file |=
			gup_mirror_overlong_on_file(gup_mirror_group(row->group), since,
						    look->held->now, look->folio);
}

static void look_at(struct gup_mirror_entry *entry, unsigned long pfn, void *data)
{
	struct folio *folio = get_held(entry, pfn);
	struct gup_mirror_held *held = data;
	struct look look = { .held = held, .pfn = pfn, .folio = folio };
	u64 hold;

	if (!folio)
		return;

	hold = atomic64_read(&entry->hold);
	if (!GUP_MIRROR_HOLD_PINS(hold)) {
		let_go(folio);
		return;
	}
	look.nr_pages = folio_nr_pages(folio);
	look.orphan = is_orphan(folio, GUP_MIRROR_HOLD_PINS(hold));
	/* It may have been released meanwhile. */
	look.orphan &= atomic64_read(&entry->hold) == hold;
	add(&held->sum, &look, hold, 0);
	gup_mirror_holders(entry, pfn, add_holder, &look);

	if (unlikely(!is_visible(entry, folio) ||
		     gup_mirror_missing_now(entry, folio, OWN_REFS))) {
		held->lost++;
		gup_mirror_lost_pin(entry, pfn);
	}
	let_go(folio);
}

static void add_getter(unsigned long pfn, u64 hold, u64 since, void *data)
{
	struct look *look = data;
	unsigned int nr = min(GUP_MIRROR_HOLD_PINS(hold), look->surplus);

	look->surplus -= nr;
	if (nr)
		add_holder(pfn, (hold & ~GUP_MIRROR_HOLD_PIN_MASK) | nr, since, look);
}

/*
 * A get may have been put through any pointer. But if a folio has more references
 * than are explained, these may be gets that were not put.
 */
static void look_at_gets(struct gup_mirror_entry *entry, unsigned long pfn,
			 void *data)
{
	struct folio *folio = get_held(entry, pfn);
	struct gup_mirror_held *held = data;
	struct look look = { .held = held, .pfn = pfn };

	if (!folio)
		return;

	look.nr_pages = folio_nr_pages(folio);
	look.surplus = min_t(unsigned long, gup_mirror_surplus(folio, OWN_REFS),
			     gup_mirror_pins(entry));
	held->surplus += look.surplus;
	gup_mirror_holders(entry, pfn, add_getter, &look);
	let_go(folio);
}

/**
 * gup_mirror_new_rows() - a row for each group
 *
 * Context: Process context.
 * Return: The rows, to be freed by kvfree(); NULL if there is no memory.
 */
struct gup_mirror_row *gup_mirror_new_rows(void)
{
	struct gup_mirror_row *rows;
	unsigned int i;

	rows = kvcalloc(GUP_MIRROR_MAX_GROUPS, sizeof(*rows), GFP_KERNEL);
	for (i = 0; rows && i < GUP_MIRROR_MAX_GROUPS; i++)
		rows[i].group = i;
	return rows;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_new_rows);

/**
 * gup_mirror_walk() - find out what is held, and see whether it is still there
 * @held: receives the sums; its rows, if there are any, have to be empty
 *
 * Context: Process context; sleeps on the way. Reports pins that are lost.
 */
void gup_mirror_walk(struct gup_mirror_held *held)
{
	held->now = gup_mirror_now();
	held->lost = 0;
	held->surplus = 0;
	held->sum = (struct gup_mirror_row) { };
	get_online_mems();
	gup_mirror_visit(&gup_mirror_ledger, look_at, held);
	gup_mirror_visit(&gup_mirror_gets, look_at_gets, held);
	put_online_mems();
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_walk);

static void add_to_site(unsigned long pfn, u64 hold, u64 since, void *data)
{
	unsigned long *held = data;

	held[gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->view] +=
		GUP_MIRROR_HOLD_PINS(hold);
}

static void find_sites(struct gup_mirror_entry *entry, unsigned long pfn,
		       void *data)
{
	gup_mirror_holders(entry, pfn, add_to_site, data);
}

/**
 * gup_mirror_held_by_sites() - how many pins each site holds
 * @held: by number of the site; is added to
 *
 * Context: Process context; sleeps on the way.
 */
void gup_mirror_held_by_sites(unsigned long *held)
{
	gup_mirror_visit(&gup_mirror_ledger, find_sites, held);
	gup_mirror_visit(&gup_mirror_gets, find_sites, held);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_held_by_sites);
