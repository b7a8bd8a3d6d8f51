/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an open file of test_gup_mirror.ko holds
 */
#ifndef _TEST_GUP_MIRROR_HELD_H
#define _TEST_GUP_MIRROR_HELD_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "test_gup_mirror_watch.h"

struct page;

/**
 * struct tgm - what an open file holds
 * @lock: held during an ioctl
 * @pages: the pages, or NULL
 * @nr: number of them
 * @pinned: they were pinned, not gotten
 * @folios: they are folios, from memfd_pin_folios()
 * @writes: they were acquired for writing
 * @acquired: what the function gave is still held
 * @extra: so is an additional reference by get_page()
 * @stolen: the pins have no references any more, see TGM_STEAL
 * @mapped: where a device has them, or NULL
 * @watch: the pins, for those who watch
 */
struct tgm {
	struct mutex lock;	/* of the fields below */
	struct page **pages;
	unsigned long nr;
	bool pinned;
	bool folios;
	bool writes;
	bool acquired;
	bool extra;
	bool stolen;
	dma_addr_t *mapped;
	struct tgm_watch watch;
};

/* test_gup_mirror_counts.c */
void tgm_balance(struct tgm *tgm, bool unpins, bool keep);
void tgm_steal(struct tgm *tgm);
void tgm_give_back_stolen(struct tgm *tgm);

#endif /* _TEST_GUP_MIRROR_HELD_H */
