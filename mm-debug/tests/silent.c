// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of what is right, although it may not look so.
 */

#include <kunit/test.h>

#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmzone.h>
#include <linux/pagemap.h>

#include "kunit.h"

static void test_nothing(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *pages[NR_PAGES];
	struct folio *folio;
	struct page *page;
	struct refs refs;
	unsigned int i;

	page = keep_page(test, addr);
	refs = refs_of(page);

	/* Drivers give back arrays with holes. */
	pin(test, addr, pages, NR_PAGES);
	for (i = 1; i < NR_PAGES; i += 2) {
		unpin_user_page(pages[i]);
		pages[i] = NULL;
	}
	unpin_user_pages(pages, NR_PAGES);
	expect_refs(test, page, refs);

	/* Nor is anything done by those that are told of no pages. */
	folio = page_folio(page);
	unpin_user_pages(pages, 0);
	unpin_user_pages_dirty_lock(pages, 0, true);
	unpin_user_page_range_dirty_lock(page, 0, true);
	unpin_user_folio(folio, 0);
	unpin_folios(&folio, 0);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Nobody pins it, and callers differ in whether they unpin it. */
static void test_zero_page(struct kunit *test)
{
	struct page *pages[2];
	unsigned long addr;
	struct refs refs;

	addr = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)addr));
	refs = refs_of(ZERO_PAGE(0));

	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(addr, 1, 0, pages));
	KUNIT_ASSERT_TRUE(test, is_zero_page(pages[0]));
	KUNIT_EXPECT_PTR_EQ(test, gup_mirror_canonical(pages[0]), pages[0]);
	expect_refs(test, pages[0], refs);
	pages[1] = pages[0];
	unpin_user_pages(pages, 2);
	unpin_user_page(pages[0]);
	unpin_user_pages_dirty_lock(pages, 2, false);
	unpin_user_folio(page_folio(pages[0]), 3);
	gup_mirror_kunit_add_pin(page_folio(pages[0]));
	expect_refs(test, pages[0], refs);
	expect_silence(test);
}

/* Plain references that are taken and put with no regard to views. */
static void test_plain_references(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pinned;
	struct refs refs;

	page = keep_page(test, addr);
	refs = refs_of(page);

	/* A socket buffer outlives the pin of the user. */
	pin(test, addr, &pinned, 1);
	get_page(pinned);
	unpin_user_page(pinned);
	put_page(pinned);
	expect_refs(test, page, refs);
	KUNIT_EXPECT_EQ(test, extra_of(page), 0);

	/* Taken by a pointer that says nothing, put by one that is left over. */
	get_page(page);
	put_page(pinned);
	folio_get(page_folio(page));
	release_pages(&pinned, 1);
	expect_refs(test, page, refs);

	/* Taken and put by one that says nothing, while there are pins. */
	pin(test, addr, &pinned, 1);
	get_page(page);
	put_page(page);
	folio_get(page_folio(pinned));
	folio_put(page_folio(pinned));
	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* A reference of one's own outlives the pin, and somebody else pins meanwhile. */
static void test_own_reference(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *mine, *theirs;
	struct refs refs;

	page = keep_page(test, addr);
	refs = refs_of(page);
	pin(test, addr, &mine, 1);
	folio_get(page_folio(mine));
	unpin_user_page(mine);
	pin_elsewhere(test, addr, &theirs, 1);
	put_page(mine);
	expect_silence(test);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(theirs);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Pointers to the pages of a folio that were computed from each other. */
static void test_derived(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pages[NR_PAGES];
	struct account account;
	struct refs refs;
	unsigned int i;

	page = keep_page(test, addr);
	refs = refs_of(page);
	if (!memory->large)
		kunit_skip(test, "for large folios");

	pin(test, addr, pages, NR_PAGES);
	account_begin(&account, pages[0]);
	for (i = 0; i < NR_PAGES; i++)
		unpin_user_page(pages[0] + i);
	expect_refs(test, page, refs);

	pin(test, addr, pages, NR_PAGES);
	unpin_user_page_range_dirty_lock(pages[0], NR_PAGES, true);
	expect_refs(test, page, refs);

	/* All by the head, or by the folio. */
	pin(test, addr, pages, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++)
		pages[i] = pages[0];
	unpin_user_pages(pages, NR_PAGES);
	expect_refs(test, page, refs);
	EXPECT_ACCOUNT(test, &account, .calls = 2, .pages = 2 * NR_PAGES,
		       .right = 3 * NR_PAGES, .held = -NR_PAGES,
		       .hold = 3 * NR_PAGES);

	pin(test, addr, pages, NR_PAGES);
	unpin_user_folio(page_folio(pages[0]), NR_PAGES);
	expect_refs(test, page, refs);
	EXPECT_ACCOUNT(test, &account, .calls = 3, .pages = 3 * NR_PAGES,
		       .right = 3 * NR_PAGES, .laundered = NR_PAGES,
		       .held = -NR_PAGES, .hold = 4 * NR_PAGES);
	expect_silence(test);
}

static void free_two(void *page)
{
	__free_page(page);
	__free_page((struct page *)page + 1);
}

/* Pages in a row that two sites have pinned, in one range. */
static void test_range_of_two(struct kunit *test)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1), *a = page, *b;
	struct account of_a, of_b;
	struct refs refs[2];

	KUNIT_ASSERT_NOT_NULL(test, page);
	split_page(page, 1);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_two, page));
	refs[0] = refs_of(page);
	refs[1] = refs_of(page + 1);

	b = page + 1;
	pretend_pin(&a, 0x2000);
	pretend_pin(&b, 0x2001);
	account_begin(&of_a, a);
	account_begin(&of_b, b);
	KUNIT_EXPECT_NE(test, of_a.view, of_b.view);
	unpin_user_page_range_dirty_lock(a, 2, false);
	expect_refs(test, page, refs[0]);
	expect_refs(test, page + 1, refs[1]);
	EXPECT_ACCOUNT(test, &of_a, .right = 1, .held = -1, .hold = 1);
	EXPECT_ACCOUNT(test, &of_b, .laundered = 1, .held = -1, .hold = 1);
	expect_silence(test);
}

static void test_granularity(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pinned[3];
	struct folio *folio;
	struct refs refs;
	unsigned int i;

	page = keep_page(test, addr);
	folio = page_folio(page);
	refs = refs_of(page);

	for (i = 0; i < ARRAY_SIZE(pinned); i++)
		pin(test, addr, &pinned[i], 1);
	unpin_user_folio(folio, 3);
	expect_refs(test, page, refs);

	for (i = 0; i < ARRAY_SIZE(pinned); i++)
		pin(test, addr, &pinned[i], 1);
	unpin_user_folio(folio, 2);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned[0]);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* folio_add_pin() makes one more pin, or the first. */
static void test_added_pin(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pinned;
	struct refs refs;

	page = keep_page(test, addr);
	refs = refs_of(page);

	pin(test, addr, &pinned, 1);
	gup_mirror_kunit_add_pin(page_folio(page));
	expect_pinned(test, page, refs, 2);
	unpin_user_page(pinned);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);

	pin(test, addr, &pinned, 1);
	gup_mirror_kunit_add_pin(page_folio(page));
	unpin_user_page(page);
	unpin_user_folio(page_folio(page), 1);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* What GUP did not return is in no account. */
static void test_partial(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);
	struct page *page, *pages[NR_PAGES];
	struct account account;
	struct refs refs;
	unsigned int i;

	page = keep_page(test, addr);
	refs = refs_of(page);
	pin(test, addr, pages, 1);
	account_begin(&account, pages[0]);
	unpin_user_page(pages[0]);

	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr + 3 * PAGE_SIZE,
					   (NR_PAGES - 3) * PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 3, pin_user_pages_fast(addr, NR_PAGES, FOLL_WRITE,
						     pages));
	expect_pinned(test, page, refs, 1);
	unpin_user_pages(pages, 3);
	expect_refs(test, page, refs);

	/* This makes the pages active, for which a batch holds them for a while. */
	KUNIT_ASSERT_EQ(test, 3, pin_user_pages_unlocked(addr, NR_PAGES, pages,
							 FOLL_WRITE));
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, pins_of(pages[i]), 1);
	unpin_user_pages(pages, 3);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, pins_of(pages[i]), 0);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			pin_user_pages_fast(addr + 3 * PAGE_SIZE, 1, FOLL_WRITE,
					    pages));
	EXPECT_ACCOUNT(test, &account, .right = 1, .held = -1, .hold = 1);
	expect_silence(test);
}

static void need_movable(struct kunit *test, const struct page *page)
{
	if (page_zonenum(page) != ZONE_MOVABLE)
		kunit_skip(test, "boot with movablecore=512M");
}

/*
 * A page that cannot stay where it is for long is pinned, unpinned, migrated and
 * pinned again inside of GUP. What counts is what it returns.
 */
static void test_migrated(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pages[NR_PAGES];
	struct account account;

	get(test, addr, &page, 1);
	put_page(page);
	page = gup_mirror_canonical(page);
	need_movable(test, page);

	/* Then GUP finds one that can stay among those that cannot. */
	if (!memory->large) {
		pin_longterm(test, addr + PAGE_SIZE, pages, 1);
		unpin_user_page(pages[0]);
	}

	pin_longterm(test, addr, pages, NR_PAGES);
	account_begin(&account, pages[0]);
	KUNIT_EXPECT_PTR_NE(test, gup_mirror_canonical(pages[0]), page);
	KUNIT_EXPECT_NE(test, page_zonenum(pages[0]), ZONE_MOVABLE);
	KUNIT_EXPECT_EQ(test, pins_of(page), 0);
	KUNIT_EXPECT_EQ(test, pins_of(pages[0]), memory->large ? NR_PAGES : 1);
	unpin_user_pages(pages, NR_PAGES);
	KUNIT_EXPECT_EQ(test, pins_of(pages[0]), 0);
	EXPECT_ACCOUNT(test, &account, .right = NR_PAGES, .held = -NR_PAGES,
		       .hold = NR_PAGES);
	expect_silence(test);
}

/* Somebody has a page, so that it cannot be migrated. GUP gives all back. */
static void test_not_migrated(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pages[NR_PAGES];
	struct refs refs;

	page = keep_page(test, addr);
	need_movable(test, page);
	refs = refs_of(page);
	folio_get(page_folio(page));
	KUNIT_EXPECT_LT(test, pin_user_pages_fast(addr, NR_PAGES,
						  FOLL_WRITE | FOLL_LONGTERM,
						  pages), 0);
	wait_for_lru(test, page);
	folio_put(page_folio(page));
	expect_refs(test, page, refs);
	expect_silence(test);
}

static void test_memfd(struct kunit *test)
{
	struct file *file = make_memfd(test);
	struct folio *folios[NR_PAGES];
	pgoff_t offset;
	unsigned int i;
	long nr;

	nr = memfd_pin_folios(file, 0, NR_PAGES * PAGE_SIZE - 1, folios,
			      NR_PAGES, &offset);
	KUNIT_ASSERT_EQ(test, nr, NR_PAGES);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, pins_of(&folios[i]->page), 1);
	unpin_folio(folios[0]);
	unpin_folios(folios + 1, nr - 1);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, pins_of(&folios[i]->page), 0);

	/* More than the file has. */
	KUNIT_EXPECT_EQ(test, -EINVAL,
			memfd_pin_folios(file, 0, NR_PAGES * PAGE_SIZE, folios,
					 NR_PAGES, &offset));
	expect_silence(test);
}

/* The last folio cannot be migrated: those before are given back. */
static void test_memfd_not_migrated(struct kunit *test)
{
	struct file *file = make_memfd(test);
	struct folio *folios[NR_PAGES], *last;
	unsigned long addr;
	struct refs refs;
	struct page *page;
	pgoff_t offset;
	unsigned int i;

	addr = kunit_vm_mmap(test, file, 0, NR_PAGES * PAGE_SIZE,
			     PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)addr));
	for (i = 0; i < NR_PAGES; i++)
		page = keep_page(test, addr + i * PAGE_SIZE);
	last = page_folio(page);
	need_movable(test, &last->page);
	refs = refs_of(page);
	folio_get(last);
	KUNIT_EXPECT_LT(test, memfd_pin_folios(file, 0, NR_PAGES * PAGE_SIZE - 1,
					       folios, NR_PAGES, &offset), 0);
	wait_for_lru(test, page);
	folio_put(last);
	expect_refs(test, page, refs);
	expect_silence(test);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_nothing, memory_gen_params),
	KUNIT_CASE(test_zero_page),
	KUNIT_CASE_PARAM(test_plain_references, memory_gen_params),
	KUNIT_CASE_PARAM(test_own_reference, memory_gen_params),
	KUNIT_CASE_PARAM(test_derived, memory_gen_params),
	KUNIT_CASE(test_range_of_two),
	KUNIT_CASE_PARAM(test_granularity, memory_gen_params),
	KUNIT_CASE_PARAM(test_added_pin, memory_gen_params),
	KUNIT_CASE(test_partial),
	KUNIT_CASE_PARAM(test_migrated, memory_gen_params),
	KUNIT_CASE_PARAM(test_not_migrated, memory_gen_params),
	KUNIT_CASE(test_memfd),
	KUNIT_CASE(test_memfd_not_migrated),
	{}
};

GUP_MIRROR_KUNIT_SUITE(silent_suite, "gup_mirror_silent", cases);

kunit_test_suite(silent_suite);
