// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what happens to a folio of a file while it is pinned.
 *
 * "The file system believes it to be clean" is one bit, PG_dirty, which is cleared
 * for I/O in one place. A page of a shared mapping is pinned for writing through a
 * pte that is writable, and with a file system that writes back it becomes so only
 * when the file system was told, which leaves the folio dirty. So a folio that has
 * a pin for writing and is clean was cleaned under that pin.
 *
 * Two see that, one of them at least:
 *
 *	who pins			who cleans
 *	--------			----------
 *	reference, look at pte		pte is made read-only
 *	ledger, by cmpxchg		PG_dirty, by test-and-clear
 *	PG_dirty			ledger
 *
 * Both operations are full barriers, so that it cannot be that the one still sees
 * it dirty and the other still sees no pin. If both see it, the mark in the ledger
 * makes it one. It goes with the last pin of the folio. The tests for herd in
 * Documentation/litmus-tests/gup-mirror/ ask that, and test_gup_mirror_watch.c asks
 * it of a running kernel.
 *
 * Who truncates a folio clears PG_dirty before the folio leaves the file. Whoever pins
 * it in between cannot tell the two apart, and counts it as cleaned.
 */

#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#include <kunit/visibility.h>

#include "files.h"
#include "ledger.h"

DEFINE_STATIC_KEY_FALSE(gup_mirror_files_key);

/**
 * gup_mirror_mapping() - the file that a folio is of
 * @folio: the folio
 *
 * What else may be in there has a flag in the lowest bits: anonymous memory has, and
 * pages that a driver moves.
 *
 * Context: Any. If the folio is not locked, the file may go; inside rcu_read_lock(),
 * its inode stays.
 * Return: The mapping, or NULL.
 */
struct address_space *gup_mirror_mapping(const struct folio *folio)
{
	struct address_space *mapping = READ_ONCE(folio->mapping);

	return IS_ALIGNED((unsigned long)mapping, sizeof(long)) ? mapping : NULL;
}

/*
 * Are pages of a file written back? Those of shmem, hugetlbfs, ramfs and fsdax are
 * never, so that nothing can be lost. Inside rcu_read_lock(), or with the folio
 * locked.
 */
static bool is_written_back(const struct address_space *mapping)
{
	const struct address_space_operations *ops = READ_ONCE(mapping->a_ops);

	return ops && ops->dirty_folio && ops->dirty_folio != noop_dirty_folio;
}

/**
 * gup_mirror_on_file() - is a folio of a file that is written back?
 * @folio: the folio, which need not be locked, and may be nobody's: then what looks
 *	like its mapping may be anything
 *
 * Context: Any.
 * Return: true if it is.
 */
bool gup_mirror_on_file(const struct folio *folio)
{
	const struct address_space_operations *ops;
	const struct address_space *mapping;
	bool (*dirty)(struct address_space *mapping, struct folio *folio);
	bool on_file;

	/* As for gup_fast_folio_allowed(), the file may go meanwhile. */
	rcu_read_lock();
	mapping = gup_mirror_mapping(folio);
	on_file = mapping && !get_kernel_nofault(ops, &mapping->a_ops) && ops &&
		  !get_kernel_nofault(dirty, &ops->dirty_folio) &&
		  dirty && dirty != noop_dirty_folio;
	rcu_read_unlock();
	return on_file;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_on_file);

/* Where sites are put that have pins on a folio. */
struct search {
	struct gup_mirror_file_event *event;
	unsigned int flags;
};

static void note_site(unsigned long pfn, u64 hold, u64 since, void *data)
{
	const struct gup_mirror_group *group =
		gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold));
	const struct search *search = data;
	struct gup_mirror_file_event *event = search->event;
	unsigned int i;

	if ((group->flags & search->flags) != search->flags)
		return;
	for (i = 0; i < event->nr; i++) {
		if (event->views[i] == group->view)
			return;
	}
	if (i < GUP_MIRROR_MAX_HOLDERS)
		event->views[event->nr++] = group->view;
}

/*
 * Find the sites that have pins on a folio, and have given these flags. What flags
 * the pins of a catch-all group had is not known.
 */
static bool find_sites(struct gup_mirror_file_event *event,
		       struct gup_mirror_entry *entry, unsigned int flags)
{
	struct search search = { .event = event, .flags = flags };

	event->nr = 0;
	gup_mirror_holders(entry, event->pfn, note_site, &search);
	return event->nr;
}

/* What there is to be told of a folio and its file. */
static void describe(struct gup_mirror_file_event *event,
		     enum gup_mirror_counter what, const struct folio *folio,
		     const struct address_space *mapping, unsigned long ip)
{
	event->what = what;
	event->inode = mapping->host;
	event->index = folio->index;
	event->pfn = gup_mirror_pfn(folio);
	event->ip = ip;
	event->nr = 0;
}

/*
 * A folio of a file was cleaned. Tell of it, unless that was done since its first
 * pin came.
 */
static void cleaned(const struct folio *folio, const struct address_space *mapping,
		    unsigned long ip)
{
	struct gup_mirror_file_event event;
	struct gup_mirror_entry *entry;
	u64 hold;

	describe(&event, GUP_MIRROR_FILE_CLEANED, folio, mapping, ip);
	entry = gup_mirror_entry(event.pfn);
	if (!entry)
		return;
	hold = atomic64_read(&entry->hold);
	do {
		if (!GUP_MIRROR_HOLD_PINS(hold) || hold & GUP_MIRROR_HOLD_CLEANED ||
		    !find_sites(&event, entry, FOLL_WRITE))
			return;
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold,
				       hold | GUP_MIRROR_HOLD_CLEANED));
	gup_mirror_file_event(&event);
}

/**
 * gup_mirror_files_pinned() - pages were pinned for writing, and entered
 * @pages: the pages
 * @nr: number of them
 * @view: number of the site
 *
 * Context: Any but NMI. A full barrier comes between what was entered and this.
 */
void gup_mirror_files_pinned(struct page **pages, unsigned long nr,
			     unsigned int view)
{
	const struct address_space *last = NULL;
	unsigned long i, on_file = 0;
	bool written_back = false;

	rcu_read_lock();
	for (i = 0; i < nr; i++) {
		/* To be read only: in whatever view it is. */
		const struct folio *folio = gup_mirror_raw_folio(pages[i]);
		const struct address_space *mapping = gup_mirror_mapping(folio);

		if (likely(!mapping))
			continue;
		if (mapping != last)
			written_back = is_written_back(mapping);
		last = mapping;
		if (!written_back)
			continue;
		on_file++;
		/* Who cleaned it did so before it could be seen that it is pinned. */
		if (unlikely(!folio_test_dirty(folio))) {
			/* What may be there is of pins that went in a wrong way. */
			folio = page_folio(pages[i]);
			gup_mirror_forget_sum(gup_mirror_pfn(folio));
			cleaned(folio, mapping, 0);
		}
	}
	rcu_read_unlock();
	if (on_file)
		gup_mirror_count(gup_mirror_site(view), GUP_MIRROR_FILE_WRITES, on_file);
}

/* See gup_mirror_file_cleaned(). */
void __gup_mirror_file_cleaned(struct folio *folio, unsigned long ip)
{
	const struct address_space *mapping = gup_mirror_mapping(folio);

	/* It is about to be summed up anew. */
	gup_mirror_forget_sum(gup_mirror_pfn(folio));
	if (mapping && is_written_back(mapping))
		cleaned(folio, mapping, ip);
}
EXPORT_SYMBOL_IF_KUNIT(__gup_mirror_file_cleaned);

/* Something that matters to all sites that have given these flags. */
static void happened(enum gup_mirror_counter what, const struct folio *folio,
		     const struct address_space *mapping, unsigned int flags,
		     unsigned long ip)
{
	struct gup_mirror_file_event event;
	struct gup_mirror_entry *entry;

	describe(&event, what, folio, mapping, ip);
	entry = gup_mirror_entry(event.pfn);
	if (entry && find_sites(&event, entry, flags))
		gup_mirror_file_event(&event);
}

/*
 * See gup_mirror_file_removed(). Whoever pins it goes on with a page that the file
 * has no longer. If that is where the file still is, it has another, or a hole. Of
 * any file system: a hole in a memfd under a device does the same harm.
 */
void __gup_mirror_file_removed(struct address_space *mapping, struct folio *folio,
			       unsigned long ip)
{
	bool gone = mapping_exiting(mapping) ||
		    folio_pos(folio) >= i_size_read(mapping->host);

	happened(gone ? GUP_MIRROR_FILE_TRUNCATED : GUP_MIRROR_FILE_REPLACED, folio,
		 mapping, 0, ip);
}

/* See gup_mirror_file_unmapped(). */
void __gup_mirror_file_unmapped(struct folio *folio, unsigned long ip)
{
	const struct address_space *mapping = gup_mirror_mapping(folio);

	if (mapping)
		happened(GUP_MIRROR_FILE_UNMAPPED, folio, mapping, 0, ip);
}

/* See gup_mirror_file_dirtied(). */
void __gup_mirror_file_dirtied(struct folio *folio, unsigned long ip)
{
	const struct address_space *mapping;

	rcu_read_lock();
	mapping = gup_mirror_mapping(folio);
	if (mapping && is_written_back(mapping))
		happened(GUP_MIRROR_FILE_REDIRTIED, folio, mapping, FOLL_WRITE, ip);
	rcu_read_unlock();
}
