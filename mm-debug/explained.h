/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: how many references of a folio are explained.
 */
#ifndef _MM_GUP_MIRROR_EXPLAINED_H
#define _MM_GUP_MIRROR_EXPLAINED_H

#include <linux/atomic.h>
#include <linux/types.h>

struct folio;
struct gup_mirror_entry;

/* Puts of a pinned folio that was too busy to be looked at. */
extern atomic_long_t gup_mirror_puts_unsure;

typedef void (*gup_mirror_between_t)(struct folio *folio);

/* For tests: called between two looks at what belongs together. */
extern gup_mirror_between_t gup_mirror_between_looks;

unsigned int gup_mirror_missing(struct gup_mirror_entry *entry,
				const struct folio *folio, unsigned int refs);
unsigned int gup_mirror_missing_openly(struct gup_mirror_entry *entry,
				       const struct folio *folio,
				       unsigned int refs);
unsigned int gup_mirror_missing_now(struct gup_mirror_entry *entry,
				    const struct folio *folio, unsigned int own);
unsigned int gup_mirror_missing_any(const struct folio *folio, unsigned int refs);
bool gup_mirror_leaves_more(const struct gup_mirror_entry *entry,
			    const struct folio *folio, unsigned int refs);
unsigned long gup_mirror_surplus(const struct folio *folio, unsigned int own);

#endif /* _MM_GUP_MIRROR_EXPLAINED_H */
