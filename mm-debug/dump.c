// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what dump_page() says of pins.
 *
 * It is called where a page is in somebody's way: memory cannot be taken offline,
 * a range cannot be had by CMA, or an assertion fails. Who pins it, since when and
 * with which stack is what people then want to know.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/array_size.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/time64.h>

#include <kunit/visibility.h>

#include "ledger.h"
#include "outstanding.h"
#include "places.h"
#include "reports.h"

/**
 * struct holders - those who have pins on a folio
 * @nr: number of @of
 * @more: pins of others, for whom there is no room
 * @of: each with its pins, and the time when the first of them came
 */
struct holders {
	unsigned int nr;
	unsigned int more;
	struct {
		unsigned int group;
		unsigned int pins;
		u64 since;
	} of[GUP_MIRROR_MAX_HOLDERS];
};

static void note_holder(unsigned long pfn, u64 hold, u64 since, void *data)
{
	unsigned int pins = GUP_MIRROR_HOLD_PINS(hold), i;
	struct holders *holders = data;

	/* One that has pins from before a snapshot is told twice. */
	for (i = 0; i < holders->nr; i++) {
		if (holders->of[i].group == GUP_MIRROR_HOLD_GROUP(hold)) {
			holders->of[i].pins += pins;
			return;
		}
	}
	if (i == ARRAY_SIZE(holders->of)) {
		holders->more += pins;
		return;
	}
	holders->of[i].group = GUP_MIRROR_HOLD_GROUP(hold);
	holders->of[i].pins = pins;
	holders->of[i].since = since;
	holders->nr++;
}

static void print_stack(depot_stack_handle_t stack, u32 generation)
{
	char line[GUP_MIRROR_NAME_LEN];
	unsigned int i;

	for (i = 0; gup_mirror_stack_line(line, sizeof(line), stack, generation, i); i++)
		pr_warn("  %s\n", line);
}

static void print_holder(const struct folio *folio, unsigned int number,
			 unsigned int pins, u64 since, u64 now)
{
	const struct gup_mirror_group *group = gup_mirror_group(number);
	const struct gup_mirror_site *site = gup_mirror_site(group->view);
	char name[GUP_MIRROR_NAME_LEN], age[32] = "of unknown age";

	if (since && now >= since)
		scnprintf(age, sizeof(age), "%llu ms old",
			  div_u64(now - since, NSEC_PER_MSEC));
	gup_mirror_site_name(name, sizeof(name), site);
	pr_warn("%u %s by %s() at %s, flags %s, %s%s\n", pins,
		pins == 1 ? "pin" : "pins", gup_mirror_site_fn_name(site), name,
		gup_mirror_group_flags(group), age,
		gup_mirror_overlong_on_file(group, since, now, folio) ?
		", overlong on a file" : "");
	print_stack(group->stack, group->generation);
}

/**
 * __gup_mirror_dump() - print who has pinned a page
 * @page: the page, which may be anything, and may be nobody's
 *
 * Context: Any. From NMI, where a lock that is needed may be held, it only says
 * how many pins there are.
 */
void __gup_mirror_dump(const struct page *page)
{
	const struct folio *folio = gup_mirror_raw_folio(page);
	unsigned long pfn = page_to_pfn(&folio->page);
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	struct holders holders = { };
	u64 hold, now = gup_mirror_now();
	unsigned int i;

	hold = gup_mirror_hold(entry);
	if (!GUP_MIRROR_HOLD_PINS(hold) || !pfn_valid(pfn))
		return;

	pr_warn("page 0x%lx is of a folio with pins: %u%s\n", pfn,
		GUP_MIRROR_HOLD_PINS(hold),
		hold & GUP_MIRROR_HOLD_GUESSED ? ", whose they are was guessed" : "");
	if (in_nmi())
		return;
	gup_mirror_holders(entry, pfn, note_holder, &holders);
	for (i = 0; i < holders.nr; i++)
		print_holder((struct folio *)pfn_to_page(pfn), holders.of[i].group,
			     holders.of[i].pins, holders.of[i].since, now);
	if (holders.more)
		pr_warn("and %u pins by others\n", holders.more);
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_dump);
