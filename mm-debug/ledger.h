/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: the ledger, that is, what is held on each folio now.
 *
 * It has two levels. A root has a pointer for each MiB of memory, which leads to a
 * chunk of 256 entries, one for each page, once the first page there was pinned.
 * Chunks stay for good. The entry of a folio's head is used. A folio with pins, or
 * with references that were taken through a view, cannot be split or migrated, so
 * that what an entry says stays with its folio.
 *
 * An entry is two words. @hold changes by cmpxchg only:
 *
 *	63   52 51  50  49  48  47  46  45 44     37 36        24 23             0
 *	+------+---+---+---+---+---+---+---+---------+------------+--------------+
 *	| extra| M | C | P | R | V | G | S |  epoch  |   group    |     pins     |
 *	+------+---+---+---+---+---+---+---+---------+------------+--------------+
 *	 refer-  |   |   |   |   |   |   |  of the     who has the   how many, of
 *	 ences   |   |   |   |   |   |   |  snapshot   pins          all holders
 *	 through |   |   |   |   |   |   shared: there are several holders, see shares.c
 *	 a pin   |   |   |   |   |   guessed whose pins were released, and of which site
 *	 view    |   |   |   |   vague: the same, but for the stack only
 *	 (get_   |   |   |   reported as lost
 *	 page)   |   |   put: an extra reference was put while there were these pins
 *	         |   cleaned: the file system believes it to be clean, see files.c
 *	         mapped for a device, see mapped.c
 *
 * @state is the time of the first pin while there are pins, and tells of the last
 * release when there are none:
 *
 *	63  62  61   54 53      43 42         32 31                      0
 *	+---+---+------+----------+-------------+------------------------+
 *	| 0 |                    nanoseconds since boot                  |
 *	| 1 | A |      | view + 1 |   caller    |         stack          |
 *	+---+---+------+----------+-------------+------------------------+
 *	      alien: the pointer was of a site that had no pin here
 *
 * The life of a pin:
 *
 *	GUP takes the reference, and returns	acquire.c
 *	  the pin is entered			gup_mirror_pin()
 *	  the pointer goes into a view		gup_mirror_to_view()
 *	a release function is called		release.c
 *	  the pin is removed			gup_mirror_unpin()
 *	  the reference is dropped		gup_mirror_put()
 *
 * So whenever there are pins in an entry, the references for them are there as
 * well. Who holds what is told by walking over the entries (outstanding.c): there
 * is no second account that could be wrong.
 *
 * Gets have a ledger of their own, of the same form, where they are mirrored: see
 * gets.c. What is said of pins here is then said of gets.
 */
#ifndef _MM_GUP_MIRROR_LEDGER_H
#define _MM_GUP_MIRROR_LEDGER_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/gup_mirror.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/spinlock.h>

#include "hooks.h"
#include "places.h"
#include "views.h"

/**
 * struct gup_mirror_entry - what is known of a folio
 * @hold: GUP_MIRROR_HOLD_*: pins, and whose they are
 * @state: the time when the first of the pins came; GUP_MIRROR_RELEASED_*: the
 *	last release of a pin; 0 if there never was one
 */
struct gup_mirror_entry {
	atomic64_t hold;
	u64 state;
};

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct gup_mirror_entry) == 16);

#define GUP_MIRROR_HOLD_PIN_MASK	GENMASK_ULL(23, 0)
#define GUP_MIRROR_HOLD_TAG_MASK	GENMASK_ULL(44, 24)
#define GUP_MIRROR_HOLD_EPOCH_MASK	GENMASK_ULL(44, 37)
#define GUP_MIRROR_HOLD_SHARED		BIT_ULL(45)
#define GUP_MIRROR_HOLD_GUESSED		BIT_ULL(46)
#define GUP_MIRROR_HOLD_VAGUE		BIT_ULL(47)
#define GUP_MIRROR_HOLD_REPORTED	BIT_ULL(48)
#define GUP_MIRROR_HOLD_PUT		BIT_ULL(49)
#define GUP_MIRROR_HOLD_CLEANED		BIT_ULL(50)
#define GUP_MIRROR_HOLD_MAPPED		BIT_ULL(51)
/* What is noted of pins by those who do not change them. */
#define GUP_MIRROR_HOLD_NOTES		GENMASK_ULL(51, 48)
#define GUP_MIRROR_HOLD_FLAGS		GENMASK_ULL(51, 45)
#define GUP_MIRROR_HOLD_EXTRA_ONE	BIT_ULL(52)
#define GUP_MIRROR_HOLD_EXTRA_MASK	GENMASK_ULL(63, 52)

#define GUP_MIRROR_HOLD_PINS(hold)	((unsigned int)((hold) & GUP_MIRROR_HOLD_PIN_MASK))
#define GUP_MIRROR_HOLD_GROUP(hold)	((unsigned int)((hold) >> 24) & 0x1fff)
#define GUP_MIRROR_HOLD_EPOCH(hold)	((u8)((hold) >> 37))
#define GUP_MIRROR_HOLD_EXTRA(hold)	((unsigned int)((hold) >> 52))
/* From here on, references through views are no longer counted. */
#define GUP_MIRROR_MAX_EXTRA		0xfffU
#define GUP_MIRROR_MAX_PINS		((unsigned int)GUP_MIRROR_HOLD_PIN_MASK)

static_assert(GUP_MIRROR_MAX_GROUPS <= 0x1fff + 1);

/* The tag says whose pins these are, and when they came, by the last snapshot. */
static inline u64 gup_mirror_tag(unsigned int group, u8 epoch)
{
	return (u64)epoch << 37 | (u64)group << 24;
}

/* What an entry keeps of a pin of one of several stacks: the site, not the stack. */
static inline u64 gup_mirror_vague_tag(u64 tag)
{
	return gup_mirror_tag(gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag))->view, 0);
}

#define GUP_MIRROR_RELEASED		BIT_ULL(63)
#define GUP_MIRROR_RELEASED_ALIEN	BIT_ULL(62)
#define GUP_MIRROR_RELEASED_STACK(r)	((u32)(r))
#define GUP_MIRROR_RELEASED_CALLER(r)	((unsigned int)((r) >> 32) & 0x7ff)
#define GUP_MIRROR_RELEASED_VIEW(r)	(((unsigned int)((r) >> 43) & 0x7ff) - 1)

static_assert(GUP_MIRROR_MAX_CALLERS <= 0x7ff + 1);

static inline u64 gup_mirror_released(unsigned int caller,
				      depot_stack_handle_t stack)
{
	return GUP_MIRROR_RELEASED | (u64)caller << 32 | stack;
}

static inline u64 gup_mirror_released_view(unsigned int view)
{
	/* GUP_MIRROR_NO_VIEW + 1 is 0. */
	return (u64)(view + 1) << 43;
}

/* Pins without an entry: there was no memory for one. */
extern atomic_long_t gup_mirror_untracked;
/* Those of them that nobody has released yet, as far as can be told. */
extern atomic_long_t gup_mirror_untracked_held;
/* Chunks that there are. */
extern atomic_long_t gup_mirror_chunks;

int gup_mirror_ledger_init(void);
unsigned int gup_mirror_bucket_bits(unsigned long pages, int most);
void gup_mirror_ledger_extend(unsigned long start, unsigned long end);
struct gup_mirror_entry *
gup_mirror_far_entry(const struct gup_mirror_ledger *ledger, unsigned long pfn);
struct gup_mirror_entry *
gup_mirror_make_entry(const struct gup_mirror_ledger *ledger, unsigned long pfn);
unsigned long gup_mirror_ledger_bytes(void);

/* Number of the chunk of a page, and of its entry in there. */
static __always_inline unsigned long gup_mirror_chunk(unsigned long nth)
{
	return nth >> GUP_MIRROR_CHUNK_SHIFT;
}

static __always_inline unsigned long gup_mirror_chunk_entry(unsigned long nth)
{
	return nth & (GUP_MIRROR_CHUNK_ENTRIES - 1);
}

/**
 * gup_mirror_entry_in() - an entry of memory that was there at boot
 * @ledger: that of pins, or that of gets
 * @nth: number of the page; below @nr_pages of the ledger
 *
 * Context: Any.
 * Return: The entry, or NULL if nothing was ever pinned near by.
 */
static __always_inline struct gup_mirror_entry *
gup_mirror_entry_in(const struct gup_mirror_ledger *ledger, unsigned long nth)
{
	struct gup_mirror_entry *chunk;

	/* Pairs with the cmpxchg that publishes a chunk, full of 0. */
	chunk = READ_ONCE(ledger->root[gup_mirror_chunk(nth)]);
	if (!chunk)
		return NULL;
	return chunk + gup_mirror_chunk_entry(nth);
}

/**
 * gup_mirror_near_entry() - an entry, from where the page is in the views
 * @near: that of the ledger
 * @offset: of the struct page from the start of a view; below @span of the ledger
 *
 * Context: Any.
 * Return: As gup_mirror_entry_in().
 */
static __always_inline struct gup_mirror_entry *
gup_mirror_near_entry(struct gup_mirror_entry **near, unsigned long offset)
{
	unsigned long nth = offset / sizeof(struct page);
	struct gup_mirror_entry *chunk;

	/* As above. */
	chunk = READ_ONCE(near[gup_mirror_chunk(nth)]);
	if (!chunk)
		return NULL;
	return chunk + gup_mirror_chunk_entry(nth);
}

/**
 * gup_mirror_entry() - find the entry of a folio
 * @pfn: page frame number of its head
 *
 * Context: Any.
 * Return: The entry, or NULL if nothing was ever pinned near by.
 */
static __always_inline struct gup_mirror_entry *
gup_mirror_entry(unsigned long pfn)
{
	if (unlikely(pfn >= gup_mirror_ledger.nr_pages))
		return gup_mirror_far_entry(&gup_mirror_ledger, pfn);
	return gup_mirror_entry_in(&gup_mirror_ledger, pfn);
}

/**
 * gup_mirror_gets_entry() - find the entry of a folio in the ledger of gets
 * @pfn: page frame number of its head
 *
 * Context: Any.
 * Return: The entry, or NULL if nothing was ever got near by, or gets are not
 * mirrored.
 */
static __always_inline struct gup_mirror_entry *
gup_mirror_gets_entry(unsigned long pfn)
{
	if (unlikely(pfn >= gup_mirror_gets.nr_pages))
		return gup_mirror_far_entry(&gup_mirror_gets, pfn);
	return gup_mirror_entry_in(&gup_mirror_gets, pfn);
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
	return !(__GUP_MIRROR_HEAD_WORD(page) & 1) &&
	       !(READ_ONCE(__GUP_MIRROR_FLAGS(page)) & (BIT(PG_head) | BIT(PG_reserved)));
}

/* The word of an entry, and the pins in there; 0 where there is no entry. */
static inline u64 gup_mirror_hold(const struct gup_mirror_entry *entry)
{
	return entry ? atomic64_read(&entry->hold) : 0;
}

static inline unsigned int gup_mirror_pins(const struct gup_mirror_entry *entry)
{
	return GUP_MIRROR_HOLD_PINS(gup_mirror_hold(entry));
}

/* The one group that has all pins of a word, if that is certain, or NULL. */
static inline const struct gup_mirror_group *gup_mirror_only_group(u64 hold)
{
	const u64 unsure = GUP_MIRROR_HOLD_SHARED | GUP_MIRROR_HOLD_GUESSED |
			   GUP_MIRROR_HOLD_VAGUE;
	const struct gup_mirror_group *group;

	if (!GUP_MIRROR_HOLD_PINS(hold) || hold & unsure)
		return NULL;
	group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold));
	return group->catch_all ? NULL : group;
}

/* Are the pins of a group pins, or gets? */
static inline enum gup_mirror_kind gup_mirror_group_kind(unsigned int number)
{
	return gup_mirror_view_kind(gup_mirror_group(number)->view);
}

/* The page frame number of a folio, without a look for views. */
static __always_inline unsigned long gup_mirror_pfn(const struct folio *folio)
{
	return gup_mirror_canonical_pfn(&folio->page);
}

/* Nanoseconds, for @state. Any context. */
u64 gup_mirror_now(void);

/*
 * What comes in is entered with this: it numbers the time since the last snapshot
 * from 1, and is 0 before the first. See snapshot.c.
 */
extern u8 gup_mirror_epoch;

bool gup_mirror_enter(struct gup_mirror_entry *entry, u64 tag, unsigned int nr,
		      u64 now);
void gup_mirror_pin(unsigned long pfn, u64 tag, unsigned int nr, u64 now);

/**
 * struct gup_mirror_settle - pins that one call of a release function gives back
 * @caller: who called it
 * @released: gup_mirror_released() of the call
 * @now: gup_mirror_now()
 * @wrong: it was the wrong function, so that its pins do not count as right
 * @own: take no pins but those of the site that the pointer is of
 * @tag: whose pins they were, for those not yet told to gup_mirror_settle_end()
 * @since: when those were acquired
 * @view: what their pointers lead into
 * @mark: what entries will remember of their release
 * @pins: how many
 * @debited: the tag of what was removed last
 * @stacks: how many stacks of the site of @debited may have been meant
 */
struct gup_mirror_settle {
	unsigned int caller;
	u64 released;
	u64 now;
	bool wrong;
	bool own;
	u64 tag;
	u64 since;
	unsigned int view;
	u64 mark;
	unsigned long pins;
	u64 debited;
	unsigned int stacks;
};

/**
 * gup_mirror_may_take() - may a release take these pins?
 * @settle: the call that releases pins
 * @hold: the word with the pins, which are of one holder
 * @view: where the pointer leads
 *
 * Context: Any.
 * Return: true if it may: only some must not take those of others, and only if it
 * is certain whose they are.
 */
static inline bool gup_mirror_may_take(const struct gup_mirror_settle *settle,
				       u64 hold, unsigned int view)
{
	return likely(!settle->own) || hold & GUP_MIRROR_HOLD_GUESSED ||
	       gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->view == view;
}

void gup_mirror_settle_begin(struct gup_mirror_settle *settle,
			     unsigned int caller, depot_stack_handle_t stack);
void gup_mirror_settle_end(struct gup_mirror_settle *settle);
void gup_mirror_settle_next(struct gup_mirror_settle *settle, u64 tag,
			    u64 since, unsigned int view);
void gup_mirror_settle(struct gup_mirror_settle *settle, u64 tag, u64 since,
		       unsigned int view, unsigned int nr);
unsigned int gup_mirror_unpin(struct gup_mirror_settle *settle,
			      struct gup_mirror_entry *entry, unsigned int nr,
			      unsigned int view);

bool gup_mirror_unpin_last(struct gup_mirror_entry *entry, unsigned int view,
			   unsigned int caller, depot_stack_handle_t stack);

/**
 * gup_mirror_unpin_marked() - remove the one pin of a folio
 * @entry: of the folio
 * @hold: the word in there: one pin, and nothing else
 * @mark: what the entry is to remember of the release
 * @since: receives when the pin came
 *
 * As long as there is a pin, nobody else writes to @state but who releases it as
 * well. So the mark goes first, and without a locked operation; who sees it with
 * the pin takes the pin for one of unknown age. The cmpxchg orders the two.
 *
 * Context: Any.
 * Return: true if it was removed; false if others have changed the word meanwhile.
 */
static __always_inline bool
gup_mirror_unpin_marked(struct gup_mirror_entry *entry, u64 hold, u64 mark,
			u64 *since)
{
	*since = READ_ONCE(entry->state);
	WRITE_ONCE(entry->state, mark);
	if (likely(atomic64_try_cmpxchg(&entry->hold, &hold, hold - 1)))
		return true;
	cmpxchg(&entry->state, mark, *since);
	return false;
}

/**
 * typedef gup_mirror_holder_t - told of one that has pins on a folio
 * @pfn: page frame number of the folio
 * @hold: as in the entry, but for the pins and the tag, which are the holder's
 * @since: when the first of them came; 0 if that is not known
 * @data: of the caller
 *
 * A group that has pins from before a snapshot and from after it is told twice, one
 * after the other.
 *
 * Context: Interrupts may be off, and a raw spinlock held.
 */
typedef void (*gup_mirror_holder_t)(unsigned long pfn, u64 hold, u64 since,
				    void *data);

void gup_mirror_holders(struct gup_mirror_entry *entry, unsigned long pfn,
			gup_mirror_holder_t tell, void *data);
bool gup_mirror_site_holds(struct gup_mirror_entry *entry, unsigned long pfn,
			   unsigned int view);

typedef void (*gup_mirror_visit_t)(struct gup_mirror_entry *entry,
				   unsigned long pfn, void *data);

void gup_mirror_visit(const struct gup_mirror_ledger *ledger,
		      gup_mirror_visit_t visit, void *data);

/* shares.c: folios that several have pinned */
/* Pins that pass for pins of somebody else, since there was no room. */
extern atomic_long_t gup_mirror_shares_lost;

/* What became of a change that was tried on a shared folio. */
enum gup_mirror_tried {
	GUP_MIRROR_DONE,
	GUP_MIRROR_AGAIN,	/* it is not shared any more, or not yet */
};

enum gup_mirror_tried
gup_mirror_pin_shared(struct gup_mirror_entry *entry, u64 tag, unsigned int nr,
		      u64 now);
enum gup_mirror_tried
gup_mirror_unpin_shared(struct gup_mirror_settle *settle,
			struct gup_mirror_entry *entry, unsigned int nr,
			unsigned int view, unsigned int *taken);
bool gup_mirror_shared_holders(struct gup_mirror_entry *entry,
			       unsigned long pfn, gup_mirror_holder_t tell,
			       void *data);
void gup_mirror_forget_epoch(struct gup_mirror_entry *entry);
unsigned int gup_mirror_shares_used(enum gup_mirror_kind kind);
int gup_mirror_shares_init(void);

/* reserve.c: pages for those who may not sleep */
extern bool gup_mirror_out_of_memory;

void *gup_mirror_reserve_page(void);
void gup_mirror_reserve_return(void *page);

/**
 * struct gup_mirror_pool - small objects for those who may not sleep
 * @free: those that are not in use
 * @lock: of @free; taken inside any other
 * @size: of an object, which begins with a struct hlist_node
 * @reserve: what is left of memory is for this, as it is for entries
 *
 * It grows page by page, and keeps what it has got.
 */
struct gup_mirror_pool {
	struct hlist_head free;
	raw_spinlock_t lock;
	unsigned int size;
	bool reserve;
};

void *gup_mirror_pool_take(struct gup_mirror_pool *pool);
void gup_mirror_pool_give(struct gup_mirror_pool *pool, void *object);

/* mapped.c: folios that are mapped for a device */
void gup_mirror_unpinned_mapped(const struct gup_mirror_settle *settle,
				const struct gup_mirror_entry *entry,
				unsigned int pins);

#endif /* _MM_GUP_MIRROR_LEDGER_H */
