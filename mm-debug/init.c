// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: start-up.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/export.h>
#include <linux/gup_mirror.h>
#include <linux/gup_mirror_dma.h>
#include <linux/gup_mirror_memmap.h>
#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "../internal.h"
#include "compat.h"
#include "config.h"
#include "files.h"
#include "ledger.h"
#include "mapped.h"
#include "modules.h"
#include "places.h"
#include "reports.h"
#include "views.h"

#define CREATE_TRACE_POINTS
#include <trace/events/gup_mirror.h>
EXPORT_TRACEPOINT_SYMBOL_GPL(gup_mirror_violation);
EXPORT_TRACEPOINT_SYMBOL_GPL(gup_mirror_file);

DEFINE_GUP_MIRROR_KEY(gup_mirror_key);
EXPORT_SYMBOL(gup_mirror_key);

/* With fewer views than that, sites may have to share them. */
#define FEW_VIEWS	32

static void __init switch_off(const char *why)
{
	gup_mirror_config.mode = GUP_MIRROR_MODE_OFF;
	memset(&gup_mirror_region, 0, sizeof(gup_mirror_region));
	memset(&gup_mirror_views, 0, sizeof(gup_mirror_views));
	pr_err("%s, the layer is off\n", why);
}

void __init gup_mirror_init(void)
{
	const struct gup_mirror_views *views = &gup_mirror_views;
	enum gup_mirror_kind kind;
	int ret;

	if (gup_mirror_config.mode == GUP_MIRROR_MODE_OFF) {
		pr_info("off, boot with gup_mirror=pin or gup_mirror=all to use it\n");
		return;
	}

	ret = gup_mirror_views_init(gup_mirror_config.mode);
	if (ret == -ENOSPC)
		return switch_off("no room in the address space");
	if (ret || gup_mirror_ledger_init() || gup_mirror_sites_init() ||
	    gup_mirror_groups_init() || gup_mirror_callers_init() ||
	    gup_mirror_violations_init())
		return switch_off("out of memory");
	/* Failing that, stacks read "not recorded", and nothing else changes. */
	if (gup_mirror_config.stacks && stack_depot_init())
		gup_mirror_config.stacks = false;
	if (gup_mirror_config.stacks)
		gup_mirror_memos_init();

	gup_mirror_modules_init();

	/* Last: from here on GUP hands out pointers into views. */
	static_branch_enable(&gup_mirror_key);
	gup_mirror_config.puts |= gup_mirror_config.mode == GUP_MIRROR_MODE_ALL;
	if (gup_mirror_config.puts)
		static_branch_enable(&gup_mirror_puts_key);
	gup_mirror_config.files |= gup_mirror_config.mode == GUP_MIRROR_MODE_ALL;
	if (gup_mirror_config.files && gup_mirror_files_init()) {
		pr_err("out of memory, files are not looked at\n");
		gup_mirror_config.files = false;
	}
	if (gup_mirror_config.files)
		static_branch_enable(&gup_mirror_files_key);
	gup_mirror_config.dma |= gup_mirror_config.mode == GUP_MIRROR_MODE_ALL;
	if (gup_mirror_config.dma && gup_mirror_mapped_init()) {
		pr_err("out of memory, mappings for devices are not looked at\n");
		gup_mirror_config.dma = false;
	}
	if (gup_mirror_config.dma)
		static_branch_enable(&gup_mirror_dma_key);

	pr_info("mode %s, %u views of %lu GiB for pins and %u for gets, %lu KiB of page tables\n",
		gup_mirror_mode_names[gup_mirror_config.mode],
		views->nr[GUP_MIRROR_KIND_PIN], 1UL << (views->shift - 30),
		views->nr[GUP_MIRROR_KIND_GET],
		views->table_pages * (PAGE_SIZE / 1024));
	for (kind = 0; kind < GUP_MIRROR_NR_KINDS; kind++) {
		if (views->nr[kind] && views->nr[kind] < FEW_VIEWS)
			pr_warn("only %u views for %ss, later call sites will share one: there is little address space for so much memory\n",
				views->nr[kind], gup_mirror_kind_names[kind]);
	}
}
