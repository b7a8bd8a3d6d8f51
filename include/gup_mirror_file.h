/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what happens to a folio of a file while it is pinned.
 *
 * A device may write to a page that somebody has pinned for writing at any time.
 * The file system does not see that. It is told of a write when the page is first
 * written to, and again by whoever unpins it and marks it dirty. What it does
 * meanwhile (write the page back and believe it to be clean, take it out of the page
 * cache, unmap it) is looked at here. Nothing is held up, and nothing is repaired.
 *
 * The hooks are in mm/ and in block/bio.c. They cost a patched-out branch until the
 * boot parameter asks for files.
 */
#ifndef _LINUX_GUP_MIRROR_FILE_H
#define _LINUX_GUP_MIRROR_FILE_H

#ifdef CONFIG_DEBUG_GUP_MIRROR

#include <linux/gup_mirror.h>
#include <linux/instruction_pointer.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/page-flags.h>

struct address_space;

/* On if files are looked at. */
DECLARE_STATIC_KEY_FALSE(gup_mirror_files_key);

void __gup_mirror_file_cleaned(struct folio *folio, unsigned long ip);
void __gup_mirror_file_written(struct folio *folio);
void __gup_mirror_file_zeroed(struct folio *folio);
void __gup_mirror_file_removed(struct address_space *mapping, struct folio *folio,
			       unsigned long ip);
void __gup_mirror_file_unmapped(struct folio *folio, unsigned long ip);
void __gup_mirror_file_dirtied(struct folio *folio, unsigned long ip);
void __gup_mirror_page_dirtied(const char *fn, struct page *page, unsigned long ip);

/**
 * gup_mirror_file_cleaned() - the dirty bit of a folio was cleared for I/O
 * @folio: the folio, locked
 *
 * Context: As folio_clear_dirty_for_io(), that is, maybe inside rcu_read_lock() or
 * with the lock of the mapping held. The bit was cleared by an atomic operation that
 * is a full barrier.
 */
static __always_inline void gup_mirror_file_cleaned(struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(gup_mirror_may_be_pinned(folio)))
		__gup_mirror_file_cleaned(folio, _RET_IP_);
}

/**
 * gup_mirror_file_written() - writeback of a folio is about to end
 * @folio: the folio, which is still under writeback
 *
 * Context: As folio_end_writeback(), that is, maybe in a hard interrupt.
 */
static __always_inline void gup_mirror_file_written(struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(gup_mirror_may_be_pinned(folio)))
		__gup_mirror_file_written(folio);
}

/**
 * gup_mirror_file_zeroed() - a part of a folio is about to be zeroed
 * @folio: the folio, locked
 *
 * That is a hole in the file, or its end, so that the folio is not marked dirty.
 *
 * Context: As truncate_inode_partial_folio().
 */
static __always_inline void gup_mirror_file_zeroed(struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(gup_mirror_may_be_pinned(folio)))
		__gup_mirror_file_zeroed(folio);
}

/**
 * gup_mirror_file_removed() - a folio is about to leave the page cache
 * @mapping: where it is
 * @folio: the folio, locked
 *
 * Context: With the lock of the mapping held, and interrupts off.
 */
static __always_inline void gup_mirror_file_removed(struct address_space *mapping,
						    struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(gup_mirror_may_be_pinned(folio)))
		__gup_mirror_file_removed(mapping, folio, _RET_IP_);
}

/**
 * gup_mirror_file_unmapped() - a folio is about to be unmapped by reclaim or its like
 * @folio: the folio, locked
 *
 * Context: As try_to_unmap().
 */
static __always_inline void gup_mirror_file_unmapped(struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(gup_mirror_may_be_pinned(folio)))
		__gup_mirror_file_unmapped(folio, _RET_IP_);
}

/**
 * gup_mirror_file_dirtied() - somebody who unpins a folio is about to mark it dirty
 * @folio: the folio, which need not be locked
 *
 * Context: As folio_mark_dirty().
 */
static __always_inline void gup_mirror_file_dirtied(struct folio *folio)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(!folio_test_dirty(folio)) &&
	    gup_mirror_may_be_pinned(folio))
		__gup_mirror_file_dirtied(folio, _RET_IP_);
}

/**
 * gup_mirror_page_dirtied() - somebody marks a page dirty, through its pointer
 * @fn: name of the function that was called, as __func__
 * @page: the page, as the caller gave it
 *
 * Context: As @fn.
 * Return: @page as a canonical pointer, so that what @fn calls does not look again.
 */
static __always_inline struct page *gup_mirror_page_dirtied(const char *fn,
							    struct page *page)
{
	if (static_branch_unlikely(&gup_mirror_files_key) &&
	    unlikely(gup_mirror_is_view(page))) {
		__gup_mirror_page_dirtied(fn, page, _RET_IP_);
		page = gup_mirror_canonical(page);
	}
	return page;
}

#else /* CONFIG_DEBUG_GUP_MIRROR */

/* No inlines: compilers lay out anew what calls one. */
#define gup_mirror_file_cleaned(folio)		((void)(folio))
#define gup_mirror_file_written(folio)		((void)(folio))
#define gup_mirror_file_zeroed(folio)		((void)(folio))
#define gup_mirror_file_removed(mapping, folio)	((void)(mapping), (void)(folio))
#define gup_mirror_file_unmapped(folio)		((void)(folio))
#define gup_mirror_file_dirtied(folio)		((void)(folio))
#define gup_mirror_page_dirtied(fn, page)	((void)(fn), (page))

#endif /* CONFIG_DEBUG_GUP_MIRROR */

#endif /* _LINUX_GUP_MIRROR_FILE_H */
