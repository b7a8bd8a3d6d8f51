// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: plain references are dropped from a folio that is pinned, through
 * whatever pointer.
 *
 * Everybody who has a folio takes the reference before it can be seen that he has
 * it, and drops it after that can no longer be seen. So at any time a folio has at
 * least the references that are explained:
 *
 *	mapcount + page cache or swap cache + private data + pins of the ledger
 *
 * A put that would leave fewer is one too many, whoever makes it. What has no row
 * here (lookups, isolation, GUP that has not returned yet, drivers that own their
 * pages) is not explained, and can only hide that one is missing.
 *
 *	holder		taken first, then seen		not seen, then dropped
 *	(Linux 6.12)
 *	----------------------------------------------------------------------
 *	rmap, fault	the fault's own reference,	folio_remove_rmap_ptes(),
 *			set_pte_range()			then the mmu_gather batch:
 *			mm/memory.c:5184		mm/memory.c:1518, 1523;
 *							delayed: mm/mmu_gather.c:67
 *	rmap, fork	mm/memory.c:1010, 1030,		mm/rmap.c:1975, 1978
 *			then the mapcount
 *	rmap, PMD	mm/huge_memory.c:1849, and	mm/huge_memory.c:2131, 2760,
 *			split: 2857, 2860		2930, then the put
 *	fault-around	the other way round: the	as above
 *			mapcount, then the reference.
 *			The folio is locked from before
 *			to after it.
 *			mm/filemap.c:3575, 3590, 3627
 *	page cache	mm/filemap.c:863, 864		mm/filemap.c:144, then 238;
 *							945, then 947
 *	shmem		mm/shmem.c:804, 805		mm/shmem.c:861, then 865
 *	swap cache	mm/swap_state.c:105, 106	mm/swap_state.c:164, 247
 *	shmem, swapped	as swap cache			mm/shmem.c:2020
 *	private		folio_attach_private()		folio_detach_private()
 *	migration	counts are frozen, which fails for a folio that is pinned:
 *			mm/migrate.c:522. Entries of it are no mapcount, and what
 *			replaces them: mm/migrate.c:325, then the rmap
 *	hugetlb		mm/hugetlb.c:5358; as page	mm/hugetlb.c:5653, then 5698
 *			cache, a reference a page
 *	shared tables	of hugetlb: one mapcount for all who share, and one reference
 *	KSM		mm/ksm.c:1390, 1391		mm/ksm.c:1421, then the put;
 *							a stable node has none
 *	batches of	folio_get(), then		gup_mirror_put_batch()
 *	the LRU, mlock	folio_batch_add()		empties them, then puts:
 *			mm/swap.c:220, 226		mm/swap.c:212, mm/mlock.c:211
 *	pins		GUP returns, then		gup_mirror_unpin(), then
 *			gup_mirror_pin()		gup_mirror_put()
 *	zone device	not judged: some count from 1
 *	movable_ops	the mapping is tagged: no part of the page cache
 *	pages of	their mapping and PG_private are set by hand (perf, fbdev),
 *	drivers		but they never are uptodate: no part of the page cache
 *	slab, typed	no mapcount, no mapping
 *	zero pages	are not in the ledger
 *	CONFIG_NO_PAGE_MAPCOUNT	(not in 6.12) the mapcount of a folio is still exact
 *
 * Linux 7.3 has the same order, at other places:
 *
 *	rmap, fault	mm/memory.c:5864, 5865		mm/memory.c:1803, 1808;
 *							mm/mmu_gather.c:68
 *	rmap, fork	mm/memory.c:1238, 1256		mm/rmap.c:2391, 2394
 *	rmap, PMD	mm/huge_memory.c:2026,		mm/huge_memory.c:2490, 3233,
 *			split: 3296, 3364		3467
 *	fault-around	mm/filemap.c:3836, 3852, 3889	as above
 *	page cache	mm/filemap.c:867, 868		mm/filemap.c:145, then 239;
 *							948, then 950
 *	shmem		mm/shmem.c:905, 906		mm/shmem.c:962, then 966
 *	swap cache	mm/swap_state.c:238, 239	mm/swap_state.c:300, 362
 *	shmem, swapped	as swap cache			mm/shmem.c:2141, then 2150
 *	migration	mm/migrate.c:596, 622, 753; 388, then the rmap
 *	hugetlb		mm/hugetlb.c:5014, 5027		mm/hugetlb.c:5330, 5375
 *	KSM		mm/ksm.c:1445, 1446		mm/ksm.c:1475, then the put
 *	batches		mm/folio.c:216, 223		mm/folio.c:208, mm/mlock.c:209
 *
 * folio_expected_ref_count(), which it has, takes what drivers do by hand for the page
 * cache, and warns of types: it is for those who have locked the folio.
 *
 * A look is at several words, and is believed only if what it explains was the same
 * before and after it had read the count, and only if many in a row say the same: a
 * folio that has lost a reference does not get it back while it is pinned.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/gup_mirror.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/preempt.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "compat.h"
#include "config.h"
#include "floor.h"
#include "ledger.h"
#include "release.h"
#include "reports.h"
#include "suspects.h"
#include "views.h"

static_assert(GUP_MIRROR_PIN_BIAS == GUP_PIN_COUNTING_BIAS);

/* So many looks in a row have to say the same, of so many at most. */
#define LOOKS		16
#define MAX_LOOKS	64

/* A folio is seldom in more batches than that. */
#define MAX_BATCHED	4

/* Not GPL-only: folio_put() is inlined into every module. */
DEFINE_STATIC_KEY_FALSE_RO(gup_mirror_puts_key);
EXPORT_SYMBOL(gup_mirror_puts_key);

atomic_long_t gup_mirror_puts_unsure;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_puts_unsure);

#if IS_ENABLED(CONFIG_GUP_MIRROR_KUNIT_TEST)
gup_mirror_between_t gup_mirror_between_looks;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_between_looks);

static void between_looks(const struct folio *folio)
{
	gup_mirror_between_t fn = READ_ONCE(gup_mirror_between_looks);

	if (unlikely(fn))
		fn((struct folio *)folio);
}
#else
#define between_looks(folio)	((void)(folio))
#endif

/* References of the page cache or the swap cache, and of private data. */
static long cache_refs(const struct folio *folio)
{
	unsigned long mapping = (unsigned long)READ_ONCE(folio->mapping);

	if (folio_test_swapcache(folio))
		return gup_mirror_cache_refs(folio);
	if (!mapping || mapping & FOLIO_MAPPING_FLAGS ||
	    !folio_test_uptodate(folio))
		return 0;
	return gup_mirror_cache_refs(folio) + folio_test_private(folio);
}

static long explained(const struct folio *folio, u64 hold)
{
	long refs = GUP_MIRROR_HOLD_PINS(hold);

	if (!folio_test_large(folio))
		refs *= GUP_PIN_COUNTING_BIAS;
	refs += folio_mapcount(folio);
	/* What has a type uses the words of the others for something else. */
	if (folio_test_hugetlb(folio) || !page_has_type(&folio->page))
		refs += cache_refs(folio);
	return refs;
}

/* A fault-around maps a folio of the page cache first, see above. */
static bool may_be_in_fault(const struct folio *folio)
{
	return folio_test_locked(folio) && !folio_test_anon(folio);
}

/**
 * gup_mirror_in_batch() - how often is a folio in a batch of some CPU?
 * @folios: the batch
 * @folio: the folio
 *
 * Context: Any.
 * Return: How often, as far as can be seen from here.
 */
unsigned int gup_mirror_in_batch(const struct folio_batch *folios,
				 const struct folio *folio)
{
	unsigned int i, nr = min(READ_ONCE(folios->nr), FOLIO_BATCH_SIZE), found = 0;

	for (i = 0; i < nr; i++) {
		unsigned long entry = (unsigned long)READ_ONCE(folios->folios[i]);

		/* mlock() has flags in there. */
		found += (entry & ~3UL) == (unsigned long)folio;
	}
	return found;
}

/* References that batches have, which come before and go after the folio is there. */
static long batch_refs(const struct folio *folio)
{
	if (folio_test_hugetlb(folio))
		return 0;
	return gup_mirror_lru_batched(folio) + gup_mirror_mlock_batched(folio);
}

/*
 * What may be with a folio for other reasons that nobody has to account for: it was
 * got, or is isolated, or is not for the LRU at all since a driver owns it.
 */
static long likely_refs(const struct folio *folio)
{
	long gets = gup_mirror_pins(gup_mirror_gets_entry(gup_mirror_pfn(folio)));
	long batched = batch_refs(folio);

	return folio_test_hugetlb(folio) || folio_test_lru(folio) || batched ?
	       gets + batched : gets + 1;
}

static long no_refs(const struct folio *folio)
{
	return 0;
}

/*
 * One look. @left: how many more references are there than are explained, and than
 * @others tells of. Returns false if something has changed meanwhile.
 */
static bool look(const struct gup_mirror_entry *entry, const struct folio *folio,
		 long (*others)(const struct folio *folio), long *left)
{
	u64 hold = gup_mirror_hold(entry);
	bool in_fault;
	long refs;

	/* Pairs with the full barriers of cmpxchg on @hold: pins come last. */
	smp_rmb();
	refs = explained(folio, hold) + others(folio);
	/* Who is in a fault has the lock before the mapcount rises. */
	smp_rmb();
	in_fault = may_be_in_fault(folio);
	/* What is explained has its references, and drops them later. */
	smp_rmb();
	*left = (u32)folio_ref_count(folio) - refs;
	between_looks(folio);
	/* It was all the same before and after. */
	smp_rmb();
	return !in_fault && explained(folio, hold) + others(folio) == refs &&
	       gup_mirror_hold(entry) == hold;
}

/* As gup_mirror_missing(); @entry may be NULL if @if_pinned is false. */
static unsigned int missing(struct gup_mirror_entry *entry,
			    const struct folio *folio, unsigned int refs,
			    bool if_pinned)
{
	unsigned int i, same = 0;
	long left, lacks = 0;

	if (folio_is_zone_device(folio))
		return 0;
	/* Most have more than all batches may have. */
	if (look(entry, folio, no_refs, &left) && left - refs >= MAX_BATCHED)
		return 0;
	for (i = 0; i < MAX_LOOKS; i++) {
		bool good = look(entry, folio, batch_refs, &left);

		left -= refs;
		if (if_pinned && !gup_mirror_pins(entry))
			return 0;
		if (good && left >= 0)
			return 0;
		if (good && same && left == -lacks)
			same++;
		else
			same = good;
		lacks = -left;
		if (same == LOOKS)
			return lacks;
		cpu_relax();
	}
	if (refs)
		atomic_long_inc(&gup_mirror_puts_unsure);
	return 0;
}

/**
 * gup_mirror_missing() - how many references would a folio lack after a put?
 * @entry: of the folio
 * @folio: the folio, which somebody has
 * @refs: references that are about to be put; 0 if none
 *
 * Context: Any.
 * Return: How many of those that are explained would not be there, as far as that
 * is certain; 0 if there are enough, or no pins.
 */
unsigned int gup_mirror_missing(struct gup_mirror_entry *entry,
				const struct folio *folio, unsigned int refs)
{
	return missing(entry, folio, refs, true);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_missing);

/**
 * gup_mirror_missing_any() - as gup_mirror_missing(), with pins or without
 * @folio: the folio, which somebody seems to have
 * @refs: references that are about to be put
 *
 * Context: Any.
 * Return: As gup_mirror_missing().
 */
unsigned int gup_mirror_missing_any(const struct folio *folio, unsigned int refs)
{
	return missing(gup_mirror_entry(gup_mirror_pfn(folio)), folio, refs, false);
}

/**
 * gup_mirror_surplus() - how many references has a folio that nothing explains?
 * @folio: the folio
 *
 * They are those of gets, or of anybody who has it for a moment.
 *
 * Context: Any.
 * Return: How many, as far as one look tells; 0 if that saw a change.
 */
unsigned long gup_mirror_surplus(const struct folio *folio)
{
	long left;

	if (folio_is_zone_device(folio) ||
	    !look(gup_mirror_entry(gup_mirror_pfn(folio)), folio, batch_refs, &left))
		return 0;
	return max(left, 0L);
}

/**
 * gup_mirror_leaves_more() - would more references be left than are explained?
 * @entry: of the folio
 * @folio: the folio, which somebody has
 * @refs: references that are about to be put
 *
 * What batches have is allowed for, and what a driver has that owns the folio. If
 * there are more, somebody else has some, and it may be these that are put.
 *
 * Context: Any.
 * Return: false if there are surely no more.
 */
bool gup_mirror_leaves_more(const struct gup_mirror_entry *entry,
			    const struct folio *folio, unsigned int refs)
{
	unsigned int i, same = 0;
	long left;

	/* Of these nothing is known, but that they are pinned. */
	if (folio_is_zone_device(folio))
		return false;
	for (i = 0; i < MAX_LOOKS && same < LOOKS; i++) {
		if (look(entry, folio, likely_refs, &left) && left < refs)
			same++;
		else
			same = 0;
		cpu_relax();
	}
	return same < LOOKS;
}

/* Are all pins of one site, so that it is certain whose a put has taken? */
static bool one_site_holds(const struct gup_mirror_finding *finding)
{
	unsigned int i;

	if (finding->more)
		return false;
	for (i = 1; i < finding->nr_holders; i++) {
		if (finding->holders[i].view != finding->holders[0].view)
			return false;
	}
	return finding->nr_holders;
}

/*
 * Take from the ledger the pins whose references were put as plain ones. If several
 * have pins, that is possible only if somebody was seen to put through the pointer of
 * one of them.
 */
static unsigned int take_pins(struct gup_mirror_finding *finding,
			      struct gup_mirror_entry *entry,
			      struct gup_mirror_settle *settle, unsigned int view)
{
	unsigned int pins = 0;

	settle->wrong = true;
	if (!gup_mirror_config.repair) {
		finding->unrepaired = "norepair was set";
		return 0;
	}
	if (one_site_holds(finding))
		view = GUP_MIRROR_NO_VIEW;
	else if (view != GUP_MIRROR_NO_VIEW &&
		 gup_mirror_site_holds(entry, finding->pfn, view))
		settle->own = true;
	else
		finding->unrepaired = "several sites have pinned it";
	if (finding->unrepaired)
		return 0;
	pins = gup_mirror_unpin(settle, entry, finding->nr, view);
	gup_mirror_settle_end(settle);
	if (!pins)
		return 0;
	finding->nr = pins;
	finding->repaired = true;
	finding->nr_holders = 0;
	finding->more = 0;
	gup_mirror_acquired_by_group(finding,
				     GUP_MIRROR_HOLD_GROUP(settle->debited),
				     settle->stacks, 0);
	return pins;
}

/*
 * Drop the references of pins that the ledger has no longer, but for the plain ones
 * that were put for them, or are about to be: so it is never the last that goes here.
 */
static void drop_pins(struct folio *folio, unsigned int pins)
{
	folio_ref_add(folio, pins);
	gup_mirror_put(folio, pins, FOLL_PIN);
}

/*
 * The put leaves too few references. Returns how many pins were taken from the ledger
 * for those that are missing. Their references are still there.
 */
static noinline unsigned int put_on_pin(const char *fn,
					struct gup_mirror_entry *entry,
					const struct folio *folio,
					unsigned int refs, unsigned int missing,
					struct gup_mirror_origin *origin)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.pfn = pfn,
		.missing = missing,
	};
	struct gup_mirror_release_call call;
	unsigned int pins, view;

	/* Once for each folio: what is missing is missing from now on. */
	if (atomic64_read(&entry->hold) & GUP_MIRROR_HOLD_REPORTED)
		return 0;

	gup_mirror_release_begin(&call, fn, origin);
	finding.caller = call.settle.caller;
	finding.released = call.stack;
	finding.before = gup_mirror_who_put(entry, pfn, &view,
					    &finding.before_stack);
	gup_mirror_find_holders(&finding, entry, pfn);
	finding.nr = min3(missing, refs, finding.pins);
	/* They have gone since: then it is not the reference of a pin. */
	if (!finding.nr)
		return 0;
	gup_mirror_find_suspects(&finding, entry, pfn);
	pins = take_pins(&finding, entry, &call.settle, view);
	if (!pins && (!finding.unrepaired ||
		      atomic64_fetch_or(GUP_MIRROR_HOLD_REPORTED, &entry->hold) &
		      GUP_MIRROR_HOLD_REPORTED))
		return 0;
	gup_mirror_violation(&finding);
	return pins;
}

/*
 * References would be missing after a put that is surely right. If somebody has put
 * some through the pointer of a pin, which was possibly wrong, it was.
 */
static noinline void show_loss(struct gup_mirror_entry *entry,
			       struct folio *folio, unsigned int missing)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_PUT_ON_PIN,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = pfn,
		.missing = missing,
	};
	struct gup_mirror_settle settle;
	unsigned int pins, view;

	if (atomic64_read(&entry->hold) & GUP_MIRROR_HOLD_REPORTED)
		return;
	finding.caller = gup_mirror_who_put(entry, pfn, &view, &finding.released);
	if (view == GUP_MIRROR_NO_VIEW || !gup_mirror_config.repair) {
		gup_mirror_lost_pin(entry, pfn);
		return;
	}
	gup_mirror_find_holders(&finding, entry, pfn);
	finding.nr = min(missing, finding.pins);
	if (!finding.nr)
		return;
	gup_mirror_find_suspects(&finding, entry, pfn);
	gup_mirror_settle_begin(&settle, finding.caller, finding.released);
	pins = take_pins(&finding, entry, &settle, view);
	if (!pins) {
		gup_mirror_lost_pin(entry, pfn);
		return;
	}
	gup_mirror_violation(&finding);
	drop_pins(folio, pins);
}

static struct gup_mirror_entry *entry_of(const struct folio *folio)
{
	struct gup_mirror_entry *entry;

	/* A report takes locks. */
	if (in_nmi() || !READ_ONCE(gup_mirror_enabled))
		return NULL;
	entry = gup_mirror_entry(gup_mirror_pfn(folio));
	return gup_mirror_pins(entry) ? entry : NULL;
}

static void remember(const char *fn, struct gup_mirror_entry *entry,
		     const struct folio *folio, unsigned int refs,
		     struct gup_mirror_origin *origin)
{
	gup_mirror_find_origin(origin);
	gup_mirror_suspect(entry, gup_mirror_pfn(folio),
			   gup_mirror_find_caller(fn, origin->ip), refs);
}

/* Returns as put_on_pin(). */
static unsigned int judge(const char *fn, const struct folio *folio,
			  unsigned int refs, struct gup_mirror_origin *origin)
{
	struct gup_mirror_entry *entry = entry_of(folio);
	unsigned int missing;

	if (!entry)
		return 0;
	missing = gup_mirror_missing(entry, folio, refs);
	remember(fn, entry, folio, refs, origin);
	return missing ? put_on_pin(fn, entry, folio, refs, missing, origin) : 0;
}

/* Returns true if the put was turned into an unpin, or into as many as are missing. */
static bool judge_and_put(const char *fn, struct folio *folio, unsigned int refs,
			  struct gup_mirror_origin *origin)
{
	unsigned int pins;

	folio = gup_mirror_canonical(folio);
	pins = judge(fn, folio, refs, origin);
	if (pins)
		gup_mirror_put_taken(folio, pins, refs);
	return pins;
}

/**
 * __gup_mirror_folio_put() - folio_put() of a folio that may be pinned
 * @folio: the folio
 *
 * Context: As folio_put().
 * Return: true if it was pinned and is now unpinned, false if folio_put() has to go
 * on. Exported to all modules, as folio_put() is inlined there.
 */
bool __gup_mirror_folio_put(struct folio *folio)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	return judge_and_put("folio_put", folio, 1, &origin);
}
EXPORT_SYMBOL(__gup_mirror_folio_put);

/**
 * __gup_mirror_folio_put_refs() - folio_put_refs() of a folio that may be pinned
 * @folio: the folio
 * @refs: number of references to drop
 *
 * Context: As folio_put_refs().
 * Return: As __gup_mirror_folio_put().
 */
bool __gup_mirror_folio_put_refs(struct folio *folio, int refs)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	return judge_and_put("folio_put_refs", folio, refs, &origin);
}
EXPORT_SYMBOL(__gup_mirror_folio_put_refs);

/**
 * __gup_mirror_put_page_folio() - put_page() of a page that may be pinned
 * @folio: its folio, through whatever view
 *
 * Context: As put_page().
 * Return: As __gup_mirror_folio_put().
 */
bool __gup_mirror_put_page_folio(struct folio *folio)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);

	return judge_and_put("put_page", folio, 1, &origin);
}
EXPORT_SYMBOL(__gup_mirror_put_page_folio);

/* See gup_mirror_put_refs(). */
void __gup_mirror_put_refs(const char *fn, struct folio *folio, int refs,
			   unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);
	unsigned int pins = judge(fn, folio, refs, &origin);

	if (pins)
		drop_pins(folio, pins);
}

/* See gup_mirror_release(). The page may be in a view. */
bool __gup_mirror_release_refs(const char *fn, struct page *page, int refs,
			       unsigned long ip)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(ip, _RET_IP_);

	return judge_and_put(fn, gup_mirror_raw_folio(page), refs, &origin);
}

/**
 * __gup_mirror_mm_put() - mm/ puts a folio that may be pinned
 * @folio: the folio
 * @refs: number of references to drop
 *
 * Context: As folio_put().
 */
void __gup_mirror_mm_put(struct folio *folio, int refs)
{
	struct gup_mirror_origin origin = GUP_MIRROR_ORIGIN(_RET_IP_, 0);
	struct gup_mirror_entry *entry;
	unsigned int missing;

	folio = gup_mirror_canonical(folio);
	entry = entry_of(folio);
	if (!entry)
		return;
	remember("folio_put", entry, folio, refs, &origin);
	missing = gup_mirror_missing(entry, folio, refs);
	if (missing)
		show_loss(entry, folio, missing);
}
EXPORT_SYMBOL(__gup_mirror_mm_put);

/**
 * gup_mirror_look_for_loss() - see whether a put that is right shows that some were not
 * @folio: the folio
 * @refs: number of references that are about to be put
 *
 * Context: As folio_put().
 */
void gup_mirror_look_for_loss(struct folio *folio, unsigned int refs)
{
	struct gup_mirror_entry *entry;
	unsigned int missing;

	if (likely(!gup_mirror_may_be_pinned(folio)))
		return;
	entry = entry_of(folio);
	if (!entry)
		return;
	missing = gup_mirror_missing(entry, folio, refs);
	if (missing)
		show_loss(entry, folio, missing);
}

/* See gup_mirror_drain(). */
void __gup_mirror_drain(const struct folio_batch *folios)
{
	unsigned int i;

	for (i = 0; i < folios->nr; i++) {
		/* Linux 7.x has taken out what was free already. */
		if (folios->folios[i])
			gup_mirror_look_for_loss(folios->folios[i], 1);
	}
}

/* See gup_mirror_unmapped(). */
void __gup_mirror_unmapped(struct encoded_page **pages, unsigned int nr)
{
	struct folio *folio, *last = NULL;
	unsigned int i, refs = 0;

	for (i = 0; i < nr; i++) {
		folio = page_folio(encoded_page_ptr(pages[i]));
		if (folio != last && last)
			gup_mirror_look_for_loss(last, refs);
		if (folio != last)
			refs = 0;
		last = folio;
		if (encoded_page_flags(pages[i]) & ENCODED_PAGE_BIT_NR_PAGES_NEXT)
			refs += encoded_nr_pages(pages[++i]);
		else
			refs++;
	}
	if (last)
		gup_mirror_look_for_loss(last, refs);
}

/* See gup_mirror_put_batch(). */
void __gup_mirror_put_batch(struct folio_batch *folios)
{
	struct folio_batch batch = *folios;

	/* It is empty before the first reference goes. See batch_refs(). */
	folio_batch_reinit(folios);
	/* Pairs with the smp_rmb() in look(). */
	smp_mb();
	__gup_mirror_drain(&batch);
	folios_put(&batch);
}
