// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of verdicts at releases, for memory of each sort.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>

#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/put_user_page.h>
#include <linux/string.h>

#include "../compat.h"
#include "kunit.h"

/* Memory of the sort that is to be tested, and what is held on it before. */
struct subject {
	const struct memory *memory;
	unsigned long addr;
	struct page *page;
	struct refs refs;
	unsigned long pfn;
};

static struct subject subject_of(struct kunit *test)
{
	struct subject s = { .memory = test->param_value };

	s.addr = s.memory->map(test);
	s.page = keep_page(test, s.addr);
	s.pfn = page_to_pfn(s.page);
	s.refs = refs_of(s.page);
	return s;
}

static struct page *pin_one(struct kunit *test, const struct subject *s)
{
	struct page *page;

	pin(test, s->addr, &page, 1);
	return page;
}

static struct page *get_one(struct kunit *test, const struct subject *s)
{
	struct page *page;

	get(test, s->addr, &page, 1);
	return page;
}

/* Releases by name, so that a report can be seen to blame the right one. */
static noinline void release_first(struct page *page)
{
	unpin_user_pages(&page, 1);
	barrier();
}

static noinline void release_again(struct page *page)
{
	unpin_user_page(page);
	barrier();
}

static void test_right(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *pages[NR_PAGES];
	struct account account;
	unsigned int i;

	pin(test, s.addr, pages, 1);
	account_begin(&account, pages[0]);
	expect_pinned(test, s.page, s.refs, 1);
	unpin_user_page(pages[0]);
	EXPECT_ACCOUNT(test, &account, .right = 1, .held = -1, .hold = 1);
	expect_refs(test, s.page, s.refs);

	pin(test, s.addr, pages, NR_PAGES);
	expect_pinned(test, s.page, s.refs, s.memory->large ? NR_PAGES : 1);
	unpin_user_pages(pages, NR_PAGES);
	pin(test, s.addr, pages, NR_PAGES);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, true);
	pin(test, s.addr, pages, NR_PAGES);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, false);
	pin(test, s.addr, pages, 1);
	unpin_user_page_range_dirty_lock(pages[0], 1, true);
	EXPECT_ACCOUNT(test, &account, .calls = 4, .pages = 3 * NR_PAGES + 1,
		       .right = 3 * NR_PAGES + 2, .held = -1,
		       .hold = 3 * NR_PAGES + 2);
	expect_refs(test, s.page, s.refs);

	/* Code that was written against the patches of 2019. */
	pin(test, s.addr, pages, 1);
	put_user_page(pages[0]);
	pin(test, s.addr, pages, NR_PAGES);
	put_user_pages(pages, NR_PAGES);
	pin(test, s.addr, pages, NR_PAGES);
	put_user_pages_dirty_lock(pages, NR_PAGES);

	get(test, s.addr, pages, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++)
		put_page(pages[i]);
	get(test, s.addr, pages, NR_PAGES);
	release_pages(pages, NR_PAGES);
	get(test, s.addr, pages, 1);
	__free_pages(pages[0], 0);

	expect_silence(test);
	expect_refs(test, s.page, s.refs);
}

/* A pointer without its view, or a folio: right as long as there are pins. */
static void test_laundered(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *pages[NR_PAGES];
	struct account account;
	struct folio *folio;
	unsigned int i;

	pin(test, s.addr, pages, NR_PAGES);
	account_begin(&account, pages[0]);
	for (i = 0; i < NR_PAGES; i++)
		pages[i] = launder(pages[i]);
	unpin_user_page(pages[0]);
	unpin_user_pages(pages + 1, NR_PAGES - 2);
	unpin_user_page_range_dirty_lock(pages[NR_PAGES - 1], 1, false);
	EXPECT_ACCOUNT(test, &account, .laundered = NR_PAGES,
		       .held = -NR_PAGES, .hold = NR_PAGES);
	expect_refs(test, s.page, s.refs);

	pin(test, s.addr, pages, 3);
	folio = page_folio(pages[0]);
	unpin_user_folio(folio, 1);
	folio = page_folio(pages[1]);
	unpin_folio(folio);
	folio = page_folio(pages[2]);
	unpin_folios(&folio, 1);
	EXPECT_ACCOUNT(test, &account, .calls = 1, .pages = 3,
		       .laundered = NR_PAGES + 3, .held = -NR_PAGES,
		       .hold = NR_PAGES + 3);
	expect_refs(test, s.page, s.refs);

	put_page(launder(get_one(test, &s)));
	folio_put(page_folio(get_one(test, &s)));
	expect_refs(test, s.page, s.refs);
	expect_silence(test);
}

static void test_put_on_pin(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct account account;
	struct page *page;

	need_repair(test);

	page = pin_one(test, &s);
	account_begin(&account, page);
	put_page(page);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "put_page", s.pfn);
	EXPECT_ACCOUNT(test, &account, .wrong = 1, .held = -1, .hold = 1);
	expect_refs(test, s.page, s.refs);

	page = pin_one(test, &s);
	release_pages(&page, 1);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "release_pages", s.pfn);
	expect_refs(test, s.page, s.refs);

	page = pin_one(test, &s);
	__free_pages(page, 0);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "__free_pages", s.pfn);
	expect_refs(test, s.page, s.refs);
	EXPECT_ACCOUNT(test, &account, .calls = 2, .pages = 2, .wrong = 3,
		       .held = -1, .hold = 3);
}

/* Of the pages of one folio, or of several, some are put and some unpinned. */
static void test_some_put_on_pin(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *pages[NR_PAGES];
	unsigned int i;

	need_repair(test);

	pin(test, s.addr, pages, NR_PAGES);
	for (i = 0; i < NR_PAGES; i += 2)
		put_page(pages[i]);
	expect_violation(test, NR_PAGES / 2, "put-on-pin",
			 "pin_user_pages_fast", "put_page",
			 page_to_pfn(pages[NR_PAGES - 2]));
	for (i = 1; i < NR_PAGES; i += 2)
		unpin_user_page(pages[i]);
	expect_silence(test);
	expect_refs(test, s.page, s.refs);
}

static void test_unpin_on_get(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *page;

	need_gets(test);
	need_repair(test);

	unpin_user_page(get_one(test, &s));
	expect_violation(test, 1, "unpin-on-get", "get_user_pages_fast",
			 "unpin_user_page", s.pfn);
	expect_refs(test, s.page, s.refs);

	page = get_one(test, &s);
	unpin_user_pages(&page, 1);
	expect_violation(test, 1, "unpin-on-get", "get_user_pages_fast",
			 "unpin_user_pages", s.pfn);
	expect_refs(test, s.page, s.refs);

	page = get_one(test, &s);
	unpin_user_pages_dirty_lock(&page, 1, true);
	expect_violation(test, 1, "unpin-on-get", "get_user_pages_fast",
			 "unpin_user_pages_dirty_lock", s.pfn);
	KUNIT_EXPECT_TRUE(test, folio_test_dirty(page_folio(s.page)));
	expect_refs(test, s.page, s.refs);

	page = get_one(test, &s);
	unpin_user_page_range_dirty_lock(page, 1, false);
	expect_violation(test, 1, "unpin-on-get", "get_user_pages_fast",
			 "unpin_user_page_range_dirty_lock", s.pfn);
	expect_refs(test, s.page, s.refs);
}

static void test_double_unpin(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct gup_mirror_finding finding;
	struct account account;
	struct page *page;

	need_repair(test);

	page = pin_one(test, &s);
	account_begin(&account, page);
	release_first(page);
	expect_silence(test);
	release_again(page);
	expect_violation(test, 1, "double-unpin", "pin_user_pages_fast",
			 "unpin_user_page", s.pfn);
	expect_refs(test, s.page, s.refs);
	EXPECT_ACCOUNT(test, &account, .right = 1, .wrong = 1, .held = -1,
		       .hold = 1);

	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.class, GUP_MIRROR_DOUBLE_UNPIN);
	KUNIT_EXPECT_EQ(test, finding.pins, 0);
	KUNIT_EXPECT_TRUE(test, finding.repaired);
	expect_caller(test, finding.caller, "release_again");
	expect_caller(test, finding.before, "release_first");
	KUNIT_EXPECT_EQ(test, !!finding.before_stack, gup_mirror_config.stacks);
	KUNIT_EXPECT_EQ(test, !!finding.released, gup_mirror_config.stacks);
	KUNIT_EXPECT_EQ(test, !!acquired_stack(&finding), gup_mirror_config.stacks);

	/* The second was no release. A third is one too many like it. */
	release_again(page);
	expect_class(test, 1, "double-unpin");
	expect_refs(test, s.page, s.refs);
}

/* What nobody has pinned is not made dirty: it may be in use elsewhere, or free. */
static void test_clean(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct folio *folio = page_folio(s.page);
	struct page *page;

	need_repair(test);

	page = pin_one(test, &s);
	unpin_user_page(page);
	folio_clear_dirty(folio);

	unpin_user_pages_dirty_lock(&page, 1, true);
	expect_class(test, 1, "double-unpin");
	KUNIT_EXPECT_FALSE(test, folio_test_dirty(folio));
	unpin_user_page_range_dirty_lock(page, 1, true);
	expect_class(test, 1, "double-unpin");
	KUNIT_EXPECT_FALSE(test, folio_test_dirty(folio));
	unpin_user_pages_dirty_lock(&s.page, 1, true);
	expect_class(test, 1, "unpin-unpinned");
	KUNIT_EXPECT_FALSE(test, folio_test_dirty(folio));
	expect_refs(test, s.page, s.refs);

	page = pin_one(test, &s);
	unpin_user_pages_dirty_lock(&page, 1, true);
	expect_silence(test);
	KUNIT_EXPECT_TRUE(test, folio_test_dirty(folio));
}

/* No page of the test was ever pinned here: there is nobody to name. */
static void test_unpin_of_stranger(struct kunit *test)
{
	struct subject s = subject_of(test);
	unsigned long other = map_pages(test, 1);
	struct gup_mirror_entry *entry;
	struct gup_mirror_finding finding;
	struct page *page;

	need_repair(test);
	pin(test, other, &page, 1);
	entry = gup_mirror_kunit_entry(page_folio(s.page));
	if (entry) {
		entry->state = 0;
		atomic64_set(&entry->hold, 0);
	}
	/* Computed through the view of another page: the site has not pinned this. */
	unpin_user_page(page + (s.page - launder(page)));
	expect_violation(test, 1, "unpin-unpinned", "none", "unpin_user_page",
			 s.pfn);
	expect_refs(test, s.page, s.refs);
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.before, GUP_MIRROR_NO_CALLER);
	KUNIT_EXPECT_EQ(test, finding.before_stack, 0);
	unpin_user_page(page);
}

static void test_unpin_unpinned(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct gup_mirror_finding finding;

	need_repair(test);

	unpin_user_page(s.page);
	expect_violation(test, 1, "unpin-unpinned", "none", "unpin_user_page",
			 s.pfn);
	expect_refs(test, s.page, s.refs);
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), GUP_MIRROR_NO_VIEW);
	KUNIT_EXPECT_EQ(test, finding.before, GUP_MIRROR_NO_CALLER);

	unpin_user_pages(&s.page, 1);
	expect_class(test, 1, "unpin-unpinned");
	unpin_user_folio(page_folio(s.page), 1);
	expect_class(test, 1, "unpin-unpinned");
	unpin_folio(page_folio(s.page));
	expect_class(test, 1, "unpin-unpinned");
	expect_refs(test, s.page, s.refs);

	/* Laundered, a second unpin cannot be told from one of a stranger. */
	unpin_user_page(launder(pin_one(test, &s)));
	expect_silence(test);
	unpin_user_page(s.page);
	expect_class(test, 1, "unpin-unpinned");
	expect_refs(test, s.page, s.refs);
}

/* One call releases more than there is: what there is, and no more. */
static void test_too_many(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct account account;
	unsigned int i, nr = 2;
	struct page *pages[5];

	need_repair(test);

	/* One place in the code, so one stack: do not unroll it. */
	OPTIMIZER_HIDE_VAR(nr);
	for (i = 0; i < nr; i++)
		pages[i] = pin_one(test, &s);
	account_begin(&account, pages[0]);
	seen.events = 0;
	unpin_user_folio(page_folio(s.page), 5);
	KUNIT_EXPECT_EQ(test, seen.events, 1);
	expect_class(test, 3, "unpin-unpinned");
	EXPECT_ACCOUNT(test, &account, .laundered = 2, .held = -2, .hold = 2);
	expect_refs(test, s.page, s.refs);

	pages[0] = pin_one(test, &s);
	for (i = 1; i < ARRAY_SIZE(pages); i++)
		pages[i] = pages[0];
	account_begin(&account, pages[0]);
	unpin_user_pages(pages, ARRAY_SIZE(pages));
	expect_class(test, 4, "double-unpin");
	EXPECT_ACCOUNT(test, &account, .right = 1, .wrong = 4, .held = -1,
		       .hold = 1);
	expect_refs(test, s.page, s.refs);
}

/* One wrong page between right ones, all of one folio or not. */
static void test_mixed_array(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *pages[NR_PAGES];

	need_gets(test);
	need_repair(test);

	pin(test, s.addr, pages, NR_PAGES);
	unpin_user_page(pages[3]);
	get(test, s.addr + 3 * PAGE_SIZE, &pages[3], 1);
	unpin_user_pages(pages, NR_PAGES);
	expect_violation(test, 1, "unpin-on-get", "get_user_pages_fast",
			 "unpin_user_pages", s.memory->large ?
			 s.pfn : page_to_pfn(pages[3]));
	expect_refs(test, s.page, s.refs);

	/* The same page twice: a pin and a get of it, side by side. */
	pages[0] = pin_one(test, &s);
	pages[1] = get_one(test, &s);
	unpin_user_pages(pages, 2);
	expect_violation(test, 1, "unpin-on-get", "get_user_pages_fast",
			 "unpin_user_pages", s.pfn);
	expect_refs(test, s.page, s.refs);
}

static void test_extra_get(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *page;

	need_repair(test);
	page = pin_one(test, &s);

	/* As a socket buffer does: its own reference, through the pointer. */
	get_page(page);
	put_page(page);
	expect_silence(test);
	expect_pinned(test, s.page, s.refs, 1);

	KUNIT_EXPECT_TRUE(test, try_get_page(page));
	get_page(page);
	release_pages(&page, 1);
	put_page(page);
	expect_silence(test);
	expect_pinned(test, s.page, s.refs, 1);

	/* All used up. */
	put_page(page);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "put_page", s.pfn);
	expect_refs(test, s.page, s.refs);
}

/* What is left of extra references does not outlive the page. */
static void test_extra_get_is_forgotten(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct page *page;

	need_repair(test);

	/* One too many from now on: a violation may be missed. */
	page = pin_one(test, &s);
	get_page(page);
	put_page(s.page);
	KUNIT_EXPECT_EQ(test, extra_of(s.page), 1);
	unpin_user_page(page);

	/* As if it were freed, and allocated again. */
	KUNIT_EXPECT_FALSE(test, gup_mirror_free(&page_folio(s.page)->page));
	KUNIT_EXPECT_EQ(test, extra_of(s.page), 0);
	put_page(pin_one(test, &s));
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "put_page", s.pfn);
	expect_refs(test, s.page, s.refs);
}

/* With norepair, a wrong release does what it would do without us. */
static void test_no_repair(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct gup_mirror_finding finding;
	struct page *page, *pinned;
	struct refs refs;

	if (gup_mirror_config.repair)
		kunit_skip(test, "boot with norepair");
	page = keep_page(test, addr);
	refs = refs_of(page);

	pin(test, addr, &pinned, 1);
	put_page(pinned);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "put_page", page_to_pfn(page));
	KUNIT_EXPECT_EQ(test, pins_of(page), 1);
	KUNIT_EXPECT_EQ(test, page_ref_count(page),
			refs.refs + GUP_PIN_COUNTING_BIAS - 1);
	newest_record(test, &finding);
	KUNIT_EXPECT_FALSE(test, finding.repaired);
	get_page(page);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);

	page_ref_add(page, GUP_PIN_COUNTING_BIAS);
	unpin_user_page(pinned);
	expect_violation(test, 1, "double-unpin", "pin_user_pages_fast",
			 "unpin_user_page", page_to_pfn(page));
	expect_refs(test, page, refs);
}

/* A driver's KUnit test that makes a wrong release has to fail. */
static void test_fails_running_test(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page;
	struct kunit fake;

	need_repair(test);
	pin(test, addr, &page, 1);

	kunit_init_test(&fake, "fake test", NULL);
	current->kunit_test = &fake;
	WRITE_ONCE(gup_mirror_expected, false);
	put_page(page);
	WRITE_ONCE(gup_mirror_expected, true);
	current->kunit_test = test;

	KUNIT_EXPECT_EQ(test, fake.status, KUNIT_FAILURE);
	kunit_cleanup(&fake);
	expect_class(test, 1, "put-on-pin");
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_right, memory_gen_params),
	KUNIT_CASE_PARAM(test_laundered, memory_gen_params),
	KUNIT_CASE_PARAM(test_put_on_pin, memory_gen_params),
	KUNIT_CASE_PARAM(test_some_put_on_pin, memory_gen_params),
	KUNIT_CASE_PARAM(test_unpin_on_get, memory_gen_params),
	KUNIT_CASE_PARAM(test_double_unpin, memory_gen_params),
	KUNIT_CASE_PARAM(test_clean, memory_gen_params),
	KUNIT_CASE_PARAM(test_unpin_of_stranger, memory_gen_params),
	KUNIT_CASE_PARAM(test_unpin_unpinned, memory_gen_params),
	KUNIT_CASE_PARAM(test_too_many, memory_gen_params),
	KUNIT_CASE_PARAM(test_mixed_array, memory_gen_params),
	KUNIT_CASE_PARAM(test_extra_get, memory_gen_params),
	KUNIT_CASE_PARAM(test_extra_get_is_forgotten, memory_gen_params),
	KUNIT_CASE(test_no_repair),
	KUNIT_CASE(test_fails_running_test),
	{}
};

GUP_MIRROR_KUNIT_SUITE(verdicts_suite, "gup_mirror_verdicts", cases);

kunit_test_suite(verdicts_suite);
