// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the boot parameter, and the names of what there is.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/array_size.h>
#include <linux/cache.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "config.h"
#include "places.h"
#include "reports.h"
#include "views.h"

bool gup_mirror_enabled __read_mostly = true;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_enabled);

unsigned int gup_mirror_longterm_ms __read_mostly = 10000;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_longterm_ms);

bool gup_mirror_strict __read_mostly;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_strict);

struct gup_mirror_config gup_mirror_config __ro_after_init = {
	.mode = IS_ENABLED(CONFIG_DEBUG_GUP_MIRROR_DEFAULT_ON) ?
		GUP_MIRROR_MODE_PIN : GUP_MIRROR_MODE_OFF,
	.stacks = true,
	.repair = true,
};
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_config);

const char * const gup_mirror_mode_names[] = {
	[GUP_MIRROR_MODE_OFF]	= "off",
	[GUP_MIRROR_MODE_PIN]	= "pin",
	[GUP_MIRROR_MODE_ALL]	= "all",
};

const char * const gup_mirror_kind_names[GUP_MIRROR_NR_KINDS] = {
	[GUP_MIRROR_KIND_PIN]	= "pin",
	[GUP_MIRROR_KIND_GET]	= "get",
};

const char * const gup_mirror_class_names[GUP_MIRROR_NR_CLASSES] = {
	[GUP_MIRROR_PUT_ON_PIN]		= "put-on-pin",
	[GUP_MIRROR_UNPIN_ON_GET]	= "unpin-on-get",
	[GUP_MIRROR_DOUBLE_UNPIN]	= "double-unpin",
	[GUP_MIRROR_UNPIN_UNPINNED]	= "unpin-unpinned",
	[GUP_MIRROR_FREE_WHILE_PINNED]	= "free-while-pinned",
	[GUP_MIRROR_LEAK_AT_UNLOAD]	= "leak-at-unload",
	[GUP_MIRROR_LOST_PIN]		= "lost-pin",
	[GUP_MIRROR_DOUBLE_PUT]		= "double-put",
	[GUP_MIRROR_DIRTY_BY_READONLY_PIN]	= "dirty-by-readonly-pin",
	[GUP_MIRROR_DIRTY_UNPINNED]	= "dirty-unpinned",
	[GUP_MIRROR_LOST_WRITE]		= "lost-write",
	[GUP_MIRROR_UNPIN_WHILE_MAPPED]	= "unpin-while-mapped",
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
		else if (!strcmp(word, "puts"))
			config->puts = true;
		else if (!strcmp(word, "files"))
			config->files = true;
		else if (!strcmp(word, "dma"))
			config->dma = true;
		else
			pr_err("boot parameter: unknown word '%s' ignored, known are off, pin, all, fault=report, fault=panic, nostacks, norepair, puts, files, dma\n",
			       word);
	}
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_parse);

static int __init early_gup_mirror(char *str)
{
	/* A name without a value asks for what most users want. */
	if (!str)
		gup_mirror_config.mode = GUP_MIRROR_MODE_PIN;
	else
		gup_mirror_parse(str, &gup_mirror_config);
	return 0;
}
early_param("gup_mirror", early_gup_mirror);

#undef MODULE_PARAM_PREFIX
#define MODULE_PARAM_PREFIX "gup_mirror."

module_param_named(longterm_ms, gup_mirror_longterm_ms, uint, 0600);
MODULE_PARM_DESC(longterm_ms, "Milliseconds after which a pin without FOLL_LONGTERM is suspect");

module_param_named(strict, gup_mirror_strict, bool, 0600);
MODULE_PARM_DESC(strict, "Drivers take no references of their own: a put through the pointer of a pin is that of the pin");
