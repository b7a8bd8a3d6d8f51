// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of snapshot and filter, and of what the layer does
 * when something is missing or wrong.
 */

#include <kunit/test.h>

#include <linux/compiler.h>
#include <linux/gup_mirror.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "kunit.h"

/* Pins of all groups that were taken since the snapshot. */
static long since_snapshot(void)
{
	struct gup_mirror_held held = { };

	gup_mirror_walk(&held);
	return held.sum.since;
}

static void test_snapshot(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *pages[3], *other;
	unsigned int i;

	/* From one place, so that all have one stack. */
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pin(test, addr, &pages[i], 1);
		gup_mirror_snapshot();
		KUNIT_EXPECT_EQ(test, since_snapshot(), 0);
	}
	pin(test, addr, &other, 1);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 1);
	/* Those from before do not matter. */
	unpin_user_page(pages[0]);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 1);
	unpin_user_page(other);
	KUNIT_EXPECT_LE(test, since_snapshot(), 1);
	unpin_user_pages(pages + 1, 2);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 0);

	/* With other pages, taken before and after by the same stack. */
	for (i = 0; i < 2; i++) {
		pin(test, addr + i * PAGE_SIZE, &pages[i], 1);
		if (!i)
			gup_mirror_snapshot();
	}
	if (!memory->large) {
		KUNIT_EXPECT_EQ(test, since_snapshot(), 1);
		unpin_user_page(pages[0]);
		KUNIT_EXPECT_EQ(test, since_snapshot(), 1);
		unpin_user_page(launder(pages[1]));
	} else {
		unpin_user_pages(pages, 2);
	}
	KUNIT_EXPECT_EQ(test, since_snapshot(), 0);
	expect_silence(test);
}

/* Numbers of snapshots come again. Pins from the first round must not count. */
static void test_snapshot_wraps(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *a, *b, *c;
	unsigned int i;
	u8 epoch;

	gup_mirror_snapshot();
	epoch = gup_mirror_epoch;
	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 2);
	for (i = 0; i < U8_MAX; i++) {
		gup_mirror_snapshot();
		KUNIT_EXPECT_NE(test, gup_mirror_epoch, 0);
	}
	KUNIT_EXPECT_EQ(test, gup_mirror_epoch, epoch);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 0);
	pin(test, addr, &c, 1);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 1);
	unpin_user_page(b);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 1);
	unpin_user_page(a);
	unpin_user_page(c);
	KUNIT_EXPECT_EQ(test, since_snapshot(), 0);
	expect_silence(test);
}

static noinline void put_filtered(struct page *page)
{
	put_page(page);
	barrier();
}

static void no_filter(void *data)
{
	gup_mirror_filter_set("");
}

struct filter_case {
	const char *filter;
	bool reports;
	bool needs_module;
};

static const struct filter_case filters[] = {
	{ "no_such_function", false },
	{ "put_filtere", false },
	{ "put_filtered", true },
	{ " nothing,\tput_f*  other", true },
	{ "pin", true },
	{ "p?n", true },
	{ "gup_mirror_kunit", true, true },
	{ "gup_mirror_[jk]*", true, true },
	{ "test_gup_mirror", false },
};

static void describe_filter(const struct filter_case *filter, char *desc)
{
	strscpy(desc, filter->filter, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(filters, filters, describe_filter);

static void test_filter(struct kunit *test)
{
	const struct filter_case *filter = test->param_value;
	unsigned long addr = map_pages(test, 1);
	struct gup_mirror_finding finding;
	long filtered, count, reports;
	struct page *page, *pinned;
	struct account account;
	struct refs refs;

	need_repair(test);
	if (filter->needs_module && !IS_MODULE(CONFIG_GUP_MIRROR_KUNIT_TEST))
		kunit_skip(test, "not a module");
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, no_filter, NULL));

	page = keep_page(test, addr);
	refs = refs_of(page);
	filtered = atomic_long_read(&gup_mirror_filtered);
	count = atomic_long_read(&gup_mirror_counts[GUP_MIRROR_PUT_ON_PIN]);
	reports = atomic_long_read(&gup_mirror_reports);

	KUNIT_ASSERT_EQ(test, 0, gup_mirror_filter_set(filter->filter));
	pin(test, addr, &pinned, 1);
	account_begin(&account, pinned);
	put_filtered(pinned);

	/* Repaired and accounted it is. */
	expect_refs(test, page, refs);
	EXPECT_ACCOUNT(test, &account, .wrong = 1, .held = -1, .hold = 1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_filtered),
			filtered + !filter->reports);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_counts[GUP_MIRROR_PUT_ON_PIN]),
			count + filter->reports);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_reports),
			reports + filter->reports);
	KUNIT_EXPECT_EQ(test, gup_mirror_violation_at(0, &finding),
			filter->reports);
	expect_class(test, filter->reports, "put-on-pin");
}

/* A bad filter is refused, and the old one stays. */
static void test_bad_filter(struct kunit *test)
{
	char *longest = kunit_kzalloc(test, GUP_MIRROR_FILTER_LEN + 1,
				      GFP_KERNEL);
	char now[GUP_MIRROR_FILTER_LEN];

	KUNIT_ASSERT_NOT_NULL(test, longest);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, no_filter, NULL));
	KUNIT_EXPECT_EQ(test, 0, gup_mirror_filter_set(",a , b*\n"));
	gup_mirror_filter_get(now, sizeof(now));
	KUNIT_EXPECT_STREQ(test, now, "a,b*");

	KUNIT_EXPECT_EQ(test, -EINVAL, gup_mirror_filter_set("c/d"));
	KUNIT_EXPECT_EQ(test, -EINVAL, gup_mirror_filter_set("c\\"));
	KUNIT_EXPECT_EQ(test, -EINVAL, gup_mirror_filter_set("c\x80"));
	memset(longest, 'e', GUP_MIRROR_FILTER_LEN);
	KUNIT_EXPECT_EQ(test, -E2BIG, gup_mirror_filter_set(longest));
	gup_mirror_filter_get(now, sizeof(now));
	KUNIT_EXPECT_STREQ(test, now, "a,b*");

	longest[GUP_MIRROR_FILTER_LEN - 1] = '\0';
	KUNIT_EXPECT_EQ(test, 0, gup_mirror_filter_set(longest));
	gup_mirror_filter_get(now, sizeof(now));
	KUNIT_EXPECT_STREQ(test, now, longest);
}

static void forget_faults(void *data)
{
	gup_mirror_faults_forget();
}

/* Nothing is reported any more, and everything is accounted. */
static void test_inconsistent(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page, *before, *pinned;
	struct account account;
	struct refs refs;

	page = keep_page(test, addr);
	refs = refs_of(page);
	pin(test, addr, &before, 1);
	account_begin(&account, before);
	KUNIT_EXPECT_NULL(test, gup_mirror_first_fault());

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, forget_faults, NULL));
	gup_mirror_inconsistent("a test", 0x6d);
	KUNIT_EXPECT_STREQ(test, gup_mirror_first_fault(), "a test");
	KUNIT_EXPECT_FALSE(test, READ_ONCE(gup_mirror_enabled));
	gup_mirror_inconsistent("another test", 0);
	KUNIT_EXPECT_STREQ(test, gup_mirror_first_fault(), "a test");
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_faults), 2);

	pin(test, addr, &pinned, 1);
	KUNIT_EXPECT_FALSE(test, gup_mirror_is_view(pinned));
	expect_pinned(test, page, refs, 2);
	EXPECT_ACCOUNT(test, &account, .calls = 1, .pages = 1, .held = 1);
	/* As it would be without us. */
	put_page(before);
	expect_silence(test);
	get_page(page);
	unpin_user_page(pinned);
	unpin_user_page(before);
	expect_refs(test, page, refs);
	EXPECT_ACCOUNT(test, &account, .calls = 1, .pages = 1, .right = 1,
		       .laundered = 1, .held = -1, .hold = NOT_TIMED);

	kunit_release_action(test, forget_faults, NULL);
	KUNIT_EXPECT_NULL(test, gup_mirror_first_fault());
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_faults), 0);
	KUNIT_EXPECT_TRUE(test, READ_ONCE(gup_mirror_enabled));
	if (!gup_mirror_config.repair)
		return;
	pin(test, addr, &pinned, 1);
	put_page(pinned);
	expect_class(test, 1, "put-on-pin");
	expect_refs(test, page, refs);
}

static void depot_is_not_full(void *data)
{
	WRITE_ONCE(gup_mirror_depot_full, false);
}

static void test_depot_full(struct kunit *test)
{
	long lost = atomic_long_read(&gup_mirror_stacks_lost);
	unsigned long addr = map_pages(test, 1);
	struct gup_mirror_finding finding;
	struct page *page, *pinned;
	struct refs refs;

	need_stacks(test);
	need_repair(test);
	page = keep_page(test, addr);
	refs = refs_of(page);

	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action(test, depot_is_not_full, NULL));
	WRITE_ONCE(gup_mirror_depot_full, true);
	gup_mirror_memos_forget();
	pin(test, addr, &pinned, 1);
	unpin_user_page(pinned);
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_stacks_lost),
			lost + 2);
	unpin_user_page(pinned);
	expect_violation(test, 1, "double-unpin", "pin_user_pages_fast",
			 "unpin_user_page", page_to_pfn(page));
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, acquired_stack(&finding), 0);
	KUNIT_EXPECT_EQ(test, finding.released, 0);
	KUNIT_EXPECT_EQ(test, finding.before_stack, 0);
	KUNIT_EXPECT_NE(test, finding.before, GUP_MIRROR_NO_CALLER);

	pin(test, addr, &pinned, 1);
	put_page(pinned);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "put_page", page_to_pfn(page));
	expect_refs(test, page, refs);
}

/* Pins of new stacks belong to their site as a whole. */
static void test_groups_exhausted(struct kunit *test)
{
	long lost = atomic_long_read(&gup_mirror_groups_lost);
	unsigned long addr = map_pages(test, 1);
	struct page *page, *pinned;
	struct account account;
	struct refs refs;
	int limit;

	page = keep_page(test, addr);
	refs = refs_of(page);
	pinned = page;
	limit = gup_mirror_groups_limit(-1);
	pretend_pin(&pinned, 0x3000);
	gup_mirror_groups_limit(limit);

	account_begin(&account, pinned);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_groups_lost),
			lost + 1);
	KUNIT_EXPECT_EQ(test, GUP_MIRROR_HOLD_GROUP(hold_of(page)),
			account.view);
	KUNIT_EXPECT_TRUE(test, gup_mirror_group(account.view)->catch_all);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
	EXPECT_ACCOUNT(test, &account, .right = 1, .held = -1, .hold = 1);
	expect_silence(test);
	if (!gup_mirror_config.repair)
		return;
	unpin_user_page(pinned);
	expect_class(test, 1, "double-unpin");
	expect_refs(test, page, refs);
}

static noinline void put_as_stranger(struct page *page)
{
	put_page(page);
	barrier();
}

/* Who released it is not known, that it was wrong is. */
static void test_callers_exhausted(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	long lost = atomic_long_read(&gup_mirror_callers_lost);
	struct page *page, *pinned;
	struct refs refs;
	int limit;

	need_repair(test);
	page = keep_page(test, addr);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);
	limit = gup_mirror_callers_limit(-1);
	put_as_stranger(pinned);
	gup_mirror_callers_limit(limit);

	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_callers_lost),
			lost + 1);
	KUNIT_EXPECT_STREQ(test, seen.released, "a release function");
	KUNIT_EXPECT_EQ(test, seen.caller, 0);
	expect_class(test, 1, "put-on-pin");
	expect_refs(test, page, refs);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_snapshot, memory_gen_params),
	KUNIT_CASE_SLOW(test_snapshot_wraps),
	KUNIT_CASE_PARAM(test_filter, filters_gen_params),
	KUNIT_CASE(test_bad_filter),
	KUNIT_CASE(test_inconsistent),
	KUNIT_CASE(test_depot_full),
	KUNIT_CASE(test_groups_exhausted),
	KUNIT_CASE(test_callers_exhausted),
	{}
};

GUP_MIRROR_KUNIT_SUITE(switches_suite, "gup_mirror_switches", cases);

kunit_test_suite(switches_suite);
