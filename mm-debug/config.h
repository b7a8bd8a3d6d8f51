/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what the command line and debugfs ask for.
 */
#ifndef _MM_GUP_MIRROR_CONFIG_H
#define _MM_GUP_MIRROR_CONFIG_H

#include <linux/types.h>

/* What is mirrored; chosen at boot. */
enum gup_mirror_mode {
	GUP_MIRROR_MODE_OFF,
	GUP_MIRROR_MODE_PIN,	/* pages from pin_user_pages*() */
	GUP_MIRROR_MODE_ALL,	/* pages from get_user_pages*() as well */
};

extern const char * const gup_mirror_mode_names[];

/**
 * struct gup_mirror_config - what the boot parameter asks for
 * @mode: what is mirrored
 * @panic: panic after the first report
 * @stacks: save stacks in the stack depot
 * @repair: turn a wrong release into the right one
 * @puts: judge plain puts of pinned folios through any pointer
 * @files: look at what happens to pinned folios of files
 * @dma: look at mappings of pinned folios for devices
 */
struct gup_mirror_config {
	enum gup_mirror_mode mode;
	bool panic;
	bool stacks;
	bool repair;
	bool puts;
	bool files;
	bool dma;
};

extern struct gup_mirror_config gup_mirror_config;

/* Milliseconds after which a pin without FOLL_LONGTERM is suspect. */
extern unsigned int gup_mirror_longterm_ms;

/* A put through the pointer of a pin is that of the pin, whoever has references. */
extern bool gup_mirror_strict;

void gup_mirror_parse(char *str, struct gup_mirror_config *config);

/*
 * Run-time switch: hand out views, and report. Starts as true. The ledger does
 * not care: what is held does not depend on who is looking.
 */
extern bool gup_mirror_enabled;

#endif /* _MM_GUP_MIRROR_CONFIG_H */
