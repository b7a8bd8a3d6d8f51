// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the callers, that is, the places that call release functions.
 *
 * The ledger remembers who released a folio last, for which a small number has
 * to do.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sprintf.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"
#include "table.h"

/* Documented in gup-mirror.rst and README. */
static_assert(sizeof(struct gup_mirror_caller) == 40);

static struct gup_mirror_caller *callers __ro_after_init;
static struct gup_mirror_table table __ro_after_init;
static atomic_t used;
/* Smaller in a test. */
static int limit = GUP_MIRROR_MAX_CALLERS - 1;

/*
 * Release functions that call others, and those that are meant to be inlined.
 * That the compiler made a function of one is no reason to blame it.
 */
static const char * const release_functions[] = {
	"__folio_put",
	"__free_pages",
	"folio_put_refs",
	"folios_put_refs",
	"free_pages",
	"free_unref_folios",
	"free_unref_page",
	"gup_put_folio",
	"put_page",
	"put_user_page",
	"put_user_pages",
	"put_user_pages_dirty",
	"put_user_pages_dirty_lock",
	"release_pages",
	"unpin_user_pages_dirty_lock",
};

/* The name of the release function that @ip is in, or NULL if in none. */
static const char *release_function(unsigned long ip)
{
	char name[GUP_MIRROR_NAME_LEN];
	int i;

	scnprintf(name, sizeof(name), "%ps", (void *)ip);
	/* "put_page.isra.0" or "put_page [module]" */
	name[strcspn(name, ". ")] = '\0';
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
	/* The last stands for all that came too late. */
	callers = kvcalloc(GUP_MIRROR_MAX_CALLERS, sizeof(*callers), GFP_KERNEL);
	if (!callers || gup_mirror_table_init(&table, GUP_MIRROR_MAX_CALLERS))
		return -ENOMEM;

	callers[GUP_MIRROR_MAX_CALLERS - 1].fn = "a release function";
	return 0;
}

struct caller_key {
	const char *fn;
	unsigned long ip;
};

static bool same_caller(unsigned int number, const void *data)
{
	const struct caller_key *key = data;

	return READ_ONCE(callers[number].ip) == key->ip &&
	       callers[number].fn == key->fn;
}

static int make_caller(const void *data)
{
	const struct caller_key *key = data;
	int nr = READ_ONCE(limit);
	int number = atomic_fetch_add_unless(&used, 1, nr);

	if (number == nr)
		return -ENOSPC;
	callers[number].fn = key->fn;
	callers[number].outer = release_function(key->ip);
	callers[number].view = GUP_MIRROR_NO_VIEW;
	WRITE_ONCE(callers[number].ip, key->ip);
	return number;
}

static void unmake_caller(unsigned int number)
{
	callers[number].ip = 0;
	gup_mirror_table_untake(&used, number);
}

/**
 * gup_mirror_callers_limit() - let a test run out of callers
 * @nr: callers that there may be, or -1 for as many as there are now
 *
 * Return: The limit so far.
 */
int gup_mirror_callers_limit(int nr)
{
	int old = limit;

	WRITE_ONCE(limit, nr < 0 ? atomic_read(&used) : nr);
	return old;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_callers_limit);

static const struct gup_mirror_table_ops table_ops = {
	.same = same_caller,
	.make = make_caller,
	.unmake = unmake_caller,
};

/**
 * gup_mirror_find_caller() - find a caller, which is made if need be
 * @fn: name of the release function; the pointer is kept
 * @ip: the return address of the call
 *
 * Context: Any but NMI. Takes no lock.
 * Return: Number of the caller.
 */
unsigned int gup_mirror_find_caller(const char *fn, unsigned long ip)
{
	const struct caller_key key = { .fn = fn, .ip = ip };
	int number = gup_mirror_table_find(&table, ip, &key, &table_ops);

	return likely(number >= 0) ? number : GUP_MIRROR_MAX_CALLERS - 1;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_find_caller);

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
		number = GUP_MIRROR_MAX_CALLERS - 1;
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
	/* Pairs with the release in gup_mirror_callers_module_gone(). */
	unsigned long ip = smp_load_acquire(&caller->ip);

	if (ip)
		scnprintf(buf, size, "%pS", (void *)ip);
	else
		strscpy(buf, caller->name ?: "one of too many callers", size);
}

/**
 * gup_mirror_callers_module_gone() - forget the addresses of a module
 * @mod: the module; nothing runs there any more: see gup_mirror_leaves()
 *
 * Context: Process context; may sleep.
 */
void gup_mirror_callers_module_gone(const struct module *mod)
{
	unsigned int i, nr = atomic_read(&used);

	for (i = 0; i < nr; i++) {
		if (!callers[i].ip || !gup_mirror_leaves(callers[i].ip, mod))
			continue;
		callers[i].name = gup_mirror_ip_name(callers[i].ip);
		/* Pairs with the acquire in gup_mirror_caller_name(). */
		smp_store_release(&callers[i].ip, 0);
	}
}
