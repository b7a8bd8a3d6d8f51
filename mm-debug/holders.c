// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: who is named as the one that acquired a page.
 *
 * For a release, that is whose pins it was taken for. For what is found late, it
 * is everybody who holds the folio now: whoever pinned it first, and has released
 * it since, has nothing to do with it.
 */

#include <linux/compiler.h>
#include <linux/minmax.h>
#include <linux/swap.h>

#include "config.h"
#include "ledger.h"
#include "reports.h"
#include "suspects.h"

/**
 * gup_mirror_acquired_by_site() - a page came from a site, nobody knows when
 * @finding: the violation
 * @view: the site, or GUP_MIRROR_NO_VIEW
 *
 * Context: Any.
 */
void gup_mirror_acquired_by_site(struct gup_mirror_finding *finding,
				 unsigned int view)
{
	const struct gup_mirror_site *site;

	finding->nr_holders = 0;
	if (view == GUP_MIRROR_NO_VIEW)
		return;

	site = gup_mirror_site(view);
	finding->nr_holders = 1;
	finding->holders[0] = (struct gup_mirror_acquire) {
		.view = view,
		.stack = READ_ONCE(site->stack),
		.generation = READ_ONCE(site->generation),
	};
}

/**
 * gup_mirror_acquired_by_group() - a page was pinned by a group
 * @finding: the violation; gets one more holder, or counts it
 * @number: number of the group
 * @stacks: how many groups of its site may have been meant
 * @pins: pins that it holds
 *
 * Context: Any.
 */
void gup_mirror_acquired_by_group(struct gup_mirror_finding *finding,
				  unsigned int number, unsigned int stacks,
				  unsigned int pins)
{
	const struct gup_mirror_group *group = gup_mirror_group(number);
	unsigned int i = finding->nr_holders;

	if (i == GUP_MIRROR_MAX_HOLDERS) {
		finding->more++;
		/* The last has least: it makes room for one that has more. */
		i--;
		if (finding->holders[i].pins >= pins)
			return;
	} else {
		finding->nr_holders++;
	}
	/* Most first. */
	for (; i && finding->holders[i - 1].pins < pins; i--)
		finding->holders[i] = finding->holders[i - 1];
	finding->holders[i] = (struct gup_mirror_acquire) {
		.view = group->view,
		.stack = group->stack,
		.generation = group->generation,
		.stacks = stacks,
		.pins = pins,
	};
}

/* Is the tag that of a site? It stays when the last pin has gone. */
static bool tag_is_of(u64 hold, unsigned int view)
{
	return hold & GUP_MIRROR_HOLD_TAG_MASK &&
	       gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->view == view;
}

/**
 * gup_mirror_acquired_by_last() - a page came from a site that has nothing left of it
 * @finding: the violation
 * @entry: of the folio, or NULL
 * @view: the site, or GUP_MIRROR_NO_VIEW
 *
 * Context: Any.
 */
void gup_mirror_acquired_by_last(struct gup_mirror_finding *finding,
				 const struct gup_mirror_entry *entry,
				 unsigned int view)
{
	u64 hold = gup_mirror_hold(entry);
	unsigned int group = GUP_MIRROR_HOLD_GROUP(hold);

	if (tag_is_of(hold, view) && !gup_mirror_group(group)->catch_all)
		gup_mirror_acquired_by_group(finding, group, 1, 0);
	else
		gup_mirror_acquired_by_site(finding, view);
	finding->pins = GUP_MIRROR_HOLD_PINS(hold);
}

/* A look for holders: the one who was told last may be told again. */
struct search {
	struct gup_mirror_finding *finding;
	unsigned int group;
	unsigned int pins;
};

static void add_holder(struct search *search)
{
	search->finding->pins += search->pins;
	if (search->pins)
		gup_mirror_acquired_by_group(search->finding, search->group, 1,
					     search->pins);
	search->pins = 0;
}

static void find_holder(unsigned long pfn, u64 hold, u64 since, void *data)
{
	struct search *search = data;

	if (GUP_MIRROR_HOLD_GROUP(hold) != search->group)
		add_holder(search);
	search->group = GUP_MIRROR_HOLD_GROUP(hold);
	search->pins += GUP_MIRROR_HOLD_PINS(hold);
}

/**
 * gup_mirror_find_holders() - name those who have pins on a folio
 * @finding: the violation
 * @entry: of the folio
 * @pfn: page frame number of the folio
 *
 * Context: Any.
 */
void gup_mirror_find_holders(struct gup_mirror_finding *finding,
			     struct gup_mirror_entry *entry, unsigned long pfn)
{
	struct search search = { .finding = finding };

	finding->pins = 0;
	finding->nr_holders = 0;
	finding->more = 0;
	gup_mirror_holders(entry, pfn, find_holder, &search);
	add_holder(&search);
}

/**
 * gup_mirror_acquired_by_holder() - name a site that has pins on a folio
 * @finding: the violation
 * @entry: of the folio
 * @pfn: page frame number of the folio
 * @view: the site
 *
 * Context: Any.
 */
void gup_mirror_acquired_by_holder(struct gup_mirror_finding *finding,
				   struct gup_mirror_entry *entry,
				   unsigned long pfn, unsigned int view)
{
	struct gup_mirror_acquire one = { .view = GUP_MIRROR_NO_VIEW };
	unsigned int i;

	gup_mirror_find_holders(finding, entry, pfn);
	for (i = 0; i < finding->nr_holders; i++) {
		if (finding->holders[i].view != view)
			continue;
		if (one.stacks)
			one.stacks++;
		else
			one = finding->holders[i];
	}
	finding->more = 0;
	finding->nr_holders = 1;
	finding->holders[0] = one;
	if (!one.stacks)
		gup_mirror_acquired_by_site(finding, view);
}

/**
 * gup_mirror_lost_pin() - a folio has fewer references than its pins have taken
 * @entry: of the folio
 * @pfn: page frame number of the folio
 *
 * They were stolen: soon the folio is freed under those who have pinned it, or
 * folio_maybe_dma_pinned() denies that they have.
 * Without repair, what was reported before leaves such folios behind.
 *
 * Context: Any but NMI.
 */
void gup_mirror_lost_pin(struct gup_mirror_entry *entry, unsigned long pfn)
{
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_LOST_PIN,
		.nr = 1,
		.caller = GUP_MIRROR_NO_CALLER,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
	};

	if (!READ_ONCE(gup_mirror_enabled))
		return;
	/* Once for each folio, however often somebody looks. */
	if (atomic64_fetch_or(GUP_MIRROR_HOLD_REPORTED, &entry->hold) &
	    GUP_MIRROR_HOLD_REPORTED)
		return;
	if (!gup_mirror_config.repair)
		return;
	gup_mirror_find_holders(&finding, entry, pfn);
	gup_mirror_find_suspects(&finding, entry, pfn);
	if (finding.pins)
		gup_mirror_violation(&finding);
}
