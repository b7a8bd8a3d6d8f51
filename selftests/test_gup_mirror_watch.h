/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who cleans folios that test_gup_mirror.ko has pinned
 */
#ifndef _TEST_GUP_MIRROR_WATCH_H
#define _TEST_GUP_MIRROR_WATCH_H

#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>

struct page;
struct tgm_judgement;

/**
 * struct tgm_watch - the pins of one call
 * @list: of calls that have not returned
 * @since: when it began
 * @pfns: page frame numbers of the folios, one for each pin, or NULL
 * @nr: number of them
 */
struct tgm_watch {
	struct list_head list;
	u64 since;
	unsigned long *pfns;
	unsigned long nr;
};

#if IS_ENABLED(CONFIG_KUNIT) && defined(CONFIG_KRETPROBES)

int tgm_watch_start(void);
void tgm_watch_stop(void);
int tgm_watch_begin(struct tgm_watch *watch, unsigned long nr);
void tgm_watch_end(struct tgm_watch *watch, struct page **pages, long nr);
void tgm_watch_forget(struct tgm_watch *watch);
int tgm_watch_judge(struct page **pages, unsigned long nr, bool writes,
		    struct tgm_judgement *arg);

#else

static inline int tgm_watch_start(void)
{
	return -EOPNOTSUPP;
}

static inline void tgm_watch_stop(void)
{
}

static inline int tgm_watch_begin(struct tgm_watch *watch, unsigned long nr)
{
	return 0;
}

static inline void tgm_watch_end(struct tgm_watch *watch, struct page **pages,
				 long nr)
{
}

static inline void tgm_watch_forget(struct tgm_watch *watch)
{
}

static inline int tgm_watch_judge(struct page **pages, unsigned long nr,
				  bool writes, struct tgm_judgement *arg)
{
	return -EOPNOTSUPP;
}

#endif

#endif /* _TEST_GUP_MIRROR_WATCH_H */
