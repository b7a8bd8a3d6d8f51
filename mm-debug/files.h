/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: pins of what is in the page cache of a file.
 */
#ifndef _MM_GUP_MIRROR_FILES_H
#define _MM_GUP_MIRROR_FILES_H

#include <linux/atomic.h>
#include <linux/gup_mirror_file.h>
#include <linux/mm_types.h>
#include <linux/types.h>

#include "places.h"
#include "reports.h"

struct gup_mirror_entry;
struct inode;
struct seq_file;

/* files.c */
struct address_space *gup_mirror_mapping(const struct folio *folio);
bool gup_mirror_on_file(const struct folio *folio);
void gup_mirror_files_pinned(struct page **pages, unsigned long nr,
			     unsigned int view);

/* dirtied.c */
void gup_mirror_check_dirty(const struct page *page, const struct folio *folio,
			    unsigned int caller, depot_stack_handle_t stack);

/* lost_write.c */
/* Folios whose content was not summed up, since there was no room. */
extern atomic_long_t gup_mirror_sums_lost;

void gup_mirror_forget_sum(unsigned long pfn);
void gup_mirror_check_clean(struct folio *folio, struct gup_mirror_entry *entry,
			    unsigned int nr, unsigned int caller,
			    depot_stack_handle_t stack);

/* file_events.c */
/**
 * struct gup_mirror_file_event - something happened to a folio with pins
 * @what: GUP_MIRROR_FILE_CLEANED or one of those behind it
 * @inode: of the file
 * @index: number of the folio's first page in the file
 * @pfn: its page frame number
 * @ip: who called the function that did it; 0 if that is not known
 * @nr: number of @views
 * @views: the sites whose pins are concerned
 */
struct gup_mirror_file_event {
	enum gup_mirror_counter what;
	const struct inode *inode;
	unsigned long index;
	unsigned long pfn;
	unsigned long ip;
	unsigned int nr;
	u16 views[GUP_MIRROR_MAX_HOLDERS];
};

/* Events whose stack, and whose first file, there was no room for. */
extern atomic_long_t gup_mirror_files_lost;

int gup_mirror_files_init(void);
void gup_mirror_file_describe(struct gup_mirror_file_place *place,
			      const struct inode *inode, unsigned long index);
void gup_mirror_file_event(const struct gup_mirror_file_event *event);
void gup_mirror_files_clear(void);
int gup_mirror_files_show(struct seq_file *m, void *v);

#endif /* _MM_GUP_MIRROR_FILES_H */
