// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of puts through the pointer of a pin, where somebody may have
 * a reference of his own.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>

#include "kunit.h"

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

	page = keep_memory(test, &addr);
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
	page = keep_memory(test, &addr);
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

	keep_memory(test, &addr);
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
	page = keep_memory(test, &addr);
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
	page = keep_memory(test, &addr);
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
	page = keep_memory(test, &addr);
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

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_possible, memory_gen_params),
	KUNIT_CASE_PARAM(test_strict, memory_gen_params),
	KUNIT_CASE_PARAM(test_possible_after_get, memory_gen_params),
	KUNIT_CASE_PARAM(test_possible_was_wrong, memory_gen_params),
	KUNIT_CASE_PARAM(test_beside_get, memory_gen_params),
	KUNIT_CASE_PARAM(test_right_put_shows_loss, memory_gen_params),
	{}
};

GUP_MIRROR_KUNIT_SUITE(possible_suite, "gup_mirror_possible", cases);

kunit_test_suite(possible_suite);
