/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: the ledger, that is, what is held on each folio now.
 *
 * An entry per page, in page_ext (device.c has it for memory that has none of
 * these); that of a folio's head is used. A folio with pins, or with references
 * that were taken through a view, cannot be split or migrated, so that what an
 * entry says stays with its folio.
 *
 * How many pins there are and whose they are is one word, and the number of pins
 * is changed by cmpxchg only: no sum is ever wrong, not even for a moment, and no
 * lock is needed in whatever context pages are released. The word belongs to the
 * group that pinned the folio first. Pins of other groups on the same folio are
 * noted in a table aside, see shares.c.
 *
 * A pin is entered once GUP has taken its reference, and removed before that
 * reference is dropped. So whenever there are pins in an entry, the references
 * for them are there as well.
 */
#ifndef _MM_GUP_MIRROR_LEDGER_H
#define _MM_GUP_MIRROR_LEDGER_H

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/page_ext.h>

#include "gup_mirror.h"

/**
 * struct gup_mirror_entry - what is known of a folio
 * @hold: GUP_MIRROR_HOLD_*: number of pins, and the tag of the first of them
 * @released: GUP_MIRROR_RELEASED_*: the last release of a pin; 0 if none
 * @since: when the first of the pins came, in milliseconds; written before
 *	@hold says that there are pins
 * @extra: references taken through a pin view by get_page() and not yet put
 */
struct gup_mirror_entry {
	atomic64_t hold;
	u64 released;
	u32 since;
	atomic_t extra;
};

/* Documented in Kconfig and README. */
static_assert(sizeof(struct gup_mirror_entry) == 24);

/*
 * The word for the pins. The tag says who took the first of them: the group,
 * and the time by the number of the last snapshot.
 */
#define GUP_MIRROR_HOLD_PINS(hold)	((u32)(hold))
#define GUP_MIRROR_HOLD_GROUP(hold)	((u16)((hold) >> 32))
#define GUP_MIRROR_HOLD_EPOCH(hold)	((u8)((hold) >> 48))
#define GUP_MIRROR_HOLD_TAG_MASK	GENMASK_ULL(55, 32)
/* Others have pins as well. */
#define GUP_MIRROR_HOLD_SHARED		BIT_ULL(56)
/* Whose pins were released was guessed, since several had some. */
#define GUP_MIRROR_HOLD_GUESSED		BIT_ULL(57)
/* It was reported that the kernel does not know of these pins. */
#define GUP_MIRROR_HOLD_INVISIBLE	BIT_ULL(58)
/*
 * How many are about to move pins from the table of shares, or to it. Until the
 * last of them has left, what is in the table is that of these pins, and the tag
 * stays, even if there are no pins any more.
 */
#define GUP_MIRROR_HOLD_BUSY_ONE	BIT_ULL(59)
#define GUP_MIRROR_HOLD_BUSY(hold)	((unsigned int)((hold) >> 59))
#define GUP_MIRROR_HOLD_MAX_BUSY	31
/* Somebody has pins, or is busy with some. */
#define GUP_MIRROR_HOLD_IN_USE		(GUP_MIRROR_HOLD_SHARED | U32_MAX)

static inline u64 gup_mirror_tag(unsigned int group, u8 epoch)
{
	return (u64)epoch << 48 | (u64)group << 32;
}

/*
 * The last release: stack, caller, view of the pointer plus 1, and whether the
 * pin that it took was that of another site.
 */
#define GUP_MIRROR_RELEASED_STACK(r)	((u32)(r))
#define GUP_MIRROR_RELEASED_CALLER(r)	((unsigned int)((r) >> 32) & 0xffff)
#define GUP_MIRROR_RELEASED_VIEW(r)	(((unsigned int)((r) >> 48) & 0x7fff) - 1)
#define GUP_MIRROR_RELEASED_ALIEN	BIT_ULL(63)

static inline u64 gup_mirror_released(unsigned int caller,
				      depot_stack_handle_t stack)
{
	return (u64)caller << 32 | stack;
}

static inline u64 gup_mirror_released_view(unsigned int view)
{
	/* GUP_MIRROR_NO_VIEW + 1 is 0. */
	return (u64)(view + 1) << 48;
}

/* Bytes of the memmap for a section of memory. */
#define GUP_MIRROR_SECTION_SIZE	(PAGES_PER_SECTION * sizeof(struct page))

/**
 * struct gup_mirror_cursor - where the entries of a section of memory are
 * @start: address of the first struct page of that section; if there are no
 *	entries, an address where no struct page can be
 * @base: entry of that page
 *
 * Finding an entry from nothing takes as long as all the rest. The pages of one
 * call are mostly in one section.
 */
struct gup_mirror_cursor {
	unsigned long start;
	void *base;
};

#define GUP_MIRROR_CURSOR	{ .start = ULONG_MAX }

/* Pages that have no entry. */
extern atomic_long_t gup_mirror_untracked;

struct gup_mirror_entry *
gup_mirror_cursor_move(struct gup_mirror_cursor *cursor,
		       const struct folio *folio);

/**
 * gup_mirror_nth_entry() - an entry by its place in the section
 * @cursor: where the entries of the section are
 * @offset: offset of the struct page from the first of the section, in bytes
 *
 * Return: The entry.
 */
static __always_inline struct gup_mirror_entry *
gup_mirror_nth_entry(const struct gup_mirror_cursor *cursor,
		     unsigned long offset)
{
	return cursor->base + offset / sizeof(struct page) * page_ext_size;
}

/**
 * gup_mirror_entry() - find the entry of a folio
 * @cursor: where the last was found
 * @folio: the folio
 *
 * Context: Any, inside rcu_read_lock(), which keeps the entry.
 * Return: The entry, or NULL if there is none.
 */
static __always_inline struct gup_mirror_entry *
gup_mirror_entry(struct gup_mirror_cursor *cursor, const struct folio *folio)
{
	unsigned long offset = (unsigned long)folio - cursor->start;

	if (unlikely(offset >= GUP_MIRROR_SECTION_SIZE))
		return gup_mirror_cursor_move(cursor, folio);
	return gup_mirror_nth_entry(cursor, offset);
}

/**
 * gup_mirror_is_plain() - is a page a folio of its own, and not the zero page?
 * @page: canonical pointer to a page that somebody holds
 *
 * Says no now and then where it could say yes.
 *
 * Context: Any.
 * Return: true if it is.
 */
static __always_inline bool gup_mirror_is_plain(const struct page *page)
{
	return !(READ_ONCE(page->compound_head) & 1) &&
	       !(READ_ONCE(page->flags) & (BIT(PG_head) | BIT(PG_reserved)));
}

/* The page frame number of a folio, without a look for views. */
static __always_inline unsigned long gup_mirror_pfn(const struct folio *folio)
{
	return ((unsigned long)folio - gup_mirror_region.base) /
	       sizeof(struct page);
}

/* Milliseconds, for @since. Any context. They start over after 49 days. */
u32 gup_mirror_now(void);

/* device.c */
int gup_mirror_device_init(void);
void gup_mirror_device_populate(unsigned long start, unsigned long end);
void *gup_mirror_device_entries(unsigned long section);

/* shares.c */
/* Pins that pass for pins of those who came first, since there was no room. */
extern atomic_long_t gup_mirror_shares_lost;

/**
 * struct gup_mirror_claim - pins that were taken from a share
 * @tag: whose they were
 * @nr: how many
 * @ended: none are left there
 */
struct gup_mirror_claim {
	u64 tag;
	unsigned int nr;
	bool ended;
};

/* Where several have pins on a folio: whose are released? */
enum gup_mirror_guess {
	GUP_MIRROR_CERTAIN,
	GUP_MIRROR_GUESS_STACK,	/* the site is certain, and its stack is not */
	GUP_MIRROR_GUESS_SITE,
};

/* As many as there may be shares of one folio. */
#define GUP_MIRROR_MAX_CLAIMS	8

int gup_mirror_shares_init(void);
int gup_mirror_share(unsigned long pfn, u64 tag, unsigned int nr);
unsigned int gup_mirror_claim_all(unsigned long pfn,
				  struct gup_mirror_claim *claims);
unsigned int gup_mirror_claim(unsigned long pfn, u64 hold, unsigned int nr,
			      unsigned int view, unsigned int hint,
			      enum gup_mirror_guess *guess,
			      struct gup_mirror_claim *claims);
unsigned int gup_mirror_pins_of_view(unsigned long pfn, u64 hold,
				     unsigned int view);
void gup_mirror_shares_forget_epochs(void);
unsigned int gup_mirror_shares_used(void);

/* ledger.c */
void gup_mirror_credit(u64 tag, long pins, long pages);
void gup_mirror_pin_shared(struct gup_mirror_entry *entry,
			   const struct folio *folio, u64 tag, unsigned int nr,
			   u32 now);

/**
 * struct gup_mirror_settle - pins that one call of a release function gives back
 * @caller: who called it
 * @released: gup_mirror_released() of the call
 * @now: gup_mirror_now()
 * @wrong: it was the wrong function, so that its pins do not count as right
 * @tag: whose pins they were, for those not yet told to gup_mirror_settle_end()
 * @since: when those were acquired
 * @view: what their pointers lead into
 * @mark: what entries will remember of their release
 * @pins: how many
 * @pages: pages of the folios that are no longer held
 */
struct gup_mirror_settle {
	unsigned int caller;
	u64 released;
	u32 now;
	bool wrong;
	u64 tag;
	u32 since;
	unsigned int view;
	u64 mark;
	long pins;
	long pages;
};

void gup_mirror_settle_begin(struct gup_mirror_settle *settle,
			     unsigned int caller, depot_stack_handle_t stack);
void gup_mirror_settle_end(struct gup_mirror_settle *settle);
void gup_mirror_settle_next(struct gup_mirror_settle *settle, u64 tag,
			    u32 since, unsigned int view);
unsigned int gup_mirror_unpin_some(struct gup_mirror_settle *settle,
				   struct gup_mirror_entry *entry,
				   const struct folio *folio, unsigned int nr,
				   unsigned int view);

/**
 * gup_mirror_unpin() - remove pins of a folio
 * @settle: the call that releases them
 * @entry: of the folio
 * @folio: the folio, whose references are still there
 * @nr: number of pins
 * @view: where the pointer of the page leads, or GUP_MIRROR_NO_VIEW
 *
 * Context: Any, inside rcu_read_lock().
 * Return: How many there were to remove, at most @nr.
 */
static inline unsigned int
gup_mirror_unpin(struct gup_mirror_settle *settle,
		 struct gup_mirror_entry *entry, const struct folio *folio,
		 unsigned int nr, unsigned int view)
{
	/* While there is a pin, this does not change. */
	u32 since = READ_ONCE(entry->since);
	u64 hold = atomic64_read(&entry->hold);
	u64 tag;

	do {
		if (unlikely(hold & GUP_MIRROR_HOLD_SHARED ||
			     GUP_MIRROR_HOLD_PINS(hold) < nr))
			return gup_mirror_unpin_some(settle, entry, folio, nr,
						     view);
	} while (!atomic64_try_cmpxchg(&entry->hold, &hold, hold - nr));

	tag = hold & GUP_MIRROR_HOLD_TAG_MASK;
	if (unlikely(tag != settle->tag || since != settle->since ||
		     view != settle->view))
		gup_mirror_settle_next(settle, tag, since, view);
	WRITE_ONCE(entry->released, settle->mark);
	settle->pins += nr;
	if (GUP_MIRROR_HOLD_PINS(hold) == nr)
		settle->pages += folio_nr_pages(folio);
	return nr;
}

#endif /* _MM_GUP_MIRROR_LEDGER_H */
