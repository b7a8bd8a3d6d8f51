// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: a module goes.
 *
 * If its pins stay, nobody is left who could release them, unless some other part
 * of the kernel was asked to, and is only a little late: that is given a second.
 * What counts is what is on the folios, where it is certain whose pins these are.
 * Then the addresses of the module are forgotten, before they are somebody else's.
 */

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "config.h"
#include "ledger.h"
#include "modules.h"
#include "outstanding.h"
#include "places.h"
#include "reports.h"
#include "views.h"

#ifdef CONFIG_MODULES

/* How long those may take who release pins for a module, in milliseconds. */
#define PATIENCE	1000
#define NAP		20

/**
 * struct search - a look for what a module has left
 * @mod: the module
 * @view: only this site is looked at; GUP_MIRROR_NO_VIEW for all of @mod
 * @pins: what was found
 * @folios: on how many folios
 * @by_group: pins by number of group, or NULL
 */
struct search {
	const struct module *mod;
	unsigned int view;
	unsigned long pins;
	unsigned long folios;
	unsigned int *by_group;
};

static void search_holder(unsigned long pfn, u64 hold, u64 since, void *data)
{
	unsigned int number = GUP_MIRROR_HOLD_GROUP(hold);
	const struct gup_mirror_group *group = gup_mirror_group(number);
	unsigned int view = group->view;
	struct search *search = data;

	if (hold & GUP_MIRROR_HOLD_GUESSED || group->leaked ||
	    !(search->view == GUP_MIRROR_NO_VIEW ?
	      gup_mirror_site_of(view, search->mod) : search->view == view))
		return;
	search->pins += GUP_MIRROR_HOLD_PINS(hold);
	search->folios++;
	if (search->by_group)
		search->by_group[number] += GUP_MIRROR_HOLD_PINS(hold);
}

static void search_folio(struct gup_mirror_entry *entry, unsigned long pfn,
			 void *data)
{
	gup_mirror_holders(entry, pfn, search_holder, data);
}

static void look_for(struct search *search, unsigned int view)
{
	search->view = view;
	search->pins = 0;
	search->folios = 0;
	if (search->by_group)
		memset(search->by_group, 0,
		       GUP_MIRROR_MAX_GROUPS * sizeof(*search->by_group));
	gup_mirror_visit(&gup_mirror_ledger, search_folio, search);
}

static void report_site(struct search *search, unsigned int view)
{
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_LEAK_AT_UNLOAD,
		.caller = GUP_MIRROR_NO_CALLER,
		.before = GUP_MIRROR_NO_CALLER,
	};
	unsigned int i;

	look_for(search, view);
	if (!search->pins)
		return;
	finding.nr = search->pins;
	finding.folios = search->folios;
	for (i = 0; search->by_group && i < GUP_MIRROR_MAX_GROUPS; i++) {
		struct gup_mirror_group *group = gup_mirror_group(i);

		if (!search->by_group[i])
			continue;
		gup_mirror_acquired_by_group(&finding, i, 1, search->by_group[i]);
		/* Others may yet add to what could not be told apart. */
		group->leaked = !group->catch_all;
	}
	/* Which stacks have left it is not known then. */
	if (!finding.nr_holders)
		gup_mirror_acquired_by_site(&finding, view);
	gup_mirror_violation(&finding);
}

static void check_unload(const struct module *mod)
{
	struct search search = { .mod = mod };
	struct gup_mirror_held held = { };
	unsigned int view, waited;

	for (waited = 0; ; waited += NAP) {
		look_for(&search, GUP_MIRROR_NO_VIEW);
		if (!search.pins || waited >= PATIENCE)
			break;
		msleep(NAP);
	}
	if (!search.pins || !READ_ONCE(gup_mirror_enabled))
		return;

	/* Of some that are left, the reference may have gone long ago. */
	gup_mirror_walk(&held);

	search.by_group = kvcalloc(GUP_MIRROR_MAX_GROUPS,
				   sizeof(*search.by_group), GFP_KERNEL);
	if (!search.by_group)
		atomic_long_inc(&gup_mirror_stacks_lost);
	for (view = 0; view < gup_mirror_views.nr[GUP_MIRROR_KIND_PIN]; view++) {
		if (gup_mirror_site_of(view, mod))
			report_site(&search, view);
	}
	kvfree(search.by_group);
}

static void find_held(unsigned long pfn, u64 hold, u64 since, void *data)
{
	__set_bit(GUP_MIRROR_HOLD_GROUP(hold), data);
}

/* Note whose pins a folio has; forget whose it had, if their code has gone. */
static void look_at_tags(struct gup_mirror_entry *entry, unsigned long pfn,
			 void *data)
{
	u64 hold = atomic64_read(&entry->hold);

	do {
		if (GUP_MIRROR_HOLD_PINS(hold)) {
			/* If they go now, their tag stays. */
			__set_bit(GUP_MIRROR_HOLD_GROUP(hold), data);
			gup_mirror_holders(entry, pfn, find_held, data);
			return;
		}
		if (!gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->gone)
			return;
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold,
				       hold & ~GUP_MIRROR_HOLD_TAG_MASK));
}

/* A driver that is loaded again and again does not use up the groups. */
static void reuse_groups(void)
{
	unsigned long *held = bitmap_zalloc(GUP_MIRROR_MAX_GROUPS, GFP_KERNEL);

	/* No code of the module runs: nobody enters pins of these any more. */
	synchronize_rcu();
	if (held) {
		gup_mirror_visit(&gup_mirror_ledger, look_at_tags, held);
		gup_mirror_visit(&gup_mirror_gets, look_at_tags, held);
		gup_mirror_groups_reuse(held);
	}
	bitmap_free(held);
}

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct module *mod = data;
	bool any;

	if (event == MODULE_STATE_GOING)
		check_unload(mod);

	/* A module is live when its init code is about to go. */
	if (event == MODULE_STATE_LIVE || event == MODULE_STATE_GOING) {
		gup_mirror_sites_go(mod);
		gup_mirror_callers_go(mod);
		any = gup_mirror_groups_go(mod);
		gup_mirror_code_goes(mod);
		gup_mirror_memos_forget();
		if (any)
			reuse_groups();
	}

	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

/**
 * gup_mirror_modules_init() - be told of modules that come and go
 *
 * Context: Boot.
 */
void __init gup_mirror_modules_init(void)
{
	register_module_notifier(&module_notifier);
}

#endif /* CONFIG_MODULES */
