// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the sites, that is, the places that call GUP functions.
 *
 * A site owns a view, and the number of the view is the index of the site. It
 * is found by the return address of the call. Its counters are per CPU, since all
 * direct I/O of a machine may go through one site.
 */

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include <kunit/visibility.h>

#include "compat.h"
#include "outstanding.h"
#include "places.h"
#include "table.h"
#include "views.h"

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct gup_mirror_site) == 80);
static_assert(sizeof(struct gup_mirror_counts) == 528);

/* By number of the view: first those of pins, then those of gets. */
struct gup_mirror_site *gup_mirror_sites __ro_after_init;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_sites);

/**
 * struct site_pool - the sites of one kind
 * @first: the first of them
 * @nr: their number, without the last, which is the overflow site
 * @limit: how many may be given out; @nr but in a test
 * @used: how many have been given out
 */
static struct site_pool {
	unsigned int first;
	unsigned int nr;
	unsigned int limit;
	unsigned int used;
} pools[GUP_MIRROR_NR_KINDS];

static struct gup_mirror_table table __read_mostly;
/* Sites whose module has gone, so that it may come back. */
static HLIST_HEAD(gone);

atomic_long_t gup_mirror_overflow;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_overflow);
atomic_long_t gup_mirror_counts_lost;

static unsigned int overflow_view(enum gup_mirror_kind kind)
{
	return pools[kind].first + pools[kind].nr;
}

/*
 * Memory for counters: at once where the site is made, or else soon, by a work
 * item, to which only an irq_work leads from everywhere.
 */
static void give_counts(struct work_struct *work)
{
	unsigned int view;

	for (view = 0; view < gup_mirror_nr_views(); view++) {
		struct gup_mirror_site *site = &gup_mirror_sites[view];
		struct gup_mirror_counts __percpu *counts;

		if (!READ_ONCE(site->place.fn) || READ_ONCE(site->counts))
			continue;
		counts = alloc_percpu(struct gup_mirror_counts);
		/* Pairs with the address dependency in gup_mirror_count(). */
		if (counts && cmpxchg(&site->counts, NULL, counts))
			free_percpu(counts);
	}
}

static DECLARE_WORK(counts_work, give_counts);

static void queue_counts_work(struct irq_work *work)
{
	schedule_work(&counts_work);
}

static DEFINE_IRQ_WORK(counts_irq_work, queue_counts_work);

static void want_counts(struct gup_mirror_site *site)
{
	struct gup_mirror_counts __percpu *counts = NULL;

	if (READ_ONCE(site->counts))
		return;
	if (gup_mirror_may_allocate())
		counts = alloc_percpu_gfp(struct gup_mirror_counts,
					  GFP_NOWAIT | __GFP_NOWARN);
	if (!counts)
		irq_work_queue(&counts_irq_work);
	else if (cmpxchg(&site->counts, NULL, counts))
		free_percpu(counts);
}

/**
 * gup_mirror_sites_init() - make room for one site per view
 *
 * Context: Boot, after gup_mirror_views_init(), one CPU.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_sites_init(void)
{
	unsigned int nr = gup_mirror_nr_views();
	enum gup_mirror_kind kind;
	unsigned int first = 0;

	gup_mirror_sites = kvcalloc(nr, sizeof(*gup_mirror_sites), GFP_KERNEL);
	if (!gup_mirror_sites || gup_mirror_table_init(&table, nr))
		return -ENOMEM;

	for (kind = 0; kind < GUP_MIRROR_NR_KINDS; kind++) {
		struct site_pool *pool = &pools[kind];

		if (!gup_mirror_views.nr[kind])
			continue;
		pool->first = first;
		pool->nr = gup_mirror_views.nr[kind] - 1;
		pool->limit = pool->nr;
		first += gup_mirror_views.nr[kind];

		gup_mirror_sites[overflow_view(kind)].place.fn =
			kind == GUP_MIRROR_KIND_PIN ? "pin_user_pages*" :
						      "get_user_pages*";
		want_counts(&gup_mirror_sites[overflow_view(kind)]);
	}

	return 0;
}

static struct gup_mirror_site *site_at(const struct hlist_node *node)
{
	return container_of(node, struct gup_mirror_site, place.node);
}

static bool same_site(const struct hlist_node *node, const void *data)
{
	const struct gup_mirror_call *call = data;
	const struct gup_mirror_site *site = site_at(node);

	return gup_mirror_same_place(&site->place, call);
}

/* Take the site of a module that has come back, or one that is unused. */
static struct hlist_node *make_site(const void *data)
{
	const struct gup_mirror_call *call = data;
	struct gup_mirror_place *place = gup_mirror_place_returns(&gone, call);
	struct site_pool *pool = &pools[call->kind];
	struct gup_mirror_site *site;

	if (place) {
		site = container_of(place, struct gup_mirror_site, place);
		/* What was seen first is seen in what is there now. */
		site->stack = 0;
	} else {
		if (pool->used >= READ_ONCE(pool->limit))
			return NULL;
		site = &gup_mirror_sites[pool->first + pool->used];
		WRITE_ONCE(pool->used, pool->used + 1);
		WRITE_ONCE(site->place.fn, call->fn);
	}
	WRITE_ONCE(site->place.ip, call->ip);
	return &site->place.node;
}

static const struct gup_mirror_table_ops table_ops = {
	.same = same_site,
	.make = make_site,
};

/**
 * gup_mirror_sites_limit() - let a test run out of views
 * @kind: kind of site
 * @limit: sites that may be given out, or -1 for as many as there are now
 *
 * Return: The limit so far.
 */
int gup_mirror_sites_limit(enum gup_mirror_kind kind, int limit)
{
	struct site_pool *pool = &pools[kind];
	int old = pool->limit;

	WRITE_ONCE(pool->limit, limit < 0 ? READ_ONCE(pool->used) : limit);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_sites_limit);

/**
 * gup_mirror_site_view() - find the view of a site, which is made if need be
 * @fn: name of the GUP function; the pointer is kept
 * @kind: how it acquires pages
 * @origin: where it was called
 *
 * Context: Any, NMI included. Takes no lock but for a site that is new; from NMI,
 * that shares a view for the time being.
 * Return: Number of the view.
 */
unsigned int gup_mirror_site_view(const char *fn, enum gup_mirror_kind kind,
				  struct gup_mirror_origin *origin)
{
	struct gup_mirror_call call = { .fn = fn, .ip = origin->ip, .kind = kind };
	struct hlist_node *node;

	node = gup_mirror_table_find(&table, call.ip, &call, &table_ops);
	if (unlikely(!node)) {
		gup_mirror_find_origin(origin);
		call.ip = origin->ip;
		node = gup_mirror_table_make(&table, call.ip, &call, &table_ops);
		if (node)
			want_counts(site_at(node));
	}
	if (likely(node))
		return site_at(node) - gup_mirror_sites;
	atomic_long_inc(&gup_mirror_overflow);
	return overflow_view(kind);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_site_view);

/**
 * gup_mirror_site_first_stack() - remember the first stack of a site
 * @site: the site
 * @stack: the stack of a call there
 *
 * Context: Any.
 */
void gup_mirror_site_first_stack(struct gup_mirror_site *site,
				 depot_stack_handle_t stack)
{
	if (READ_ONCE(site->stack))
		return;
	WRITE_ONCE(site->generation, gup_mirror_generation());
	WRITE_ONCE(site->stack, stack);
}

/**
 * gup_mirror_site_fn_name() - name of the GUP function that a site calls
 * @site: the site
 *
 * Context: Any.
 * Return: Name of the function, or words that stand for one.
 */
const char *gup_mirror_site_fn_name(const struct gup_mirror_site *site)
{
	return site->place.fn ?: "?";
}

/**
 * gup_mirror_site_name() - where a site is, in words
 * @buf: receives "function+offset/size [module]"
 * @size: size of @buf, in bytes
 * @site: the site
 *
 * Context: Any.
 */
void gup_mirror_site_name(char *buf, size_t size,
			  const struct gup_mirror_site *site)
{
	gup_mirror_place_name(buf, size, &site->place,
			      "a site without a view of its own");
}

/**
 * gup_mirror_sites_used() - number of sites that own a view
 *
 * Context: Any.
 * Return: The number, overflow sites not included.
 */
unsigned int gup_mirror_sites_used(void)
{
	return READ_ONCE(pools[GUP_MIRROR_KIND_PIN].used) +
	       READ_ONCE(pools[GUP_MIRROR_KIND_GET].used);
}

#ifdef CONFIG_MODULES
/**
 * gup_mirror_sites_go() - forget the addresses of a module
 * @mod: the module; nothing runs there any more: see gup_mirror_in_module()
 *
 * Another module may be loaded to the same place. The sites stay, since pages
 * that they acquired may be around, but under their names. When the module is
 * loaded again, it gets them back.
 *
 * Context: Process context; may sleep.
 */
void gup_mirror_sites_go(const struct module *mod)
{
	unsigned int i, nr = gup_mirror_nr_views();

	for (i = 0; i < nr; i++)
		gup_mirror_place_goes(&gup_mirror_sites[i].place, mod, &table, &gone);
}

/**
 * gup_mirror_site_of() - is a site in a module?
 * @view: number of the site
 * @mod: the module
 *
 * Context: Any, while @mod is there.
 * Return: true if it is, or was in the init code of @mod.
 */
bool gup_mirror_site_of(unsigned int view, const struct module *mod)
{
	const struct gup_mirror_place *place = &gup_mirror_sites[view].place;

	return place->init_of == mod ||
	       (place->ip && gup_mirror_in_module(place->ip, mod));
}
#endif /* CONFIG_MODULES */

/**
 * gup_mirror_counted() - what was counted for a site since the last clear
 * @site: the site
 * @counter: enum gup_mirror_counter, or a bucket behind GUP_MIRROR_HOLD
 *
 * Context: Any. Others may count meanwhile.
 * Return: The sum of all CPUs.
 */
unsigned long gup_mirror_counted(const struct gup_mirror_site *site,
				 unsigned int counter)
{
	const struct gup_mirror_counts __percpu *counts = READ_ONCE(site->counts);
	unsigned long sum = 0;
	int cpu;

	if (!counts)
		return 0;
	for_each_possible_cpu(cpu) {
		const struct gup_mirror_counts *c = per_cpu_ptr(counts, cpu);

		sum += READ_ONCE(c->nr[counter]) - READ_ONCE(c->cleared[counter]);
	}
	return sum;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_counted);

/**
 * gup_mirror_sites_clear() - set the counters of all sites to 0
 *
 * Nobody but a CPU itself may write to what it counts: remember what there is.
 *
 * Context: Process context. Concurrent calls of GUP may still count.
 */
void gup_mirror_sites_clear(void)
{
	unsigned int i, j, nr = gup_mirror_sites ? gup_mirror_nr_views() : 0;
	int cpu;

	for (i = 0; i < nr; i++) {
		struct gup_mirror_counts __percpu *counts = READ_ONCE(gup_mirror_sites[i].counts);

		atomic_long_set(&gup_mirror_sites[i].wrong, 0);
		if (!counts)
			continue;
		for_each_possible_cpu(cpu) {
			struct gup_mirror_counts *c = per_cpu_ptr(counts, cpu);

			for (j = 0; j < GUP_MIRROR_NR_COUNTERS; j++)
				WRITE_ONCE(c->cleared[j], READ_ONCE(c->nr[j]));
		}
	}
	atomic_long_set(&gup_mirror_overflow, 0);
	atomic_long_set(&gup_mirror_unmirrored, 0);
	atomic_long_set(&gup_mirror_counts_lost, 0);
}

/* "0:12,1:3,64:1": releases by hold time, each with the least milliseconds. */
static void show_hold(struct seq_file *m, const struct gup_mirror_site *site)
{
	const char *sep = " ";
	unsigned int i;

	for (i = 0; i < GUP_MIRROR_HOLD_BUCKETS; i++) {
		unsigned long nr = gup_mirror_counted(site, GUP_MIRROR_HOLD + i);

		if (!nr)
			continue;
		seq_printf(m, "%s%lu:%lu", sep, i ? 1UL << (i - 1) : 0, nr);
		sep = ",";
	}
	if (*sep == ' ')
		seq_puts(m, " -");
}

static void show_site(struct seq_file *m, unsigned int view, unsigned long held)
{
	const struct gup_mirror_site *site = &gup_mirror_sites[view];
	unsigned long calls = gup_mirror_counted(site, GUP_MIRROR_CALLS);
	long wrong = atomic_long_read(&site->wrong);
	char name[GUP_MIRROR_NAME_LEN];

	if (!calls && !wrong && !held)
		return;

	seq_printf(m, "%s %u %lu %lu %ld",
		   gup_mirror_kind_names[gup_mirror_view_kind(view)], view,
		   calls, gup_mirror_counted(site, GUP_MIRROR_PAGES), wrong);
	seq_printf(m, " %lu %lu %lu",
		   gup_mirror_counted(site, GUP_MIRROR_RIGHT),
		   gup_mirror_counted(site, GUP_MIRROR_LAUNDERED), held);
	if (gup_mirror_view_kind(view) == GUP_MIRROR_KIND_PIN)
		seq_printf(m, " %lu", gup_mirror_counted(site, GUP_MIRROR_OVERLONG));
	else
		seq_puts(m, " -");
	show_hold(m, site);
	gup_mirror_site_name(name, sizeof(name), site);
	seq_printf(m, " %s %s\n", gup_mirror_site_fn_name(site), name);
}

/**
 * gup_mirror_sites_show() - print the sites that were used since the last clear
 * @m: the file
 * @v: ignored
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int gup_mirror_sites_show(struct seq_file *m, void *v)
{
	unsigned int i, nr = gup_mirror_sites ? gup_mirror_nr_views() : 0;
	unsigned long *held = NULL;

	if (nr) {
		held = kvcalloc(nr, sizeof(*held), GFP_KERNEL);
		if (!held)
			return -ENOMEM;
		gup_mirror_held_by_sites(held);
	}

	seq_puts(m, "gup_mirror sites - version: 4\n");
	seq_puts(m, "# kind view calls pages wrong right laundered held overlong hold_ms function site\n");
	for (i = 0; i < nr; i++)
		show_site(m, i, held[i]);

	kvfree(held);
	return 0;
}
