// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: who put plain references of a folio while it was pinned.
 *
 * A reference that is missing may be missed late: when a batch that had one for a
 * moment is drained, when a process ends, or when the folio is freed. Whoever puts
 * the reference that shows it is innocent. One of those who put some before is not.
 *
 * Folios share a small table, in which the last wins. What is lost is counted.
 */

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/seq_file.h>

#include <kunit/visibility.h>

#include "ledger.h"
#include "places.h"
#include "reports.h"
#include "suspects.h"

#define WARD_BITS	9
#define MAX_COUNT	(U32_MAX >> GUP_MIRROR_CALLER_BITS)

/**
 * struct ward - a folio, and who put references of it
 * @key: its page frame number + 1; 0 if none, BUSY while it changes hands
 * @since: when the first of its pins came; they are others if that is another
 * @puts: number and caller; 0 if free
 */
struct ward {
	unsigned long key;
	u64 since;
	atomic_t puts[GUP_MIRROR_MAX_SUSPECTS];
};

#define BUSY	ULONG_MAX

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct ward) == 32);

static struct ward wards[1 << WARD_BITS];

atomic_long_t gup_mirror_suspects_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_suspects_lost);

static struct ward *ward_of(unsigned long pfn)
{
	return &wards[hash_long(pfn, WARD_BITS)];
}

/* Who is remembered of another folio, which has pins yet, is lost. */
static void forget(struct ward *ward, unsigned long key)
{
	struct gup_mirror_entry *entry = key ? gup_mirror_entry(key - 1) : NULL;
	unsigned int i;

	if (gup_mirror_pins(entry) &&
	    READ_ONCE(entry->state) == READ_ONCE(ward->since))
		atomic_long_inc(&gup_mirror_suspects_lost);
	for (i = 0; i < GUP_MIRROR_MAX_SUSPECTS; i++)
		atomic_set(&ward->puts[i], 0);
}

/* Make a ward that of a folio. Returns false if somebody else does so with it. */
static bool take(struct ward *ward, unsigned long pfn, u64 since)
{
	unsigned long key = READ_ONCE(ward->key);

	if (key == pfn + 1 && READ_ONCE(ward->since) == since)
		return true;
	if (key == BUSY || !try_cmpxchg(&ward->key, &key, BUSY))
		return false;
	forget(ward, key);
	WRITE_ONCE(ward->since, since);
	/* Pairs with the acquire in gup_mirror_find_suspects(). */
	smp_store_release(&ward->key, pfn + 1);
	return true;
}

static bool count(atomic_t *put, unsigned int caller, unsigned int refs)
{
	int old = atomic_read(put);
	u32 new;

	do {
		if (old && ((u32)old & (GUP_MIRROR_MAX_CALLERS - 1)) != caller)
			return false;
		new = min((u64)((u32)old >> GUP_MIRROR_CALLER_BITS) + refs, MAX_COUNT);
		new = new << GUP_MIRROR_CALLER_BITS | caller;
	} while (!atomic_try_cmpxchg(put, &old, new));
	return true;
}

/**
 * gup_mirror_suspect() - remember who puts plain references of a folio
 * @entry: of the folio, which is pinned
 * @pfn: page frame number of the folio
 * @caller: who puts them
 * @refs: how many
 *
 * Context: Any.
 */
void gup_mirror_suspect(const struct gup_mirror_entry *entry, unsigned long pfn,
			unsigned int caller, unsigned int refs)
{
	struct ward *ward = ward_of(pfn);
	unsigned int i;

	if (take(ward, pfn, READ_ONCE(entry->state))) {
		for (i = 0; i < GUP_MIRROR_MAX_SUSPECTS; i++) {
			if (count(&ward->puts[i], caller, refs))
				return;
		}
		/* What was late is found late: the last one matters most. */
		i = gup_mirror_now() % GUP_MIRROR_MAX_SUSPECTS;
		atomic_set(&ward->puts[i], 0);
		count(&ward->puts[i], caller, refs);
	}
	atomic_long_inc(&gup_mirror_suspects_lost);
}

/**
 * gup_mirror_find_suspects() - who put plain references of a folio
 * @finding: the violation; gets those who are remembered
 * @entry: of the folio
 * @pfn: page frame number of the folio
 *
 * Context: Any.
 */
void gup_mirror_find_suspects(struct gup_mirror_finding *finding,
			      const struct gup_mirror_entry *entry,
			      unsigned long pfn)
{
	struct ward *ward = ward_of(pfn);
	unsigned int i;

	finding->nr_suspects = 0;
	/* Pairs with the release in take(). */
	if (smp_load_acquire(&ward->key) != pfn + 1 ||
	    READ_ONCE(ward->since) != READ_ONCE(entry->state))
		return;
	for (i = 0; i < GUP_MIRROR_MAX_SUSPECTS; i++) {
		u32 put = atomic_read(&ward->puts[i]);

		if (!put)
			break;
		finding->suspects[finding->nr_suspects++] = (struct gup_mirror_suspect) {
			.caller = put & (GUP_MIRROR_MAX_CALLERS - 1),
			.refs = put >> GUP_MIRROR_CALLER_BITS,
		};
	}
	/* It was taken for another folio meanwhile. */
	smp_rmb();
	if (READ_ONCE(ward->key) != pfn + 1)
		finding->nr_suspects = 0;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_find_suspects);

/**
 * gup_mirror_show_suspects() - print who put plain references of a folio
 * @m: the file
 * @finding: tells of them
 *
 * Context: Process context.
 */
void gup_mirror_show_suspects(struct seq_file *m,
			      const struct gup_mirror_finding *finding)
{
	char name[GUP_MIRROR_NAME_LEN];
	unsigned int i;

	for (i = 0; i < finding->nr_suspects; i++) {
		const struct gup_mirror_suspect *suspect = &finding->suspects[i];
		const struct gup_mirror_caller *caller =
			gup_mirror_caller(suspect->caller);

		gup_mirror_caller_name(name, sizeof(name), caller);
		seq_printf(m, "  put while pinned by %s() at %s: %u\n",
			   caller->place.fn, name, suspect->refs);
	}
}
