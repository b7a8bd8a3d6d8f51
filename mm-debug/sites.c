// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the sites, that is, the places that call GUP functions.
 *
 * A site owns a view, and the number of the view is the index of the site. It
 * is found by the return address of the call.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"
#include "table.h"

/* Documented in gup-mirror.rst and README. */
static_assert(sizeof(struct gup_mirror_site) == 256);

/* By number of the view: first those of pins, then those of gets. */
static struct gup_mirror_site *sites __ro_after_init;

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
	int limit;
	atomic_t used;
} pools[GUP_MIRROR_NR_KINDS];

static struct gup_mirror_table table;

atomic_long_t gup_mirror_overflow;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_overflow);

/**
 * gup_mirror_nr_views() - number of views, and of sites
 *
 * Context: Any.
 * Return: The number; 0 if the layer is off.
 */
unsigned int gup_mirror_nr_views(void)
{
	return gup_mirror_views.nr[GUP_MIRROR_PIN] +
	       gup_mirror_views.nr[GUP_MIRROR_GET];
}

static unsigned int overflow_view(enum gup_mirror_kind kind)
{
	return pools[kind].first + pools[kind].nr;
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

	sites = kvcalloc(nr, sizeof(*sites), GFP_KERNEL);
	if (!sites || gup_mirror_table_init(&table, nr))
		return -ENOMEM;

	for (kind = 0; kind < GUP_MIRROR_NR_KINDS; kind++) {
		if (!gup_mirror_views.nr[kind])
			continue;
		pools[kind].first = first;
		pools[kind].nr = gup_mirror_views.nr[kind] - 1;
		pools[kind].limit = pools[kind].nr;
		first += gup_mirror_views.nr[kind];
	}

	return 0;
}

/* A call of a GUP function */
struct site_key {
	const char *fn;
	unsigned long ip;
	enum gup_mirror_kind kind;
};

static bool same_site(unsigned int view, const void *data)
{
	const struct gup_mirror_site *site = &sites[view];
	const struct site_key *key = data;

	/*
	 * The function matters, too: calls in tail position share the return
	 * address of their caller.
	 */
	return READ_ONCE(site->ip) == key->ip && site->fn == key->fn;
}

/* Take an unused site. */
static int make_site(const void *data)
{
	const struct site_key *key = data;
	struct site_pool *pool = &pools[key->kind];
	int limit = READ_ONCE(pool->limit);
	int number = atomic_fetch_add_unless(&pool->used, 1, limit);
	struct gup_mirror_site *site = &sites[pool->first + number];

	if (number == limit)
		return -ENOSPC;
	site->fn = key->fn;
	WRITE_ONCE(site->ip, key->ip);
	return pool->first + number;
}

static void unmake_site(unsigned int view)
{
	struct site_pool *pool = &pools[gup_mirror_view_kind(view)];

	sites[view].ip = 0;
	gup_mirror_table_untake(&pool->used, view - pool->first);
}

static const struct gup_mirror_table_ops table_ops = {
	.same = same_site,
	.make = make_site,
	.unmake = unmake_site,
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

	WRITE_ONCE(pool->limit, limit < 0 ? atomic_read(&pool->used) : limit);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_sites_limit);

/**
 * gup_mirror_site_view() - find the view of a site, which is made if need be
 * @fn: name of the GUP function; the pointer is kept
 * @kind: how it acquires pages
 * @ip: the return address of the call
 *
 * Context: Any, NMI included. Takes no lock.
 * Return: Number of the view.
 */
unsigned int gup_mirror_site_view(const char *fn,
				  enum gup_mirror_kind kind, unsigned long ip)
{
	const struct site_key key = { .fn = fn, .ip = ip, .kind = kind };
	int view = gup_mirror_table_find(&table, ip, &key, &table_ops);

	if (likely(view >= 0))
		return view;
	atomic_long_inc(&gup_mirror_overflow);
	return overflow_view(kind);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_site_view);

/**
 * gup_mirror_site() - get the site that owns a view
 * @view: number of the view
 *
 * Context: Any.
 * Return: The site; never NULL.
 */
struct gup_mirror_site *gup_mirror_site(unsigned int view)
{
	return &sites[view];
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_site);

/**
 * gup_mirror_view_kind() - how pages are acquired at a site
 * @view: number of the site
 *
 * Context: Any.
 * Return: The kind.
 */
enum gup_mirror_kind gup_mirror_view_kind(unsigned int view)
{
	return view < gup_mirror_views.nr[GUP_MIRROR_PIN] ? GUP_MIRROR_PIN :
							   GUP_MIRROR_GET;
}

static enum gup_mirror_kind site_kind(const struct gup_mirror_site *site)
{
	return gup_mirror_view_kind(site - sites);
}

/* Does @site stand for all those that came too late for a view? */
static bool site_is_overflow(const struct gup_mirror_site *site)
{
	return site - sites == overflow_view(site_kind(site));
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
	if (!site_is_overflow(site))
		return site->fn;
	return site_kind(site) == GUP_MIRROR_PIN ?
	       "pin_user_pages*" : "get_user_pages*";
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
	/* Pairs with the release in gup_mirror_sites_module_gone(). */
	unsigned long ip = smp_load_acquire(&site->ip);

	if (ip)
		scnprintf(buf, size, "%pS", (void *)ip);
	else
		strscpy(buf, site->name ?: "a site without a view of its own",
			size);
}

/**
 * gup_mirror_sites_used() - number of sites that own a view
 *
 * Context: Any.
 * Return: The number, overflow sites not included.
 */
unsigned int gup_mirror_sites_used(void)
{
	return atomic_read(&pools[GUP_MIRROR_PIN].used) +
	       atomic_read(&pools[GUP_MIRROR_GET].used);
}

/**
 * gup_mirror_sites_module_gone() - forget the addresses of a module
 * @mod: the module; nothing runs there any more: see gup_mirror_leaves()
 *
 * Another module may be loaded to the same place. The sites stay, since pages
 * that they acquired may be around, but under their names. When the module is
 * loaded again, its sites get new views.
 *
 * Context: Process context; may sleep.
 */
void gup_mirror_sites_module_gone(const struct module *mod)
{
	unsigned int i, nr = gup_mirror_nr_views();

	for (i = 0; i < nr; i++) {
		if (!sites[i].ip || !gup_mirror_leaves(sites[i].ip, mod))
			continue;
		sites[i].name = gup_mirror_ip_name(sites[i].ip);
		/* Pairs with the acquire in gup_mirror_site_name(). */
		smp_store_release(&sites[i].ip, 0);
	}
}

/**
 * gup_mirror_sites_clear() - set the counters of all sites to 0
 *
 * What is held remains held. The most that was held is what is held now.
 *
 * Context: Any. Concurrent calls of GUP may still count.
 */
void gup_mirror_sites_clear(void)
{
	unsigned int i, j, nr = sites ? gup_mirror_nr_views() : 0;

	for (i = 0; i < nr; i++) {
		struct gup_mirror_site *site = &sites[i];

		atomic_long_set(&site->calls, 0);
		atomic_long_set(&site->pages, 0);
		atomic_long_set(&site->right, 0);
		atomic_long_set(&site->laundered, 0);
		atomic_long_set(&site->wrong, 0);
		atomic_long_set(&site->most, atomic_long_read(&site->held));
		atomic_long_set(&site->overlong, 0);
		for (j = 0; j < GUP_MIRROR_HOLD_BUCKETS; j++)
			atomic_long_set(&site->hold[j], 0);
	}
	atomic_long_set(&gup_mirror_overflow, 0);
	atomic_long_set(&gup_mirror_unmirrored, 0);
}

/* "0:12,1:3,64:1": releases by hold time, each with the least milliseconds. */
static void show_hold(struct seq_file *m, const struct gup_mirror_site *site)
{
	const char *sep = " ";
	unsigned int i;

	for (i = 0; i < GUP_MIRROR_HOLD_BUCKETS; i++) {
		long nr = atomic_long_read(&site->hold[i]);

		if (!nr)
			continue;
		seq_printf(m, "%s%lu:%ld", sep, i ? 1UL << (i - 1) : 0, nr);
		sep = ",";
	}
	if (*sep == ' ')
		seq_puts(m, " -");
}

/**
 * gup_mirror_sites_show() - print the sites that were used since the last clear
 * @m: the file
 * @v: ignored
 *
 * Context: Process context.
 * Return: 0.
 */
int gup_mirror_sites_show(struct seq_file *m, void *v)
{
	unsigned int i, nr = sites ? gup_mirror_nr_views() : 0;
	char name[GUP_MIRROR_NAME_LEN];

	seq_puts(m, "gup_mirror sites - version: 2\n");
	seq_puts(m, "# kind view calls pages wrong right laundered held most overlong hold_ms function site\n");

	for (i = 0; i < nr; i++) {
		const struct gup_mirror_site *site = &sites[i];
		long calls = atomic_long_read(&site->calls);
		long wrong = atomic_long_read(&site->wrong);
		long held = atomic_long_read(&site->held);

		if (!calls && !wrong && !held)
			continue;
		seq_printf(m, "%s %u %ld %ld %ld",
			   gup_mirror_kind_names[gup_mirror_view_kind(i)], i,
			   calls, atomic_long_read(&site->pages), wrong);
		if (gup_mirror_view_kind(i) == GUP_MIRROR_PIN) {
			seq_printf(m, " %ld %ld %ld %ld %ld",
				   atomic_long_read(&site->right),
				   atomic_long_read(&site->laundered), held,
				   atomic_long_read(&site->most),
				   atomic_long_read(&site->overlong));
			show_hold(m, site);
		} else {
			seq_puts(m, " - - - - - -");
		}
		gup_mirror_site_name(name, sizeof(name), site);
		seq_printf(m, " %s %s\n", gup_mirror_site_fn_name(site), name);
	}

	return 0;
}
