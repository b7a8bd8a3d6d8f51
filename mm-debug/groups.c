// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: groups of pins, each from one site with one stack.
 *
 * A pin in the ledger has the number of its group. The first groups stand for the
 * sites as a whole, one for each view, and take those pins for which there is no
 * better one.
 */

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>

#include <kunit/visibility.h>

#include "faults.h"
#include "places.h"
#include "table.h"
#include "views.h"

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct gup_mirror_group) ==
	      (sizeof(gup_mirror_foll_t) == sizeof(u16) ? 32 : 40));
static_assert(GUP_MIRROR_GROUP_FLAGS <= (gup_mirror_foll_t)-1);

struct gup_mirror_group *gup_mirror_groups __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups);
static struct gup_mirror_table table __read_mostly;
/* How many were ever given out, and how many of these are free again. */
static unsigned int used;
static unsigned int nr_free;
static struct hlist_head free_groups;
/* Smaller in a test. */
static unsigned int limit = GUP_MIRROR_MAX_GROUPS;

atomic_long_t gup_mirror_groups_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups_lost);

/**
 * gup_mirror_groups_init() - make room for groups
 *
 * Context: Boot, after gup_mirror_views_init(), one CPU.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_groups_init(void)
{
	unsigned int view, nr_views = gup_mirror_nr_views();

	gup_mirror_groups = kvcalloc(GUP_MIRROR_MAX_GROUPS,
				     sizeof(*gup_mirror_groups), GFP_KERNEL);
	if (!gup_mirror_groups || gup_mirror_table_init(&table, GUP_MIRROR_MAX_GROUPS))
		return -ENOMEM;

	for (view = 0; view < nr_views; view++) {
		gup_mirror_groups[view].view = view;
		gup_mirror_groups[view].catch_all = true;
	}
	used = nr_views;
	return 0;
}

static struct gup_mirror_group *group_at(const struct hlist_node *node)
{
	return container_of(node, struct gup_mirror_group, node);
}

static bool same_group(const struct hlist_node *node, const void *data)
{
	const struct gup_mirror_group *key = data;
	const struct gup_mirror_group *group = group_at(node);

	return group->view == key->view && group->flags == key->flags &&
	       group->stack == key->stack;
}

static struct hlist_node *make_group(const void *data)
{
	const struct gup_mirror_group *key = data;
	struct gup_mirror_group *group;

	if (nr_free) {
		group = group_at(free_groups.first);
		hlist_del(&group->node);
		nr_free--;
	} else if (used < READ_ONCE(limit)) {
		group = &gup_mirror_groups[used];
		WRITE_ONCE(used, used + 1);
	} else {
		return NULL;
	}
	group->view = key->view;
	group->flags = key->flags;
	group->stack = key->stack;
	group->generation = gup_mirror_generation();
	group->gone = false;
	group->leaked = false;
	group->free = false;
	return &group->node;
}

/**
 * gup_mirror_groups_limit() - let a test run out of groups
 * @nr: groups that there may be, or -1 for as many as there are now
 *
 * Return: The limit so far.
 */
int gup_mirror_groups_limit(int nr)
{
	int old = limit;

	WRITE_ONCE(limit, nr < 0 ? READ_ONCE(used) : nr);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups_limit);

static const struct gup_mirror_table_ops table_ops = {
	.same = same_group,
	.make = make_group,
};

/**
 * gup_mirror_find_group() - find a group, which is made if need be
 * @view: number of the site
 * @flags: FOLL_* flags of the call
 * @stack: who called, or 0
 *
 * Context: Any. Takes no lock but for a group that is new.
 * Return: Number of the group.
 */
unsigned int gup_mirror_find_group(unsigned int view, unsigned int flags,
				   depot_stack_handle_t stack)
{
	const struct gup_mirror_group key = {
		.view = view,
		.flags = flags & GUP_MIRROR_GROUP_FLAGS,
		.stack = stack,
	};
	unsigned long hash = (unsigned long)stack << 32 | view << 20 | key.flags;
	struct hlist_node *node;

	node = gup_mirror_table_find(&table, hash, &key, &table_ops);
	if (unlikely(!node))
		node = gup_mirror_table_make(&table, hash, &key, &table_ops);
	if (likely(node))
		return group_at(node) - gup_mirror_groups;
	atomic_long_inc(&gup_mirror_groups_lost);
	return view;
}

/**
 * gup_mirror_groups_end() - the number behind that of the last group
 *
 * Context: Any.
 * Return: The number; 0 if the layer is off.
 */
unsigned int gup_mirror_groups_end(void)
{
	return READ_ONCE(used);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups_end);

/**
 * gup_mirror_groups_used() - number of groups that there are
 *
 * Context: Any.
 * Return: The number; 0 if the layer is off.
 */
unsigned int gup_mirror_groups_used(void)
{
	return READ_ONCE(used) - READ_ONCE(nr_free);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups_used);

/**
 * gup_mirror_group_flags() - FOLL_* flags of a group, in words
 * @group: the group
 *
 * Context: Any.
 * Return: The words, with | between them; "-" if there are none.
 */
const char *gup_mirror_group_flags(const struct gup_mirror_group *group)
{
	if (group->catch_all)
		return "unknown";

	switch (group->flags) {
	case FOLL_WRITE | FOLL_LONGTERM:
		return "WRITE|LONGTERM";
	case FOLL_WRITE:
		return "WRITE";
	case FOLL_LONGTERM:
		return "LONGTERM";
	default:
		return "-";
	}
}

#ifdef CONFIG_MODULES
static bool stack_has(depot_stack_handle_t stack, const struct module *mod)
{
	unsigned long *entries;
	unsigned int i, nr;

	nr = stack ? stack_depot_fetch(stack, &entries) : 0;
	for (i = 0; i < nr; i++) {
		if (gup_mirror_in_module(entries[i], mod))
			return true;
	}
	return false;
}

/**
 * gup_mirror_groups_go() - a module goes, and its stacks with it
 * @mod: the module; nothing runs there any more
 *
 * The same addresses will be somebody else's, and so will a stack of them: those
 * that are there now are not found again.
 *
 * Context: Process context.
 * Return: true if there were any.
 */
bool gup_mirror_groups_go(const struct module *mod)
{
	unsigned int i, nr = gup_mirror_groups_end();
	bool any = false;

	for (i = gup_mirror_nr_views(); i < nr; i++) {
		struct gup_mirror_group *group = &gup_mirror_groups[i];

		if (group->gone ||
		    !(group->leaked || stack_has(group->stack, mod)))
			continue;
		raw_spin_lock_irq(&table.lock);
		hlist_del_rcu(&group->node);
		group->gone = true;
		raw_spin_unlock_irq(&table.lock);
		any = true;
	}
	return any;
}

/**
 * gup_mirror_groups_reuse() - let new groups have the numbers of some that went
 * @held: bitmap of those that the ledger still names
 *
 * Context: Process context. Nobody pins for a group that has gone.
 */
void gup_mirror_groups_reuse(const unsigned long *held)
{
	unsigned int i, nr = gup_mirror_groups_end();

	for (i = gup_mirror_nr_views(); i < nr; i++) {
		struct gup_mirror_group *group = &gup_mirror_groups[i];

		if (!group->gone || group->free || test_bit(i, held))
			continue;
		raw_spin_lock_irq(&table.lock);
		group->free = true;
		/* For a reader who strays into this list, it is nobody's. */
		WRITE_ONCE(group->view, (u16)GUP_MIRROR_NO_VIEW);
		hlist_add_head_rcu(&group->node, &free_groups);
		nr_free++;
		raw_spin_unlock_irq(&table.lock);
	}
}
#endif /* CONFIG_MODULES */
