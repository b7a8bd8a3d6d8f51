// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests.
 *
 * Verdicts are seen through the trace event, which has the facts in fields,
 * rather than by reading the log. Tests that need references from
 * get_user_pages() in a view are skipped unless booted with gup_mirror=all.
 */

#include <kunit/test.h>
#include <kunit/test-bug.h>

#include <linux/completion.h>
#include <linux/gup_mirror.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/put_user_page.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

#include "gup_mirror.h"

#include <trace/events/gup_mirror.h>

#define NR_PAGES	8

/* The violations that the calling task was caught at. */
static struct {
	struct task_struct *task;
	unsigned int nr;
	const char *class;
	const char *acquired;
	const char *released;
	unsigned long site;
	unsigned long caller;
	unsigned long pfn;
} seen;

static void probe(void *data, const char *class, unsigned long site,
		  const char *acquired, unsigned long caller,
		  const char *released, unsigned long pfn)
{
	if (current != seen.task)
		return;

	seen.nr++;
	seen.class = class;
	seen.acquired = acquired;
	seen.released = released;
	seen.site = site;
	seen.caller = caller;
	seen.pfn = pfn;
}

static void expect_silence(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, seen.nr, 0);
}

/* Expect @nr violations since the last check, the last of them as given. */
static void expect_violation(struct kunit *test, unsigned int nr,
			     const char *class,
			     const char *acquired,
			     const char *released, unsigned long pfn)
{
	KUNIT_EXPECT_EQ(test, seen.nr, nr);
	KUNIT_EXPECT_STREQ(test, seen.class, class);
	KUNIT_EXPECT_STREQ(test, seen.acquired, acquired);
	KUNIT_EXPECT_STREQ(test, seen.released, released);
	KUNIT_EXPECT_EQ(test, seen.pfn, pfn);
	if (IS_MODULE(CONFIG_GUP_MIRROR_KUNIT_TEST)) {
		KUNIT_EXPECT_TRUE(test, within_module(seen.site, THIS_MODULE));
		KUNIT_EXPECT_TRUE(test, within_module(seen.caller,
						      THIS_MODULE));
	}
	seen.nr = 0;
}

/* Map memory in the test's own address space, with pages behind it. */
static unsigned long map_pages(struct kunit *test, unsigned int nr)
{
	unsigned long addr;
	unsigned int i;

	addr = kunit_vm_mmap(test, NULL, 0, nr * PAGE_SIZE,
			     PROT_READ | PROT_WRITE,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)addr));

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, 0,
				put_user(i, (int __user *)(addr +
							   i * PAGE_SIZE)));
	return addr;
}

/* Site of most acquires here; its own function, so that it is one site. */
static noinline void pin(struct kunit *test, unsigned long addr,
			 struct page **pages, int nr)
{
	KUNIT_ASSERT_EQ(test, nr,
			pin_user_pages_fast(addr, nr, FOLL_WRITE, pages));
}

static noinline void get(struct kunit *test, unsigned long addr,
			 struct page **pages, int nr)
{
	KUNIT_ASSERT_EQ(test, nr,
			get_user_pages_fast(addr, nr, FOLL_WRITE, pages));
}

/* A page with a place in the memmap. @test itself is on a stack, and has none. */
static struct page *ordinary_page(struct kunit *test)
{
	void *object = kunit_kzalloc(test, sizeof(long), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	return virt_to_page(object);
}

static void need_gets(struct kunit *test)
{
	if (gup_mirror_config.mode != GUP_MIRROR_ALL)
		kunit_skip(test, "needs gup_mirror=all");
}

static void need_repair(struct kunit *test)
{
	if (!gup_mirror_config.repair)
		kunit_skip(test, "booted with norepair");
}

/*
 * A fresh page is held by a per-CPU batch on its way to the LRU. Push it out, so
 * that references can be counted.
 */
static void settle(struct kunit *test, struct page *page)
{
	unsigned int tries;

	for (tries = 0; tries < 100 && !PageLRU(compound_head(page)); tries++)
		map_pages(test, PAGEVEC_SIZE);
	KUNIT_ASSERT_TRUE(test, PageLRU(compound_head(page)));
}

/* A page of the test's own, pinned; nobody else has a reference to it. */
static struct page *pin_one(struct kunit *test, int *refs_before)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page;

	pin(test, addr, &page, 1);
	settle(test, page);
	/* An order-0 pin counts as this many references. */
	*refs_before = page_ref_count(page) - GUP_PIN_COUNTING_BIAS;
	return page;
}

static struct page *get_one(struct kunit *test, int *refs_before)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page;

	get(test, addr, &page, 1);
	settle(test, page);
	*refs_before = page_ref_count(page) - 1;
	return page;
}

/* Take a reference that keeps the page alive and says how many there are. */
static struct page *hold(struct page *page)
{
	page = gup_mirror_canonical(page);
	get_page(page);
	return page;
}

static void expect_refs(struct kunit *test, struct page *held, int refs)
{
	KUNIT_EXPECT_EQ(test, page_ref_count(held), refs + 1);
	put_page(held);
}

/*
 * Pointers
 */

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
			KUNIT_ASSERT_EQ(test, READ_ONCE(page->flags),
					READ_ONCE(head[i].flags));
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
				gup_mirror_config.mode == GUP_MIRROR_ALL);
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

/*
 * Verdicts
 */

static void test_right(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);
	struct page *pages[NR_PAGES];
	struct page *held;
	int refs;
	unsigned int i;

	held = pin_one(test, &refs);
	unpin_user_page(held);
	expect_silence(test);

	pin(test, addr, pages, NR_PAGES);
	settle(test, pages[NR_PAGES - 1]);
	held = hold(pages[0]);
	refs = page_ref_count(held) - GUP_PIN_COUNTING_BIAS - 1;
	unpin_user_pages(pages, NR_PAGES);
	expect_refs(test, held, refs);

	pin(test, addr, pages, NR_PAGES);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, true);
	pin(test, addr, pages, NR_PAGES);
	unpin_user_pages_dirty_lock(pages, NR_PAGES, false);
	pin(test, addr, pages, 1);
	unpin_user_page_range_dirty_lock(pages[0], 1, true);
	pin(test, addr, pages, 1);
	unpin_user_folio(page_folio(pages[0]), 1);
	pin(test, addr, pages, 1);
	unpin_folio(page_folio(pages[0]));

	/* Code that was written against the patches of 2019. */
	pin(test, addr, pages, 1);
	put_user_page(pages[0]);
	pin(test, addr, pages, NR_PAGES);
	put_user_pages(pages, NR_PAGES);
	pin(test, addr, pages, NR_PAGES);
	put_user_pages_dirty_lock(pages, NR_PAGES);

	get(test, addr, pages, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++)
		put_page(pages[i]);
	get(test, addr, pages, NR_PAGES);
	release_pages(pages, NR_PAGES);
	get(test, addr, pages, 1);
	__free_pages(pages[0], 0);
	expect_silence(test);
}

static void test_laundered(struct kunit *test)
{
	int refs;
	struct page *page = pin_one(test, &refs);
	struct page *held = hold(page);

	unpin_user_page(pfn_to_page(page_to_pfn(page)));
	expect_silence(test);
	expect_refs(test, held, refs);

	page = get_one(test, &refs);
	held = hold(page);
	put_page(pfn_to_page(page_to_pfn(page)));
	expect_silence(test);
	expect_refs(test, held, refs);
}

static void test_put_on_pin(struct kunit *test)
{
	int refs;
	struct page *page, *held;
	unsigned long pfn;

	need_repair(test);

	page = pin_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	put_page(page);
	expect_violation(test, 1, "put-on-pin",
			 "pin_user_pages_fast",
			 "put_page", pfn);
	expect_refs(test, held, refs);

	page = pin_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	release_pages(&page, 1);
	expect_violation(test, 1, "put-on-pin",
			 "pin_user_pages_fast",
			 "release_pages", pfn);
	expect_refs(test, held, refs);

	page = pin_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	__free_pages(page, 0);
	expect_violation(test, 1, "put-on-pin",
			 "pin_user_pages_fast",
			 "__free_pages", pfn);
	expect_refs(test, held, refs);
}

static void test_unpin_on_get(struct kunit *test)
{
	int refs;
	struct page *page, *held;
	unsigned long pfn;

	need_gets(test);
	need_repair(test);

	page = get_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	unpin_user_page(page);
	expect_violation(test, 1, "unpin-on-get",
			 "get_user_pages_fast",
			 "unpin_user_page", pfn);
	expect_refs(test, held, refs);

	page = get_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	unpin_user_pages(&page, 1);
	expect_violation(test, 1, "unpin-on-get",
			 "get_user_pages_fast",
			 "unpin_user_pages", pfn);
	expect_refs(test, held, refs);

	page = get_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	unpin_user_pages_dirty_lock(&page, 1, true);
	expect_violation(test, 1, "unpin-on-get",
			 "get_user_pages_fast",
			 "unpin_user_pages_dirty_lock", pfn);
	KUNIT_EXPECT_TRUE(test, PageDirty(held));
	expect_refs(test, held, refs);

	page = get_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);
	unpin_user_page_range_dirty_lock(page, 1, false);
	expect_violation(test, 1, "unpin-on-get",
			 "get_user_pages_fast",
			 "unpin_user_page_range_dirty_lock", pfn);
	expect_refs(test, held, refs);
}

/* One wrong page between right ones, all of one folio or not. */
static void test_mixed_array(struct kunit *test)
{
	unsigned long addr = map_pages(test, NR_PAGES);
	struct page *pages[NR_PAGES];
	struct page *held;
	unsigned long pfn;
	int refs;

	need_gets(test);
	need_repair(test);

	pin(test, addr, pages, NR_PAGES);
	unpin_user_page(pages[3]);
	get(test, addr + 3 * PAGE_SIZE, &pages[3], 1);
	settle(test, pages[3]);
	pfn = page_to_pfn(pages[3]);
	held = hold(pages[3]);
	refs = page_ref_count(held) - 2;
	unpin_user_pages(pages, NR_PAGES);
	expect_violation(test, 1, "unpin-on-get",
			 "get_user_pages_fast",
			 "unpin_user_pages", pfn);
	expect_refs(test, held, refs);

	/* The same page twice: a pin and a get of it, side by side. */
	pin(test, addr, &pages[0], 1);
	get(test, addr, &pages[1], 1);
	pfn = page_to_pfn(pages[0]);
	held = hold(pages[0]);
	refs = page_ref_count(held) - GUP_PIN_COUNTING_BIAS - 2;
	unpin_user_pages(pages, 2);
	expect_violation(test, 1, "unpin-on-get",
			 "get_user_pages_fast",
			 "unpin_user_pages", pfn);
	expect_refs(test, held, refs);
}

static void test_extra_get(struct kunit *test)
{
	struct page *page, *held;
	unsigned long pfn;
	int refs;

	need_repair(test);
	page = pin_one(test, &refs);
	pfn = page_to_pfn(page);
	held = hold(page);

	/* As a socket buffer does: its own reference, through the pointer. */
	get_page(page);
	put_page(page);
	expect_silence(test);

	KUNIT_EXPECT_TRUE(test, try_get_page(page));
	get_page(page);
	release_pages(&page, 1);
	put_page(page);
	expect_silence(test);

	/* All used up. */
	put_page(page);
	expect_violation(test, 1, "put-on-pin",
			 "pin_user_pages_fast",
			 "put_page", pfn);
	expect_refs(test, held, refs);
}

/* What is left of extra references does not outlive the page. */
static void test_extra_get_is_forgotten(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page;

	need_repair(test);

	/* One too many from now on: a violation may be missed. */
	pin(test, addr, &page, 1);
	get_page(page);
	put_page(gup_mirror_canonical(page));
	put_page(page);
	expect_silence(test);
	get_page(gup_mirror_canonical(page));

	/* As if it were freed, and allocated again. */
	get_page(page);
	put_page(gup_mirror_canonical(page));
	unpin_user_page(page);
	KUNIT_EXPECT_FALSE(test, gup_mirror_free(gup_mirror_canonical(page)));
	pin(test, addr, &page, 1);
	put_page(page);
	expect_violation(test, 1, "put-on-pin", "pin_user_pages_fast",
			 "put_page", page_to_pfn(page));
}

/* A driver's KUnit test that makes a wrong release has to fail. */
static void test_fails_running_test(struct kunit *test)
{
	struct page *page;
	struct kunit fake;
	int refs;

	need_repair(test);
	page = pin_one(test, &refs);

	kunit_init_test(&fake, "fake test", NULL);
	current->kunit_test = &fake;
	WRITE_ONCE(gup_mirror_expected, false);
	put_page(page);
	WRITE_ONCE(gup_mirror_expected, true);
	current->kunit_test = test;

	KUNIT_EXPECT_EQ(test, fake.status, KUNIT_FAILURE);
	kunit_cleanup(&fake);
	seen.nr = 0;
}

/*
 * Sites
 */

static void test_overflow(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	long overflow = atomic_long_read(&gup_mirror_overflow);
	int limit = gup_mirror_sites_limit(GUP_MIRROR_PIN, -1);
	struct page *a = NULL, *b = NULL;
	int nr_a, nr_b;

	nr_a = pin_user_pages_fast(addr, 1, 0, &a);
	nr_b = pin_user_pages_fast(addr, 1, 0, &b);
	gup_mirror_sites_limit(GUP_MIRROR_PIN, limit);

	KUNIT_ASSERT_EQ(test, nr_a, 1);
	KUNIT_ASSERT_EQ(test, nr_b, 1);
	/* They share a view of the right kind, and that shows. */
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	KUNIT_EXPECT_TRUE(test, gup_mirror_is_pin_view(a));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_overflow),
			overflow + 2);

	unpin_user_page(a);
	expect_silence(test);
	/* The kind is enough for a verdict. */
	put_page(b);
	KUNIT_EXPECT_EQ(test, seen.nr, 1);
	KUNIT_EXPECT_STREQ(test, seen.class, "put-on-pin");
	KUNIT_EXPECT_EQ(test, seen.site, 0);
	seen.nr = 0;
}

#define NR_THREADS	4
#define NR_RACES	16

struct race {
	struct completion *go;
	unsigned int view[NR_RACES];
};

static int race_thread(void *data)
{
	struct race *race = data;
	unsigned int i;

	wait_for_completion(race->go);
	for (i = 0; i < NR_RACES; i++)
		race->view[i] = gup_mirror_site_view("pin_user_pages",
						     GUP_MIRROR_PIN, i + 1);

	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

/* All that find the same new site at once agree on its view. */
static void test_site_race(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(go);
	struct task_struct *threads[NR_THREADS];
	struct race *races;
	unsigned int i, j;

	races = kunit_kcalloc(test, NR_THREADS, sizeof(*races), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, races);

	for (i = 0; i < NR_THREADS; i++) {
		races[i].go = &go;
		threads[i] = kthread_run(race_thread, &races[i],
					 "gup_mirror_race/%u", i);
	}
	complete_all(&go);
	for (i = 0; i < NR_THREADS; i++) {
		if (IS_ERR(threads[i]))
			KUNIT_FAIL(test, "no thread");
		else
			kthread_stop(threads[i]);
	}

	for (j = 0; j < NR_RACES; j++) {
		for (i = 1; i < NR_THREADS; i++)
			KUNIT_EXPECT_EQ(test, races[i].view[j],
					races[0].view[j]);
		for (i = 0; i < j; i++)
			KUNIT_EXPECT_NE(test, races[0].view[i],
					races[0].view[j]);
	}
}

/*
 * Boot parameter
 */

static void test_parameter(struct kunit *test)
{
	const struct gup_mirror_config start = {
		.mode = GUP_MIRROR_OFF, .stacks = true, .repair = true,
	};
	struct gup_mirror_config config = start;
	char all[] = "all,fault=panic,nostacks,norepair";
	char last[] = "pin,off,fault=panic,fault=report";
	char bad[] = "alll,,fault,norepair,pin";
	char empty[] = "";

	gup_mirror_parse(all, &config);
	KUNIT_EXPECT_EQ(test, config.mode, GUP_MIRROR_ALL);
	KUNIT_EXPECT_TRUE(test, config.panic);
	KUNIT_EXPECT_FALSE(test, config.stacks);
	KUNIT_EXPECT_FALSE(test, config.repair);

	/* The last word on a matter counts. */
	config = start;
	gup_mirror_parse(last, &config);
	KUNIT_EXPECT_EQ(test, config.mode, GUP_MIRROR_OFF);
	KUNIT_EXPECT_FALSE(test, config.panic);

	/* Bad words are ignored, good ones among them are not. */
	config = start;
	gup_mirror_parse(bad, &config);
	KUNIT_EXPECT_EQ(test, config.mode, GUP_MIRROR_PINS);
	KUNIT_EXPECT_FALSE(test, config.panic);
	KUNIT_EXPECT_TRUE(test, config.stacks);
	KUNIT_EXPECT_FALSE(test, config.repair);

	config = start;
	gup_mirror_parse(empty, &config);
	KUNIT_EXPECT_MEMEQ(test, &config, &start, sizeof(config));
}

static int gup_mirror_test_init(struct kunit *test)
{
	if (gup_mirror_config.mode == GUP_MIRROR_OFF)
		kunit_skip(test, "the layer is off, boot with gup_mirror=all");

	memset(&seen, 0, sizeof(seen));
	seen.task = current;
	return 0;
}

static int gup_mirror_suite_init(struct kunit_suite *suite)
{
	WRITE_ONCE(gup_mirror_expected, true);
	return register_trace_gup_mirror_violation(probe, NULL);
}

static void gup_mirror_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_gup_mirror_violation(probe, NULL);
	tracepoint_synchronize_unregister();
	WRITE_ONCE(gup_mirror_expected, false);
}

static struct kunit_case gup_mirror_cases[] = {
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
	KUNIT_CASE(test_right),
	KUNIT_CASE(test_laundered),
	KUNIT_CASE(test_put_on_pin),
	KUNIT_CASE(test_unpin_on_get),
	KUNIT_CASE(test_mixed_array),
	KUNIT_CASE(test_extra_get),
	KUNIT_CASE(test_extra_get_is_forgotten),
	KUNIT_CASE(test_fails_running_test),
	KUNIT_CASE(test_overflow),
	KUNIT_CASE(test_site_race),
	{}
};

static struct kunit_suite gup_mirror_suite = {
	.name = "gup_mirror",
	.suite_init = gup_mirror_suite_init,
	.suite_exit = gup_mirror_suite_exit,
	.init = gup_mirror_test_init,
	.test_cases = gup_mirror_cases,
};

static struct kunit_case gup_mirror_parameter_cases[] = {
	KUNIT_CASE(test_parameter),
	{}
};

static struct kunit_suite gup_mirror_parameter_suite = {
	.name = "gup_mirror_parameter",
	.test_cases = gup_mirror_parameter_cases,
};

kunit_test_suites(&gup_mirror_suite, &gup_mirror_parameter_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("KUnit tests for GUP mirror");
MODULE_LICENSE("GPL");
