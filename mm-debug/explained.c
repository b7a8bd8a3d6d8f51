// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: how many references of a folio are explained.
 *
 * Everybody who has a folio takes the reference before it can be seen that he has
 * it, and drops it after that can no longer be seen. So at any time a folio has at
 * least the references that are explained:
 *
 *	mapcount + page cache or swap cache + private data + pins of the ledger
 *
 * A put that would leave fewer is one too many, whoever makes it: see floor.c. What
 * has no row here (lookups, isolation, GUP that has not returned yet, drivers that
 * own their pages) is not explained, and can only hide that one is missing.
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
#include <linux/gup_mirror.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/page_ref.h>

#include <kunit/visibility.h>

#include "../internal.h"
#include "compat.h"
#include "explained.h"
#include "ledger.h"

static_assert(GUP_MIRROR_PIN_BIAS == GUP_PIN_COUNTING_BIAS);

/* So many looks in a row have to say the same, of so many at most. */
#define LOOKS		16
#define MAX_LOOKS	64

/* A folio is seldom in more batches than that. */
#define MAX_BATCHED	4

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
 * What may be with a folio for other reasons that nobody has to account for: it is
 * isolated, or is not for the LRU at all since a driver owns it. Not gets: of those
 * that the ledger has, many were put by other pointers.
 */
static long likely_refs(const struct folio *folio)
{
	long batched = batch_refs(folio);

	return folio_test_hugetlb(folio) || folio_test_lru(folio) || batched ?
	       batched : 1;
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

/*
 * How many references would a folio lack, if @refs of them were put? @entry may be
 * NULL if @if_pinned is false. If there is no answer, that is counted if @is_put.
 */
static unsigned int missing(struct gup_mirror_entry *entry,
			    const struct folio *folio, unsigned int refs,
			    bool if_pinned,
			    long (*others)(const struct folio *folio),
			    bool is_put)
{
	unsigned int i, same = 0;
	long left, lacks = 0;

	if (folio_is_zone_device(folio))
		return 0;
	/* Most have more than all batches may have. */
	if (look(entry, folio, no_refs, &left) && left - refs >= MAX_BATCHED)
		return 0;
	for (i = 0; i < MAX_LOOKS; i++) {
		bool good = look(entry, folio, others, &left);

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
	if (is_put)
		atomic_long_inc(&gup_mirror_puts_unsure);
	return 0;
}

/**
 * gup_mirror_missing() - how many references would a folio lack after a put?
 * @entry: of the folio
 * @folio: the folio, which somebody has
 * @refs: references that are about to be put
 *
 * Context: Any.
 * Return: How many of those that are explained would not be there, as far as that
 * is certain; 0 if there are enough, or no pins.
 */
unsigned int gup_mirror_missing(struct gup_mirror_entry *entry,
				const struct folio *folio, unsigned int refs)
{
	return missing(entry, folio, refs, true, batch_refs, true);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_missing);

/**
 * gup_mirror_missing_openly() - as gup_mirror_missing(), but batches may hide it
 * @entry: of the folio
 * @folio: the folio, which somebody has
 * @refs: references that are about to be put
 *
 * For puts that are right, of which there are many, while batches of all CPUs are
 * far. What one of them hides shows when it is emptied.
 *
 * Context: Any.
 * Return: As gup_mirror_missing().
 */
unsigned int gup_mirror_missing_openly(struct gup_mirror_entry *entry,
				       const struct folio *folio,
				       unsigned int refs)
{
	return missing(entry, folio, refs, true, no_refs, true);
}

/**
 * gup_mirror_missing_now() - how many references does a folio lack?
 * @entry: of the folio
 * @folio: the folio
 * @own: references of the caller, who keeps them
 *
 * Context: Any.
 * Return: As gup_mirror_missing().
 */
unsigned int gup_mirror_missing_now(struct gup_mirror_entry *entry,
				    const struct folio *folio, unsigned int own)
{
	return missing(entry, folio, own, true, batch_refs, false);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_missing_now);

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
	return missing(gup_mirror_entry(gup_mirror_pfn(folio)), folio, refs, false,
		       batch_refs, true);
}

/**
 * gup_mirror_surplus() - how many references has a folio that nothing explains?
 * @folio: the folio
 * @own: references of the caller
 *
 * They are those of gets, or of anybody who has it for a moment.
 *
 * Context: Any.
 * Return: How many, as far as one look tells; 0 if that saw a change.
 */
unsigned long gup_mirror_surplus(const struct folio *folio, unsigned int own)
{
	long left;

	if (folio_is_zone_device(folio) ||
	    !look(gup_mirror_entry(gup_mirror_pfn(folio)), folio, batch_refs, &left))
		return 0;
	return max(left - own, 0L);
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
