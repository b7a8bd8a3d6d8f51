// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: a module goes, and its pins stay.
 *
 * Nobody is left who could release them, unless some other part of the kernel
 * was asked to, and is only a little late: that is given a second. What counts
 * is what is on the folios, where it is certain whose pins these are, and not
 * what was counted for the site.
 */

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "gup_mirror.h"
#include "ledger.h"
#include "walk.h"

/* How long those may take who release pins for a module, in milliseconds. */
#define PATIENCE	1000
#define NAP		20

static bool has_pins(unsigned int view, const struct module *mod)
{
	const struct gup_mirror_site *site = gup_mirror_site(view);

	return site->ip && gup_mirror_leaves(site->ip, mod) &&
	       atomic_long_read(&site->held) > 0;
}

static bool any_pins(const struct module *mod)
{
	unsigned int view;

	for (view = 0; view < gup_mirror_views.nr[GUP_MIRROR_PIN]; view++) {
		if (has_pins(view, mod))
			return true;
	}
	return false;
}

/**
 * struct search - a look for what is left
 * @mod: whose
 * @leaks: what was found, by number of group; NULL if there is no memory for that
 * @view: then only this site is looked at,
 * @sum: and this is what was found
 */
struct search {
	const struct module *mod;
	struct gup_mirror_leak *leaks;
	unsigned int view;
	struct gup_mirror_leak sum;
};

static void add_leak(struct search *search, unsigned int group, unsigned int pins)
{
	struct gup_mirror_leak *leak = &search->sum;

	if (search->leaks)
		leak = &search->leaks[group];
	else if (gup_mirror_group(group)->view != search->view)
		return;
	leak->pins += pins;
	leak->folios++;
}

static void search_folio(const struct gup_mirror_held *held, void *data)
{
	unsigned int group = GUP_MIRROR_HOLD_GROUP(held->hold);
	struct search *search = data;
	unsigned int view, pins;

	if (held->hold & GUP_MIRROR_HOLD_GUESSED)
		return;

	if (!(held->hold & GUP_MIRROR_HOLD_SHARED)) {
		if (has_pins(gup_mirror_group(group)->view, search->mod))
			add_leak(search, group,
				 GUP_MIRROR_HOLD_PINS(held->hold));
		return;
	}

	/* Several have it: the site is certain, and its stack is not. */
	for (view = 0; view < gup_mirror_views.nr[GUP_MIRROR_PIN]; view++) {
		if (!has_pins(view, search->mod))
			continue;
		pins = gup_mirror_pins_of_view(held->pfn, held->hold, view);
		if (pins)
			add_leak(search, view, pins);
	}
}

static void report_leak(unsigned int view, const struct gup_mirror_leak *sum,
			const struct gup_mirror_leak *leaks,
			depot_stack_handle_t acquired)
{
	const struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_LEAK_AT_UNLOAD,
		.nr = sum->pins,
		.view = view,
		.acquired = acquired,
		.caller = GUP_MIRROR_NO_CALLER,
		.before = GUP_MIRROR_NO_CALLER,
		.folios = sum->folios,
		.leaks = leaks,
	};

	if (finding.nr)
		gup_mirror_violation(&finding);
}

static void report_site(unsigned int view, const struct gup_mirror_leak *leaks)
{
	unsigned int i, nr = gup_mirror_groups_used();
	depot_stack_handle_t acquired = 0;
	struct gup_mirror_leak sum = { };
	unsigned long most = 0;

	for (i = 0; i < nr; i++) {
		if (!leaks[i].pins || gup_mirror_group(i)->view != view)
			continue;
		sum.pins += leaks[i].pins;
		sum.folios += leaks[i].folios;
		if (leaks[i].pins > most) {
			most = leaks[i].pins;
			acquired = gup_mirror_group(i)->stack;
		}
	}
	report_leak(view, &sum, leaks, acquired);
}

/* Which stack has left what is not known, but how much there is of the site. */
static void report_sum(struct search *search, unsigned int view)
{
	search->view = view;
	search->sum = (struct gup_mirror_leak) { };
	gup_mirror_walk(search_folio, search);
	report_leak(view, &search->sum, NULL, 0);
}

/**
 * gup_mirror_check_unload() - a module is about to go
 * @mod: the module; nothing runs there any more
 *
 * Context: Process context; sleeps.
 */
void gup_mirror_check_unload(const struct module *mod)
{
	struct search search = { .mod = mod };
	unsigned int view, waited;

	for (waited = 0; any_pins(mod); waited += NAP) {
		if (waited >= PATIENCE)
			break;
		msleep(NAP);
	}
	if (!any_pins(mod) || !READ_ONCE(gup_mirror_enabled))
		return;

	search.leaks = kvcalloc(GUP_MIRROR_MAX_GROUPS, sizeof(*search.leaks),
				GFP_KERNEL);
	if (search.leaks)
		gup_mirror_walk(search_folio, &search);
	else
		atomic_long_inc(&gup_mirror_stacks_lost);
	for (view = 0; view < gup_mirror_views.nr[GUP_MIRROR_PIN]; view++) {
		if (!has_pins(view, mod))
			continue;
		if (search.leaks)
			report_site(view, search.leaks);
		else
			report_sum(&search, view);
	}
	kvfree(search.leaks);
}
