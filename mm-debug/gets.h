/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: references from get_user_pages(), where those are mirrored.
 */
#ifndef _MM_GUP_MIRROR_GETS_H
#define _MM_GUP_MIRROR_GETS_H

#include <linux/atomic.h>
#include <linux/types.h>

struct gup_mirror_origin;
struct gup_mirror_site;
struct page;

/* Gets without an entry: there was no memory for one. */
extern atomic_long_t gup_mirror_gets_untracked;

void gup_mirror_get(unsigned long pfn, u64 tag, unsigned int nr, u64 now);
bool gup_mirror_gets_come_back(struct gup_mirror_site *site);
bool gup_mirror_put_get(const char *fn, struct page *page, unsigned int refs,
			struct gup_mirror_origin *origin);
void gup_mirror_forget_gets(unsigned long pfn);
void gup_mirror_give_back(unsigned int caller, unsigned long pfn,
			  unsigned int nr, unsigned int view);

#endif /* _MM_GUP_MIRROR_GETS_H */
