/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What user space says to test_gup_mirror.ko through
 * /sys/kernel/debug/test_gup_mirror
 *
 * An open file holds the pages of one acquire call at a time. Closing it gives
 * back, in the right way, what is still held.
 */
#ifndef _TEST_GUP_MIRROR_H
#define _TEST_GUP_MIRROR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* The functions to acquire with, by their own names */
enum tgm_acquire_fn {
	TGM_get_user_pages,
	TGM_get_user_pages_unlocked,
	TGM_get_user_pages_fast,
	TGM_get_user_pages_fast_only,
	TGM_get_user_pages_remote,
	TGM_pin_user_pages,
	TGM_pin_user_pages_unlocked,
	TGM_pin_user_pages_fast,
	TGM_pin_user_pages_remote,
	TGM_memfd_pin_folios,
	TGM_NR_ACQUIRE
};

/* The functions to release with */
enum tgm_release_fn {
	TGM_put_page,
	TGM_release_pages,
	TGM___free_pages,
	TGM_folio_put,
	TGM_unpin_user_page,
	TGM_unpin_user_pages,
	TGM_unpin_user_pages_dirty_lock,
	TGM_unpin_user_page_range_dirty_lock,
	TGM_unpin_user_folio,
	TGM_unpin_folio,
	TGM_unpin_folios,
	TGM_put_user_page,
	TGM_put_user_pages,
	TGM_put_user_pages_dirty,
	TGM_put_user_pages_dirty_lock,
	TGM_NR_RELEASE
};

enum tgm_kind {
	TGM_CANONICAL,
	TGM_PIN_VIEW,
	TGM_GET_VIEW,
};

/* Pages in one acquire call: a huge page of 2 MiB and some around it */
#define TGM_MAX_PAGES	1024

/*
 * Flags to acquire
 *
 * NO_PAGES passes NULL for the array of pages, so that nothing is acquired.
 * EXTRA_GET calls get_page() through each pointer that was acquired.
 */
#define TGM_WRITE	0x1
#define TGM_LONGTERM	0x2
#define TGM_NO_PAGES	0x4
#define TGM_EXTRA_GET	0x8
#define TGM_ACQUIRE_FLAGS \
	(TGM_WRITE | TGM_LONGTERM | TGM_NO_PAGES | TGM_EXTRA_GET)

/*
 * Flags to release
 *
 * DIRTY is the make_dirty argument of the functions that have one.
 * LAUNDER turns each pointer into a page frame number and back beforehand.
 * EXTRA releases the references of TGM_EXTRA_GET; the pages remain held.
 * BALANCE is for a release that is wrong and that nobody will repair: it adjusts
 * the counts beforehand, so that they are right after it.
 * KEEP makes the module forget that it has released the pages: it will do so
 * once more. With BALANCE, the counts are then as if this release had not been.
 * STEAL is for functions that put, and pages that are pinned: as many references
 * are dropped as the pins hold, so that nobody sees it, and the pins remain. If the
 * pages are freed now, only GUP mirror keeps them; do not use it where that is off
 * or does not repair. What was stolen is given back before the pins are released,
 * if the pages have not been freed meanwhile.
 */
#define TGM_DIRTY	0x1
#define TGM_LAUNDER	0x2
#define TGM_EXTRA	0x4
#define TGM_BALANCE	0x8
#define TGM_KEEP	0x10
#define TGM_STEAL	0x20
#define TGM_RELEASE_FLAGS \
	(TGM_DIRTY | TGM_LAUNDER | TGM_EXTRA | TGM_BALANCE | TGM_KEEP | \
	 TGM_STEAL)

/**
 * struct tgm_facts - what the module sees of the pages it holds
 * @pfn: page frame number of the first page
 * @refcount: reference count of the first page's folio
 * @pincount: its separate count of pins; 0 for folios of a single page, which
 *	have none
 * @folio_pages: pages in that folio
 * @kind: where the pointer to the first page leads, enum tgm_kind
 * @view: number of that view, as in debugfs; -1 if the pointer is canonical
 * @nr_canonical: how many of the pointers are canonical
 * @nr_views: number of views among the others, counted up to 2
 * @pad: 0
 */
struct tgm_facts {
	__u64 pfn;
	__s32 refcount;
	__s32 pincount;
	__u32 folio_pages;
	__u32 kind;
	__s32 view;
	__u32 nr_canonical;
	__u32 nr_views;
	__u32 pad;
};

/**
 * struct tgm_acquire - acquire the pages of a user buffer
 * @addr: in: address of the buffer; for memfd_pin_folios() offset in the file
 * @size: in: bytes in it. Both are multiples of the page size.
 * @fn: in: how, enum tgm_acquire_fn
 * @flags: in: TGM_ACQUIRE_FLAGS
 * @fd: in: for memfd_pin_folios() the file, 0 otherwise
 * @nr_changed: out: how many of the first @ret entries of the array were written
 * @nr_beyond: out: how many of the others were
 * @pad: 0
 * @ret: out: what the function returned; pages are held if it is positive
 * @facts: out: of the pages that were acquired
 */
struct tgm_acquire {
	__u64 addr;
	__u64 size;
	__u32 fn;
	__u32 flags;
	__s32 fd;
	__u32 nr_changed;
	__u32 nr_beyond;
	__u32 pad;
	__s64 ret;
	struct tgm_facts facts;
};

/**
 * struct tgm_release - release the pages that are held
 * @fn: in: how, enum tgm_release_fn
 * @flags: in: TGM_RELEASE_FLAGS
 * @facts: out: of the pages, immediately before they were released
 */
struct tgm_release {
	__u32 fn;
	__u32 flags;
	struct tgm_facts facts;
};

/**
 * struct tgm_peek - look at the page behind an address
 * @addr: in: user address, a multiple of the page size
 * @facts: out: the counts are without the reference it takes to look
 */
struct tgm_peek {
	__u64 addr;
	struct tgm_facts facts;
};

/**
 * struct tgm_judgement - is what GUP mirror knows of files right?
 * @folios: out: folios that are held
 * @gone: out: of these, those that are of no file that is written back, any more
 * @clean: out: of the others, those that are not dirty
 * @marked: out: of all, those that GUP mirror has marked as cleaned
 * @guessed: out: of all, those that somebody was guessed to have unpinned, so that it
 *	is not certain who has pinned them yet, and may write
 * @missed: out: pinned for writing, clean, neither guessed nor marked
 * @invented: out: marked, of a file, and not cleaned since they were pinned
 * @unseen: out: how often, since the module was loaded, it was not seen which folio
 *	was cleaned, so that @invented is too high
 * @pfn: out: page frame number of the first that was missed or invented
 */
struct tgm_judgement {
	__u32 folios;
	__u32 gone;
	__u32 clean;
	__u32 marked;
	__u32 guessed;
	__u32 missed;
	__u32 invented;
	__u32 unseen;
	__u64 pfn;
};

#define TGM_ACQUIRE	_IOWR('G', 1, struct tgm_acquire)
#define TGM_RELEASE	_IOWR('G', 2, struct tgm_release)
#define TGM_PEEK	_IOWR('G', 3, struct tgm_peek)
/* Forget what is held, so that nobody will ever release it. */
#define TGM_LEAK	_IO('G', 4)
/* Call set_page_dirty_lock() with the pointers that are held. */
#define TGM_SET_DIRTY	_IO('G', 5)
/* Write to the pages that are held as a device does: nobody is told. */
#define TGM_DEVICE_WRITE	_IO('G', 6)
/* Map what is held for a device, by dma_map_page(), and unmap it. */
#define TGM_MAP		_IO('G', 7)
#define TGM_UNMAP	_IO('G', 8)
/*
 * Judge the marks on the folios that are pinned. The module has to be loaded with
 * watch=1, and whoever pins these folios has to do so through it, and in a right way.
 */
#define TGM_JUDGE	_IOWR('G', 9, struct tgm_judgement)

#endif /* _TEST_GUP_MIRROR_H */
