// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of who is named: those who hold a folio now, and the
 * stack of the pin that was taken, or none that is made up.
 */

#include <kunit/test.h>

#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/page_ref.h>
#include <linux/slab.h>

#include "kunit.h"

/* The last release of a folio's references, but for those of its pins. */
static int steal(struct page *page, struct refs refs)
{
	folio_ref_sub(page_folio(page), refs.refs + 1);
	return refs.refs + 1;
}

/* The newest lost-pin. */
static void find_lost(struct kunit *test, struct gup_mirror_finding *finding)
{
	struct gup_mirror_held held = { };

	gup_mirror_walk(&held);
	KUNIT_EXPECT_EQ(test, held.lost, 1);
	expect_class(test, 1, "lost-pin");
	newest_record(test, finding);
}

/* Whoever came first, and has gone, has nothing to do with it. */
static void test_first_has_gone(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page = keep_page(test, addr), *first, *second;
	struct gup_mirror_finding finding;
	struct refs refs = refs_of(page);
	int stolen;

	need_repair(test);
	pin(test, addr, &first, 1);
	pin_elsewhere(test, addr, &second, 1);
	unpin_user_page(first);

	stolen = steal(page, refs);
	find_lost(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.nr_holders, 1);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding),
			gup_mirror_view_of(second));
	KUNIT_EXPECT_EQ(test, finding.pins, 1);

	page_ref_add(page, stolen);
	unpin_user_page(second);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* All who hold it are named, who has most first. */
static void test_all_are_named(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page = keep_page(test, addr), *one, *two[2];
	struct gup_mirror_finding finding;
	struct refs refs = refs_of(page);
	unsigned int i, nr = 2;
	int stolen;

	need_repair(test);
	pin(test, addr, &one, 1);
	/* One place in the code, so one stack: do not unroll it. */
	OPTIMIZER_HIDE_VAR(nr);
	for (i = 0; i < nr; i++)
		pin_elsewhere(test, addr, &two[i], 1);

	stolen = steal(page, refs);
	find_lost(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.nr_holders, 2);
	KUNIT_EXPECT_EQ(test, finding.more, 0);
	KUNIT_EXPECT_EQ(test, finding.pins, 3);
	KUNIT_EXPECT_EQ(test, finding.holders[0].view, gup_mirror_view_of(two[0]));
	KUNIT_EXPECT_EQ(test, finding.holders[0].pins, 2);
	KUNIT_EXPECT_EQ(test, finding.holders[1].view, gup_mirror_view_of(one));
	KUNIT_EXPECT_EQ(test, finding.holders[1].pins, 1);

	page_ref_add(page, stolen);
	unpin_user_page(one);
	unpin_user_pages(two, 2);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Of too many, those are counted that have no room. */
static void test_too_many_holders(struct kunit *test)
{
	struct page *page = keep_page(test, map_pages(test, 1));
	struct page *pages[GUP_MIRROR_MAX_HOLDERS + 3];
	struct gup_mirror_finding finding;
	struct refs refs = refs_of(page);
	unsigned int i;
	int stolen;

	need_repair(test);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = page;
		pretend_pin(&pages[i], 0x5000 + i);
	}
	stolen = steal(page, refs);
	find_lost(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.nr_holders, GUP_MIRROR_MAX_HOLDERS);
	KUNIT_EXPECT_EQ(test, finding.more, 3);
	KUNIT_EXPECT_EQ(test, finding.pins, ARRAY_SIZE(pages));

	page_ref_add(page, stolen);
	unpin_user_pages(pages, ARRAY_SIZE(pages));
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* A row for each who holds a folio. */
static void test_rows(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct gup_mirror_held held = { };
	unsigned int i, rows = 0;
	struct page *a, *b;

	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	held.rows = gup_mirror_new_rows();
	KUNIT_ASSERT_NOT_NULL(test, held.rows);
	gup_mirror_walk(&held);
	for (i = 0; i < GUP_MIRROR_MAX_GROUPS; i++) {
		unsigned int view = gup_mirror_group(i)->view;

		if (held.rows[i].pins && (view == gup_mirror_view_of(a) ||
					  view == gup_mirror_view_of(b))) {
			KUNIT_EXPECT_EQ(test, held.rows[i].pins, 1);
			KUNIT_EXPECT_EQ(test, held.rows[i].folios, 1);
			rows++;
		}
	}
	KUNIT_EXPECT_EQ(test, rows, 2);
	kvfree(held.rows);
	unpin_user_page(a);
	unpin_user_page(b);
	expect_silence(test);
}

/* One site, with two stacks */

static noinline void pin_first(struct kunit *test, unsigned long addr,
			       struct page **page)
{
	pin(test, addr, page, 1);
	barrier();
}

static noinline int pin_second(struct kunit *test, unsigned long addr,
			       struct page **page)
{
	pin(test, addr, page, 1);
	barrier();
	return 1;
}

static void expect_stack_has(struct kunit *test, depot_stack_handle_t stack,
			     const char *function, bool has)
{
	char name[GUP_MIRROR_NAME_LEN];
	unsigned long *entries;
	unsigned int i, nr;
	bool found = false;

	nr = stack_depot_fetch(stack, &entries);
	for (i = 0; i < nr; i++) {
		scnprintf(name, sizeof(name), "%ps", (void *)entries[i]);
		found |= str_has_prefix(name, function) != 0;
	}
	KUNIT_EXPECT_EQ(test, found, has);
}

/* What is taken by a wrong put is what its stack says, or that it is not known. */
static void test_stack_of_put(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page = keep_page(test, addr), *first, *second;
	struct gup_mirror_finding finding;
	struct refs refs = refs_of(page);

	need_repair(test);
	need_stacks(test);

	pin_first(test, addr, &first);
	KUNIT_ASSERT_EQ(test, 1, pin_second(test, addr, &second));
	KUNIT_ASSERT_PTR_EQ(test, first, second);
	put_page(second);
	expect_class(test, 1, "put-on-pin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.holders[0].stacks, 2);
	unpin_user_page(first);
	expect_refs(test, page, refs);

	/* Alone, it is certain, whoever was here before. */
	pin_first(test, addr, &first);
	unpin_user_page(first);
	KUNIT_ASSERT_EQ(test, 1, pin_second(test, addr, &second));
	put_page(second);
	expect_class(test, 1, "put-on-pin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.holders[0].stacks, 1);
	expect_stack_has(test, finding.holders[0].stack, "pin_second", true);
	expect_stack_has(test, finding.holders[0].stack, "pin_first", false);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Of a get, there is only the first stack of the site. */
static void test_stack_of_get(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct gup_mirror_finding finding;
	struct page *page;

	need_gets(test);
	need_repair(test);
	get(test, addr, &page, 1);
	unpin_user_page(page);
	expect_class(test, 1, "unpin-on-get");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.nr_holders, 1);
	KUNIT_EXPECT_EQ(test, finding.holders[0].stacks, 0);
}

/* Not the same code, which the compiler would merge. */
static noinline void put_as_driver(struct page *page)
{
	put_page(page);
	barrier();
}

static noinline int put_as_skb(struct page *page)
{
	put_page(page);
	barrier();
	return 1;
}

/* The wrong put used up the reference of somebody else, who is seen then. */
static void test_two_puts(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page = keep_page(test, addr), *pinned;
	struct gup_mirror_finding finding;
	struct refs refs = refs_of(page);
	char name[GUP_MIRROR_NAME_LEN];

	need_repair(test);
	pin(test, addr, &pinned, 1);
	get_page(pinned);
	put_as_driver(pinned);
	expect_silence(test);
	KUNIT_ASSERT_EQ(test, 1, put_as_skb(pinned));
	expect_class(test, 1, "put-on-pin");
	newest_record(test, &finding);
	KUNIT_ASSERT_NE(test, finding.before, GUP_MIRROR_NO_CALLER);
	gup_mirror_caller_name(name, sizeof(name), gup_mirror_caller(finding.before));
	KUNIT_EXPECT_TRUE(test, str_has_prefix(name, "put_as_driver"));
	gup_mirror_caller_name(name, sizeof(name), gup_mirror_caller(finding.caller));
	KUNIT_EXPECT_TRUE(test, str_has_prefix(name, "put_as_skb"));
	expect_refs(test, page, refs);
}

/* Once all have gone, nobody knows which stack had the last pin. */
static void test_stack_of_last(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page = keep_page(test, addr), *pinned;
	struct gup_mirror_finding finding;
	struct refs refs = refs_of(page);

	need_repair(test);
	need_stacks(test);

	pin_first(test, addr, &pinned);
	unpin_user_page(pinned);
	unpin_user_page(pinned);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.holders[0].stacks, 1);

	pin_first(test, addr, &pinned);
	KUNIT_ASSERT_EQ(test, 1, pin_second(test, addr, &pinned));
	unpin_user_page(pinned);
	unpin_user_page(pinned);
	unpin_user_page(pinned);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding),
			gup_mirror_view_of(pinned));
	KUNIT_EXPECT_EQ(test, finding.holders[0].stacks, 0);
	expect_refs(test, page, refs);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_first_has_gone),
	KUNIT_CASE(test_all_are_named),
	KUNIT_CASE(test_too_many_holders),
	KUNIT_CASE(test_rows),
	KUNIT_CASE(test_stack_of_put),
	KUNIT_CASE(test_stack_of_get),
	KUNIT_CASE(test_two_puts),
	KUNIT_CASE(test_stack_of_last),
	{}
};

GUP_MIRROR_KUNIT_SUITE(holders_suite, "gup_mirror_holders", cases);

kunit_test_suite(holders_suite);
