/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what happened to pages of files while they were pinned.
 */
#ifndef GUP_MIRROR_FILE_USES_H
#define GUP_MIRROR_FILE_USES_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"

/* In the order of the columns of "files" in debugfs. */
enum file_count {
	FILE_WRITE_PAGES,
	FILE_CLEANED,
	FILE_REDIRTIED,
	FILE_LOST,
	FILE_REPLACED,
	FILE_TRUNCATED,
	FILE_UNMAPPED,
	FILE_DIRTIED,
	NR_FILE_COUNTS
};

/* As these columns are called. */
extern const char * const file_count_names[NR_FILE_COUNTS];

/* Things of one sort that were done by one stack, on one file system. */
struct file_event {
	char *event;
	uint64_t times;
	/* The first folio: file system, "major:minor", inode, page in the file. */
	char *fs, *dev;
	uint64_t ino, index, pfn;
	struct stack stack;
};

/* What happened to the pages that a call site has acquired. */
struct file_use {
	enum kind kind;
	char *function, *place;
	char *fs;		/* "ext4,xfs", or "-" */
	uint64_t counts[NR_FILE_COUNTS];
	struct file_event *events;
	size_t nr_events;
};

/* Append one, zeroed, with empty strings; it may move at the next call. */
struct file_use *report_add_file_use(struct report *report);
struct file_event *file_use_add_event(struct file_use *use);

struct file_use *report_copy_file_use(struct report *report,
				      const struct file_use *from);
void file_use_clear(struct file_use *use);
void report_clear_file_uses(struct report *report);

/* What matters most comes first. */
void file_uses_sort(struct report *report);
/* Adds those of @from to those of @into; both are of one kind of kernel, or not. */
void file_uses_merge(struct report *into, const struct report *from);
/* What is in @after, without what was in @before already. */
void file_uses_new(struct report *into, const struct report *before,
		   const struct report *after);
/* Leaves only what has to do with a module. */
void file_uses_filter(struct report *report, const char *module);

/* The sum of a count. */
uint64_t report_file_count(const struct report *report, enum file_count count);

#endif
