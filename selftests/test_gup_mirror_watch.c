// SPDX-License-Identifier: GPL-2.0
/*
 * Is what GUP mirror marks as cleaned what the kernel has cleaned?
 *
 * Under the lock of a folio that is pinned, two things hold, whoever came first:
 *
 *	it is pinned for writing, and clean	it is marked
 *	it is marked				it was cleaned since its pins came
 *
 * When it was cleaned is seen by a probe. When its pins came is not known exactly,
 * since others may have pinned it at the same time, but a time before that is: all
 * calls that have not returned may have, and began later than that.
 *
 * What tells the time is how often somebody wanted to know it.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "files.h"
#include "ledger.h"
#include "test_gup_mirror.h"
#include "test_gup_mirror_watch.h"

/**
 * struct watched - a folio
 * @cleaned: when that was done last; changes under the lock of the folio
 * @pins: pins of those who have returned
 * @since: a time before the first pin of those that are there
 * @until: when the last pin had gone
 */
struct watched {
	u64 cleaned;
	unsigned int pins;
	u64 since;
	u64 until;
};

/* One for each page, or NULL if nothing is watched. */
static struct watched *folios;
static unsigned long nr_folios;

static atomic64_t clock;

static LIST_HEAD(calls);
/* Of the list, and of all in struct watched but @cleaned. */
static DEFINE_SPINLOCK(lock);

static u64 now(void)
{
	return atomic64_inc_return(&clock);
}

static struct watched *watched(unsigned long pfn)
{
	return pfn < nr_folios ? &folios[pfn] : NULL;
}

static int note_folio(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(struct folio **)instance->data =
		(struct folio *)regs_get_kernel_argument(regs, 0);
	return 0;
}

/* Whoever cleans the folio has it locked. */
static int note_cleaned(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct folio *folio = *(struct folio **)instance->data;
	struct watched *w = watched(folio_pfn(folio));

	/* It is a bool: there may be anything in the other bits. */
	if (w && (u8)regs_return_value(regs))
		w->cleaned = now();
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "folio_clear_dirty_for_io",
	.entry_handler = note_folio,
	.handler = note_cleaned,
	.data_size = sizeof(struct folio *),
	.maxactive = 256,
};

/**
 * tgm_watch_start() - watch what is cleaned from now on
 *
 * Context: Process context.
 * Return: 0 or a negative error.
 */
int tgm_watch_start(void)
{
	int ret;

	nr_folios = gup_mirror_ledger.nr_pages;
	folios = vcalloc(nr_folios, sizeof(*folios));
	if (!folios)
		return -ENOMEM;
	ret = register_kretprobe(&probe);
	if (ret) {
		vfree(folios);
		folios = NULL;
	}
	return ret;
}

/**
 * tgm_watch_stop() - watch no more
 *
 * Context: Process context. Nothing is held.
 */
void tgm_watch_stop(void)
{
	if (!folios)
		return;
	unregister_kretprobe(&probe);
	vfree(folios);
}

/**
 * tgm_watch_begin() - a function is about to be called that pins
 * @watch: the call
 * @nr: the most that it pins
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int tgm_watch_begin(struct tgm_watch *watch, unsigned long nr)
{
	if (!folios)
		return 0;
	watch->nr = 0;
	watch->pfns = kvmalloc_array(nr, sizeof(*watch->pfns), GFP_KERNEL);
	if (!watch->pfns)
		return -ENOMEM;
	spin_lock(&lock);
	watch->since = now();
	/* The oldest comes first. */
	list_add_tail(&watch->list, &calls);
	spin_unlock(&lock);
	return 0;
}

/*
 * Whoever else has pins there, and has not returned, is in the list. When the last pin
 * that was known had gone, some of them may have had theirs: then there always were
 * some since.
 */
static void add_pin(struct watched *w)
{
	u64 oldest = list_first_entry(&calls, struct tgm_watch, list)->since;

	if (!w->pins++ && oldest > w->until)
		w->since = oldest;
}

/**
 * tgm_watch_end() - that function has returned
 * @watch: the call
 * @pages: what it has pinned
 * @nr: how many, or a negative error
 *
 * Context: Process context.
 */
void tgm_watch_end(struct tgm_watch *watch, struct page **pages, long nr)
{
	long i;

	if (!watch->pfns)
		return;
	spin_lock(&lock);
	for (i = 0; i < nr; i++) {
		unsigned long pfn = folio_pfn(page_folio(pages[i]));
		struct watched *w = watched(pfn);

		if (!w)
			continue;
		watch->pfns[watch->nr++] = pfn;
		add_pin(w);
	}
	list_del(&watch->list);
	spin_unlock(&lock);
}

/**
 * tgm_watch_forget() - those pins have gone
 * @watch: the call that they are from, if there was one
 *
 * Context: Process context.
 */
void tgm_watch_forget(struct tgm_watch *watch)
{
	unsigned long i;

	spin_lock(&lock);
	for (i = 0; i < watch->nr; i++) {
		struct watched *w = watched(watch->pfns[i]);

		if (!--w->pins)
			w->until = now();
	}
	spin_unlock(&lock);
	kvfree(watch->pfns);
	watch->pfns = NULL;
	watch->nr = 0;
}

static u64 pinned_since(const struct watched *w)
{
	u64 since;

	spin_lock(&lock);
	since = w->since;
	spin_unlock(&lock);
	return since;
}

static void judge(struct folio *folio, bool writes, struct tgm_judgement *arg)
{
	const u64 guess = GUP_MIRROR_HOLD_GUESSED | GUP_MIRROR_HOLD_VAGUE;
	unsigned long pfn = folio_pfn(folio);
	const struct watched *w = watched(pfn);
	bool on_file, clean, marked, guessed, missed, invented;
	u64 hold;

	if (!w)
		return;
	folio_lock(folio);
	on_file = gup_mirror_on_file(folio);
	clean = on_file && !folio_test_dirty(folio);
	hold = gup_mirror_hold(gup_mirror_entry(pfn));
	marked = hold & GUP_MIRROR_HOLD_CLEANED;
	guessed = hold & guess;
	missed = writes && !guessed && clean && !marked;
	invented = on_file && marked && w->cleaned <= pinned_since(w);
	if ((missed || invented) && !arg->missed && !arg->invented)
		arg->pfn = pfn;

	arg->folios++;
	arg->gone += !on_file;
	arg->clean += clean;
	arg->marked += marked;
	arg->guessed += guessed;
	arg->missed += missed;
	arg->invented += invented;
	folio_unlock(folio);
}

/**
 * tgm_watch_judge() - is it right what GUP mirror has marked?
 * @pages: pages that are pinned
 * @nr: how many
 * @writes: they were pinned for writing
 * @arg: receives the answer
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EOPNOTSUPP if nothing is watched.
 */
int tgm_watch_judge(struct page **pages, unsigned long nr, bool writes,
		    struct tgm_judgement *arg)
{
	const struct folio *last = NULL;
	unsigned long i;

	if (!folios)
		return -EOPNOTSUPP;
	memset(arg, 0, sizeof(*arg));
	for (i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		if (folio != last)
			judge(folio, writes, arg);
		last = folio;
	}
	arg->unseen = probe.nmissed;
	return 0;
}

/* MODULE_IMPORT_NS() wants a string, or does not, as of the version. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
