// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of the account of gets, for memory of each sort.
 */

#include <kunit/test.h>

#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/slab.h>

#include "kunit.h"

static struct page *subject_of(struct kunit *test, unsigned long *addr)
{
	need_gets(test);
	return keep_memory(test, addr);
}

static unsigned int gets_of(const struct page *page)
{
	return gup_mirror_pins(gup_mirror_gets_entry(page_to_pfn(&page_folio(page)->page)));
}

/* Gets that are left, by the site of a page that was got there. */
static unsigned long surplus_of(struct kunit *test, const struct page *page)
{
	struct gup_mirror_held held = { .rows = gup_mirror_new_rows() };
	unsigned int i, view = gup_mirror_view_of(page);
	unsigned long surplus = 0;

	KUNIT_ASSERT_NOT_NULL(test, held.rows);
	gup_mirror_walk(&held);
	for (i = 0; i < gup_mirror_groups_end(); i++) {
		if (gup_mirror_group(i)->view == view)
			surplus += held.rows[i].pins;
	}
	kvfree(held.rows);
	return surplus;
}

static noinline void put_first(struct page *page)
{
	put_page(page);
	barrier();
}

static noinline void put_again(struct page *page)
{
	put_page(page);
	barrier();
}

/* Each function that puts gives back what was got. */
static void test_given_back(struct kunit *test)
{
	struct page *page, *pages[NR_PAGES];
	struct account account;
	unsigned int before, i;
	unsigned long addr;
	struct refs refs;

	page = subject_of(test, &addr);
	refs = refs_of(page);
	before = gets_of(page);

	get(test, addr, pages, NR_PAGES);
	account_begin(&account, pages[0]);
	KUNIT_EXPECT_GT(test, gets_of(page), before);
	for (i = 0; i < NR_PAGES; i++)
		put_page(pages[i]);
	EXPECT_ACCOUNT(test, &account, .right = NR_PAGES, .held = -NR_PAGES,
		       .hold = NR_PAGES);
	get(test, addr, pages, NR_PAGES);
	release_pages(pages, NR_PAGES);
	get(test, addr, pages, 1);
	__free_pages(pages[0], 0);
	KUNIT_EXPECT_EQ(test, gets_of(page), before);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Whoever puts what he has not got is named, and so is who did so before. */
static void test_double_put(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *page, *got;
	unsigned long addr;
	struct refs refs;

	need_repair(test);
	page = subject_of(test, &addr);
	refs = refs_of(page);
	get(test, addr, &got, 1);
	put_first(got);
	expect_silence(test);
	put_again(got);
	newest_record(test, &finding);
	expect_violation(test, 1, "double-put", "get_user_pages_fast", "put_page",
			 page_to_pfn(page));
	expect_caller(test, finding.caller, "put_again");
	expect_caller(test, finding.before, "put_first");
	KUNIT_EXPECT_TRUE(test, finding.repaired);
	expect_refs(test, page, refs);

	/* Somebody has references of his own, which are put before. */
	get(test, addr, &got, 1);
	folio_get(page_folio(page));
	put_first(got);
	release_pages(&got, 1);
	expect_silence(test);
	release_pages(&got, 1);
	newest_record(test, &finding);
	expect_violation(test, 1, "double-put", "get_user_pages_fast",
			 "release_pages", page_to_pfn(page));
	expect_caller(test, finding.before, "put_first");
	expect_refs(test, page, refs);
}

/* A put that has a reference of its own is nobody's business. */
static void test_own_reference(struct kunit *test)
{
	struct page *page, *got, *pinned;
	unsigned long addr;
	struct refs refs;

	page = subject_of(test, &addr);
	refs = refs_of(page);

	get(test, addr, &got, 1);
	folio_get(page_folio(got));
	put_page(got);
	put_page(got);
	get(test, addr, &got, 1);
	get_page(got);
	put_page(got);
	put_page(got);
	get(test, addr, &got, 1);
	folio_put(page_folio(got));
	get(test, addr, &got, 1);
	put_page(launder(got));

	/* With pins, as well. */
	pin(test, addr, &pinned, 1);
	get(test, addr, &got, 1);
	put_page(got);
	folio_get(page_folio(got));
	put_page(got);
	unpin_user_page(pinned);

	expect_refs(test, page, refs);
	expect_silence(test);
}

/* What was put through other pointers is forgotten when the folio is freed. */
static void test_freed(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	const struct gup_mirror_site *site;
	unsigned long addr, before;
	struct page *got;

	need_gets(test);
	addr = memory->map(test);
	get(test, addr, &got, 1);
	wait_for_lru(test, got);
	site = gup_mirror_site(gup_mirror_view_of(got));
	before = gup_mirror_counted(site, GUP_MIRROR_LAUNDERED);
	KUNIT_EXPECT_EQ(test, gets_of(got), 1);
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr, memory->large ? PMD_SIZE :
								 PAGE_SIZE));
	folio_put(page_folio(got));
	/* It is in the page cache. */
	if (!strcmp(memory->name, "shmem"))
		return;
	KUNIT_EXPECT_EQ(test, gets_of(got), 0);
	KUNIT_EXPECT_GT(test, gup_mirror_counted(site, GUP_MIRROR_LAUNDERED), before);
	expect_silence(test);
}

/* A get that nobody puts is to be seen; one that was put through a folio is not. */
static void test_surplus(struct kunit *test)
{
	struct page *page, *left, *got;
	unsigned long addr, before;
	struct refs refs;

	page = subject_of(test, &addr);
	refs = refs_of(page);
	get(test, addr, &left, 1);
	put_page(left);
	before = surplus_of(test, left);

	get(test, addr, &got, 1);
	folio_put(page_folio(got));
	KUNIT_EXPECT_EQ(test, surplus_of(test, left), before);
	get(test, addr, &left, 1);
	KUNIT_EXPECT_EQ(test, surplus_of(test, left), before + 1);
	put_page(left);
	KUNIT_EXPECT_EQ(test, surplus_of(test, left), before);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Without memory for an entry, nothing is made up. */
static void test_no_memory(struct kunit *test)
{
	struct page *page, *got;
	unsigned long addr;
	struct refs refs;

	page = subject_of(test, &addr);
	refs = refs_of(page);
	no_memory(test);
	get(test, addr, &got, 1);
	put_page(got);
	kunit_release_action(test, enough_memory, NULL);
	expect_refs(test, page, refs);
	expect_silence(test);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_given_back, memory_gen_params),
	KUNIT_CASE_PARAM(test_double_put, memory_gen_params),
	KUNIT_CASE_PARAM(test_own_reference, memory_gen_params),
	KUNIT_CASE_PARAM(test_freed, memory_gen_params),
	KUNIT_CASE_PARAM(test_surplus, memory_gen_params),
	KUNIT_CASE_PARAM(test_no_memory, memory_gen_params),
	{}
};

GUP_MIRROR_KUNIT_SUITE(gets_suite, "gup_mirror_gets", cases);

kunit_test_suite(gets_suite);
