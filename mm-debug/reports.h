/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what was found to be wrong, and how it is told.
 */
#ifndef _MM_GUP_MIRROR_REPORTS_H
#define _MM_GUP_MIRROR_REPORTS_H

#include <linux/atomic.h>
#include <linux/stackdepot.h>
#include <linux/types.h>

#include "places.h"

struct gup_mirror_entry;
struct seq_file;

/* The classes of violations; gup_mirror_class_names[] has their names. */
enum gup_mirror_class {
	GUP_MIRROR_PUT_ON_PIN,
	GUP_MIRROR_UNPIN_ON_GET,
	GUP_MIRROR_DOUBLE_UNPIN,
	GUP_MIRROR_UNPIN_UNPINNED,
	GUP_MIRROR_FREE_WHILE_PINNED,
	GUP_MIRROR_LEAK_AT_UNLOAD,
	GUP_MIRROR_LOST_PIN,
	GUP_MIRROR_DOUBLE_PUT,
	GUP_MIRROR_DIRTY_BY_READONLY_PIN,
	GUP_MIRROR_DIRTY_UNPINNED,
	GUP_MIRROR_LOST_WRITE,
	GUP_MIRROR_UNPIN_WHILE_MAPPED,
	GUP_MIRROR_NR_CLASSES
};

extern const char * const gup_mirror_class_names[GUP_MIRROR_NR_CLASSES];

/**
 * gup_mirror_dirties() - is it wrong that a page is marked dirty?
 * @class: what is wrong
 *
 * Return: true if it is; false for those where it is wrong that it is released.
 */
static inline bool gup_mirror_dirties(enum gup_mirror_class class)
{
	return class == GUP_MIRROR_DIRTY_BY_READONLY_PIN ||
	       class == GUP_MIRROR_DIRTY_UNPINNED;
}

/**
 * struct gup_mirror_acquire - who acquired a page, and how well that is known
 * @view: the site, or GUP_MIRROR_NO_VIEW
 * @stack: stack of the call, or 0
 * @generation: gup_mirror_generation() of @stack
 * @stacks: if not 1, @stack is one of so many that it may have been; if 0, it is
 *	the first that was ever seen there
 * @pins: pins that are held so
 */
struct gup_mirror_acquire {
	unsigned int view;
	depot_stack_handle_t stack;
	u32 generation;
	unsigned int stacks;
	unsigned int pins;
};

/* The longest name of a file system in the tree has 12. */
#define GUP_MIRROR_FS_LEN	16

/**
 * struct gup_mirror_file_place - where in which file a page is
 * @dev: the device
 * @ino: number of the inode
 * @index: number of the page in the file
 * @fs: name of the file system; empty if it is not known, or none
 */
struct gup_mirror_file_place {
	dev_t dev;
	u64 ino;
	unsigned long index;
	char fs[GUP_MIRROR_FS_LEN];
};

/* Of those who hold a folio, so many are told. */
#define GUP_MIRROR_MAX_HOLDERS	8

/* Of those who put plain references of a folio while it was pinned, so many are
 * remembered.
 */
#define GUP_MIRROR_MAX_SUSPECTS	4

/**
 * struct gup_mirror_suspect - who put plain references of a folio that is pinned
 * @caller: where that was
 * @refs: how many
 */
struct gup_mirror_suspect {
	unsigned int caller;
	unsigned int refs;
};

/**
 * struct gup_mirror_finding - a violation
 * @class: what is wrong
 * @nr: how often: number of pages, or of pins
 * @caller: who released it, GUP_MIRROR_NO_CALLER if nobody did
 * @released: stack of that, or 0
 * @before: who released it before, or GUP_MIRROR_NO_CALLER. For
 *	GUP_MIRROR_PUT_ON_PIN, that is who put a reference that somebody else had
 *	taken through the pointer; for GUP_MIRROR_UNPIN_WHILE_MAPPED, who mapped it.
 * @before_stack: stack of that, or 0
 * @pfn: page frame number
 * @pins: pins that the ledger has of the folio
 * @missing: references that are not there, or would not be after the put; 0 if that
 *	is not known
 * @repaired: the reference count is what it should be
 * @possible: it may be right as well, so that it is only counted and listed
 * @unrepaired: why it was not repaired, or NULL
 * @folios: for GUP_MIRROR_LEAK_AT_UNLOAD, on how many folios the pins are
 * @nr_holders: number of @holders
 * @more: holders that have no room there
 * @holders: who acquired the page. Of those that hold it now, who has most comes
 *	first; of a release, there is one, who was meant. Of a leak, it is the stacks
 *	of one site.
 * @nr_suspects: number of @suspects
 * @suspects: of a folio that lacks references, who put plain ones
 * @file: for GUP_MIRROR_LOST_WRITE, what was not written
 */
struct gup_mirror_finding {
	enum gup_mirror_class class;
	unsigned int nr;
	unsigned int caller;
	depot_stack_handle_t released;
	unsigned int before;
	depot_stack_handle_t before_stack;
	unsigned long pfn;
	unsigned int pins;
	unsigned int missing;
	bool repaired;
	bool possible;
	const char *unrepaired;
	unsigned long folios;
	unsigned int nr_holders;
	unsigned int more;
	struct gup_mirror_acquire holders[GUP_MIRROR_MAX_HOLDERS];
	unsigned int nr_suspects;
	struct gup_mirror_suspect suspects[GUP_MIRROR_MAX_SUSPECTS];
	struct gup_mirror_file_place file;
};

/* violations.c */
extern atomic_long_t gup_mirror_counts[GUP_MIRROR_NR_CLASSES];
extern atomic_long_t gup_mirror_reports;
/* Violations that had no room in the list, and those that the filter left out. */
extern atomic_long_t gup_mirror_lost;
extern atomic_long_t gup_mirror_filtered;
/* What may be violations. */
extern atomic_long_t gup_mirror_possible;

/*
 * True while our own KUnit tests provoke violations, which must not fail the
 * test that provokes them.
 */
extern bool gup_mirror_expected;

int gup_mirror_violations_init(void);
void gup_mirror_violation(const struct gup_mirror_finding *finding);
void gup_mirror_violations_clear(void);
bool gup_mirror_violation_at(unsigned int number,
			     struct gup_mirror_finding *finding);
int gup_mirror_violations_show(struct seq_file *m, void *v);
unsigned int gup_mirror_finding_view(const struct gup_mirror_finding *finding);

/* holders.c */
void gup_mirror_acquired_by_site(struct gup_mirror_finding *finding,
				 unsigned int view);
void gup_mirror_acquired_by_group(struct gup_mirror_finding *finding,
				  unsigned int number, unsigned int stacks,
				  unsigned int pins);
void gup_mirror_acquired_by_last(struct gup_mirror_finding *finding,
				 const struct gup_mirror_entry *entry,
				 unsigned int view);
void gup_mirror_acquired_by_holder(struct gup_mirror_finding *finding,
				   struct gup_mirror_entry *entry,
				   unsigned long pfn, unsigned int view);
void gup_mirror_find_holders(struct gup_mirror_finding *finding,
			     struct gup_mirror_entry *entry, unsigned long pfn);
void gup_mirror_lost_pin(struct gup_mirror_entry *entry, unsigned long pfn);

/* put.c */
unsigned int gup_mirror_who_put(const struct gup_mirror_entry *entry,
				unsigned long pfn, unsigned int *view,
				depot_stack_handle_t *stack);

/* report.c */
void gup_mirror_report(const struct gup_mirror_finding *finding);

/* filter.c */
#define GUP_MIRROR_FILTER_LEN	256

bool gup_mirror_filter_match(unsigned long site_ip, unsigned long caller_ip);
int gup_mirror_filter_set(const char *text);
void gup_mirror_filter_get(char *buf, size_t size);

#endif /* _MM_GUP_MIRROR_REPORTS_H */
