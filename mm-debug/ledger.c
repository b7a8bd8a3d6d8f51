// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the ledger. See ledger.h.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/memblock.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/xarray.h>

#include <kunit/visibility.h>

#include "ledger.h"
#include "views.h"

static DEFINE_XARRAY(far_pins);
static DEFINE_XARRAY(far_gets);

struct gup_mirror_ledger gup_mirror_ledger __ro_after_init = {
	.far = &far_pins,
};
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_ledger);

struct gup_mirror_ledger gup_mirror_gets __ro_after_init = {
	.far = &far_gets,
};
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_gets);

#define CHUNKS_PER_SECTION	(PAGES_PER_SECTION >> GUP_MIRROR_CHUNK_SHIFT)

atomic_long_t gup_mirror_untracked;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_untracked);
atomic_long_t gup_mirror_untracked_held;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_untracked_held);
atomic_long_t gup_mirror_chunks;

/* Bytes of all pieces of root. */
static atomic_long_t root_bytes;

/*
 * What is found by the place in a view: chunks have to begin there as they do by
 * number, but for some sizes of struct page they do not. Then all is found by number.
 */
static void __init find_near(struct gup_mirror_ledger *ledger)
{
	const long chunk_size = GUP_MIRROR_CHUNK_ENTRIES * sizeof(struct page);
	long base = gup_mirror_region.base - (unsigned long)vmemmap;

	if (base % chunk_size)
		return;
	/* It may be before the first, where there is no page. */
	ledger->near = ledger->root + base / chunk_size;
	ledger->span = min(ledger->nr_pages * sizeof(struct page) - base,
			   gup_mirror_views.shown);
}

static int __init make_root(struct gup_mirror_ledger *ledger)
{
	unsigned long nr_pages = ALIGN(max_pfn, PAGES_PER_SECTION);
	unsigned long nr = nr_pages >> GUP_MIRROR_CHUNK_SHIFT;

	ledger->root = kvcalloc(nr, sizeof(*ledger->root), GFP_KERNEL);
	if (!ledger->root)
		return -ENOMEM;
	ledger->nr_pages = nr_pages;
	find_near(ledger);
	atomic_long_add(nr * sizeof(*ledger->root), &root_bytes);
	return 0;
}

#define MIN_BUCKET_BITS	8

/**
 * gup_mirror_bucket_bits() - how many buckets are there for what is known of folios?
 * @pages: pages of memory that should share one
 * @most: the result is not above that
 *
 * Context: Boot.
 * Return: log2 of the number.
 */
unsigned int __init gup_mirror_bucket_bits(unsigned long pages, int most)
{
	return clamp(order_base_2(totalram_pages() / pages), MIN_BUCKET_BITS, most);
}

/**
 * gup_mirror_ledger_init() - make the roots for the memory that is there
 *
 * Context: Boot, after gup_mirror_views_init(). May sleep.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_ledger_init(void)
{
	if (make_root(&gup_mirror_ledger) || gup_mirror_shares_init())
		return -ENOMEM;
	if (gup_mirror_views.nr[GUP_MIRROR_KIND_GET])
		return make_root(&gup_mirror_gets);
	return 0;
}

/* The place in the root for a page; NULL if there is none. */
static struct gup_mirror_entry **root_of(const struct gup_mirror_ledger *ledger,
					 unsigned long pfn)
{
	unsigned long nth = gup_mirror_chunk(pfn);
	struct gup_mirror_entry **far;

	if (likely(pfn < ledger->nr_pages))
		return &ledger->root[nth];
	far = xa_load(ledger->far, pfn_to_section_nr(pfn));
	return far ? &far[nth % CHUNKS_PER_SECTION] : NULL;
}

/**
 * gup_mirror_far_entry() - find the entry of any memory, also if it was not there at boot
 * @ledger: that of pins, or that of gets
 * @pfn: page frame number of a folio's head
 *
 * Context: Any.
 * Return: As gup_mirror_entry().
 */
struct gup_mirror_entry *
gup_mirror_far_entry(const struct gup_mirror_ledger *ledger, unsigned long pfn)
{
	struct gup_mirror_entry **root = root_of(ledger, pfn), *chunk;

	chunk = root ? READ_ONCE(*root) : NULL;
	return chunk ? chunk + gup_mirror_chunk_entry(pfn) : NULL;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_far_entry);

/**
 * gup_mirror_make_entry() - find the entry of a folio, which is made if need be
 * @ledger: that of pins, or that of gets
 * @pfn: page frame number of its head
 *
 * Context: Any. Does not sleep.
 * Return: The entry, or NULL if there is no memory for it.
 */
struct gup_mirror_entry *
gup_mirror_make_entry(const struct gup_mirror_ledger *ledger, unsigned long pfn)
{
	struct gup_mirror_entry **root = root_of(ledger, pfn), *chunk, *old;

	if (unlikely(!root))
		return NULL;

	chunk = READ_ONCE(*root);
	if (unlikely(!chunk)) {
		BUILD_BUG_ON(GUP_MIRROR_CHUNK_ENTRIES * sizeof(*chunk) != PAGE_SIZE);
		chunk = gup_mirror_reserve_page();
		if (!chunk)
			return NULL;
		old = cmpxchg(root, NULL, chunk);
		if (old) {
			gup_mirror_reserve_return(chunk);
			chunk = old;
		} else {
			atomic_long_inc(&gup_mirror_chunks);
		}
	}
	return chunk + gup_mirror_chunk_entry(pfn);
}

/* What was there before has gone, and nobody has any of it. */
static void forget_entry(struct gup_mirror_entry *entry)
{
	struct gup_mirror_settle settle;
	unsigned int pins = GUP_MIRROR_HOLD_PINS(atomic64_read(&entry->hold));

	if (pins) {
		gup_mirror_settle_begin(&settle, gup_mirror_unknown_caller(), 0);
		settle.wrong = true;
		gup_mirror_unpin(&settle, entry, pins, GUP_MIRROR_NO_VIEW);
		gup_mirror_settle_end(&settle);
	}
	atomic64_set(&entry->hold, 0);
	WRITE_ONCE(entry->state, 0);
}

static void extend(const struct gup_mirror_ledger *ledger, unsigned long start,
		   unsigned long end)
{
	unsigned long section, pfn;

	for (pfn = start; pfn < end; pfn++) {
		struct gup_mirror_entry *entry = gup_mirror_far_entry(ledger, pfn);

		if (entry)
			forget_entry(entry);
		else
			pfn |= GUP_MIRROR_CHUNK_ENTRIES - 1;
	}

	for (section = pfn_to_section_nr(start);
	     section <= pfn_to_section_nr(end - 1); section++) {
		struct gup_mirror_entry **far;

		if (section_nr_to_pfn(section) < ledger->nr_pages ||
		    xa_load(ledger->far, section))
			continue;
		far = kcalloc(CHUNKS_PER_SECTION, sizeof(*far), GFP_KERNEL);
		if (!far || xa_is_err(xa_store(ledger->far, section, far, GFP_KERNEL))) {
			kfree(far);
			pr_warn("no memory for the ledger of new memory, its pins are not tracked\n");
			return;
		}
		atomic_long_add(CHUNKS_PER_SECTION * sizeof(*far), &root_bytes);
	}
}

/**
 * gup_mirror_ledger_extend() - memory gets a memmap
 * @start: first page frame number
 * @end: first one behind
 *
 * A piece of root stays for good, since nobody says when a memmap is gone for all
 * users of a section. When it comes back, it is that of other memory. If there is
 * no memory for a piece, pins of its pages are counted as untracked.
 *
 * Context: Process context, memory hotplug lock held.
 */
void gup_mirror_ledger_extend(unsigned long start, unsigned long end)
{
	extend(&gup_mirror_ledger, start, end);
	if (gup_mirror_gets.root)
		extend(&gup_mirror_gets, start, end);
}

/**
 * gup_mirror_ledger_bytes() - memory that the ledger takes
 *
 * Context: Any.
 * Return: Bytes.
 */
unsigned long gup_mirror_ledger_bytes(void)
{
	return atomic_long_read(&root_bytes) +
	       atomic_long_read(&gup_mirror_chunks) * PAGE_SIZE;
}

static void visit_chunk(struct gup_mirror_entry *chunk, unsigned long pfn,
			gup_mirror_visit_t visit, void *data)
{
	unsigned int i;

	for (i = 0; chunk && i < GUP_MIRROR_CHUNK_ENTRIES; i++) {
		if (atomic64_read(&chunk[i].hold))
			visit(&chunk[i], pfn + i, data);
	}
	cond_resched();
}

/**
 * gup_mirror_visit() - look at all entries that were ever used
 * @ledger: that of pins, or that of gets
 * @visit: called for each
 * @data: for @visit
 *
 * Context: Process context; sleeps between chunks. Takes time in proportion to the
 * memory near which something was ever pinned.
 */
void gup_mirror_visit(const struct gup_mirror_ledger *ledger,
		      gup_mirror_visit_t visit, void *data)
{
	unsigned long i, section, nr = ledger->nr_pages >> GUP_MIRROR_CHUNK_SHIFT;
	struct gup_mirror_entry **far;

	for (i = 0; i < nr; i++) {
		struct gup_mirror_entry *chunk = READ_ONCE(ledger->root[i]);

		if (chunk)
			visit_chunk(chunk, i << GUP_MIRROR_CHUNK_SHIFT, visit, data);
	}
	xa_for_each(ledger->far, section, far) {
		for (i = 0; i < CHUNKS_PER_SECTION; i++)
			visit_chunk(READ_ONCE(far[i]), section_nr_to_pfn(section) +
				    (i << GUP_MIRROR_CHUNK_SHIFT), visit, data);
	}
}

u64 gup_mirror_now(void)
{
	return ktime_get_mono_fast_ns();
}

/* A pin that is in no entry: some release will find none, and is right. */
static void untracked(unsigned int nr)
{
	atomic_long_add(nr, &gup_mirror_untracked);
	atomic_long_add(nr, &gup_mirror_untracked_held);
}

/**
 * gup_mirror_enter() - enter pins of a folio, or gets
 * @entry: of the folio, which has the references
 * @tag: whose they are
 * @nr: how many
 * @now: gup_mirror_now()
 *
 * Context: Any.
 * Return: false if there are too many to be counted.
 */
bool gup_mirror_enter(struct gup_mirror_entry *entry, u64 tag, unsigned int nr,
		      u64 now)
{
	u64 hold = atomic64_read(&entry->hold), new;

	for (;;) {
		unsigned int pins = GUP_MIRROR_HOLD_PINS(hold);

		if (unlikely(nr > GUP_MIRROR_MAX_PINS - pins))
			return false;

		if (pins && (hold & GUP_MIRROR_HOLD_SHARED ||
			     (hold & GUP_MIRROR_HOLD_TAG_MASK) != tag)) {
			if (gup_mirror_pin_shared(entry, tag, nr, now) == GUP_MIRROR_DONE)
				return true;
			hold = atomic64_read(&entry->hold);
			continue;
		}

		if (pins) {
			new = hold + nr;
		} else {
			/*
			 * If two come at the same time, either time is right. The
			 * cmpxchg orders this before the pins; pairs with the
			 * smp_rmb() in gup_mirror_holders(). Who releases a pin
			 * has got it from us.
			 */
			WRITE_ONCE(entry->state, now);
			new = (hold & GUP_MIRROR_HOLD_EXTRA_MASK) | tag | nr;
		}
		if (atomic64_try_cmpxchg(&entry->hold, &hold, new))
			return true;
	}
}

/**
 * gup_mirror_pin() - enter pins of a folio
 * @pfn: page frame number of the folio, which has the references
 * @tag: whose the pins are
 * @nr: number of pins
 * @now: gup_mirror_now()
 *
 * Context: Any.
 */
void gup_mirror_pin(unsigned long pfn, u64 tag, unsigned int nr, u64 now)
{
	struct gup_mirror_entry *entry = gup_mirror_make_entry(&gup_mirror_ledger, pfn);

	if (unlikely(!entry || !gup_mirror_enter(entry, tag, nr, now)))
		untracked(nr);
}

/* Count for the site of a group how long pins were held, which are released @now. */
static __always_inline void count_hold(const struct gup_mirror_group *group,
				       u64 since, u64 now, unsigned long pins)
{
	struct gup_mirror_site *site = gup_mirror_site(group->view);
	unsigned int bucket;
	u64 held_ms;

	/* Others have taken the pin since, so that nobody knows when it came. */
	if (unlikely(since & GUP_MIRROR_RELEASED))
		return;
	/* Another CPU may have looked at the clock a little later than we. */
	held_ms = now > since ? div_u64(now - since, NSEC_PER_MSEC) : 0;
	bucket = min(fls64(held_ms), GUP_MIRROR_HOLD_BUCKETS - 1);
	gup_mirror_count(site, GUP_MIRROR_HOLD + bucket, pins);
	if (unlikely(held_ms >= READ_ONCE(gup_mirror_longterm_ms)) &&
	    !(group->flags & FOLL_LONGTERM) && !group->catch_all &&
	    gup_mirror_view_kind(group->view) == GUP_MIRROR_KIND_PIN)
		gup_mirror_count(site, GUP_MIRROR_OVERLONG, pins);
}

static __always_inline void settle(struct gup_mirror_settle *s, u64 tag,
				   u64 since, unsigned int view, unsigned int nr)
{
	const struct gup_mirror_group *group =
		gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag));

	if (likely(!s->wrong))
		gup_mirror_count(gup_mirror_site(group->view),
				 view == group->view ? GUP_MIRROR_RIGHT :
						       GUP_MIRROR_LAUNDERED, nr);
	/*
	 * A get that was put by another pointer is forgotten with its folio: nobody
	 * knows when it was put.
	 */
	if (likely(view != GUP_MIRROR_NO_VIEW ||
		   gup_mirror_view_kind(group->view) == GUP_MIRROR_KIND_PIN))
		count_hold(group, since, s->now, nr);
}

/**
 * gup_mirror_settle() - count pins that were released
 * @s: the call that releases them
 * @tag: whose they were
 * @since: when they came, or what their entry has instead
 * @view: where the pointer leads, or GUP_MIRROR_NO_VIEW
 * @nr: how many
 *
 * Context: Any.
 */
void gup_mirror_settle(struct gup_mirror_settle *s, u64 tag, u64 since,
		       unsigned int view, unsigned int nr)
{
	settle(s, tag, since, view, nr);
}

static __always_inline void released_by(struct gup_mirror_caller *caller,
					const struct gup_mirror_group *group)
{
	if (READ_ONCE(caller->view) != group->view)
		WRITE_ONCE(caller->view, group->view);
}

/**
 * gup_mirror_settle_begin() - a call of a release function begins
 * @s: the call
 * @caller: who called
 * @stack: stack of that, or 0
 *
 * Context: Any.
 */
void gup_mirror_settle_begin(struct gup_mirror_settle *s, unsigned int caller,
			     depot_stack_handle_t stack)
{
	*s = (struct gup_mirror_settle) {
		.caller = caller,
		.released = gup_mirror_released(caller, stack),
		.now = gup_mirror_now(),
		/* Of no pin: the first begins a run. */
		.tag = ~0ULL,
		.view = GUP_MIRROR_NO_VIEW - 1,
	};
}

/**
 * gup_mirror_settle_end() - count what was collected
 * @s: the call that releases pins
 *
 * Context: Any.
 */
void gup_mirror_settle_end(struct gup_mirror_settle *s)
{
	const struct gup_mirror_group *group;

	if (!s->pins)
		return;

	settle(s, s->tag, s->since, s->view, s->pins);

	group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(s->tag));
	released_by(gup_mirror_caller(s->caller), group);
	s->pins = 0;
}

/**
 * gup_mirror_settle_next() - go on with pins of somebody else
 * @s: the call that releases pins
 * @tag: whose pins come now
 * @since: when they were acquired
 * @view: where their pointers lead
 *
 * Context: Any.
 */
void gup_mirror_settle_next(struct gup_mirror_settle *s, u64 tag,
			    u64 since, unsigned int view)
{
	gup_mirror_settle_end(s);
	s->tag = tag;
	s->since = since;
	s->view = view;
	s->mark = s->released | gup_mirror_released_view(view);
	if (view != GUP_MIRROR_NO_VIEW &&
	    view != gup_mirror_group(GUP_MIRROR_HOLD_GROUP(tag))->view)
		s->mark |= GUP_MIRROR_RELEASED_ALIEN;
}

/**
 * gup_mirror_unpin() - remove pins of a folio
 * @s: the call that releases them
 * @entry: of the folio, whose references are still there
 * @nr: number of pins
 * @view: where the pointer of the page leads, or GUP_MIRROR_NO_VIEW
 *
 * Context: Any.
 * Return: How many there were to remove, at most @nr.
 */
unsigned int gup_mirror_unpin(struct gup_mirror_settle *s,
			      struct gup_mirror_entry *entry, unsigned int nr,
			      unsigned int view)
{
	u64 hold, new, since, tag;
	unsigned int taken;

	for (;;) {
		hold = atomic64_read(&entry->hold);
		if (unlikely(hold & GUP_MIRROR_HOLD_SHARED)) {
			if (gup_mirror_unpin_shared(s, entry, nr, view, &taken) ==
			    GUP_MIRROR_DONE)
				return taken;
			continue;
		}
		taken = min(nr, GUP_MIRROR_HOLD_PINS(hold));
		if (!taken || !gup_mirror_may_take(s, hold, view))
			return 0;

		/* The time is that of these pins, as long as the word is the same. */
		smp_rmb();
		since = READ_ONCE(entry->state);
		new = hold - taken;
		if (!GUP_MIRROR_HOLD_PINS(new)) {
			new &= ~GUP_MIRROR_HOLD_FLAGS;
			if (unlikely(hold & GUP_MIRROR_HOLD_VAGUE)) {
				new &= ~GUP_MIRROR_HOLD_TAG_MASK;
				new |= gup_mirror_vague_tag(hold);
			}
		}
		if (atomic64_try_cmpxchg(&entry->hold, &hold, new))
			break;
	}

	tag = hold & GUP_MIRROR_HOLD_TAG_MASK;
	if (unlikely(tag != s->tag || since != s->since || view != s->view))
		gup_mirror_settle_next(s, tag, since, view);
	s->pins += taken;
	s->debited = tag;
	s->stacks = 1;
	if (!GUP_MIRROR_HOLD_PINS(new)) {
		u64 mark = s->mark;

		/* After a guess, the pin that was meant may have gone to others. */
		if (unlikely(hold & GUP_MIRROR_HOLD_GUESSED))
			mark &= ~GUP_MIRROR_RELEASED_ALIEN;
		/* Whoever has pinned it meanwhile has left a time. */
		cmpxchg(&entry->state, since, mark);
		if (unlikely(hold & GUP_MIRROR_HOLD_MAPPED))
			gup_mirror_unpinned_mapped(s, entry, taken);
	}
	return taken;
}

/**
 * gup_mirror_unpin_last() - remove the one pin of a folio
 * @entry: of the folio, whose references are still there; or NULL
 * @view: where the pointer leads, or GUP_MIRROR_NO_VIEW
 * @caller: who releases it
 * @stack: stack of that, or 0
 *
 * The short way for what is most common. It leaves all that is special to
 * gup_mirror_unpin().
 *
 * Context: Any.
 * Return: true if there was one pin, of the site of @view if that is one, and nothing
 * else; false if nothing was done.
 */
bool gup_mirror_unpin_last(struct gup_mirror_entry *entry, unsigned int view,
			   unsigned int caller, depot_stack_handle_t stack)
{
	u64 mark = gup_mirror_released(caller, stack) | gup_mirror_released_view(view);
	const struct gup_mirror_group *group;
	u64 hold, since;

	if (unlikely(!entry))
		return false;
	hold = atomic64_read(&entry->hold);
	if (unlikely((hold & ~GUP_MIRROR_HOLD_TAG_MASK) != 1))
		return false;
	group = gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold));
	if (unlikely(view != GUP_MIRROR_NO_VIEW && view != group->view))
		return false;
	/*
	 * As in gup_mirror_unpin(). Who comes second has to see who came first, so that
	 * the mark does not go ahead here.
	 */
	smp_rmb();
	since = READ_ONCE(entry->state);
	if (unlikely(!atomic64_try_cmpxchg(&entry->hold, &hold, hold - 1)))
		return false;
	cmpxchg(&entry->state, since, mark);

	gup_mirror_count(gup_mirror_site(group->view), view == GUP_MIRROR_NO_VIEW ?
			 GUP_MIRROR_LAUNDERED : GUP_MIRROR_RIGHT, 1);
	count_hold(group, since, gup_mirror_now(), 1);
	released_by(gup_mirror_caller(caller), group);
	return true;
}

/**
 * gup_mirror_holders() - tell who has pins on a folio
 * @entry: of the folio
 * @pfn: page frame number of the folio
 * @tell: called for each
 * @data: for @tell
 *
 * Context: Any.
 */
void gup_mirror_holders(struct gup_mirror_entry *entry, unsigned long pfn,
			gup_mirror_holder_t tell, void *data)
{
	u64 hold, since;

	do {
		hold = atomic64_read(&entry->hold);
		if (!GUP_MIRROR_HOLD_PINS(hold))
			return;
		if (!(hold & GUP_MIRROR_HOLD_SHARED)) {
			/* Pairs with the cmpxchg in gup_mirror_pin(). */
			smp_rmb();
			since = READ_ONCE(entry->state);
			if (since & GUP_MIRROR_RELEASED)
				since = 0;
			tell(pfn, hold, since, data);
			return;
		}
	} while (!gup_mirror_shared_holders(entry, pfn, tell, data));
}

struct site_search {
	unsigned int view;
	bool found;
};

static void search_site(unsigned long pfn, u64 hold, u64 since, void *data)
{
	struct site_search *search = data;

	search->found |= hold & GUP_MIRROR_HOLD_GUESSED ||
			 search->view ==
			 gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->view;
}

/**
 * gup_mirror_site_holds() - has a site pins on a folio?
 * @entry: of the folio
 * @pfn: page frame number of the folio
 * @view: number of the site
 *
 * Context: Any.
 * Return: true if it has, or if it may have, since it was guessed whose pins were
 * released; false if there are none, or all are of others.
 */
bool gup_mirror_site_holds(struct gup_mirror_entry *entry, unsigned long pfn,
			   unsigned int view)
{
	struct site_search search = { .view = view };

	gup_mirror_holders(entry, pfn, search_site, &search);
	return search.found;
}
