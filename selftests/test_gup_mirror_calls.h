/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions that test_gup_mirror.ko acquires and releases pages with
 */
#ifndef _TEST_GUP_MIRROR_CALLS_H
#define _TEST_GUP_MIRROR_CALLS_H

#include <linux/types.h>

#include "test_gup_mirror.h"

struct file;
struct page;

/* What a function that acquires is called with */
struct tgm_request {
	unsigned long addr;
	unsigned long nr;
	unsigned int gup_flags;
	struct file *file;
	struct page **pages;
};

/**
 * struct tgm_acquirer - a function that acquires
 * @acquire: calls it
 * @pins: it pins pages
 * @may_lack_pages: it accepts NULL for the array of pages
 */
struct tgm_acquirer {
	long (*acquire)(const struct tgm_request *req);
	bool pins;
	bool may_lack_pages;
};

/**
 * struct tgm_releaser - a function that releases
 * @release: calls it; @dirty is for functions that have such an argument
 * @unpins: it is for pages that are pinned
 */
struct tgm_releaser {
	void (*release)(struct page **pages, unsigned long nr, bool dirty);
	bool unpins;
};

/* By enum tgm_acquire_fn and enum tgm_release_fn */
extern const struct tgm_acquirer tgm_acquirers[TGM_NR_ACQUIRE];
extern const struct tgm_releaser tgm_releasers[TGM_NR_RELEASE];

#endif /* _TEST_GUP_MIRROR_CALLS_H */
