// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of plain puts of a pinned folio, through any pointer.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>

#include "../compat.h"
#include "../explained.h"
#include "../suspects.h"
#include "kunit.h"

/* One reference too many, by every function that puts one. */
static void test_put_below(struct kunit *test)
{
	struct page *page, *pinned[3];
	struct folio *folio;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = keep_memory(test, &addr);
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
	page = keep_memory(test, &addr);
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

	page = keep_memory(test, &addr);
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
	page = keep_memory(test, &addr);
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

static void test_puts_disabled(struct kunit *test)
{
	struct page *page, *pinned;
	unsigned long addr;

	page = keep_memory(test, &addr);
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
	KUNIT_CASE(test_unmap_is_innocent),
	KUNIT_CASE_PARAM(test_several_sites, memory_gen_params),
	KUNIT_CASE_PARAM(test_puts_disabled, memory_gen_params),
	KUNIT_CASE(test_suspects),
	{}
};

GUP_MIRROR_KUNIT_SUITE(floor_suite, "gup_mirror_floor", cases);

kunit_test_suite(floor_suite);
