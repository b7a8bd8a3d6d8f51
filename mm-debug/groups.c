// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: groups of pins, each from one site with one stack.
 *
 * What is outstanding is counted here, so that it is told without a walk over
 * all memory. The first groups stand for the sites as a whole, one for each
 * view, and take those pins for which there is no better one.
 */

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/stackdepot.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"
#include "ledger.h"
#include "table.h"

/* Documented in gup-mirror.rst and README. */
static_assert(sizeof(struct gup_mirror_group) == 48);

static struct gup_mirror_group *groups __ro_after_init;
static struct gup_mirror_table table __ro_after_init;
static atomic_t used;
/* Smaller in a test. */
static int limit = GUP_MIRROR_MAX_GROUPS;

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

	groups = kvcalloc(GUP_MIRROR_MAX_GROUPS, sizeof(*groups), GFP_KERNEL);
	if (!groups || gup_mirror_table_init(&table, GUP_MIRROR_MAX_GROUPS))
		return -ENOMEM;

	for (view = 0; view < nr_views; view++) {
		groups[view].view = view;
		groups[view].catch_all = true;
	}
	atomic_set(&used, nr_views);
	return 0;
}

static bool same_group(unsigned int number, const void *data)
{
	const struct gup_mirror_group *key = data;
	const struct gup_mirror_group *group = &groups[number];

	return group->view == key->view && group->flags == key->flags &&
	       group->stack == key->stack;
}

static int make_group(const void *data)
{
	const struct gup_mirror_group *key = data;
	int nr = READ_ONCE(limit);
	int number = atomic_fetch_add_unless(&used, 1, nr);

	if (number == nr)
		return -ENOSPC;
	groups[number].view = key->view;
	groups[number].flags = key->flags;
	groups[number].stack = key->stack;
	return number;
}

static void unmake_group(unsigned int number)
{
	gup_mirror_table_untake(&used, number);
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

	WRITE_ONCE(limit, nr < 0 ? atomic_read(&used) : nr);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups_limit);

static const struct gup_mirror_table_ops table_ops = {
	.same = same_group,
	.make = make_group,
	.unmake = unmake_group,
};

/**
 * gup_mirror_find_group() - find a group, which is made if need be
 * @view: number of the site
 * @flags: FOLL_* flags of the call
 * @stack: who called, or 0
 *
 * Context: Any. Takes no lock.
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
	int number = gup_mirror_table_find(&table, hash, &key, &table_ops);

	if (likely(number >= 0))
		return number;
	atomic_long_inc(&gup_mirror_groups_lost);
	return view;
}

/**
 * gup_mirror_group() - get a group
 * @number: its number; one that cannot be is a fault of ours
 *
 * Context: Any.
 * Return: The group; never NULL.
 */
struct gup_mirror_group *gup_mirror_group(unsigned int number)
{
	if (unlikely(number >= GUP_MIRROR_MAX_GROUPS)) {
		gup_mirror_inconsistent("group", number);
		number = 0;
	}
	return &groups[number];
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_group);

/**
 * gup_mirror_groups_used() - number of groups that there are
 *
 * Context: Any.
 * Return: The number; 0 if the layer is off.
 */
unsigned int gup_mirror_groups_used(void)
{
	return atomic_read(&used);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_groups_used);

/**
 * gup_mirror_groups_since_forget() - no pin was taken in an epoch
 * @epoch: the epoch, which is not the current one
 *
 * Context: Process context.
 */
void gup_mirror_groups_since_forget(unsigned int epoch)
{
	unsigned int i;

	for (i = 0; i < GUP_MIRROR_MAX_GROUPS; i++)
		atomic_long_set(&groups[i].since[epoch & 1], 0);
}

/* What is shown of a group, so that it is sorted by what is shown. */
struct row {
	unsigned int group;
	long pins;
	long pages;
	long since;
};

static int more_pins(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->pins != y->pins)
		return x->pins < y->pins ? 1 : -1;
	return x->group < y->group ? -1 : 1;
}

static void show_row(struct seq_file *m, const struct row *row)
{
	const struct gup_mirror_group *group = &groups[row->group];
	const struct gup_mirror_site *site = gup_mirror_site(group->view);
	char name[GUP_MIRROR_NAME_LEN];

	gup_mirror_site_name(name, sizeof(name), site);
	seq_printf(m, "pins=%ld pages=%ld since_snapshot=%ld flags=%s estimate=%s function=%s site=%s\n",
		   row->pins, row->pages, row->since,
		   gup_mirror_group_flags(group), READ_ONCE(group->guessed) ? "yes" : "no",
		   gup_mirror_site_fn_name(site), name);
	gup_mirror_show_stack(m, "  ", group->stack);
	seq_putc(m, '\n');
}

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

/**
 * gup_mirror_outstanding_show() - print what is held, by stack, most first
 * @m: the file
 * @v: ignored
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int gup_mirror_outstanding_show(struct seq_file *m, void *v)
{
	unsigned int epoch = READ_ONCE(gup_mirror_epoch);
	unsigned int i, nr_rows = 0, nr = gup_mirror_groups_used();
	struct row total = { }, *rows;

	rows = kvcalloc(nr + 1, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;

	for (i = 0; i < nr; i++) {
		struct row *row = &rows[nr_rows];

		row->group = i;
		row->pins = atomic_long_read(&groups[i].pins);
		row->pages = atomic_long_read(&groups[i].pages);
		row->since = epoch ? atomic_long_read(&groups[i].since[epoch & 1]) : 0;
		total.pins += row->pins;
		total.pages += row->pages;
		total.since += row->since;
		if (row->pins > 0)
			nr_rows++;
	}
	sort(rows, nr_rows, sizeof(*rows), more_pins, NULL);

	seq_puts(m, "gup_mirror outstanding - version: 1\n");
	seq_printf(m, "# total: pins=%ld pages=%ld since_snapshot=%ld\n\n",
		   total.pins, total.pages, total.since);
	for (i = 0; i < nr_rows; i++)
		show_row(m, &rows[i]);

	kvfree(rows);
	return 0;
}
