// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: data that were written through a pin, and are on no disk.
 *
 * A folio is written back while it is pinned. The device then writes to it, and who
 * unpins it does not mark it dirty. Memory and disk differ on a folio that everybody
 * believes to be clean, and what is in memory is gone with the page cache. That is
 * proven by checksums:
 *
 *	1. the folio is cleaned while it is pinned for writing	files.c
 *	2. writeback ends: what is in there is summed up
 *	3. the last pin goes, and the folio is neither dirty nor
 *	   under writeback: is that what is in there now?
 *
 * A store by a processor needs a page fault, which marks the folio dirty, as write()
 * does, so that no such change is seen at 3. What else may change a folio that is
 * clean is left out:
 *
 *	what is behind the end of the file	only folios that are wholly inside
 *	a read into a page not up to date	up to date, at both ends
 *	a hole in a part of a large folio	forgets the checksum
 *	a server that sends new content		only file systems on a block device
 *
 * Where it is not certain that one site alone may have written, nothing is said. The
 * sum of what is in flight at 3 is not known yet, so that some losses are missed, but
 * none is invented. A table that is full has the same effect.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/kcsan-checks.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/xxhash.h>

#include <kunit/visibility.h>

#include "config.h"
#include "explained.h"
#include "files.h"
#include "ledger.h"
#include "reports.h"

/* A larger folio takes too long where interrupts are off. */
#define MAX_SUMMED	SZ_64K

#define BUCKET_BITS	8
#define PER_BUCKET	4

/**
 * struct sum - what was in a folio when its writeback ended
 * @pfn: page frame number of the folio; it has no sum if that is 0
 * @sum: of its content
 * @group: who has pinned it, alone
 */
struct sum {
	unsigned long pfn;
	u64 sum;
	u64 group;
};

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct sum) == 24);

static struct sum sums[1 << BUCKET_BITS][PER_BUCKET];
/* Raw, since writeback ends in hard interrupts. Nothing nests inside. */
static DEFINE_RAW_SPINLOCK(sums_lock);

atomic_long_t gup_mirror_sums_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_sums_lost);

/* The sum of a folio; with 0, an unused one. NULL if there is none. */
static struct sum *find_sum(unsigned long pfn, unsigned long key)
{
	struct sum *bucket = sums[hash_long(pfn, BUCKET_BITS)];
	unsigned int i;

	for (i = 0; i < PER_BUCKET; i++) {
		if (READ_ONCE(bucket[i].pfn) == key)
			return &bucket[i];
	}
	return NULL;
}

/**
 * gup_mirror_forget_sum() - what was summed up is no longer of use
 * @pfn: page frame number of a folio
 *
 * Context: Any. Takes no lock if there is nothing to forget.
 */
void gup_mirror_forget_sum(unsigned long pfn)
{
	struct sum *sum;
	unsigned long flags;

	if (likely(!find_sum(pfn, pfn)))
		return;
	raw_spin_lock_irqsave(&sums_lock, flags);
	sum = find_sum(pfn, pfn);
	if (sum)
		WRITE_ONCE(sum->pfn, 0);
	raw_spin_unlock_irqrestore(&sums_lock, flags);
}

static void keep(unsigned long pfn, u64 group, u64 value)
{
	unsigned long flags;
	struct sum *sum;

	raw_spin_lock_irqsave(&sums_lock, flags);
	sum = find_sum(pfn, pfn) ?: find_sum(pfn, 0);
	if (sum) {
		sum->sum = value;
		sum->group = group;
		WRITE_ONCE(sum->pfn, pfn);
	} else {
		atomic_long_inc(&gup_mirror_sums_lost);
	}
	raw_spin_unlock_irqrestore(&sums_lock, flags);
}

static bool get(unsigned long pfn, u64 group, u64 *value)
{
	unsigned long flags;
	struct sum *sum;
	bool found;

	raw_spin_lock_irqsave(&sums_lock, flags);
	sum = find_sum(pfn, pfn);
	found = sum && sum->group == group;
	if (found)
		*value = sum->sum;
	raw_spin_unlock_irqrestore(&sums_lock, flags);
	return found;
}

static u64 sum_up(const struct folio *folio)
{
	u64 sum;

	/* Whoever has the pages may write to them meanwhile. */
	kcsan_disable_current();
	/* There is no high memory where the layer can be built. */
	sum = xxh64(page_address(&folio->page), folio_size(folio), 0);
	kcsan_enable_current();
	return sum;
}

/*
 * Does the content of a folio change only with a note to the file system, but for
 * what devices write? Inside rcu_read_lock(), or with the folio locked.
 */
static bool is_stable(struct folio *folio, const struct address_space *mapping)
{
	const struct file_system_type *type = mapping->host->i_sb->s_type;

	return type->fs_flags & FS_REQUIRES_DEV && strcmp(type->name, "fuseblk") &&
	       folio_test_uptodate(folio) && folio_size(folio) <= MAX_SUMMED &&
	       folio_pos(folio) + folio_size(folio) <= i_size_read(mapping->host);
}

/* The one group that has pins on a folio, and may write; or 0. */
static u64 only_writer(u64 hold)
{
	const struct gup_mirror_group *group = gup_mirror_only_group(hold);

	/* Groups of 0 and such are catch-alls. */
	return group && group->flags & FOLL_WRITE ?
	       GUP_MIRROR_HOLD_GROUP(hold) : 0;
}

/* See gup_mirror_file_written(). */
void __gup_mirror_file_written(struct folio *folio)
{
	const struct address_space *mapping = gup_mirror_mapping(folio);
	unsigned long pfn = gup_mirror_pfn(folio);
	struct gup_mirror_entry *entry = gup_mirror_entry(pfn);
	u64 hold = gup_mirror_hold(entry), group;

	if (!(hold & GUP_MIRROR_HOLD_CLEANED))
		return;
	group = only_writer(hold);
	if (group && mapping && is_stable(folio, mapping))
		keep(pfn, group, sum_up(folio));
	else
		gup_mirror_forget_sum(pfn);
}

/* See gup_mirror_file_zeroed(). */
void __gup_mirror_file_zeroed(struct folio *folio)
{
	gup_mirror_forget_sum(gup_mirror_pfn(folio));
}

/*
 * Who begins writeback locks the folio, cleans it, has its sum forgotten, marks it
 * as under writeback, and unlocks it. Who writes to it in a right way locks it, or has
 * its page fault do so, marks it dirty, and unlocks it. Seen in the order of this, one
 * of these shows.
 */
static bool is_clean(const struct folio *folio)
{
	if (folio_test_locked(folio))
		return false;
	/* Pairs with the release in folio_unlock(), behind folio_mark_dirty(). */
	smp_rmb();
	if (folio_test_dirty(folio))
		return false;
	/* Pairs with the full barrier of folio_clear_dirty_for_io(). */
	smp_rmb();
	if (folio_test_locked(folio))
		return false;
	/* Pairs with the release in folio_unlock(). */
	smp_rmb();
	return !folio_test_writeback(folio);
}

/*
 * Is what is in a folio, which everybody believes to be clean, not on the disk? Who has
 * got it, or pinned it meanwhile, may have written to it, and mark it dirty soon.
 */
static bool is_lost(struct folio *folio, const struct address_space *mapping,
		    struct gup_mirror_entry *entry, u64 hold)
{
	unsigned long pfn = gup_mirror_pfn(folio);
	u64 group = only_writer(hold), before, again;

	if (!group || GUP_MIRROR_HOLD_EXTRA(hold) || gup_mirror_surplus(folio, 0) ||
	    !mapping || !is_stable(folio, mapping) || !is_clean(folio) ||
	    !get(pfn, group, &before) || sum_up(folio) == before)
		return false;
	/* Whoever has changed it in a right way meanwhile had locked it first. */
	smp_rmb();
	return is_clean(folio) && gup_mirror_mapping(folio) == mapping &&
	       get(pfn, group, &again) && again == before &&
	       gup_mirror_hold(entry) == hold;
}

/* Tell of it where file systems are looked at, too. */
static void tell(const struct gup_mirror_finding *finding, const struct inode *inode,
		 unsigned long index)
{
	struct gup_mirror_file_event event = {
		.what = GUP_MIRROR_FILE_LOST,
		.inode = inode,
		.index = index,
		.pfn = finding->pfn,
		.ip = READ_ONCE(gup_mirror_caller(finding->caller)->place.ip),
		.nr = 1,
		.views = { gup_mirror_finding_view(finding) },
	};

	gup_mirror_file_event(&event);
}

/**
 * gup_mirror_check_clean() - pins go of a folio that was cleaned while it was pinned
 * @folio: the folio
 * @entry: its entry
 * @nr: how many pins are released
 * @caller: who releases them
 * @stack: stack of that, or 0
 *
 * Only the last ones matter.
 *
 * Context: Any but NMI.
 */
void gup_mirror_check_clean(struct folio *folio, struct gup_mirror_entry *entry,
			    unsigned int nr, unsigned int caller,
			    depot_stack_handle_t stack)
{
	struct gup_mirror_finding finding = {
		.class = GUP_MIRROR_LOST_WRITE,
		.nr = 1,
		.caller = caller,
		.released = stack,
		.before = GUP_MIRROR_NO_CALLER,
		.pfn = gup_mirror_pfn(folio),
		.pins = nr,
	};
	const struct address_space *mapping;
	u64 hold = atomic64_read(&entry->hold);
	bool lost;

	if (GUP_MIRROR_HOLD_PINS(hold) != nr)
		return;

	rcu_read_lock();
	mapping = gup_mirror_mapping(folio);
	lost = READ_ONCE(gup_mirror_enabled) && is_lost(folio, mapping, entry, hold);
	if (lost) {
		gup_mirror_acquired_by_group(&finding, GUP_MIRROR_HOLD_GROUP(hold), 1, nr);
		gup_mirror_file_describe(&finding.file, mapping->host, folio->index);
		tell(&finding, mapping->host, folio->index);
	}
	rcu_read_unlock();
	gup_mirror_forget_sum(finding.pfn);
	if (lost)
		gup_mirror_violation(&finding);
}
