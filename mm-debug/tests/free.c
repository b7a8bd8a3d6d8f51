// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of references that are stolen from pinned pages.
 */

#include <kunit/test.h>

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/gup_mirror.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/page-flags.h>
#include <linux/shmem_fs.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kunit.h"

/* How often the page that is looked for was freed. */
static struct {
	unsigned long pfn;
	atomic_t nr;
} freed;

static void probe_free(void *data, struct page *page, unsigned int order)
{
	if (page_to_pfn(page) == READ_ONCE(freed.pfn))
		atomic_inc(&freed.nr);
}

static struct tracepoint *free_tracepoint;

static void find_free(struct tracepoint *tp, void *data)
{
	if (!strcmp(tp->name, "mm_page_free"))
		free_tracepoint = tp;
}

static void stop_probe(void *data)
{
	tracepoint_probe_unregister(free_tracepoint, probe_free, NULL);
	tracepoint_synchronize_unregister();
	free_tracepoint = NULL;
}

static void watch(struct kunit *test, unsigned long pfn)
{
	WRITE_ONCE(freed.pfn, pfn);
	atomic_set(&freed.nr, 0);
	if (free_tracepoint)
		return;
	/* The tracepoint is not there for modules by name. */
	for_each_kernel_tracepoint(find_free, NULL);
	KUNIT_ASSERT_NOT_NULL(test, free_tracepoint);
	KUNIT_ASSERT_EQ(test, 0, tracepoint_probe_register(free_tracepoint,
							   probe_free, NULL));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, stop_probe, NULL));
}

static void expect_freed(struct kunit *test, int nr)
{
	KUNIT_EXPECT_EQ(test, atomic_read(&freed.nr), nr);
}

/*
 * A folio that nobody has but the test, by one reference and @nr pins, which it
 * is told by canonical pointers and to give back itself.
 */
static struct folio *only_pinned(struct kunit *test, struct page **pages,
				 int nr)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct folio *folio;
	struct page *page;
	int i;

	get(test, addr, &page, 1);
	folio = page_folio(page);
	wait_for_lru(test, &folio->page);
	for (i = 0; i < nr; i++)
		pin(test, addr, &pages[i], 1);
	KUNIT_ASSERT_EQ(test, 0, vm_munmap(addr, memory->large ? PMD_SIZE :
								 PAGE_SIZE));
	if (!folio_test_anon(folio))
		shmem_truncate_range(folio->mapping->host, 0, -1);
	watch(test, folio_pfn(folio));
	return folio;
}

/* References that @nr pins have. */
static int refs_of_pins(const struct folio *folio, int nr)
{
	return folio_test_large(folio) ? nr : nr * GUP_PIN_COUNTING_BIAS;
}

/*
 * Drop all references, of whomever, in a way that nobody looks at, until the folio is
 * freed.
 */
static noinline void steal_all(struct folio *folio)
{
	int i, refs = folio_ref_count(folio);

	for (i = 0; i < refs; i++) {
		if (folio_put_testzero(folio))
			__folio_put(folio);
	}
}

static void test_free_while_pinned(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *pages[3];
	struct account account;
	struct folio *folio;
	int i, nr = ARRAY_SIZE(pages);

	need_repair(test);
	folio = only_pinned(test, pages, nr);
	account_begin(&account, pages[0]);
	KUNIT_ASSERT_EQ(test, folio_ref_count(folio),
			refs_of_pins(folio, nr) + 1);

	steal_all(folio);
	KUNIT_EXPECT_STREQ(test, seen.acquired, "pin_user_pages_fast");
	KUNIT_EXPECT_EQ(test, seen.pfn, folio_pfn(folio));
	expect_class(test, 1, "free-while-pinned");
	newest_record(test, &finding);
	expect_caller(test, finding.caller, "steal_all");
	KUNIT_EXPECT_EQ(test, finding.pins, nr);
	KUNIT_EXPECT_TRUE(test, finding.repaired);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), account.view);

	/* It has come back, with its pins and nothing else. */
	expect_freed(test, 0);
	for (i = nr; i; i--) {
		KUNIT_EXPECT_EQ(test, folio_ref_count(folio),
				refs_of_pins(folio, i));
		if (folio_test_large(folio))
			KUNIT_EXPECT_EQ(test, atomic_read(&folio->_pincount), i);
		KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(folio));
		KUNIT_EXPECT_EQ(test, pins_of(&folio->page), i);
		expect_freed(test, 0);
		unpin_user_page(pages[i - 1]);
	}
	expect_freed(test, 1);
	expect_silence(test);
	EXPECT_ACCOUNT(test, &account, .right = nr, .wrong = 1, .held = -nr,
		       .hold = NOT_TIMED);
}

static noinline void put_one(struct folio *folio)
{
	folio_put(folio);
	barrier();
}

/* A put that is looked at is that of who has called it, also when it is the last. */
static void test_free_by_put(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	struct gup_mirror_finding finding;
	struct page *page, *other;
	struct folio *folio;

	need_repair(test);
	need_puts(test);
	if (!memory->large)
		kunit_skip(test, "the pins have too many references to put them one by one");
	folio = only_pinned(test, &page, 1);
	/* Whose pin a put has taken is not certain then, so that nothing is repaired. */
	other = &folio->page;
	pretend_pin(&other, _THIS_IP_);

	put_one(folio);
	expect_silence(test);
	put_one(folio);
	expect_class(test, 1, "put-on-pin");
	put_one(folio);
	newest_record(test, &finding);
	expect_class(test, 1, "free-while-pinned");
	expect_caller(test, finding.caller, "put_one");

	unpin_user_page(page);
	expect_freed(test, 0);
	unpin_user_page(other);
	expect_freed(test, 1);
	expect_silence(test);
}

/* It may happen again to the same folio. */
static void test_free_twice(struct kunit *test)
{
	struct folio *folio;
	struct page *page;

	need_repair(test);
	folio = only_pinned(test, &page, 1);
	steal_all(folio);
	expect_class(test, 1, "free-while-pinned");
	steal_all(folio);
	expect_class(test, 1, "free-while-pinned");
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), refs_of_pins(folio, 1));
	expect_freed(test, 0);
	unpin_user_page(launder(page));
	expect_freed(test, 1);
}

/* Given back before: freed once, and nobody says a word. */
static void test_free_after_pins(struct kunit *test)
{
	struct folio *folio;
	struct page *pages[2];

	folio = only_pinned(test, pages, 2);
	unpin_user_pages(pages, 2);
	expect_freed(test, 0);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	folio_put(folio);
	expect_freed(test, 1);
	expect_silence(test);

	/* The pins may be the last. */
	folio = only_pinned(test, pages, 2);
	folio_put(folio);
	expect_freed(test, 0);
	unpin_user_pages(pages, 2);
	expect_freed(test, 1);
	expect_silence(test);
}

/* While nobody is to be told, it is as ever, and the account ends with the folio. */
static void test_free_disabled(struct kunit *test)
{
	struct account account;
	struct folio *folio;
	struct page *page;

	folio = only_pinned(test, &page, 1);
	account_begin(&account, page);
	/* The allocator would complain. */
	if (folio_test_large(folio))
		atomic_set(&folio->_pincount, 0);
	WRITE_ONCE(gup_mirror_enabled, false);
	steal_all(folio);
	WRITE_ONCE(gup_mirror_enabled, true);
	expect_silence(test);
	expect_freed(test, 1);
	EXPECT_ACCOUNT(test, &account, .held = -1, .hold = 1);
}

/* What is known of a release does not outlive the folio either. */
static void test_alien_is_forgotten(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct gup_mirror_finding finding;
	struct page *page, *pinned, *other;

	need_repair(test);
	page = keep_page(test, addr);

	/* Released through the pointer of another site, which is right. */
	pin_elsewhere(test, map_pages(test, 1), &other, 1);
	pin(test, addr, &pinned, 1);
	unpin_user_page(other + (page - launder(other)));
	expect_silence(test);
	KUNIT_EXPECT_FALSE(test, gup_mirror_free(&page_folio(page)->page));

	/* That was another life. */
	unpin_user_page(page);
	expect_class(test, 1, "unpin-unpinned");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), GUP_MIRROR_NO_VIEW);
	unpin_user_page(other);
}

/* So many references are missing that the kernel takes it for not pinned. */
static void test_lost_pin(struct kunit *test)
{
	struct gup_mirror_held held = { };
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *page, *pinned;
	struct folio *folio;
	struct refs refs;

	need_repair(test);
	page = keep_page(test, addr);
	folio = page_folio(page);
	if (memory->large)
		kunit_skip(test, "a large folio has a count of its pins");
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);

	gup_mirror_walk(&held);
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, held.lost, 0);
	KUNIT_EXPECT_GE(test, held.sum.pins, 1);

	folio_ref_sub(folio, refs.refs + 1);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_EQ(test, held.lost, 1);
	expect_violation(test, 1, "lost-pin", "pin_user_pages_fast", "none",
			 page_to_pfn(page));

	folio_ref_add(folio, refs.refs + 1);
	unpin_user_page(pinned);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_EQ(test, held.lost, 0);
	expect_silence(test);
	expect_refs(test, page, refs);
}

/*
 * Nobody has it any more but those who pinned it: no harm is done. With one
 * reference less, there is, even if the kernel still takes it for pinned.
 */
static void test_lost_reference(struct kunit *test)
{
	struct gup_mirror_held held = { };
	struct page *page, *pinned[2];
	struct folio *folio;

	need_repair(test);
	folio = only_pinned(test, pinned, 2);
	page = &folio->page;

	folio_ref_sub(folio, 1);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_GE(test, held.sum.orphans, 1);
	KUNIT_EXPECT_EQ(test, held.lost, 0);
	expect_silence(test);

	folio_ref_sub(folio, 1);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(folio));
	KUNIT_EXPECT_EQ(test, held.lost, 1);
	expect_violation(test, 1, "lost-pin", "pin_user_pages_fast", "none",
			 page_to_pfn(page));

	folio_ref_add(folio, 1);
	unpin_user_page(pinned[0]);
	unpin_user_page(pinned[1]);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_EQ(test, held.lost, 0);
	expect_silence(test);
}

/* As many as the pins have are there, but it is mapped as well. */
static void test_lost_mapping(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct gup_mirror_held held = { };
	struct page *page, *pinned;
	struct refs refs;

	need_repair(test);
	page = keep_page(test, addr);
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_EQ(test, held.lost, 0);

	folio_ref_sub(page_folio(page), 1);
	gup_mirror_walk(&held);
	KUNIT_EXPECT_EQ(test, held.lost, 1);
	expect_violation(test, 1, "lost-pin", "pin_user_pages_fast", "none",
			 page_to_pfn(page));

	folio_ref_add(page_folio(page), 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
	expect_silence(test);
}

#ifdef CONFIG_ZONE_DEVICE

/*
 * Device memory. There is none behind the addresses, but a memmap.
 */

#define DEVICE_START	(32ULL * SZ_1G)
#define DEVICE_SIZE	SZ_128M

static struct dev_pagemap *device_pgmap;

static void device_free(void *page)
{
}

/* The first is page_free() or folio_free(), as of the version. */
static const struct dev_pagemap_ops device_ops = { (void *)device_free };

static void unmap_device(void *pgmap)
{
	memunmap_pages(pgmap);
}

static struct page *device_page(struct kunit *test)
{
	struct dev_pagemap *pgmap = kunit_kzalloc(test, sizeof(*pgmap),
						  GFP_KERNEL);
	void *addr;

	KUNIT_ASSERT_NOT_NULL(test, pgmap);
	pgmap->type = MEMORY_DEVICE_GENERIC;
	pgmap->range.start = DEVICE_START;
	pgmap->range.end = DEVICE_START + DEVICE_SIZE - 1;
	pgmap->nr_range = 1;
	pgmap->ops = &device_ops;

	if ((DEVICE_START >> PAGE_SHIFT) * sizeof(struct page) >
	    gup_mirror_region.mask)
		kunit_skip(test, "the address is beyond the views");
	addr = memremap_pages(pgmap, NUMA_NO_NODE);
	if (IS_ERR(addr))
		kunit_skip(test, "no memmap for a device, error %ld",
			   PTR_ERR(addr));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unmap_device, pgmap));
	device_pgmap = pgmap;
	return pfn_to_page((DEVICE_START >> PAGE_SHIFT) + 5);
}

static void test_device(struct kunit *test)
{
	long untracked = atomic_long_read(&gup_mirror_untracked);
	struct page *page = device_page(test), *pinned = page;
	struct refs refs = refs_of(page);
	struct account account;

	need_repair(test);

	pretend_pin(&pinned, _THIS_IP_);
	KUNIT_EXPECT_TRUE(test, gup_mirror_is_pin_view(pinned));
	account_begin(&account, pinned);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(pinned);
	expect_silence(test);
	expect_refs(test, page, refs);

	unpin_user_page(pinned);
	expect_class(test, 1, "double-unpin");
	expect_refs(test, page, refs);

	pretend_pin(&pinned, _THIS_IP_);
	put_page(pinned);
	expect_class(test, 1, "put-on-pin");
	expect_refs(test, page, refs);

	pretend_pin(&pinned, _THIS_IP_);
	unpin_user_page(launder(pinned));
	expect_silence(test);
	expect_refs(test, page, refs);
	unpin_user_page(page);
	expect_class(test, 1, "unpin-unpinned");
	expect_refs(test, page, refs);

	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_untracked),
			untracked);
}

static void test_device_free(struct kunit *test)
{
	struct page *page = device_page(test), *pinned = page;
	struct refs refs = refs_of(page);
	struct folio *folio = page_folio(page);

	need_repair(test);

	pretend_pin(&pinned, _THIS_IP_);
	steal_all(folio);
	expect_class(test, 1, "free-while-pinned");
	/* One that is free has its first reference again. */
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), GUP_PIN_COUNTING_BIAS);
	unpin_user_page(pinned);
	expect_silence(test);
	expect_refs(test, page, refs);
}

/* The memmap of a device goes, and comes back as that of other memory. */
static void test_device_returns(struct kunit *test)
{
	struct page *page = device_page(test), *pinned = page;

	pretend_pin(&pinned, _THIS_IP_);
	get_page(pinned);
	unpin_user_page(pinned);
	put_page(page);
	KUNIT_EXPECT_EQ(test, extra_of(page), 1);
	expect_silence(test);

	kunit_release_action(test, unmap_device, device_pgmap);
	page = device_page(test);
	KUNIT_EXPECT_EQ(test, hold_of(page), 0);
	KUNIT_EXPECT_EQ(test, extra_of(page), 0);
}

/* Chunks stay, also from a run of these tests before this one. */
static void need_unseen(struct kunit *test, const struct page *page)
{
	if (gup_mirror_kunit_entry(page_folio(page)))
		kunit_skip(test, "there is an entry from an earlier run");
}

/* Without memory for an entry nothing is known, and nobody is blamed. */
static void test_untracked(struct kunit *test)
{
	long untracked = atomic_long_read(&gup_mirror_untracked);
	/* In a MiB where nobody has pinned anything. */
	struct page *page = device_page(test) + 16 * GUP_MIRROR_CHUNK_ENTRIES;
	struct page *unseen = page, *pinned = page;
	struct refs refs = refs_of(page);

	need_repair(test);
	need_unseen(test, page);
	no_memory(test);
	pretend_pin(&unseen, _THIS_IP_);
	enough_memory(NULL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_untracked),
			untracked + 1);
	KUNIT_EXPECT_EQ(test, pins_of(page), 0);

	pretend_pin(&pinned, _THIS_IP_);
	KUNIT_EXPECT_EQ(test, pins_of(page), 1);
	unpin_user_page(pinned);
	unpin_user_page(unseen);
	expect_silence(test);
	expect_refs(test, page, refs);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_untracked_held), 0);

	unpin_user_page(pinned);
	expect_class(test, 1, "double-unpin");
	expect_refs(test, page, refs);
}

/*
 * A call may need more of the ledger than is in reserve: pages may be anywhere. That
 * matters where the allocator cannot be asked from within rcu_read_lock().
 */
static void test_scattered(struct kunit *test)
{
	long untracked = atomic_long_read(&gup_mirror_untracked);
	/* In as many MiB where nobody has pinned anything. */
	struct page *page = device_page(test) + 32 * GUP_MIRROR_CHUNK_ENTRIES;
	struct page *pages[32];
	struct refs refs = refs_of(page);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = page + i * GUP_MIRROR_CHUNK_ENTRIES;
		need_unseen(test, pages[i]);
	}
	pretend_pins(pages, ARRAY_SIZE(pages), _THIS_IP_);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_untracked), untracked);

	unpin_user_pages(pages, ARRAY_SIZE(pages));
	expect_silence(test);
	expect_refs(test, page, refs);
}

#endif /* CONFIG_ZONE_DEVICE */

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_free_while_pinned, memory_gen_params),
	KUNIT_CASE_PARAM(test_free_by_put, memory_gen_params),
	KUNIT_CASE_PARAM(test_free_twice, memory_gen_params),
	KUNIT_CASE_PARAM(test_free_after_pins, memory_gen_params),
	KUNIT_CASE_PARAM(test_free_disabled, memory_gen_params),
	KUNIT_CASE_PARAM(test_alien_is_forgotten, memory_gen_params),
	KUNIT_CASE_PARAM(test_lost_pin, memory_gen_params),
	KUNIT_CASE_PARAM(test_lost_reference, memory_gen_params),
	KUNIT_CASE_PARAM(test_lost_mapping, memory_gen_params),
#ifdef CONFIG_ZONE_DEVICE
	KUNIT_CASE(test_device),
	KUNIT_CASE(test_device_free),
	KUNIT_CASE(test_device_returns),
	KUNIT_CASE(test_untracked),
	KUNIT_CASE(test_scattered),
#endif
	{}
};

GUP_MIRROR_KUNIT_SUITE(free_suite, "gup_mirror_free", cases);

kunit_test_suite(free_suite);
