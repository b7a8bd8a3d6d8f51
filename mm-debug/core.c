// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: boot parameter and start-up.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/cache.h>
#include <linux/export.h>
#include <linux/gup_mirror_memmap.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/printk.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "gup_mirror.h"
#include "ledger.h"

#define CREATE_TRACE_POINTS
#include <trace/events/gup_mirror.h>
EXPORT_TRACEPOINT_SYMBOL_GPL(gup_mirror_violation);
/* Not GPL-only: put_page() is inlined into every module, and asks for it. */
EXPORT_TRACEPOINT_SYMBOL(gup_mirror_release);

DEFINE_STATIC_KEY_FALSE(gup_mirror_key);
EXPORT_SYMBOL(gup_mirror_key);

bool gup_mirror_enabled __read_mostly = true;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_enabled);

unsigned int gup_mirror_longterm_ms __read_mostly = 10000;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_longterm_ms);

bool gup_mirror_expected;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_expected);

struct gup_mirror_config gup_mirror_config __ro_after_init = {
	.mode = IS_ENABLED(CONFIG_DEBUG_GUP_MIRROR_DEFAULT_ON) ?
		GUP_MIRROR_PINS : GUP_MIRROR_OFF,
	.stacks = true,
	.repair = true,
};
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_config);

const char * const gup_mirror_mode_names[] = {
	[GUP_MIRROR_OFF]	= "off",
	[GUP_MIRROR_PINS]	= "pin",
	[GUP_MIRROR_ALL]	= "all",
};

const char * const gup_mirror_kind_names[GUP_MIRROR_NR_KINDS] = {
	[GUP_MIRROR_PIN]	= "pin",
	[GUP_MIRROR_GET]	= "get",
};

const char * const gup_mirror_class_names[GUP_MIRROR_NR_CLASSES] = {
	[GUP_MIRROR_PUT_ON_PIN]		= "put-on-pin",
	[GUP_MIRROR_UNPIN_ON_GET]	= "unpin-on-get",
	[GUP_MIRROR_DOUBLE_UNPIN]	= "double-unpin",
	[GUP_MIRROR_UNPIN_UNPINNED]	= "unpin-unpinned",
	[GUP_MIRROR_FREE_WHILE_PINNED]	= "free-while-pinned",
	[GUP_MIRROR_LEAK_AT_UNLOAD]	= "leak-at-unload",
	[GUP_MIRROR_LOST_PIN]		= "lost-pin",
};
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_class_names);

/**
 * gup_mirror_parse() - read the boot parameter
 * @str: words with commas between them; taken apart
 * @config: what they change
 *
 * A word that is not known is named in the log, and the others count.
 *
 * Context: Any.
 */
void gup_mirror_parse(char *str, struct gup_mirror_config *config)
{
	char *word;
	int mode;

	while ((word = strsep(&str, ","))) {
		mode = match_string(gup_mirror_mode_names,
				    ARRAY_SIZE(gup_mirror_mode_names), word);
		if (mode >= 0)
			config->mode = mode;
		else if (!strcmp(word, "fault=report"))
			config->panic = false;
		else if (!strcmp(word, "fault=panic"))
			config->panic = true;
		else if (!strcmp(word, "nostacks"))
			config->stacks = false;
		else if (!strcmp(word, "norepair"))
			config->repair = false;
		else
			pr_err("boot parameter: unknown word '%s' ignored, known are off, pin, all, fault=report, fault=panic, nostacks, norepair\n",
			       word);
	}
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_parse);

static int __init early_gup_mirror(char *str)
{
	/* A name without a value asks for what most users want. */
	if (!str)
		gup_mirror_config.mode = GUP_MIRROR_PINS;
	else
		gup_mirror_parse(str, &gup_mirror_config);
	return 0;
}
early_param("gup_mirror", early_gup_mirror);

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "gup_mirror."

module_param_named(longterm_ms, gup_mirror_longterm_ms, uint, 0600);
MODULE_PARM_DESC(longterm_ms, "Milliseconds after which a pin without FOLL_LONGTERM is suspect");

static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	if (event == MODULE_STATE_GOING)
		gup_mirror_check_unload(data);

	/* A module is live when its init code is about to go. */
	if (event == MODULE_STATE_LIVE || event == MODULE_STATE_GOING) {
		gup_mirror_sites_module_gone(data);
		gup_mirror_callers_module_gone(data);
	}

	return NOTIFY_OK;
}

static struct notifier_block module_notifier = {
	.notifier_call = module_event,
};

static void __init switch_off(const char *why)
{
	gup_mirror_config.mode = GUP_MIRROR_OFF;
	memset(&gup_mirror_region, 0, sizeof(gup_mirror_region));
	memset(&gup_mirror_views, 0, sizeof(gup_mirror_views));
	pr_err("%s, the layer is off\n", why);
}

void __init gup_mirror_init(void)
{
	const struct gup_mirror_views *views = &gup_mirror_views;
	int ret;

	if (gup_mirror_config.mode == GUP_MIRROR_OFF) {
		pr_info("off, boot with gup_mirror=pin or gup_mirror=all to use it\n");
		return;
	}

	ret = gup_mirror_views_init(gup_mirror_config.mode);
	if (ret == -ENOSPC)
		return switch_off("too much memory for the address space");
	if (ret || gup_mirror_sites_init() || gup_mirror_groups_init() ||
	    gup_mirror_callers_init() || gup_mirror_shares_init() ||
	    gup_mirror_device_init() || gup_mirror_violations_init())
		return switch_off("out of memory");
	/* Failing that, stacks read "not recorded", and nothing else changes. */
	if (gup_mirror_config.stacks && stack_depot_init())
		gup_mirror_config.stacks = false;

	register_module_notifier(&module_notifier);

	/* Last: from here on GUP hands out pointers into views. */
	static_branch_enable(&gup_mirror_key);

	pr_info("mode %s, %u views of %lu GiB for pins and %u for gets, %lu KiB of page tables\n",
		gup_mirror_mode_names[gup_mirror_config.mode],
		views->nr[GUP_MIRROR_PIN], 1UL << (views->shift - 30),
		views->nr[GUP_MIRROR_GET],
		views->table_pages * (PAGE_SIZE / 1024));
}
