// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of plain puts of a pinned folio, through any pointer.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>

#include "../compat.h"
#include "../explained.h"
#include "../suspects.h"
#include "kunit.h"

static void need_puts(struct kunit *test)
{
	need_repair(test);
	if (!static_key_enabled(&gup_mirror_puts_key))
		kunit_skip(test, "boot with gup_mirror=all or the word puts");
}

static struct page *subject_of(struct kunit *test, unsigned long *addr)
{
	const struct memory *memory = test->param_value;

	*addr = memory->map(test);
	return keep_page(test, *addr);
}

static void expect_put_on_pin(struct kunit *test, unsigned int nr,
			      const char *released, const struct page *page)
{
	struct gup_mirror_finding finding;

	newest_record(test, &finding);
	KUNIT_EXPECT_TRUE(test, finding.repaired);
	KUNIT_EXPECT_EQ(test, finding.missing, nr);
	expect_violation(test, nr, "put-on-pin", "pin_user_pages_fast", released,
			 page_to_pfn(&page_folio(page)->page));
}

/* One reference too many, by every function that puts one. */
static void test_put_below(struct kunit *test)
{
	struct page *page, *pinned[3];
	struct folio *folio;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = subject_of(test, &addr);
	folio = page_folio(page);
	refs = refs_of(page);

	pin(test, addr, pinned, 1);
	folio_put(page_folio(pinned[0]));
	expect_put_on_pin(test, 1, "folio_put", page);
	expect_refs(test, page, refs);

	pin(test, addr, pinned, 1);
	put_page(launder(pinned[0]));
	expect_put_on_pin(test, 1, "put_page", page);
	expect_refs(test, page, refs);

	pin(test, addr, pinned, 1);
	pinned[0] = launder(pinned[0]);
	release_pages(pinned, 1);
	expect_put_on_pin(test, 1, "release_pages", page);
	expect_refs(test, page, refs);

	pin(test, addr, pinned, 1);
	__free_pages(&folio->page, folio_order(folio));
	expect_put_on_pin(test, 1, "__free_pages", page);
	expect_refs(test, page, refs);

	/* As many as there are, and one of two. */
	pin(test, addr, &pinned[0], 1);
	pin(test, addr, &pinned[1], 1);
	pin(test, addr, &pinned[2], 1);
	folio_put_refs(folio, 3);
	expect_put_on_pin(test, 3, "folio_put_refs", page);
	expect_refs(test, page, refs);

	pin(test, addr, &pinned[0], 1);
	pin(test, addr, &pinned[1], 1);
	folio_put(folio);
	expect_put_on_pin(test, 1, "folio_put", page);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned[0]);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/*
 * folios_put() keeps a lock of the LRU from the folio that it frees first. A pin that it
 * puts next may have had the last references of a folio that is on the LRU as well.
 */
static void test_last_of_batch(struct kunit *test)
{
	unsigned long addr = map_pages(test, 2);
	struct folio_batch batch;
	struct page *pages[2];

	need_puts(test);
	pin(test, addr, pages, 2);
	wait_for_lru(test, pages[0]);
	wait_for_lru(test, pages[1]);
	folio_get(page_folio(pages[0]));
	unpin_user_page(pages[0]);

	folio_batch_init(&batch);
	folio_batch_add(&batch, page_folio(pages[0]));
	folio_batch_add(&batch, page_folio(pages[1]));
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr, 2 * PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, folio_ref_count(batch.folios[0]), 1);
	KUNIT_ASSERT_EQ(test, folio_ref_count(batch.folios[1]), GUP_PIN_COUNTING_BIAS);
	folios_put(&batch);
	/* It puts for others, who may have put too many: so it is not in the title. */
	expect_class(test, 1, "lost-pin");
	page_ref_inc(pages[1]);
	unpin_user_page(pages[1]);
	expect_silence(test);
}

/* Some of those that are put are one's own. */
static void test_some_below(struct kunit *test)
{
	struct page *page, *pinned;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = subject_of(test, &addr);
	refs = refs_of(page);

	pin(test, addr, &pinned, 1);
	folio_ref_add(page_folio(page), 2);
	folio_put_refs(page_folio(page), 3);
	expect_put_on_pin(test, 1, "folio_put_refs", page);
	expect_refs(test, page, refs);
}

/* Whoever puts what he has taken is right, by whatever function. */
static void test_own_references(struct kunit *test)
{
	long unsure = atomic_long_read(&gup_mirror_puts_unsure);
	struct page *page, *pinned, *got;
	struct folio_batch batch;
	struct folio *folio;
	unsigned long addr;
	struct refs refs;

	page = subject_of(test, &addr);
	folio = page_folio(page);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);

	folio_get(folio);
	folio_put(folio);
	folio_ref_add(folio, 5);
	folio_put_refs(folio, 5);
	get_page(page);
	put_page(page);
	folio_get(folio);
	release_pages(&page, 1);
	folio_get(folio);
	__free_pages(&folio->page, folio_order(folio));
	folio_get(folio);
	folio_batch_init(&batch);
	folio_batch_add(&batch, folio);
	folios_put(&batch);
	get(test, addr, &got, 1);
	folio_put(page_folio(got));
	get_page(pinned);
	folio_put(folio);

	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_puts_unsure), unsure);
}

/* The memory is unmapped, taken out of the page cache, and pinned all the time. */
static void test_others_go(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct folio *folio;
	struct page *pinned;

	pin(test, addr, &pinned, 1);
	folio = page_folio(pinned);
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr, memory->large ? PMD_SIZE :
								 PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, folio_mapped(folio));
	unpin_user_page(pinned);
	expect_silence(test);
}

/*
 * A reference that somebody has taken apart from the pin is put through the pointer
 * of the pin: nobody can tell the two, and nobody is accused.
 */
static void test_possible(struct kunit *test)
{
	long before = atomic_long_read(&gup_mirror_possible);
	struct gup_mirror_finding finding;
	struct account account;
	struct page *page, *pinned;
	unsigned long addr;
	struct refs refs;
	long reports;

	page = subject_of(test, &addr);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);
	account_begin(&account, pinned);
	reports = atomic_long_read(&gup_mirror_reports);

	folio_get(page_folio(pinned));
	put_page(pinned);
	page_ref_inc(&page_folio(pinned)->page);
	release_pages(&pinned, 1);
	KUNIT_EXPECT_TRUE(test, get_page_unless_zero(page));
	put_page(pinned);

	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_possible), before + 3);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_reports), reports);
	EXPECT_ACCOUNT(test, &account);
	newest_record(test, &finding);
	KUNIT_EXPECT_TRUE(test, finding.possible);
	KUNIT_EXPECT_FALSE(test, finding.repaired);

	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
}

/* Who says that there are no such references has it at once. */
static void test_strict(struct kunit *test)
{
	struct page *page, *pinned;
	unsigned long addr;

	need_repair(test);
	page = subject_of(test, &addr);
	pin(test, addr, &pinned, 1);
	folio_get(page_folio(page));
	be_strict(test);
	put_page(pinned);
	expect_class(test, 1, "put-on-pin");
	folio_put(page_folio(page));
	expect_silence(test);
}

/* What was got, and put by the folio, is still in the ledger of gets, and is nowhere. */
static void test_possible_after_get(struct kunit *test)
{
	long before = atomic_long_read(&gup_mirror_possible);
	struct page *got, *pinned;
	unsigned long addr;

	subject_of(test, &addr);
	get(test, addr, &got, 1);
	folio_put(page_folio(got));
	pin(test, addr, &pinned, 1);
	folio_get(page_folio(pinned));
	put_page(pinned);
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_possible), before + 1);
	unpin_user_page(pinned);
	expect_silence(test);
}

/* It was the wrong one, and the other shows that: both are named. */
static void test_possible_was_wrong(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *page, *pinned;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = subject_of(test, &addr);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);

	folio_get(page_folio(pinned));
	put_page(pinned);
	expect_silence(test);
	folio_put(page_folio(page));
	newest_record(test, &finding);
	KUNIT_EXPECT_NE(test, finding.before, GUP_MIRROR_NO_CALLER);
	expect_put_on_pin(test, 1, "folio_put", page);
	expect_refs(test, page, refs);
}

/*
 * Whoever puts a get is innocent. As long as it is there, it may be what is put, through
 * whatever pointer.
 */
static void test_beside_get(struct kunit *test)
{
	long before = atomic_long_read(&gup_mirror_possible);
	struct page *page, *pinned, *got;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	need_gets(test);
	page = subject_of(test, &addr);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);
	get(test, addr, &got, 1);

	release_pages(&pinned, 1);
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_possible), before + 1);
	/* Then it shows: one of the two was wrong. */
	put_page(got);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "release_pages", page_to_pfn(page));
	expect_refs(test, page, refs);
}

/* A put that was possibly wrong was so, if one that is right shows it. */
static void test_right_put_shows_loss(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *page, *pinned, *got;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	need_gets(test);
	page = subject_of(test, &addr);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);

	folio_get(page_folio(page));
	release_pages(&pinned, 1);
	folio_ref_sub(page_folio(page), 1);
	expect_silence(test);
	get(test, addr, &got, 1);
	put_page(got);
	newest_record(test, &finding);
	KUNIT_EXPECT_FALSE(test, finding.possible);
	expect_put_on_pin(test, 1, "release_pages", page);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* A fresh buffer, as a test of a driver has it, is yet in a batch of the LRU. */
static struct page *pin_fresh(struct kunit *test, unsigned long *addr)
{
	struct page *pinned;
	unsigned int tries;

	for (tries = 0; tries < 10; tries++) {
		*addr = map_pages(test, 1);
		pin(test, *addr, &pinned, 1);
		if (!PageLRU(pinned))
			return pinned;
		unpin_user_page(pinned);
	}
	kunit_skip(test, "the batches of the LRU are drained at once");
	return NULL;
}

static void test_fresh_is_certain(struct kunit *test)
{
	struct page *pinned;
	unsigned long addr;

	need_repair(test);
	pinned = pin_fresh(test, &addr);
	put_page(pinned);
	expect_class(test, 1, "put-on-pin");
}

/* What a batch has does not hide that a reference is missing. */
static void test_batch_is_explained(struct kunit *test)
{
	struct page *pinned;
	unsigned long addr;

	need_puts(test);
	pinned = pin_fresh(test, &addr);
	folio_put(page_folio(pinned));
	expect_put_on_pin(test, 1, "folio_put", pinned);
	expect_silence(test);
}

/* An unmap shows that a reference is missing. It is not to blame for that. */
static void test_unmap_is_innocent(struct kunit *test)
{
	long lost = atomic_long_read(&gup_mirror_counts[GUP_MIRROR_LOST_PIN]);
	struct gup_mirror_finding finding;
	struct page *page, *pinned;
	struct folio *folio;
	unsigned long addr;

	need_puts(test);
	addr = map_pages(test, 1);
	page = keep_page(test, addr);
	folio = page_folio(page);
	pin(test, addr, &pinned, 1);
	folio_get(folio);
	folio_put(folio);
	folio_ref_sub(folio, 1);
	expect_silence(test);

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_counts[GUP_MIRROR_LOST_PIN]),
			lost + 1);
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.class, GUP_MIRROR_LOST_PIN);
	KUNIT_EXPECT_EQ(test, finding.caller, GUP_MIRROR_NO_CALLER);
	KUNIT_EXPECT_GE(test, finding.nr_suspects, 1);
	KUNIT_EXPECT_STREQ(test,
			   gup_mirror_caller(finding.suspects[0].caller)->place.fn,
			   "folio_put");
	KUNIT_EXPECT_EQ(test, finding.suspects[0].refs, 1);
	seen.nr = 0;

	folio_ref_inc(folio);
	unpin_user_page(pinned);
	expect_silence(test);
}

/* Whose pin it was is not known: told, and left as it is, and told once. */
static void test_several_sites(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *page, *one, *other;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = subject_of(test, &addr);
	refs = refs_of(page);
	pin(test, addr, &one, 1);
	pin_elsewhere(test, addr, &other, 1);

	folio_put(page_folio(page));
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.nr_holders, 2);
	KUNIT_EXPECT_FALSE(test, finding.repaired);
	KUNIT_EXPECT_NOT_NULL(test, finding.unrepaired);
	expect_class(test, 1, "put-on-pin");
	KUNIT_EXPECT_EQ(test, pins_of(page), 2);

	folio_put(page_folio(page));
	expect_silence(test);

	folio_ref_add(page_folio(page), 2);
	unpin_user_page(one);
	unpin_user_page(other);
	expect_refs(test, page, refs);
	expect_silence(test);
}

static struct page *restless;

static void never_the_same(struct folio *folio)
{
	/* What the ledger has of it is another word each time. */
	if (current == seen.task)
		get_page(restless);
}

static void stop_changes(void *data)
{
	WRITE_ONCE(gup_mirror_between_looks, NULL);
}

/* Who cannot be looked at in peace is not accused. */
static void test_torn(struct kunit *test)
{
	long unsure = atomic_long_read(&gup_mirror_puts_unsure);
	struct page *page, *pinned;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = subject_of(test, &addr);
	pin(test, addr, &pinned, 1);
	refs = refs_of(page);

	restless = pinned;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, stop_changes, NULL));
	WRITE_ONCE(gup_mirror_between_looks, never_the_same);
	folio_put(page_folio(page));
	kunit_release_action(test, stop_changes, NULL);

	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_puts_unsure),
			unsure + 1);
	/* References that were taken on the way, but for the one that was put. */
	folio_ref_sub(page_folio(page), folio_ref_count(page_folio(page)) -
					refs.refs);
	unpin_user_page(pinned);
}

/* A fault may map a folio of a file before it takes the reference for that. */
static void test_locked(struct kunit *test)
{
	long unsure = atomic_long_read(&gup_mirror_puts_unsure);
	struct page *page, *pinned;
	struct folio *folio;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = subject_of(test, &addr);
	folio = page_folio(page);
	if (folio_test_anon(folio))
		kunit_skip(test, "not of a file");
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);

	folio_lock(folio);
	folio_put(folio);
	folio_ref_inc(folio);
	folio_unlock(folio);
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_puts_unsure),
			unsure + 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
}

static void test_puts_disabled(struct kunit *test)
{
	struct page *page, *pinned;
	unsigned long addr;

	page = subject_of(test, &addr);
	pin(test, addr, &pinned, 1);
	WRITE_ONCE(gup_mirror_enabled, false);
	folio_put(page_folio(page));
	WRITE_ONCE(gup_mirror_enabled, true);
	folio_ref_inc(page_folio(page));
	unpin_user_page(pinned);
	expect_silence(test);
}

static unsigned int refs_put(const struct page *page)
{
	struct gup_mirror_entry *entry = gup_mirror_kunit_entry(page_folio(page));
	struct gup_mirror_finding finding = { };
	unsigned int i, nr = 0;

	gup_mirror_find_suspects(&finding, entry, page_to_pfn(page));
	for (i = 0; i < finding.nr_suspects; i++)
		nr += finding.suspects[i].refs;
	return nr;
}

/* Puts while it is pinned are remembered, until it is not any more. */
static void test_suspects(struct kunit *test)
{
	struct page *page, *pinned;
	struct folio *folio;
	unsigned long addr;

	need_puts(test);
	page = keep_page(test, map_pages(test, 1));
	folio = page_folio(page);
	folio_get(folio);
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, refs_put(page), 0);

	addr = map_pages(test, 1);
	page = keep_page(test, addr);
	folio = page_folio(page);
	pin(test, addr, &pinned, 1);
	folio_ref_add(folio, 3);
	folio_put(folio);
	KUNIT_EXPECT_EQ(test, refs_put(page), 1);
	folio_put_refs(folio, 2);
	KUNIT_EXPECT_EQ(test, refs_put(page), 3);
	unpin_user_page(pinned);
	KUNIT_EXPECT_EQ(test, refs_put(page), 0);
	expect_silence(test);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_put_below, memory_gen_params),
	KUNIT_CASE(test_last_of_batch),
	KUNIT_CASE_PARAM(test_some_below, memory_gen_params),
	KUNIT_CASE_PARAM(test_own_references, memory_gen_params),
	KUNIT_CASE_PARAM(test_others_go, memory_gen_params),
	KUNIT_CASE_PARAM(test_possible, memory_gen_params),
	KUNIT_CASE_PARAM(test_strict, memory_gen_params),
	KUNIT_CASE_PARAM(test_possible_after_get, memory_gen_params),
	KUNIT_CASE_PARAM(test_possible_was_wrong, memory_gen_params),
	KUNIT_CASE_PARAM(test_beside_get, memory_gen_params),
	KUNIT_CASE_PARAM(test_right_put_shows_loss, memory_gen_params),
	KUNIT_CASE(test_fresh_is_certain),
	KUNIT_CASE(test_batch_is_explained),
	KUNIT_CASE(test_unmap_is_innocent),
	KUNIT_CASE_PARAM(test_several_sites, memory_gen_params),
	KUNIT_CASE_PARAM(test_torn, memory_gen_params),
	KUNIT_CASE_PARAM(test_locked, memory_gen_params),
	KUNIT_CASE_PARAM(test_puts_disabled, memory_gen_params),
	KUNIT_CASE(test_suspects),
	{}
};

GUP_MIRROR_KUNIT_SUITE(floor_suite, "gup_mirror_floor", cases);

kunit_test_suite(floor_suite);
