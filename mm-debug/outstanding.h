/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what is held now, as the ledger has it.
 */
#ifndef _MM_GUP_MIRROR_OUTSTANDING_H
#define _MM_GUP_MIRROR_OUTSTANDING_H

#include <linux/types.h>

struct seq_file;

/**
 * struct gup_mirror_row - what a group holds
 * @group: number of the group
 * @folios: on how many folios
 * @pages: pages of these; a pin of one page keeps all of its folio where it is
 * @pins: how many pins; or references that may be gets, of a group that gets
 * @since: of @pins, those taken since the snapshot
 * @orphans: of @folios, those that nobody has but who pinned them
 * @orphan: page frame number of the first of @orphans
 * @oldest_ms: age of the oldest pin
 * @guessed: a guess is in that: whose pins were released was not certain
 * @vague: the same, but only that of the stack was a guess
 * @on_file: a pin is that of gup_mirror_overlong_on_file()
 */
struct gup_mirror_row {
	unsigned int group;
	unsigned long folios;
	unsigned long pages;
	unsigned long pins;
	unsigned long since;
	unsigned long orphans;
	unsigned long orphan;
	u64 oldest_ms;
	bool guessed;
	bool vague;
	bool on_file;
};

/**
 * struct gup_mirror_held - what all groups hold
 * @sum: of all rows
 * @lost: folios with fewer references than their pins have taken
 * @surplus: references that may be gets; they are not in @sum
 * @now: gup_mirror_now() when this was begun
 * @rows: by number of group, or NULL if only sums are wanted
 */
struct gup_mirror_held {
	struct gup_mirror_row sum;
	unsigned long lost;
	unsigned long surplus;
	u64 now;
	struct gup_mirror_row *rows;
};

struct folio;
struct gup_mirror_group;

bool gup_mirror_overlong_on_file(const struct gup_mirror_group *group, u64 since,
				 u64 now, const struct folio *folio);
struct gup_mirror_row *gup_mirror_new_rows(void);
void gup_mirror_walk(struct gup_mirror_held *held);
void gup_mirror_held_by_sites(unsigned long *held);

/* What the last look at "ages" has found. */
extern unsigned long gup_mirror_orphans;
extern unsigned long gup_mirror_maybe_pinned;

int gup_mirror_outstanding_show(struct seq_file *m, void *v);
int gup_mirror_ages_show(struct seq_file *m, void *v);

/* snapshot.c */
void gup_mirror_snapshot(void);
u64 gup_mirror_snapshot_age_ms(void);

#endif /* _MM_GUP_MIRROR_OUTSTANDING_H */
