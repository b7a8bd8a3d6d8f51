// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what happened to folios of files while they were pinned, in the file
 * "files" and as trace events.
 *
 * Each is counted for the sites whose pins are concerned. For each of these, for each
 * file system, and for each stack of who did it, there is a record with the first file
 * that it was done to, so that somebody who knows the file system can see what it was.
 */

#include <linux/array_size.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "config.h"
#include "files.h"
#include "places.h"
#include "table.h"
#include "views.h"

#include <trace/events/gup_mirror.h>

#define MAX_RECORDS	512

/**
 * struct record - things of one sort that happened to pins of one site
 * @node: in the table that it is found by
 * @what: what it is
 * @view: number of the site
 * @stack: of who did it, or 0
 * @generation: gup_mirror_generation() of @stack
 * @nr: how often since the last clear
 * @file: the file of the first of these; its file system is that of all
 * @pfn: page frame number of the folio
 */
struct record {
	struct hlist_node node;
	u16 what;
	u16 view;
	depot_stack_handle_t stack;
	u32 generation;
	atomic_long_t nr;
	unsigned long pfn;
	struct gup_mirror_file_place file;
};

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct record) == 88);

static struct record *records __ro_after_init;
static unsigned int nr_records;
static struct gup_mirror_table table __read_mostly;

atomic_long_t gup_mirror_files_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_files_lost);

static const char * const names[] = {
	[GUP_MIRROR_FILE_CLEANED]	= "cleaned",
	[GUP_MIRROR_FILE_REDIRTIED]	= "dirty-after-clean",
	[GUP_MIRROR_FILE_LOST]		= "lost-write",
	[GUP_MIRROR_FILE_REPLACED]	= "replaced",
	[GUP_MIRROR_FILE_TRUNCATED]	= "truncated",
	[GUP_MIRROR_FILE_UNMAPPED]	= "unmapped",
};

/**
 * gup_mirror_files_init() - make room for what may happen to files
 *
 * Context: Boot. May sleep.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_files_init(void)
{
	records = kvcalloc(MAX_RECORDS, sizeof(*records), GFP_KERNEL);
	if (!records)
		return -ENOMEM;
	return gup_mirror_table_init(&table, MAX_RECORDS);
}

static struct record *record_at(const struct hlist_node *node)
{
	return container_of(node, struct record, node);
}

static bool same_record(const struct hlist_node *node, const void *data)
{
	const struct record *record = record_at(node), *key = data;

	return record->what == key->what && record->view == key->view &&
	       record->stack == key->stack && !strcmp(record->file.fs, key->file.fs);
}

static struct hlist_node *make_record(const void *data)
{
	const struct record *key = data;
	struct record *record;

	if (nr_records == MAX_RECORDS)
		return NULL;
	record = &records[nr_records];
	*record = *key;
	/* Pairs with the acquire where they are shown. */
	smp_store_release(&nr_records, nr_records + 1);
	return &record->node;
}

static const struct gup_mirror_table_ops table_ops = {
	.same = same_record,
	.make = make_record,
};

static dev_t device_of(const struct inode *inode)
{
	return S_ISBLK(inode->i_mode) ? inode->i_rdev : inode->i_sb->s_dev;
}

/**
 * gup_mirror_file_describe() - write down where in which file a page is
 * @place: receives it
 * @inode: of the file
 * @index: number of the page in the file
 *
 * Context: Any. The inode does not go meanwhile.
 */
void gup_mirror_file_describe(struct gup_mirror_file_place *place,
			      const struct inode *inode, unsigned long index)
{
	place->dev = device_of(inode);
	place->ino = inode->i_ino;
	place->index = index;
	strscpy(place->fs, inode->i_sb->s_type->name, sizeof(place->fs));
}

static void keep(const struct gup_mirror_file_event *event, u16 view,
		 depot_stack_handle_t stack)
{
	struct record key = { .what = event->what, .view = view, .stack = stack };
	unsigned long flags, hash = (u64)event->what << 48 | (u64)view << 32 | stack;
	struct hlist_node *node;
	struct record *record;

	gup_mirror_file_describe(&key.file, event->inode, event->index);
	node = gup_mirror_table_find(&table, hash, &key, &table_ops);
	if (!node)
		node = gup_mirror_table_make(&table, hash, &key, &table_ops);
	if (!node) {
		atomic_long_inc(&gup_mirror_files_lost);
		return;
	}

	record = record_at(node);
	if (likely(atomic_long_inc_return(&record->nr) != 1))
		return;
	/* The first, or the first since the last clear. */
	raw_spin_lock_irqsave(&table.lock, flags);
	record->generation = gup_mirror_generation();
	record->pfn = event->pfn;
	record->file.dev = key.file.dev;
	record->file.ino = key.file.ino;
	record->file.index = key.file.index;
	raw_spin_unlock_irqrestore(&table.lock, flags);
}

/**
 * gup_mirror_file_event() - count what happened to a folio, and tell of it
 * @event: what it was
 *
 * Context: Any but NMI. Does not sleep, and allocates nothing that would have to
 * wait. The inode does not go meanwhile.
 */
void gup_mirror_file_event(const struct gup_mirror_file_event *event)
{
	depot_stack_handle_t stack = 0;
	unsigned int i;

	if (!READ_ONCE(gup_mirror_enabled))
		return;
	if (event->ip)
		stack = gup_mirror_save_here(event->ip);

	for (i = 0; i < event->nr; i++) {
		struct gup_mirror_site *site = gup_mirror_site(event->views[i]);

		gup_mirror_count(site, event->what, 1);
		keep(event, event->views[i], stack);
		trace_gup_mirror_file(names[event->what],
				      event->inode->i_sb->s_type->name,
				      device_of(event->inode), event->inode->i_ino,
				      event->index, event->pfn,
				      READ_ONCE(site->place.ip), event->ip);
	}
}

/**
 * gup_mirror_files_clear() - set the counters of all records to 0
 *
 * Context: Process context.
 */
void gup_mirror_files_clear(void)
{
	/* Pairs with the release where they are made. */
	unsigned int i, nr = smp_load_acquire(&nr_records);

	for (i = 0; i < nr; i++)
		atomic_long_set(&records[i].nr, 0);
	atomic_long_set(&gup_mirror_files_lost, 0);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_files_clear);

/* A record that counts something, of a site. */
static bool get_record(unsigned int nth, unsigned int view, struct record *copy)
{
	raw_spin_lock_irq(&table.lock);
	/* But for @nr, which others may count. */
	*copy = data_race(records[nth]);
	raw_spin_unlock_irq(&table.lock);
	return copy->view == view && atomic_long_read(&copy->nr);
}

/* "fs=ext4,xfs": the file systems that something happened on. */
static void show_file_systems(struct seq_file *m, unsigned int view,
			      unsigned int nr)
{
	struct record one, other;
	const char *sep = "";
	unsigned int i, j;

	seq_puts(m, " fs=");
	for (i = 0; i < nr; i++) {
		if (!get_record(i, view, &one))
			continue;
		for (j = 0; j < i; j++) {
			if (get_record(j, view, &other) && !strcmp(one.file.fs, other.file.fs))
				break;
		}
		if (j < i)
			continue;
		seq_printf(m, "%s%s", sep, one.file.fs);
		sep = ",";
	}
	if (!*sep)
		seq_putc(m, '-');
}

static void show_site(struct seq_file *m, unsigned int view, unsigned int nr)
{
	const struct gup_mirror_site *site = gup_mirror_site(view);
	char name[GUP_MIRROR_NAME_LEN];
	struct record record;
	unsigned long sum = 0;
	unsigned int i;

	for (i = GUP_MIRROR_FILE_WRITES; i <= GUP_MIRROR_FILE_DIRTIED; i++)
		sum += gup_mirror_counted(site, i);
	if (!sum)
		return;

	seq_printf(m, "%s %u", gup_mirror_kind_names[gup_mirror_view_kind(view)], view);
	for (i = GUP_MIRROR_FILE_WRITES; i <= GUP_MIRROR_FILE_DIRTIED; i++)
		seq_printf(m, " %lu", gup_mirror_counted(site, i));
	show_file_systems(m, view, nr);
	gup_mirror_site_name(name, sizeof(name), site);
	seq_printf(m, " %s %s\n", gup_mirror_site_fn_name(site), name);

	for (i = 0; i < nr; i++) {
		if (!get_record(i, view, &record))
			continue;
		seq_printf(m, "  %s: %ld, first fs=%s dev=%u:%u ino=%llu index=%lu pfn=0x%lx\n",
			   names[record.what], atomic_long_read(&record.nr),
			   record.file.fs, MAJOR(record.file.dev), MINOR(record.file.dev),
			   record.file.ino, record.file.index, record.pfn);
		gup_mirror_show_stack(m, "    ", record.stack, record.generation);
	}
}

/**
 * gup_mirror_files_show() - print what happened to files since the last clear
 * @m: the file
 * @v: ignored
 *
 * Context: Process context.
 * Return: 0.
 */
int gup_mirror_files_show(struct seq_file *m, void *v)
{
	/* Pairs with the release where they are made. */
	unsigned int i, nr = smp_load_acquire(&nr_records);

	seq_puts(m, "gup_mirror files - version: 1\n");
	seq_puts(m, "# kind view write_pages cleaned redirtied lost replaced truncated unmapped dirtied fs function site\n");
	for (i = 0; records && i < gup_mirror_nr_views(); i++)
		show_site(m, i, nr);
	return 0;
}
