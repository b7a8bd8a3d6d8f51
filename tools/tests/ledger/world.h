/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel around the ledger: a few folios, sites that pin them, and a clock.
 */
#ifndef _WORLD_H
#define _WORLD_H

#include "../../../mm-debug/ledger.h"
#include "../../../mm-debug/outstanding.h"
#include "../../../mm-debug/release.h"
#include "../../../mm-debug/reports.h"

#define NR_SITES	4
#define NR_CALLERS	8

/*
 * Folios whose shares are in one bucket, by page frame number of the head. The
 * first is large.
 */
#define NR_SUBJECTS	3
#define LARGE_PAGES	4
/* References that have nothing to do with pins */
#define OTHER_REFS	1

extern unsigned long subjects[NR_SUBJECTS];

/* One call of a GUP function: who makes it. */
struct acquirer {
	unsigned int site;
	depot_stack_handle_t stack;
	unsigned int flags;
};

void world_init(void);
/* A ledger that has never seen a pin, while nobody has one. */
void world_forget_chunks(void);
/* Memory cannot always be asked for. */
extern bool world_poor;
/* What was left to a work item is done now. */
void world_work(void);
void world_pass_ms(u64 ms);

struct page *subject_page(unsigned int subject);
struct gup_mirror_entry *subject_entry(unsigned int subject);
/* References of a folio as they have to be with so many pins and others */
bool subject_has_refs(unsigned int subject, unsigned int pins,
		      unsigned int others);
/* Its references and its entry become those of a folio that nobody ever had. */
void subject_forget(unsigned int subject);

/* As pin_user_pages(): pages become pointers into the view of the site. */
void world_pin(struct acquirer by, struct page **pages, unsigned int nr);
/* As folio_add_pin(), of what was pinned before */
void world_add_pin(struct acquirer by, struct page *page);
unsigned int group_of(struct acquirer by);
/* As unpin_user_page() and put_page(), called by one of NR_CALLERS */
void world_unpin(unsigned int caller, struct page *page);
void world_put(struct page *page);
void world_get(struct page *page);
/* As folio_get(page_folio()): nobody looks. */
void world_folio_get(struct page *page);

/* Violations that the running task has caused, and the last of them. */
unsigned int world_violations(void);
unsigned int world_all_violations(void);
const struct gup_mirror_finding *world_finding(void);

/* buckets.c */
/* Two folios of one bucket get in each other's way. */
bool same_bucket(const struct gup_mirror_entry *entry,
		 const struct gup_mirror_entry *other);
/* Is what shares.c says of all times true of a folio now? */
bool shares_fit(struct gup_mirror_entry *entry);

#endif /* _WORLD_H */
