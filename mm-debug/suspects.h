/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: who put plain references of a folio while it was pinned.
 */
#ifndef _MM_GUP_MIRROR_SUSPECTS_H
#define _MM_GUP_MIRROR_SUSPECTS_H

#include <linux/atomic.h>

struct gup_mirror_entry;
struct gup_mirror_finding;
struct seq_file;

/* Puts that are not remembered any more, or never were. */
extern atomic_long_t gup_mirror_suspects_lost;

void gup_mirror_suspect(const struct gup_mirror_entry *entry, unsigned long pfn,
			unsigned int caller, unsigned int refs);
void gup_mirror_find_suspects(struct gup_mirror_finding *finding,
			      const struct gup_mirror_entry *entry,
			      unsigned long pfn);
void gup_mirror_show_suspects(struct seq_file *m,
			      const struct gup_mirror_finding *finding);

#endif /* _MM_GUP_MIRROR_SUSPECTS_H */
