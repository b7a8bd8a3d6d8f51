// SPDX-License-Identifier: GPL-2.0
/*
 * Wrong releases of pages that can be switched on, one at a time.
 *
 * gup_mutant.active in /sys/module/gup_mutant/parameters has the name of the one
 * that is active, or nothing. gup_mutant.hits there tells how often code has asked
 * for it since, and so did the wrong thing.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/gup_mutant.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <linux/sysfs.h>

/* A file that tools/mutants/apply has made, with a line MUTANT("name") for each. */
#define MUTANT(name)	name,
static const char * const names[] = {
#include "gup_mutant_names.h"
};

#undef MUTANT
#define MUTANT(name)	" " name
static const char all_names[] =
#include "gup_mutant_names.h"
;

/* One of the names, or NULL. */
static const char *active;
static atomic_t hits;

/**
 * gup_mutant() - is the caller to do the wrong thing?
 * @name: of that wrong thing
 *
 * Context: Any.
 * Return: true if it is active.
 */
bool gup_mutant(const char *name)
{
	const char *now = READ_ONCE(active);

	if (likely(!now) || strcmp(now, name))
		return false;

	atomic_inc(&hits);
	return true;
}
EXPORT_SYMBOL_GPL(gup_mutant);

static int set_active(const char *value, const struct kernel_param *param)
{
	size_t len = strcspn(value, "\n");
	unsigned int i;

	for (i = 0; len && i < ARRAY_SIZE(names); i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], value, len))
			break;
	}
	if (i == ARRAY_SIZE(names)) {
		pr_err("gup_mutant: there is no mutant %.*s; the mutants are%s\n",
		       (int)len, value, all_names);
		return -EINVAL;
	}

	WRITE_ONCE(active, NULL);
	atomic_set(&hits, 0);
	if (len)
		WRITE_ONCE(active, names[i]);
	return 0;
}

static int get_active(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", READ_ONCE(active) ?: "");
}

static const struct kernel_param_ops active_ops = {
	.set = set_active,
	.get = get_active,
};
module_param_cb(active, &active_ops, NULL, 0644);
MODULE_PARM_DESC(active, "name of the wrong release that is active, or nothing");

static int get_hits(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&hits));
}

static const struct kernel_param_ops hits_ops = {
	.get = get_hits,
};
module_param_cb(hits, &hits_ops, NULL, 0444);
MODULE_PARM_DESC(hits, "how often the wrong thing was done since it became active");
