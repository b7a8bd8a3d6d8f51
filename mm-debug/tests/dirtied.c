// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of who marks pages dirty, and should not.
 */

#include <kunit/test.h>

#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "../files.h"
#include "kunit.h"

static noinline void pin_to_read(struct kunit *test, unsigned long addr,
				 struct page **pages, int nr)
{
	KUNIT_ASSERT_EQ(test, nr, pin_user_pages_fast(addr, nr, 0, pages));
}

/* Sites of our own, with nothing behind that would be made a tail call. */
static noinline void unpin_dirty(struct page **pages, int nr)
{
	unpin_user_pages_dirty_lock(pages, nr, true);
	barrier();
}

static noinline void dirty_locked(struct page *page)
{
	lock_page(page);
	set_page_dirty(page);
	unlock_page(page);
}

static noinline void dirty(struct page *page)
{
	set_page_dirty_lock(page);
	barrier();
}

static int test_init(struct kunit *test)
{
	if (!gup_mirror_config.files)
		kunit_skip(test, "files are not looked at, boot with gup_mirror=all");
	return gup_mirror_kunit_init(test);
}

static void test_readonly(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct gup_mirror_finding finding;
	struct page *page, *pages[NR_PAGES];
	struct refs refs;

	page = keep_page(test, addr);
	refs = refs_of(page);
	pin_to_read(test, addr, pages, NR_PAGES);
	/* Once for each folio. */
	unpin_dirty(pages, NR_PAGES);
	KUNIT_EXPECT_EQ(test, seen.nr, memory->large ? 1 : NR_PAGES);
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.class, GUP_MIRROR_DIRTY_BY_READONLY_PIN);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding),
			gup_mirror_view_of(pages[0]));
	seen.nr = 0;
	expect_refs(test, page, refs);

	pin_to_read(test, addr, pages, 1);
	dirty(pages[0]);
	expect_violation(test, 1, "dirty-by-readonly-pin", "pin_user_pages_fast",
			 "set_page_dirty_lock", page_to_pfn(page));
	dirty_locked(pages[0]);
	expect_violation(test, 1, "dirty-by-readonly-pin", "pin_user_pages_fast",
			 "set_page_dirty", page_to_pfn(page));

	/* Laundered: a release function says enough. */
	pages[0] = launder(pages[0]);
	dirty(pages[0]);
	expect_silence(test);
	unpin_dirty(pages, 1);
	expect_violation(test, 1, "dirty-by-readonly-pin", "pin_user_pages_fast",
			 "unpin_user_pages_dirty_lock", page_to_pfn(page));
	expect_refs(test, page, refs);
}

static void test_unpinned(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pinned;

	page = keep_page(test, addr);
	pin(test, addr, &pinned, 1);
	unpin_user_page(pinned);
	dirty(pinned);
	expect_violation(test, 1, "dirty-unpinned", "pin_user_pages_fast",
			 "set_page_dirty_lock", page_to_pfn(page));
	dirty_locked(pinned);
	expect_violation(test, 1, "dirty-unpinned", "pin_user_pages_fast",
			 "set_page_dirty", page_to_pfn(page));

	/* Somebody has a reference from there. */
	get_page(pinned);
	dirty(pinned);
	expect_silence(test);
	put_page(pinned);
	/* Whose it is nobody knows. */
	dirty(launder(pinned));
	expect_silence(test);
}

static void test_silent(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *pages[NR_PAGES], *other;

	keep_page(test, addr);
	pin(test, addr, pages, NR_PAGES);
	dirty(pages[0]);
	dirty_locked(pages[0]);
	unpin_dirty(pages, NR_PAGES);

	/* To read, and not dirty */
	pin_to_read(test, addr, pages, NR_PAGES);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, false);

	/* Whose pin it is that goes is not certain. */
	pin_to_read(test, addr, pages, 1);
	pin_elsewhere(test, addr, &other, 1);
	dirty(pages[0]);
	dirty(other);
	unpin_dirty(pages, 1);
	unpin_dirty(&other, 1);

	/* It is not to report. */
	pin_to_read(test, addr, pages, 1);
	WRITE_ONCE(gup_mirror_enabled, false);
	dirty(pages[0]);
	unpin_dirty(pages, 1);
	dirty(pages[0]);
	WRITE_ONCE(gup_mirror_enabled, true);
	expect_silence(test);
}

/* Those who have yet to change from get_user_pages() are counted. */
static void test_get(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	const struct gup_mirror_site *site;
	struct page *page;
	unsigned long nr;

	need_gets(test);
	get(test, addr, &page, 1);
	site = gup_mirror_site(gup_mirror_view_of(page));
	nr = gup_mirror_counted(site, GUP_MIRROR_FILE_DIRTIED);
	dirty(page);
	dirty_locked(page);
	KUNIT_EXPECT_EQ(test, gup_mirror_counted(site, GUP_MIRROR_FILE_DIRTIED), nr + 2);
	put_page(page);
	expect_silence(test);
}

/* Who pins folios does not say whether he will write. */
static void test_folio(struct kunit *test)
{
	struct file *file = make_memfd(test);
	struct folio *folio;
	struct page *page;
	pgoff_t offset;

	KUNIT_ASSERT_EQ(test, 1, memfd_pin_folios(file, 0, PAGE_SIZE - 1, &folio, 1,
						  &offset));
	page = &folio->page;
	dirty_locked(page);
	unpin_dirty(&page, 1);
	expect_silence(test);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_readonly, memory_gen_params),
	KUNIT_CASE_PARAM(test_unpinned, memory_gen_params),
	KUNIT_CASE_PARAM(test_silent, memory_gen_params),
	KUNIT_CASE(test_get),
	KUNIT_CASE(test_folio),
	{}
};

static struct kunit_suite dirtied_suite = {
	.name = "gup_mirror_dirtied",
	.suite_init = gup_mirror_kunit_suite_init,
	.suite_exit = gup_mirror_kunit_suite_exit,
	.init = test_init,
	.exit = gup_mirror_kunit_exit,
	.test_cases = cases,
};

kunit_test_suite(dirtied_suite);
