// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of pointers into views.
 */

#include <kunit/test.h>

#include <linux/err.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/page-flags.h>

#include "kunit.h"

static void test_canonical(struct kunit *test)
{
	unsigned long start = gup_mirror_region.start;
	unsigned long size = gup_mirror_region.size;
	struct page *page = ordinary_page(test);
	struct page on_stack;

	KUNIT_EXPECT_PTR_EQ(test, gup_mirror_canonical(page), page);
	KUNIT_EXPECT_PTR_EQ(test, gup_mirror_canonical(&on_stack), &on_stack);
	KUNIT_EXPECT_PTR_EQ(test, gup_mirror_canonical((struct page *)NULL),
			    NULL);

	/* Just outside the views, on either side. */
	KUNIT_EXPECT_EQ(test, __gup_mirror_canonical(start - 1), start - 1);
	KUNIT_EXPECT_EQ(test, __gup_mirror_canonical(start + size),
			start + size);

	/* The first and the last byte in them. */
	KUNIT_EXPECT_EQ(test, __gup_mirror_canonical(start),
			gup_mirror_region.base);
	KUNIT_EXPECT_EQ(test, __gup_mirror_canonical(start + size - 1),
			gup_mirror_region.base + gup_mirror_region.mask);
}

static void test_argument_once(struct kunit *test)
{
	struct page *pages[2] = { ordinary_page(test), NULL };
	struct page **p = pages;

	KUNIT_EXPECT_PTR_EQ(test, gup_mirror_canonical(*p++), pages[0]);
	KUNIT_EXPECT_PTR_EQ(test, p, &pages[1]);
	p = pages;
	KUNIT_EXPECT_EQ(test, page_to_pfn(*p++), page_to_pfn(pages[0]));
	KUNIT_EXPECT_PTR_EQ(test, p, &pages[1]);
}

/* Whatever depends on the address sees through a view. */
static void test_view_is_transparent(struct kunit *test)
{
	struct page *head = alloc_pages(GFP_KERNEL | __GFP_COMP, 2);
	unsigned long base = gup_mirror_region.base;
	unsigned int nr_views = gup_mirror_region.size >> gup_mirror_views.shift;
	unsigned int view, i;

	KUNIT_ASSERT_NOT_NULL(test, head);

	for (view = 0; view < nr_views; view++) {
		unsigned long start = gup_mirror_region.start +
				      ((unsigned long)view << gup_mirror_views.shift);

		for (i = 0; i < 4; i++) {
			unsigned long offset = (unsigned long)(head + i) - base;
			struct page *page = (void *)(start + offset);

			KUNIT_ASSERT_TRUE(test, gup_mirror_is_view(page));
			KUNIT_ASSERT_PTR_EQ(test, gup_mirror_canonical(page),
					    head + i);
			KUNIT_ASSERT_EQ(test, gup_mirror_view_of(page), view);
			/* The same memory, not only the same number. */
			KUNIT_ASSERT_EQ(test, READ_ONCE(__GUP_MIRROR_FLAGS(page)),
					READ_ONCE(__GUP_MIRROR_FLAGS(head + i)));
			KUNIT_ASSERT_EQ(test, page_to_pfn(page),
					page_to_pfn(head) + i);
			KUNIT_ASSERT_PTR_EQ(test, compound_head(page), head);
			KUNIT_ASSERT_PTR_EQ(test, page_folio(page),
					    page_folio(head));
			KUNIT_ASSERT_EQ(test, folio_page_idx(page_folio(page),
							     page), i);
			KUNIT_ASSERT_PTR_EQ(test, page_address(page),
					    page_address(head) + i * PAGE_SIZE);
			KUNIT_ASSERT_EQ(test, PageTail(page), i > 0);
			KUNIT_ASSERT_EQ(test, PageHead(page), i == 0);
		}
	}

	/* Written through a view, read from the memmap. */
	set_page_private((struct page *)(gup_mirror_region.start +
					 (unsigned long)head - base), 0x6d);
	KUNIT_EXPECT_EQ(test, page_private(head), 0x6d);
	set_page_private(head, 0);

	__free_pages(head, 2);
}

static void test_pin_is_in_view(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);
	struct page *pages[NR_PAGES], *again[NR_PAGES];
	unsigned int i;

	pin(test, addr, pages, NR_PAGES);
	pin(test, addr, again, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_EXPECT_TRUE(test, gup_mirror_is_pin_view(pages[i]));
		/* One site, one view, whenever it is called. */
		KUNIT_EXPECT_PTR_EQ(test, pages[i], again[i]);
		KUNIT_EXPECT_EQ(test, gup_mirror_view_of(pages[i]),
				gup_mirror_view_of(pages[0]));
	}
	unpin_user_pages(pages, NR_PAGES);
	unpin_user_pages(again, NR_PAGES);
	expect_silence(test);
}

static void test_get_is_in_view(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);
	struct page *pages[NR_PAGES];
	unsigned int i;

	get(test, addr, pages, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++) {
		KUNIT_EXPECT_EQ(test, gup_mirror_is_view(pages[i]),
				gup_mirror_config.mode == GUP_MIRROR_MODE_ALL);
		KUNIT_EXPECT_FALSE(test, gup_mirror_is_pin_view(pages[i]));
		put_page(pages[i]);
	}
	expect_silence(test);
}

static void test_sites_differ(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *a, *b;

	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(addr, 1, 0, &a));
	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(addr, 1, 0, &b));
	KUNIT_EXPECT_NE(test, gup_mirror_view_of(a), gup_mirror_view_of(b));
	KUNIT_EXPECT_PTR_EQ(test, gup_mirror_canonical(a),
			    gup_mirror_canonical(b));
	/* Two views, one folio, one call. */
	unpin_user_pages((struct page *[]){ a, b }, 2);
	expect_silence(test);
}

/* Exactly the entries that the return value covers are changed. */
static void test_partial(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);
	struct page *pages[NR_PAGES];
	/* Would be moved into a view if it were taken for a result. */
	struct page *poison = ordinary_page(test);
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		pages[i] = poison;
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr + 3 * PAGE_SIZE,
					   (NR_PAGES - 3) * PAGE_SIZE));

	KUNIT_ASSERT_EQ(test, 3, pin_user_pages_fast(addr, NR_PAGES, 0, pages));
	for (i = 0; i < NR_PAGES; i++) {
		if (i < 3)
			KUNIT_EXPECT_TRUE(test, gup_mirror_is_view(pages[i]));
		else
			KUNIT_EXPECT_PTR_EQ(test, pages[i], poison);
	}
	unpin_user_pages(pages, 3);

	KUNIT_EXPECT_EQ(test, -EFAULT,
			pin_user_pages_fast(addr + 3 * PAGE_SIZE, 1, 0,
					    &pages[4]));
	KUNIT_EXPECT_PTR_EQ(test, pages[4], poison);
	expect_silence(test);
}

static void test_no_pages(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);

	mmap_read_lock(current->mm);
	KUNIT_EXPECT_EQ(test, NR_PAGES,
			get_user_pages(addr, NR_PAGES, FOLL_WRITE, NULL));
	mmap_read_unlock(current->mm);
	expect_silence(test);
}

static void test_zero_page(struct kunit *test)
{
	unsigned long addr;
	struct page *page;

	addr = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_READ,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)addr));

	KUNIT_ASSERT_EQ(test, 1, pin_user_pages_fast(addr, 1, 0, &page));
	KUNIT_EXPECT_TRUE(test, is_zero_page(page));
	KUNIT_EXPECT_FALSE(test, gup_mirror_is_view(page));
	unpin_user_page(page);
	expect_silence(test);
}

/* The last reference may go through a view. The free lists must not see it. */
static void test_last_reference(struct kunit *test)
{
	struct page *pages[16];
	unsigned long start;
	unsigned int i;

	need_gets(test);
	start = gup_mirror_region.start + gup_mirror_region.pin_size;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		struct page *page = alloc_page(GFP_KERNEL);
		unsigned long offset;

		KUNIT_ASSERT_NOT_NULL(test, page);
		offset = (unsigned long)page - gup_mirror_region.base;
		page = (struct page *)(start + offset);
		if (i % 2)
			put_page(page);
		else
			__free_pages(page, 0);
	}

	/* What was freed last is allocated first. */
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = alloc_page(GFP_KERNEL);
		KUNIT_EXPECT_FALSE(test, gup_mirror_is_view(pages[i]));
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		if (pages[i])
			__free_page(gup_mirror_canonical(pages[i]));
	}
	expect_silence(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_canonical),
	KUNIT_CASE(test_argument_once),
	KUNIT_CASE(test_view_is_transparent),
	KUNIT_CASE(test_pin_is_in_view),
	KUNIT_CASE(test_get_is_in_view),
	KUNIT_CASE(test_sites_differ),
	KUNIT_CASE(test_partial),
	KUNIT_CASE(test_no_pages),
	KUNIT_CASE(test_zero_page),
	KUNIT_CASE(test_last_reference),
	{}
};

GUP_MIRROR_KUNIT_SUITE(pointers_suite, "gup_mirror_pointers", cases);

kunit_test_suite(pointers_suite);
