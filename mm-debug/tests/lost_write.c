// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of data that were written through a pin, and are on no
 * disk: once for what is lost, and for each way in which nothing is.
 */

#include <kunit/test.h>

#include <linux/fs.h>
#include <linux/gup_mirror.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "../files.h"
#include "file_system.h"
#include "kunit.h"

static int test_init(struct kunit *test)
{
	if (!gup_mirror_config.files)
		kunit_skip(test, "files are not looked at, boot with gup_mirror=all");
	return gup_mirror_kunit_init(test);
}

/* As a device does: nobody is told. */
static void device_writes(struct page *page, char what)
{
	memset_page(gup_mirror_canonical(page), 0, what, 64);
}

static noinline void unpin(struct page **pages, int nr)
{
	unpin_user_pages(pages, nr);
	barrier();
}

static noinline void unpin_folio_of(struct page *page)
{
	unpin_user_folio(page_folio(page), 1);
	barrier();
}

static void test_lost(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct gup_mirror_finding finding;
	const struct gup_mirror_site *site;
	struct page *pages[NR_PAGES];
	unsigned long lost;

	pin(test, addr, pages, NR_PAGES);
	site = gup_mirror_site(gup_mirror_view_of(pages[0]));
	lost = gup_mirror_counted(site, GUP_MIRROR_FILE_LOST);
	write_back(test, pages[3]);
	device_writes(pages[3], 'D');
	unpin(pages, NR_PAGES);

	expect_violation(test, 1, "lost-write", "pin_user_pages_fast",
			 "unpin_user_pages", page_to_pfn(pages[3]));
	newest_record(test, &finding);
	KUNIT_EXPECT_STREQ(test, finding.file.fs, TEST_FS);
	KUNIT_EXPECT_EQ(test, finding.file.ino, TEST_INO);
	KUNIT_EXPECT_EQ(test, finding.file.index, 3);
	KUNIT_EXPECT_EQ(test, gup_mirror_counted(site, GUP_MIRROR_FILE_LOST), lost + 1);

	/* Through a folio, as most of the block layer unpins */
	KUNIT_ASSERT_EQ(test, 0, put_user(1, (int __user *)addr));
	pin(test, addr, pages, 1);
	write_back(test, pages[0]);
	device_writes(pages[0], 'D');
	unpin_folio_of(pages[0]);
	expect_violation(test, 1, "lost-write", "pin_user_pages_fast",
			 "unpin_user_folio", page_to_pfn(pages[0]));
}

/* What is done to a page that is pinned, so that nothing is lost */
struct way {
	const char *name;
	void (*go)(struct kunit *test, struct file *file, unsigned long addr,
		   struct page **page);
};

static void no_writeback(struct kunit *test, struct file *file, unsigned long addr,
			 struct page **page)
{
	device_writes(*page, 'D');
	unpin(page, 1);
}

static void nothing_written(struct kunit *test, struct file *file, unsigned long addr,
			    struct page **page)
{
	write_back(test, *page);
	unpin(page, 1);
}

static void written_before(struct kunit *test, struct file *file, unsigned long addr,
			   struct page **page)
{
	device_writes(*page, 'D');
	write_back(test, *page);
	unpin(page, 1);
}

static void unpinned_dirty(struct kunit *test, struct file *file, unsigned long addr,
			   struct page **page)
{
	write_back(test, *page);
	device_writes(*page, 'D');
	unpin_user_pages_dirty_lock(page, 1, true);
}

static void dirtied_before(struct kunit *test, struct file *file, unsigned long addr,
			   struct page **page)
{
	write_back(test, *page);
	device_writes(*page, 'D');
	set_page_dirty_lock(*page);
	unpin(page, 1);
}

static void stored_by_cpu(struct kunit *test, struct file *file, unsigned long addr,
			  struct page **page)
{
	write_back(test, *page);
	KUNIT_ASSERT_EQ(test, 0, put_user(77, (int __user *)addr));
	unpin(page, 1);
}

static void written_again(struct kunit *test, struct file *file, unsigned long addr,
			  struct page **page)
{
	write_back(test, *page);
	device_writes(*page, 'D');
	make_dirty(*page);
	write_back(test, *page);
	unpin(page, 1);
}

/* As btrfs does when it refuses to write what it was not told of */
static void cleaned_again(struct kunit *test, struct file *file, unsigned long addr,
			  struct page **page)
{
	write_back(test, *page);
	KUNIT_ASSERT_EQ(test, 0, put_user(77, (int __user *)addr));
	clean_page(test, *page, true);
	unpin(page, 1);
}

static void under_writeback(struct kunit *test, struct file *file, unsigned long addr,
			    struct page **page)
{
	struct folio *folio = page_folio(*page);

	write_back(test, *page);
	device_writes(*page, 'D');
	make_dirty(*page);
	folio_lock(folio);
	folio_clear_dirty_for_io(folio);
	folio_start_writeback(folio);
	folio_unlock(folio);
	unpin(page, 1);
	folio_end_writeback(folio);
}

static void two_sites(struct kunit *test, struct file *file, unsigned long addr,
		      struct page **page)
{
	struct page *other;

	pin_elsewhere(test, addr, &other, 1);
	write_back(test, *page);
	device_writes(*page, 'D');
	unpin(page, 1);
	unpin(&other, 1);
}

/* Whoever pins it later has told the file system. */
static void second_site(struct kunit *test, struct file *file, unsigned long addr,
			struct page **page)
{
	struct page *other;

	write_back(test, *page);
	pin_elsewhere(test, addr, &other, 1);
	device_writes(*page, 'D');
	unpin(&other, 1);
	unpin(page, 1);
}

static void tail_of_file(struct kunit *test, struct file *file, unsigned long addr,
			 struct page **page)
{
	i_size_write(file_inode(file), 100);
	write_back(test, *page);
	device_writes(*page, 'D');
	unpin(page, 1);
}

static void hole_in_page(struct kunit *test, struct file *file, unsigned long addr,
			 struct page **page)
{
	struct folio *folio = page_folio(*page);

	device_writes(*page, 'D');
	write_back(test, *page);
	/* Sooner than it would be */
	truncate_pagecache_range(file_inode(file), 0, 31);
	KUNIT_EXPECT_FALSE(test, folio_test_dirty(folio));
	unpin(page, 1);
}

static void removed(struct kunit *test, struct file *file, unsigned long addr,
		    struct page **page)
{
	write_back(test, *page);
	device_writes(*page, 'D');
	truncate_setsize(file_inode(file), 0);
	unpin(page, 1);
}

static void not_read(struct kunit *test, struct file *file, unsigned long addr,
		     struct page **page)
{
	struct folio *folio = page_folio(*page);

	write_back(test, *page);
	device_writes(*page, 'D');
	folio_clear_uptodate(folio);
	unpin(page, 1);
	folio_mark_uptodate(folio);
}

static void to_read(struct kunit *test, struct file *file, unsigned long addr,
		    struct page **page)
{
	unpin(page, 1);
	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(addr, 1, 0, page));
	write_back(test, *page);
	device_writes(*page, 'D');
	unpin(page, 1);
}

static void disabled(struct kunit *test, struct file *file, unsigned long addr,
		     struct page **page)
{
	write_back(test, *page);
	device_writes(*page, 'D');
	WRITE_ONCE(gup_mirror_enabled, false);
	unpin(page, 1);
	WRITE_ONCE(gup_mirror_enabled, true);
}

static const struct way ways[] = {
	{ "not written back", no_writeback },
	{ "nothing written", nothing_written },
	{ "written before", written_before },
	{ "unpinned as dirty", unpinned_dirty },
	{ "marked dirty before", dirtied_before },
	{ "stored by a CPU", stored_by_cpu },
	{ "written back again", written_again },
	{ "cleaned again, and not written", cleaned_again },
	{ "under writeback", under_writeback },
	{ "two sites", two_sites },
	{ "a second site", second_site },
	{ "the tail of a file", tail_of_file },
	{ "a hole in the page", hole_in_page },
	{ "no longer in the file", removed },
	{ "not up to date", not_read },
	{ "pinned to read", to_read },
	{ "not to report", disabled },
};

static void describe_way(const struct way *way, char *desc)
{
	strscpy(desc, way->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(ways, ways, describe_way);

static void test_silent(struct kunit *test)
{
	const struct way *way = test->param_value;
	struct file *file = make_file(test);
	unsigned long addr = map_file_shared(test, file);
	struct page *page;

	pin(test, addr, &page, 1);
	way->go(test, file, addr, &page);
	KUNIT_EXPECT_EQ(test, pins_of(page), 0);
	expect_silence(test);
}

/*
 * What was summed up goes with the pins, and if those go in a wrong way, it is of no
 * use to those that come later.
 */
static void test_earlier_pins(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct folio *folio;
	struct page *page;
	unsigned int i;

	need_repair(test);
	/* One call, so that the stack is the same. */
	for (i = 0; i < 2; i++) {
		pin(test, addr, &page, 1);
		folio = page_folio(page);
		if (i)
			break;
		write_back(test, page);
		put_page(page);
		expect_class(test, 1, "put-on-pin");
		KUNIT_ASSERT_EQ(test, 0, put_user(77, (int __user *)addr));
		/* As if it were cleaned before it can be seen that it is pinned */
		folio_clear_dirty(folio);
	}
	unpin(&page, 1);
	folio_set_dirty(folio);
	expect_silence(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_lost),
	KUNIT_CASE_PARAM(test_silent, ways_gen_params),
	KUNIT_CASE(test_earlier_pins),
	{}
};

static struct kunit_suite lost_write_suite = {
	.name = "gup_mirror_lost_write",
	.suite_init = gup_mirror_kunit_suite_init,
	.suite_exit = gup_mirror_kunit_suite_exit,
	.init = test_init,
	.exit = gup_mirror_kunit_exit,
	.test_cases = cases,
};

kunit_test_suite(lost_write_suite);
