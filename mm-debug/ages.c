// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what takes a walk over the memmap.
 *
 * How long pins have been held, and which folios nobody has any more but those
 * who pinned them (orphans: what a laundered put_page() of a pinned page leaves
 * behind when its process ends, or what a driver has forgotten). On the way, see
 * whether the kernel agrees with the ledger.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page_ref.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "ledger.h"
#include "walk.h"

struct gup_mirror_walked gup_mirror_walked;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_walked);

/* Entries that are looked at in one read-side section of RCU. */
#define SLICE	1024UL

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

static void report_invisible(struct gup_mirror_entry *entry, unsigned long pfn,
			     u64 hold)
{
	/* Without repair, nothing would be reported. */
	if (!READ_ONCE(gup_mirror_enabled) || !gup_mirror_config.repair)
		return;
	/* Once for each folio, however often somebody looks. */
	if (atomic64_fetch_or(GUP_MIRROR_HOLD_INVISIBLE, &entry->hold) &
	    GUP_MIRROR_HOLD_INVISIBLE)
		return;
	gup_mirror_lost_pin(GUP_MIRROR_HOLD_GROUP(hold), pfn,
			    GUP_MIRROR_HOLD_PINS(hold));
}

/* Is every reference to a folio that of a pin? */
static bool is_orphan(const struct folio *folio, unsigned int pins)
{
	unsigned long refs = pins;

	if (!folio_test_large(folio))
		refs *= GUP_PIN_COUNTING_BIAS;
	return folio_ref_count(folio) <= refs;
}

/* As folio_maybe_dma_pinned(), for a page that may be anything. */
static bool may_seem_pinned(struct page *page)
{
	if (PageTail(page) || !page_ref_count(page))
		return false;
	return folio_maybe_dma_pinned((struct folio *)page);
}

/**
 * struct walk - a walk over all entries
 * @walked: what was found
 * @visit: called for each folio with pins, or NULL
 * @data: for @visit
 */
struct walk {
	struct gup_mirror_walked walked;
	gup_mirror_visit_t visit;
	void *data;
};

/*
 * Nobody but its pins may keep memory that is not @online, device memory, and
 * its memmap: without a pin, do not even look.
 */
static void look_at(struct gup_mirror_entry *entry, unsigned long pfn,
		    bool online, void *data)
{
	struct walk *walk = data;
	struct gup_mirror_walked *walked = &walk->walked;
	struct gup_mirror_held held = { .pfn = pfn };
	struct page *page = pfn_to_page(pfn);
	struct folio *folio = (struct folio *)page;

	held.hold = atomic64_read(&entry->hold);
	if (!GUP_MIRROR_HOLD_PINS(held.hold)) {
		if (online && unlikely(may_seem_pinned(page)) &&
		    !is_zero_pfn(pfn) &&
		    !GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold)))
			walked->maybe++;
		return;
	}

	/* Pairs with the cmpxchg in gup_mirror_pin_shared() and its like. */
	smp_rmb();
	held.since = READ_ONCE(entry->since);
	held.orphan = is_orphan(folio, GUP_MIRROR_HOLD_PINS(held.hold));
	walked->folios++;
	walked->pins += GUP_MIRROR_HOLD_PINS(held.hold);
	/* It may have been released meanwhile. */
	held.orphan &= atomic64_read(&entry->hold) == held.hold;
	walked->orphans += held.orphan;

	if (unlikely(!is_visible(entry, folio))) {
		walked->invisible++;
		report_invisible(entry, pfn, held.hold);
	}
	if (walk->visit)
		walk->visit(&held, walk->data);
}

/* Call @look for all entries that there are. */
static void walk_entries(void (*look)(struct gup_mirror_entry *entry,
				      unsigned long pfn, bool online,
				      void *data),
			 void *data)
{
	const unsigned long nr_pages = (gup_mirror_region.mask + 1) /
				       sizeof(struct page);
	unsigned long pfn, i;

	get_online_mems();
	for (pfn = 0; pfn < nr_pages; pfn += SLICE) {
		struct gup_mirror_cursor cursor = GUP_MIRROR_CURSOR;
		unsigned long section = pfn >> PFN_SECTION_SHIFT;
		bool online;

		if (!present_section_nr(section)) {
			pfn = round_down(pfn, PAGES_PER_SECTION) +
			      PAGES_PER_SECTION - SLICE;
			continue;
		}
		online = pfn_to_online_page(pfn);
		if (!online && !gup_mirror_device_entries(section))
			continue;

		rcu_read_lock();
		for (i = pfn; i < pfn + SLICE; i++) {
			struct gup_mirror_entry *entry =
				gup_mirror_entry(&cursor,
						 (struct folio *)pfn_to_page(i));

			if (likely(entry))
				look(entry, i, online, data);
		}
		rcu_read_unlock();
		cond_resched();
	}
	put_online_mems();
}

/**
 * gup_mirror_walk() - look at all folios that are pinned
 * @visit: called for each, inside rcu_read_lock(); or NULL
 * @data: for @visit
 *
 * Context: Process context; sleeps between slices.
 */
void gup_mirror_walk(gup_mirror_visit_t visit, void *data)
{
	struct walk walk = { .visit = visit, .data = data };

	walk_entries(look_at, &walk);
	gup_mirror_walked = walk.walked;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_walk);

static void forget_epoch(struct gup_mirror_entry *entry, unsigned long pfn,
			 bool online, void *data)
{
	const u64 epoch = gup_mirror_tag(0, 0xff);
	u64 hold = atomic64_read(&entry->hold);

	while (hold & epoch &&
	       !atomic64_try_cmpxchg(&entry->hold, &hold, hold & ~epoch))
		;
}

/**
 * gup_mirror_forget_epochs() - no pin is from after a snapshot
 *
 * Context: Process context. Nobody uses an epoch but 0 meanwhile.
 */
void gup_mirror_forget_epochs(void)
{
	walk_entries(forget_epoch, NULL);
	gup_mirror_shares_forget_epochs();
}

/* What is shown of a group. */
struct row {
	unsigned int group;
	unsigned long folios;
	unsigned long pins;
	unsigned long orphans;
	u32 oldest;
};

struct rows {
	u32 now;
	struct row *rows;
};

static void add_to_row(const struct gup_mirror_held *held, void *data)
{
	struct rows *rows = data;
	struct row *row = &rows->rows[GUP_MIRROR_HOLD_GROUP(held->hold)];
	s32 age = rows->now - held->since;

	row->folios++;
	row->pins += GUP_MIRROR_HOLD_PINS(held->hold);
	row->orphans += held->orphan;
	if (age > 0 && age > row->oldest)
		row->oldest = age;
}

static int older(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->oldest != y->oldest)
		return x->oldest < y->oldest ? 1 : -1;
	if (x->pins != y->pins)
		return x->pins < y->pins ? 1 : -1;
	return x->group < y->group ? -1 : 1;
}

static void show_row(struct seq_file *m, const struct row *row)
{
	const struct gup_mirror_group *group = gup_mirror_group(row->group);
	const struct gup_mirror_site *site = gup_mirror_site(group->view);
	bool suspect = row->oldest >= READ_ONCE(gup_mirror_longterm_ms) &&
		       !(group->flags & FOLL_LONGTERM) && !group->catch_all;
	char name[GUP_MIRROR_NAME_LEN];

	gup_mirror_site_name(name, sizeof(name), site);
	seq_printf(m, "oldest_ms=%u folios=%lu pins=%lu orphans=%lu suspect=%s flags=%s function=%s site=%s\n",
		   row->oldest, row->folios, row->pins, row->orphans,
		   suspect ? "yes" : "no", gup_mirror_group_flags(group),
		   gup_mirror_site_fn_name(site), name);
	gup_mirror_show_stack(m, "  ", group->stack);
	seq_putc(m, '\n');
}

/**
 * gup_mirror_ages_show() - print what is held, the oldest first
 * @m: the file
 * @v: ignored
 *
 * A folio that several groups have pinned is shown with the first of them.
 *
 * Context: Process context. Takes time in proportion to the memory there is.
 * Return: 0 or -ENOMEM.
 */
int gup_mirror_ages_show(struct seq_file *m, void *v)
{
	const struct gup_mirror_walked *walked = &gup_mirror_walked;
	struct rows rows;
	unsigned int i;

	seq_puts(m, "gup_mirror ages - version: 1\n");
	if (gup_mirror_config.mode == GUP_MIRROR_OFF)
		return 0;

	rows.now = gup_mirror_now();
	rows.rows = kvcalloc(GUP_MIRROR_MAX_GROUPS, sizeof(*rows.rows),
			     GFP_KERNEL);
	if (!rows.rows)
		return -ENOMEM;
	for (i = 0; i < GUP_MIRROR_MAX_GROUPS; i++)
		rows.rows[i].group = i;
	gup_mirror_walk(add_to_row, &rows);
	sort(rows.rows, GUP_MIRROR_MAX_GROUPS, sizeof(*rows.rows), older, NULL);

	seq_printf(m, "# total: folios=%lu pins=%lu orphans=%lu lost=%lu maybe_pinned=%lu\n\n",
		   walked->folios, walked->pins, walked->orphans,
		   walked->invisible, walked->maybe);
	for (i = 0; i < GUP_MIRROR_MAX_GROUPS; i++) {
		if (rows.rows[i].folios)
			show_row(m, &rows.rows[i]);
	}

	kvfree(rows.rows);
	return 0;
}
