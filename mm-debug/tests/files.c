// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of what happens to folios of a file while they are
 * pinned: each event, and where there must be none.
 */

#include <kunit/test.h>

#include <linux/fs.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

#include "../files.h"
#include "file_system.h"
#include "kunit.h"

#include <trace/events/gup_mirror.h>

/* The last trace event of this task, and their number. */
static struct {
	struct task_struct *task;
	unsigned int nr;
	const char *event;
	const char *fs;
	u64 ino;
	unsigned long index;
	unsigned long pfn;
	unsigned long site;
	unsigned long caller;
} told;

static void probe(void *data, const char *event, const char *fs, dev_t dev, u64 ino,
		  unsigned long index, unsigned long pfn, unsigned long site,
		  unsigned long caller)
{
	if (current != told.task)
		return;
	told.nr++;
	told.event = event;
	told.fs = fs;
	told.ino = ino;
	told.index = index;
	told.pfn = pfn;
	told.site = site;
	told.caller = caller;
}

static int suite_init(struct kunit_suite *suite)
{
	int ret = register_trace_gup_mirror_file(probe, NULL);

	return ret ?: gup_mirror_kunit_suite_init(suite);
}

static void suite_exit(struct kunit_suite *suite)
{
	unregister_trace_gup_mirror_file(probe, NULL);
	gup_mirror_kunit_suite_exit(suite);
}

static int test_init(struct kunit *test)
{
	if (!gup_mirror_config.files)
		kunit_skip(test, "files are not looked at, boot with gup_mirror=all");
	memset(&told, 0, sizeof(told));
	told.task = current;
	return gup_mirror_kunit_init(test);
}

static void test_exit(struct kunit *test)
{
	if (told.task)
		KUNIT_EXPECT_EQ(test, told.nr, 0);
	told.task = NULL;
	gup_mirror_kunit_exit(test);
}

#define NR_COUNTERS	(GUP_MIRROR_FILE_DIRTIED - GUP_MIRROR_FILE_WRITES + 1)

/* What was counted for a site when it was last looked at. */
struct counters {
	const struct gup_mirror_site *site;
	unsigned long nr[NR_COUNTERS];
};

static void counters_begin(struct counters *counters, const struct page *page)
{
	unsigned int i;

	counters->site = gup_mirror_site(gup_mirror_view_of(page));
	for (i = 0; i < NR_COUNTERS; i++)
		counters->nr[i] = gup_mirror_counted(counters->site,
						     GUP_MIRROR_FILE_WRITES + i);
}

/* Since then, one thing was counted, or with 0 as @nr, nothing. */
static void expect_counted(struct kunit *test, struct counters *counters,
			   enum gup_mirror_counter what, unsigned long nr)
{
	unsigned int i;

	for (i = 0; i < NR_COUNTERS; i++) {
		unsigned long now = gup_mirror_counted(counters->site,
						       GUP_MIRROR_FILE_WRITES + i);

		KUNIT_EXPECT_EQ_MSG(test, now - counters->nr[i],
				    GUP_MIRROR_FILE_WRITES + i == what ? nr : 0,
				    "counter %u", i);
		counters->nr[i] = now;
	}
}

/* So many events since the last check, the last of them as given. */
static void expect_event(struct kunit *test, unsigned int nr, const char *event,
			 const struct page *page)
{
	KUNIT_EXPECT_EQ(test, told.nr, nr);
	if (told.nr) {
		KUNIT_EXPECT_STREQ(test, told.event, event);
		KUNIT_EXPECT_STREQ(test, told.fs, TEST_FS);
		KUNIT_EXPECT_EQ(test, told.ino, TEST_INO);
		KUNIT_EXPECT_EQ(test, told.pfn, page_to_pfn(page));
	}
	told.nr = 0;
}

static noinline void pin_to_read(struct kunit *test, unsigned long addr,
				 struct page **pages, int nr)
{
	KUNIT_ASSERT_EQ(test, nr, pin_user_pages_fast(addr, nr, 0, pages));
}

static void test_cleaned(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct counters counters;
	struct page *pages[NR_PAGES];

	pin(test, addr, pages, NR_PAGES);
	counters_begin(&counters, pages[0]);
	KUNIT_EXPECT_FALSE(test, hold_of(pages[1]) & GUP_MIRROR_HOLD_CLEANED);

	clean_page(test, pages[1], true);
	expect_counted(test, &counters, GUP_MIRROR_FILE_CLEANED, 1);
	KUNIT_EXPECT_EQ(test, told.index, 1);
	KUNIT_EXPECT_EQ(test, told.site, counters.site->place.ip);
	KUNIT_EXPECT_NE(test, told.caller, 0);
	expect_event(test, 1, "cleaned", pages[1]);
	KUNIT_EXPECT_TRUE(test, hold_of(pages[1]) & GUP_MIRROR_HOLD_CLEANED);

	/* Once for each folio, as long as it is pinned. */
	clean_page(test, pages[1], false);
	make_dirty(pages[1]);
	clean_page(test, pages[1], true);
	expect_counted(test, &counters, 0, 0);
	expect_event(test, 0, NULL, NULL);

	unpin_user_pages(pages, NR_PAGES);
	KUNIT_EXPECT_EQ(test, pins_of(pages[1]), 0);
	KUNIT_EXPECT_FALSE(test, hold_of(pages[1]) & GUP_MIRROR_HOLD_CLEANED);
	expect_counted(test, &counters, 0, 0);
	expect_silence(test);
}

/* The mark is one of these pins, and of none that come later. */
static void test_cleaned_again(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct counters counters;
	struct page *page, *more;

	pin(test, addr, &page, 1);
	counters_begin(&counters, page);
	clean_page(test, page, true);
	/* As long as there is one, it stays. */
	KUNIT_ASSERT_EQ(test, 0, put_user(1, (int __user *)addr));
	pin(test, addr, &more, 1);
	unpin_user_page(page);
	KUNIT_EXPECT_TRUE(test, hold_of(page) & GUP_MIRROR_HOLD_CLEANED);
	unpin_user_page(more);
	expect_event(test, 1, "cleaned", page);

	KUNIT_ASSERT_EQ(test, 0, put_user(1, (int __user *)addr));
	pin(test, addr, &page, 1);
	counters_begin(&counters, page);
	clean_page(test, page, true);
	expect_counted(test, &counters, GUP_MIRROR_FILE_CLEANED, 1);
	expect_event(test, 1, "cleaned", page);
	unpin_user_page(page);
	expect_silence(test);
}

/*
 * Who cleans it comes between the look at the pte and the ledger, and sees no pin.
 * Then who pins it sees that it is clean.
 */
static void test_cleaned_before(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct page *page, *pinned;
	struct counters counters;

	page = keep_page(test, addr);
	folio_clear_dirty(page_folio(page));
	pin(test, addr, &pinned, 1);
	KUNIT_EXPECT_EQ(test, told.caller, 0);
	expect_event(test, 1, "cleaned", page);
	KUNIT_EXPECT_TRUE(test, hold_of(page) & GUP_MIRROR_HOLD_CLEANED);

	/* Both have seen it: that is one. */
	counters_begin(&counters, pinned);
	__gup_mirror_file_cleaned(page_folio(page), _THIS_IP_);
	expect_counted(test, &counters, 0, 0);
	expect_event(test, 0, NULL, NULL);
	unpin_user_page(pinned);
	expect_silence(test);
}

static void test_dirty_after_clean(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct page *pages[NR_PAGES];
	struct counters counters;

	pin(test, addr, pages, NR_PAGES);
	counters_begin(&counters, pages[0]);
	clean_page(test, pages[2], true);
	expect_counted(test, &counters, GUP_MIRROR_FILE_CLEANED, 1);
	expect_event(test, 1, "cleaned", pages[2]);

	unpin_user_pages_dirty_lock(pages, NR_PAGES, true);
	expect_counted(test, &counters, GUP_MIRROR_FILE_REDIRTIED, 1);
	expect_event(test, 1, "dirty-after-clean", pages[2]);
	KUNIT_EXPECT_TRUE(test, PageDirty(compound_head(pages[2])));
	expect_silence(test);
}

/* Where nothing is cleaned under a pin for writing, nothing is told. */
static void test_silent(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct page *page, *pages[NR_PAGES];
	struct counters counters;

	page = keep_page(test, addr);

	/* No pin */
	clean_page(test, page, true);
	make_dirty(page);

	/* A pin to read */
	pin_to_read(test, addr, pages, NR_PAGES);
	counters_begin(&counters, pages[0]);
	clean_page(test, page, true);
	unpin_user_pages(pages, NR_PAGES);
	expect_counted(test, &counters, 0, 0);

	/* A pin to write, and nobody cleans */
	KUNIT_ASSERT_EQ(test, 0, put_user(1, (int __user *)addr));
	pin(test, addr, pages, NR_PAGES);
	counters_begin(&counters, pages[0]);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, true);
	expect_counted(test, &counters, 0, 0);

	expect_event(test, 0, NULL, NULL);
	expect_silence(test);
}

/* What is never written back cannot be lost. */
static void test_no_file(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *pages[NR_PAGES];
	struct counters counters;

	pin(test, addr, pages, NR_PAGES);
	KUNIT_EXPECT_FALSE(test, gup_mirror_on_file(page_folio(pages[0])));
	counters_begin(&counters, pages[0]);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, true);
	pin(test, addr, pages, NR_PAGES);
	expect_counted(test, &counters, 0, 0);
	unpin_user_pages(pages, NR_PAGES);
	expect_event(test, 0, NULL, NULL);
	expect_silence(test);
}

/* Each site that may write is told of, and no other. */
static void test_several(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct counters one, other, reader;
	struct page *a, *b, *c;

	pin_to_read(test, addr, &c, 1);
	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	counters_begin(&one, a);
	counters_begin(&other, b);
	counters_begin(&reader, c);

	clean_page(test, a, true);
	expect_counted(test, &one, GUP_MIRROR_FILE_CLEANED, 1);
	expect_counted(test, &other, GUP_MIRROR_FILE_CLEANED, 1);
	expect_counted(test, &reader, 0, 0);
	expect_event(test, 2, "cleaned", a);

	/* The mark outlives what several have. */
	unpin_user_page(a);
	unpin_user_page(c);
	KUNIT_EXPECT_EQ(test, pins_of(b), 1);
	KUNIT_EXPECT_TRUE(test, hold_of(b) & GUP_MIRROR_HOLD_CLEANED);
	unpin_user_page(b);
	KUNIT_EXPECT_FALSE(test, hold_of(b) & GUP_MIRROR_HOLD_CLEANED);
	expect_silence(test);
}

static void test_replaced(struct kunit *test)
{
	struct file *file = make_file(test);
	unsigned long addr = map_file_shared(test, file);
	struct page *pages[NR_PAGES];
	struct counters counters;

	/* To read is enough: what is read there is not that of the file. */
	pin_to_read(test, addr, pages, 2);
	counters_begin(&counters, pages[0]);
	clean_page(test, pages[0], true);
	KUNIT_EXPECT_EQ(test, 0, invalidate_inode_pages2_range(file->f_mapping, 0, 0));
	expect_counted(test, &counters, GUP_MIRROR_FILE_REPLACED, 1);
	expect_event(test, 1, "replaced", pages[0]);

	truncate_pagecache_range(file_inode(file), PAGE_SIZE, 2 * PAGE_SIZE - 1);
	expect_counted(test, &counters, GUP_MIRROR_FILE_REPLACED, 1);
	KUNIT_EXPECT_EQ(test, told.index, 1);
	expect_event(test, 1, "replaced", pages[1]);
	/* Others are not pinned. */
	truncate_pagecache_range(file_inode(file), 2 * PAGE_SIZE, 3 * PAGE_SIZE - 1);
	expect_event(test, 0, NULL, NULL);

	unpin_user_pages(pages, 2);
	expect_counted(test, &counters, 0, 0);
	expect_silence(test);
}

static void test_truncated(struct kunit *test)
{
	struct file *file = make_file(test);
	unsigned long addr = map_file_shared(test, file);
	struct page *pages[NR_PAGES];
	struct counters counters;

	pin(test, addr, pages, NR_PAGES);
	counters_begin(&counters, pages[0]);
	truncate_setsize(file_inode(file), PAGE_SIZE);
	expect_counted(test, &counters, GUP_MIRROR_FILE_TRUNCATED, NR_PAGES - 1);
	expect_event(test, NR_PAGES - 1, "truncated", pages[NR_PAGES - 1]);

	/* What is in no file any more is not looked at. */
	unpin_user_pages_dirty_lock(pages, NR_PAGES, true);
	expect_counted(test, &counters, 0, 0);
	expect_event(test, 0, NULL, NULL);
	expect_silence(test);
}

static void test_unmapped(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct counters counters;
	struct page *page;

	pin(test, addr, &page, 1);
	counters_begin(&counters, page);
	gup_mirror_kunit_unmap(page_folio(page));
	expect_counted(test, &counters, GUP_MIRROR_FILE_UNMAPPED, 1);
	expect_event(test, 1, "unmapped", page);
	unpin_user_page(page);
	expect_silence(test);
}

/* While it is not to report, it counts nothing, but it goes on to look. */
static void test_disabled(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	struct counters counters;
	struct page *page;

	pin(test, addr, &page, 1);
	counters_begin(&counters, page);
	WRITE_ONCE(gup_mirror_enabled, false);
	clean_page(test, page, true);
	WRITE_ONCE(gup_mirror_enabled, true);
	expect_counted(test, &counters, 0, 0);
	expect_event(test, 0, NULL, NULL);
	KUNIT_EXPECT_TRUE(test, hold_of(page) & GUP_MIRROR_HOLD_CLEANED);
	unpin_user_page(page);
	expect_silence(test);
}

static void restore_limit(void *data)
{
	WRITE_ONCE(gup_mirror_longterm_ms, (unsigned long)data);
}

/* Pins of one group are one row. Are any of them overlong, and on a file? */
static bool is_overlong_on_file(struct kunit *test, const struct page *page)
{
	struct gup_mirror_held held = { .rows = gup_mirror_new_rows() };
	bool on_file;

	KUNIT_ASSERT_NOT_NULL(test, held.rows);
	gup_mirror_walk(&held);
	on_file = held.rows[GUP_MIRROR_HOLD_GROUP(hold_of(page))].on_file;
	kvfree(held.rows);
	return on_file;
}

static void test_overlong_on_file(struct kunit *test)
{
	unsigned long addr = map_file_shared(test, make_file(test));
	unsigned long anon = map_pages(test, 1);
	struct page *write, *read, *other;

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, restore_limit,
						  (void *)(unsigned long)gup_mirror_longterm_ms));
	pin(test, addr, &write, 1);
	pin_to_read(test, addr + PAGE_SIZE, &read, 1);
	pin_elsewhere(test, anon, &other, 1);

	WRITE_ONCE(gup_mirror_longterm_ms, UINT_MAX);
	KUNIT_EXPECT_FALSE(test, is_overlong_on_file(test, write));
	WRITE_ONCE(gup_mirror_longterm_ms, 0);
	KUNIT_EXPECT_TRUE(test, is_overlong_on_file(test, write));
	KUNIT_EXPECT_FALSE(test, is_overlong_on_file(test, read));
	KUNIT_EXPECT_FALSE(test, is_overlong_on_file(test, other));

	unpin_user_page(write);
	unpin_user_page(read);
	unpin_user_page(other);
	expect_silence(test);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE(test_cleaned),
	KUNIT_CASE(test_cleaned_again),
	KUNIT_CASE(test_cleaned_before),
	KUNIT_CASE(test_dirty_after_clean),
	KUNIT_CASE(test_silent),
	KUNIT_CASE_PARAM(test_no_file, memory_gen_params),
	KUNIT_CASE(test_several),
	KUNIT_CASE(test_replaced),
	KUNIT_CASE(test_truncated),
	KUNIT_CASE(test_unmapped),
	KUNIT_CASE(test_disabled),
	KUNIT_CASE(test_overlong_on_file),
	{}
};

static struct kunit_suite files_suite = {
	.name = "gup_mirror_files",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.init = test_init,
	.exit = test_exit,
	.test_cases = cases,
};

kunit_test_suite(files_suite);
