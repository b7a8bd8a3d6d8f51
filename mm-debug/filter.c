// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: which violations are reported.
 *
 * A filter is a list of patterns, separated by commas or white space. A
 * violation is reported if one of them matches the name of the function or of
 * the module at one of its two ends: where the page was acquired, or where it
 * was released. Others are repaired and counted like any, but leave no trace.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/compiler.h>
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/glob.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "compat.h"
#include "reports.h"

/* Raw, since pages are released with any lock held. Nothing nests inside. */
static DEFINE_RAW_SPINLOCK(filter_lock);
/* Patterns with a comma between them; empty to report all. */
static char filter[GUP_MIRROR_FILTER_LEN];

/**
 * gup_mirror_filter_set() - set the filter
 * @text: patterns, as glob_match() knows them; empty to report everything
 *
 * Context: Any.
 * Return: 0; -E2BIG if the text is too long, or -EINVAL if a pattern has
 * characters that no name of a function or of a module has. Then the filter is
 * what it was.
 */
int gup_mirror_filter_set(const char *text)
{
	char new[GUP_MIRROR_FILTER_LEN];
	unsigned int len = 0;
	unsigned long flags;

	for (; *text; text++) {
		bool separator = isspace(*text) || *text == ',';

		if (separator && (!len || new[len - 1] == ','))
			continue;
		if (!separator && !isalnum(*text) && !strchr("_.-*?[]!", *text))
			return -EINVAL;
		if (len == sizeof(new) - 1)
			return -E2BIG;
		new[len++] = separator ? ',' : *text;
	}
	if (len && new[len - 1] == ',')
		len--;
	new[len] = '\0';

	raw_spin_lock_irqsave(&filter_lock, flags);
	strscpy(filter, new, sizeof(filter));
	raw_spin_unlock_irqrestore(&filter_lock, flags);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_filter_set);

/**
 * gup_mirror_filter_get() - read the filter
 * @buf: receives the patterns
 * @size: size of @buf, in bytes
 *
 * Context: Any.
 */
void gup_mirror_filter_get(char *buf, size_t size)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&filter_lock, flags);
	strscpy(buf, filter, size);
	raw_spin_unlock_irqrestore(&filter_lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_filter_get);

/* Does one of the patterns match the function or the module of an address? */
static bool matches(char *patterns, unsigned long ip)
{
	char name[GUP_MIRROR_NAME_LEN], *module, *pattern;

	if (!ip)
		return false;

	/* "function", or "function [module]" */
	scnprintf(name, sizeof(name), "%ps", (void *)ip);
	module = strstr(name, " [");
	if (module) {
		*module = '\0';
		module += 2;
		module[strcspn(module, "]")] = '\0';
	}

	while ((pattern = strsep(&patterns, ","))) {
		if (glob_match(pattern, name) ||
		    (module && glob_match(pattern, module)))
			return true;
	}
	return false;
}

/**
 * gup_mirror_filter_match() - is a violation to be reported?
 * @site_ip: where the page was acquired, or 0
 * @caller_ip: where it was released, or 0
 *
 * Context: Any but NMI.
 * Return: true if it is.
 */
bool gup_mirror_filter_match(unsigned long site_ip, unsigned long caller_ip)
{
	char patterns[GUP_MIRROR_FILTER_LEN];

	if (likely(!READ_ONCE(filter[0])))
		return true;

	/* They are taken apart. */
	gup_mirror_filter_get(patterns, sizeof(patterns));
	if (matches(patterns, site_ip))
		return true;
	gup_mirror_filter_get(patterns, sizeof(patterns));
	return matches(patterns, caller_ip);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_filter_match);

static int filter_param_set(const char *text, const struct kernel_param *kp)
{
	int ret = gup_mirror_filter_set(text);

	if (ret)
		pr_err("boot parameter: gup_mirror.filter ignored, give names of functions or modules with commas between them, at most %u characters\n",
		       GUP_MIRROR_FILTER_LEN - 1);
	/* As everywhere on the command line: a bad word is named and ignored. */
	return 0;
}

static const struct kernel_param_ops filter_param_ops = {
	.set = filter_param_set,
};

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "gup_mirror."

/* Later it is in debugfs. */
module_param_cb(filter, &filter_param_ops, NULL, 0);
MODULE_PARM_DESC(filter, "Report only violations in these functions or modules");
