// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the sites, that is, the places that call GUP functions.
 *
 * A site owns a view, and the number of the view is the index of the site. It
 * is found by the return address of the call in a hash table that only grows.
 * GUP-fast is called with interrupts off and, by perf, from NMI, so that neither
 * looking up nor adding a site takes a lock.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"

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

/* Index of a site plus 1, or 0 in a free slot. At least half is always free. */
static atomic_t *slots __ro_after_init;
static unsigned int slot_bits __ro_after_init;

atomic_long_t gup_mirror_overflow;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_overflow);

static unsigned int nr_views(void)
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
	unsigned int nr = nr_views();
	enum gup_mirror_kind kind;
	unsigned int first = 0;

	slot_bits = ilog2(roundup_pow_of_two(nr)) + 1;
	slots = kvcalloc(1UL << slot_bits, sizeof(*slots), GFP_KERNEL);
	sites = kvcalloc(nr, sizeof(*sites), GFP_KERNEL);
	if (!slots || !sites) {
		kvfree(slots);
		kvfree(sites);
		return -ENOMEM;
	}

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

/* Take an unused site. Returns the overflow site when there is none left. */
static unsigned int take_site(enum gup_mirror_kind kind)
{
	struct site_pool *pool = &pools[kind];
	int limit = READ_ONCE(pool->limit);
	int site = atomic_fetch_add_unless(&pool->used, 1, limit);

	return site == limit ? overflow_view(kind) : pool->first + site;
}

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

/* Undo take_site(), if nobody has come after us. Else the site is wasted. */
static void untake_site(enum gup_mirror_kind kind, unsigned int view)
{
	struct site_pool *pool = &pools[kind];
	int used = view - pool->first + 1;

	sites[view].ip = 0;
	atomic_cmpxchg(&pool->used, used, used - 1);
}

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
	unsigned int mask = (1U << slot_bits) - 1;
	unsigned int slot = hash_long(ip, slot_bits);
	unsigned int new = overflow_view(kind);
	struct gup_mirror_site *site;
	int found;

	for (;; slot = (slot + 1) & mask) {
		/* Pairs with the cmpxchg below: the site is filled in. */
		found = atomic_read_acquire(&slots[slot]);
		if (!found) {
			if (new == overflow_view(kind)) {
				new = take_site(kind);
				if (new == overflow_view(kind)) {
					atomic_long_inc(&gup_mirror_overflow);
					return new;
				}
				sites[new].fn = fn;
				WRITE_ONCE(sites[new].ip, ip);
			}

			/* Publishes the site. Pairs with the acquire above. */
			found = atomic_cmpxchg(&slots[slot], 0, new + 1);
			if (!found)
				return new;
		}

		/*
		 * The function matters, too: calls in tail position share the
		 * return address of their caller.
		 */
		site = &sites[found - 1];
		if (READ_ONCE(site->ip) == ip && site->fn == fn)
			break;
	}

	/* Somebody was faster with the same site. */
	if (new != overflow_view(kind))
		untake_site(kind, new);
	return found - 1;
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

/**
 * gup_mirror_site_kind() - how pages are acquired at a site
 * @site: the site
 *
 * Context: Any.
 * Return: The kind.
 */
enum gup_mirror_kind gup_mirror_site_kind(const struct gup_mirror_site *site)
{
	return site - sites < gup_mirror_views.nr[GUP_MIRROR_PIN] ?
	       GUP_MIRROR_PIN : GUP_MIRROR_GET;
}

/* Does @site stand for all those that came too late for a view? */
static bool site_is_overflow(const struct gup_mirror_site *site)
{
	return site - sites == overflow_view(gup_mirror_site_kind(site));
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
	return gup_mirror_site_kind(site) == GUP_MIRROR_PIN ?
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
	unsigned int i, nr = nr_views();

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
 * Context: Any. Concurrent calls of GUP may still count.
 */
void gup_mirror_sites_clear(void)
{
	unsigned int i, nr = nr_views();

	for (i = 0; i < nr; i++) {
		atomic_long_set(&sites[i].calls, 0);
		atomic_long_set(&sites[i].pages, 0);
		atomic_long_set(&sites[i].wrong, 0);
	}
	atomic_long_set(&gup_mirror_overflow, 0);
	atomic_long_set(&gup_mirror_unmirrored, 0);
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
	unsigned int i, nr = sites ? nr_views() : 0;
	char name[GUP_MIRROR_NAME_LEN];

	seq_puts(m, "gup_mirror sites - version: 1\n");
	seq_puts(m, "# kind view calls pages wrong function site\n");

	for (i = 0; i < nr; i++) {
		const struct gup_mirror_site *site = &sites[i];
		long calls = atomic_long_read(&site->calls);
		long wrong = atomic_long_read(&site->wrong);

		if (!calls && !wrong)
			continue;
		gup_mirror_site_name(name, sizeof(name), site);
		seq_printf(m, "%s %u %ld %ld %ld %s %s\n",
			   gup_mirror_kind_names[gup_mirror_site_kind(site)], i,
			   calls, atomic_long_read(&site->pages), wrong,
			   gup_mirror_site_fn_name(site), name);
	}

	return 0;
}
