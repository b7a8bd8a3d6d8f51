// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the callers, that is, the places that call release functions.
 *
 * The ledger remembers who released a folio last, for which a small number has
 * to do.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "compat.h"
#include "faults.h"
#include "places.h"
#include "table.h"
#include "views.h"

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct gup_mirror_caller) == 64);

static struct gup_mirror_caller *callers __ro_after_init;
static struct gup_mirror_table table __read_mostly;
static unsigned int used;
/* Callers whose module has gone, so that it may come back. */
static HLIST_HEAD(gone);
/* Smaller in a test. The last stands for all that came too late. */
static unsigned int limit = GUP_MIRROR_MAX_CALLERS - 1;

atomic_long_t gup_mirror_callers_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_callers_lost);

/*
 * Release functions that call others, and those that are meant to be inlined.
 * That the compiler made a function of one is no reason to blame it.
 */
static const char * const release_functions[] = {
	"__folio_put",
	"__folio_put_large",
	"__folio_put_small",
	"__free_frozen_pages",
	"__free_pages",
	"__free_pages_ok",
	"folio_put",
	"folio_put_refs",
	"folios_put_refs",
	"free_frozen_pages",
	"free_huge_folio",
	"free_huge_page",
	"free_pages",
	"free_unref_folios",
	"free_unref_page",
	"free_unref_page_list",
	"free_unref_page_prepare",
	"free_zone_device_folio",
	"free_zone_device_page",
	"gup_put_folio",
	"put_page",
	"put_user_page",
	"put_user_pages",
	"put_user_pages_dirty",
	"put_user_pages_dirty_lock",
	"release_pages",
	"unpin_folio",
	"unpin_folios",
	"unpin_user_folio",
	"unpin_user_page",
	"unpin_user_page_range_dirty_lock",
	"unpin_user_pages",
	"unpin_user_pages_dirty_lock",
};

/* What they call where the layer does all the rest, and what that is. */
static const struct {
	const char *name;
	const char *fn;
} handed_over[] = {
	{ "__gup_mirror_folio_put", "folio_put" },
	{ "__gup_mirror_folio_put_refs", "folio_put_refs" },
	{ "__gup_mirror_mm_put", "folio_put" },
	{ "__gup_mirror_put_page", "put_page" },
	{ "__gup_mirror_put_page_folio", "put_page" },
	{ "__gup_mirror_release", "release_pages" },
	{ "__gup_mirror_unpin_folio", "unpin_user_folio" },
	{ "__gup_mirror_unpin_folios", "unpin_folios" },
	{ "__gup_mirror_unpin_pages", "unpin_user_pages" },
	{ "__gup_mirror_unpin_range", "unpin_user_page_range_dirty_lock" },
};

/* The name of the release function that @ip is in, or NULL if in none. */
static const char *release_function(unsigned long ip)
{
	char name[GUP_MIRROR_NAME_LEN];
	int i;

	scnprintf(name, sizeof(name), "%ps", (void *)ip);
	/* "put_page.isra.0" or "put_page [module]" */
	name[strcspn(name, ". ")] = '\0';
	for (i = 0; i < ARRAY_SIZE(handed_over); i++) {
		if (!strcmp(name, handed_over[i].name))
			return handed_over[i].fn;
	}
	i = match_string(release_functions, ARRAY_SIZE(release_functions), name);
	return i < 0 ? NULL : release_functions[i];
}

/**
 * gup_mirror_callers_init() - make room for callers
 *
 * Context: Boot, one CPU.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_callers_init(void)
{
	callers = kvcalloc(GUP_MIRROR_MAX_CALLERS, sizeof(*callers), GFP_KERNEL);
	if (!callers || gup_mirror_table_init(&table, GUP_MIRROR_MAX_CALLERS))
		return -ENOMEM;

	callers[GUP_MIRROR_MAX_CALLERS - 1].place.fn = "a release function";
	callers[GUP_MIRROR_MAX_CALLERS - 1].view = GUP_MIRROR_NO_VIEW;
	return 0;
}

static struct gup_mirror_caller *caller_at(const struct hlist_node *node)
{
	return container_of(node, struct gup_mirror_caller, place.node);
}

static bool same_caller(const struct hlist_node *node, const void *data)
{
	const struct gup_mirror_call *call = data;

	return gup_mirror_same_place(&caller_at(node)->place, call);
}

/* Take the caller of a module that has come back, or one that is unused. */
static struct hlist_node *make_caller(const void *data)
{
	const struct gup_mirror_call *call = data;
	struct gup_mirror_place *place = gup_mirror_place_returns(&gone, call);
	struct gup_mirror_caller *caller;

	if (place) {
		caller = container_of(place, struct gup_mirror_caller, place);
	} else {
		if (used >= READ_ONCE(limit))
			return NULL;
		caller = &callers[used++];
		caller->place.fn = call->fn;
		caller->outer = release_function(call->ip);
	}
	caller->view = GUP_MIRROR_NO_VIEW;
	WRITE_ONCE(caller->place.ip, call->ip);
	return &caller->place.node;
}

static const struct gup_mirror_table_ops table_ops = {
	.same = same_caller,
	.make = make_caller,
};

/**
 * gup_mirror_callers_limit() - let a test run out of callers
 * @nr: callers that there may be, or -1 for as many as there are now
 *
 * Return: The limit so far.
 */
int gup_mirror_callers_limit(int nr)
{
	int old = limit;

	WRITE_ONCE(limit, nr < 0 ? READ_ONCE(used) : nr);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_callers_limit);

/**
 * gup_mirror_find_caller() - find a caller, which is made if need be
 * @fn: name of the release function; the pointer is kept
 * @ip: the return address of the call
 *
 * Context: Any but NMI. Takes no lock but for a caller that is new.
 * Return: Number of the caller.
 */
unsigned int gup_mirror_find_caller(const char *fn, unsigned long ip)
{
	const struct gup_mirror_call call = { .fn = fn, .ip = ip };
	struct hlist_node *node;

	node = gup_mirror_table_find(&table, ip, &call, &table_ops);
	if (unlikely(!node))
		node = gup_mirror_table_make(&table, ip, &call, &table_ops);
	if (likely(node))
		return caller_at(node) - callers;
	atomic_long_inc(&gup_mirror_callers_lost);
	return gup_mirror_unknown_caller();
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_find_caller);

/**
 * gup_mirror_unknown_caller() - number of the caller that stands for the unknown
 *
 * Return: The number.
 */
unsigned int gup_mirror_unknown_caller(void)
{
	return GUP_MIRROR_MAX_CALLERS - 1;
}

/**
 * gup_mirror_caller() - get a caller
 * @number: its number; one that cannot be is a fault of ours
 *
 * Context: Any.
 * Return: The caller; never NULL.
 */
struct gup_mirror_caller *gup_mirror_caller(unsigned int number)
{
	if (unlikely(number >= GUP_MIRROR_MAX_CALLERS)) {
		gup_mirror_inconsistent("caller", number);
		number = gup_mirror_unknown_caller();
	}
	return &callers[number];
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_caller);

/**
 * gup_mirror_caller_name() - where a caller is, in words
 * @buf: receives "function+offset/size [module]"
 * @size: size of @buf, in bytes
 * @caller: the caller
 *
 * Context: Any.
 */
void gup_mirror_caller_name(char *buf, size_t size,
			    const struct gup_mirror_caller *caller)
{
	gup_mirror_place_name(buf, size, &caller->place,
			      "one of too many callers");
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_caller_name);

#ifdef CONFIG_MODULES
/**
 * gup_mirror_callers_go() - forget the addresses of a module
 * @mod: the module; nothing runs there any more: see gup_mirror_in_module()
 *
 * Context: Process context; may sleep.
 */
void gup_mirror_callers_go(const struct module *mod)
{
	unsigned int i, nr = READ_ONCE(used);

	for (i = 0; i < nr; i++)
		gup_mirror_place_goes(&callers[i].place, mod, &table, &gone);
}
#endif /* CONFIG_MODULES */
