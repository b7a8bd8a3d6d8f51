// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of pages that are mapped for a device, for memory of each
 * sort.
 */

#include <kunit/test.h>

#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/scatterlist.h>

#include "../mapped.h"
#include "kunit.h"

static void unregister(void *dev)
{
	root_device_unregister(dev);
}

/* A device that reaches all memory, and does nothing. */
static struct device *make_device(struct kunit *test)
{
	struct device *dev = root_device_register("gup-mirror-kunit");

	KUNIT_ASSERT_FALSE(test, IS_ERR(dev));
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, unregister, dev), 0);
	KUNIT_ASSERT_EQ(test, dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64)), 0);
	return dev;
}

/* What is pinned, and mapped. */
struct subject {
	struct device *dev;
	struct page *pages[NR_PAGES];
	long possible;
};

static struct subject subject_of(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	struct subject s = {
		.dev = make_device(test),
		.possible = atomic_long_read(&gup_mirror_possible),
	};
	unsigned long addr = memory->map(test);

	keep_page(test, addr);
	pin(test, addr, s.pages, NR_PAGES);
	return s;
}

static noinline dma_addr_t map_it(struct kunit *test, const struct subject *s,
				  struct page *page)
{
	dma_addr_t addr = dma_map_page(s->dev, page, 0, PAGE_SIZE, DMA_FROM_DEVICE);

	KUNIT_ASSERT_FALSE(test, dma_mapping_error(s->dev, addr));
	return addr;
}

static noinline void unmap_it(const struct subject *s, dma_addr_t addr)
{
	dma_unmap_page(s->dev, addr, PAGE_SIZE, DMA_FROM_DEVICE);
	barrier();
}

static noinline void unpin_them(struct page **pages, unsigned int nr)
{
	unpin_user_pages(pages, nr);
	barrier();
}

/* The page has @left mappings yet. */
static void expect_verdict(struct kunit *test, const struct subject *s,
			   unsigned int left)
{
	expect_violation(test, left, "unpin-while-mapped", "pin_user_pages_fast",
			 "unpin_user_pages",
			 page_to_pfn(&page_folio(s->pages[0])->page));
}

static void expect_possible(struct kunit *test, const struct subject *s, long nr)
{
	expect_silence(test);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_possible) - s->possible, nr);
}

static void expect_unmapped(struct kunit *test, const struct subject *s)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		KUNIT_EXPECT_FALSE(test, hold_of(s->pages[i]) & GUP_MIRROR_HOLD_MAPPED);
}

static void test_unmap_first(struct kunit *test)
{
	struct subject s = subject_of(test);
	dma_addr_t addr = map_it(test, &s, s.pages[0]);

	KUNIT_EXPECT_TRUE(test, hold_of(s.pages[0]) & GUP_MIRROR_HOLD_MAPPED);
	unmap_it(&s, addr);
	expect_unmapped(test, &s);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
}

/* Who unpins is listed, and who has mapped it. */
static void test_unpin_first(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct gup_mirror_finding finding;
	dma_addr_t addr = map_it(test, &s, s.pages[0]);

	unpin_them(s.pages, NR_PAGES);
	newest_record(test, &finding);
	expect_verdict(test, &s, 1);
	KUNIT_EXPECT_FALSE(test, finding.repaired);
	KUNIT_EXPECT_EQ(test, finding.nr_holders, 1);
	expect_caller(test, finding.caller, "unpin_them");
	expect_caller(test, finding.before, "map_it");

	/* That was said. */
	unmap_it(&s, addr);
	expect_possible(test, &s, 0);
}

/* One of two mappings is left. */
static void test_mapped_twice(struct kunit *test)
{
	struct subject s = subject_of(test);
	dma_addr_t addr = map_it(test, &s, s.pages[0]);

	KUNIT_EXPECT_EQ(test, map_it(test, &s, s.pages[0]), addr);
	unmap_it(&s, addr);
	unpin_them(s.pages, NR_PAGES);
	expect_verdict(test, &s, 1);
	unmap_it(&s, addr);
	expect_possible(test, &s, 0);
}

/* Two mappings begin at the same place, and are of different length. */
static void test_overlap(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct scatterlist longer, shorter;

	sg_init_table(&longer, 1);
	sg_set_page(&longer, s.pages[0], PAGE_SIZE, 0);
	sg_init_table(&shorter, 1);
	sg_set_page(&shorter, s.pages[0], PAGE_SIZE / 2, 0);
	KUNIT_ASSERT_EQ(test, dma_map_sg(s.dev, &longer, 1, DMA_TO_DEVICE), 1);
	KUNIT_ASSERT_EQ(test, dma_map_sg(s.dev, &shorter, 1, DMA_TO_DEVICE), 1);
	dma_unmap_sg(s.dev, &longer, 1, DMA_TO_DEVICE);
	KUNIT_EXPECT_TRUE(test, hold_of(s.pages[0]) & GUP_MIRROR_HOLD_MAPPED);
	/* An address that is the same by chance is that of something else. */
	unmap_it(&s, sg_phys(&shorter));
	KUNIT_EXPECT_TRUE(test, hold_of(s.pages[0]) & GUP_MIRROR_HOLD_MAPPED);
	dma_unmap_sg(s.dev, &shorter, 1, DMA_TO_DEVICE);
	expect_unmapped(test, &s);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
}

/* So many that they are not taken out at once. */
static void test_many(struct kunit *test)
{
	struct subject s = subject_of(test);
	dma_addr_t addr = map_it(test, &s, s.pages[0]);
	unsigned int i;

	for (i = 1; i < 1000; i++)
		KUNIT_EXPECT_EQ(test, map_it(test, &s, s.pages[0]), addr);
	for (i = 0; i < 999; i++)
		unmap_it(&s, addr);
	KUNIT_EXPECT_TRUE(test, hold_of(s.pages[0]) & GUP_MIRROR_HOLD_MAPPED);
	unmap_it(&s, addr);
	expect_unmapped(test, &s);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
}

/* Somebody keeps it, and may be the one who has mapped it: as sockets do. */
static void test_kept(struct kunit *test)
{
	struct subject s = subject_of(test);
	dma_addr_t addr = map_it(test, &s, s.pages[0]);

	get_page(s.pages[0]);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
	unmap_it(&s, addr);
	put_page(s.pages[0]);
	expect_possible(test, &s, 0);
}

/* The same, and nobody has seen it. */
static void test_folio_kept(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct folio *folio = page_folio(s.pages[0]);
	dma_addr_t addr = map_it(test, &s, s.pages[0]);

	if (READ_ONCE(gup_mirror_strict))
		kunit_skip(test, "booted with gup_mirror.strict");
	folio_get(folio);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
	unmap_it(&s, addr);
	folio_put(folio);
	expect_possible(test, &s, 0);
}

/* Another pin keeps it, and that is not the one which was mapped. */
static void test_others_hold(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	struct subject s = { .dev = make_device(test),
		.possible = atomic_long_read(&gup_mirror_possible) };
	unsigned long uaddr = memory->map(test);
	struct page *others[NR_PAGES];
	dma_addr_t addr;

	keep_page(test, uaddr);
	pin(test, uaddr, s.pages, NR_PAGES);
	pin_elsewhere(test, uaddr, others, NR_PAGES);
	addr = map_it(test, &s, s.pages[0]);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
	unpin_them(others, NR_PAGES);
	expect_possible(test, &s, 0);
	unmap_it(&s, addr);
}

/* Nobody knows whose pointer it was. */
static void test_canonical(struct kunit *test)
{
	struct subject s = subject_of(test);
	dma_addr_t addr = map_it(test, &s, launder(s.pages[0]));

	expect_unmapped(test, &s);
	unpin_them(s.pages, NR_PAGES);
	unmap_it(&s, addr);
	expect_possible(test, &s, 0);
}

static void fill_list(struct scatterlist *sgl, struct page **pages)
{
	unsigned int i;

	sg_init_table(sgl, NR_PAGES);
	for (i = 0; i < NR_PAGES; i++)
		sg_set_page(&sgl[i], pages[i], PAGE_SIZE, 0);
}

static void test_list(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct scatterlist sgl[NR_PAGES];
	struct sg_table table = {
		.sgl = sgl,
		.nents = NR_PAGES,
		.orig_nents = NR_PAGES,
	};
	struct page *pages[NR_PAGES];

	memcpy(pages, s.pages, sizeof(pages));
	fill_list(sgl, pages);
	KUNIT_ASSERT_GT(test, dma_map_sg(s.dev, sgl, NR_PAGES, DMA_TO_DEVICE), 0);
	dma_unmap_sg(s.dev, sgl, NR_PAGES, DMA_TO_DEVICE);
	expect_unmapped(test, &s);

	KUNIT_ASSERT_EQ(test, dma_map_sgtable(s.dev, &table, DMA_TO_DEVICE, 0), 0);
	unpin_them(pages, NR_PAGES);
	expect_class(test, NR_PAGES, "unpin-while-mapped");
	dma_unmap_sgtable(s.dev, &table, DMA_TO_DEVICE, 0);
	expect_possible(test, &s, 0);
}

/* Of the mapping nothing is known, but of the pages. */
static void test_unmap_late(struct kunit *test)
{
	struct subject s = subject_of(test);
	struct gup_mirror_finding finding;
	struct scatterlist sgl[NR_PAGES];

	fill_list(sgl, s.pages);
	no_memory(test);
	KUNIT_ASSERT_GT(test, dma_map_sg(s.dev, sgl, NR_PAGES, DMA_TO_DEVICE), 0);
	enough_memory(NULL);
	unpin_them(s.pages, NR_PAGES);
	expect_possible(test, &s, 0);
	dma_unmap_sg(s.dev, sgl, NR_PAGES, DMA_TO_DEVICE);
	expect_possible(test, &s, NR_PAGES);
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, finding.class, GUP_MIRROR_UNPIN_WHILE_MAPPED);
	KUNIT_EXPECT_TRUE(test, finding.possible);
	expect_caller(test, finding.caller, "test_unmap_late");
	expect_caller(test, finding.before, "unpin_them");
}

static void test_no_memory(struct kunit *test)
{
	struct subject s = subject_of(test);
	long lost = atomic_long_read(&gup_mirror_mappings_lost);
	dma_addr_t addr;

	no_memory(test);
	addr = map_it(test, &s, s.pages[0]);
	enough_memory(NULL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_mappings_lost), lost + 1);
	unpin_them(s.pages, NR_PAGES);
	unmap_it(&s, addr);
	expect_possible(test, &s, 0);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_unmap_first, memory_gen_params),
	KUNIT_CASE_PARAM(test_unpin_first, memory_gen_params),
	KUNIT_CASE_PARAM(test_mapped_twice, memory_gen_params),
	KUNIT_CASE_PARAM(test_overlap, memory_gen_params),
	KUNIT_CASE_PARAM(test_many, memory_gen_params),
	KUNIT_CASE_PARAM(test_kept, memory_gen_params),
	KUNIT_CASE_PARAM(test_folio_kept, memory_gen_params),
	KUNIT_CASE_PARAM(test_others_hold, memory_gen_params),
	KUNIT_CASE_PARAM(test_canonical, memory_gen_params),
	KUNIT_CASE_PARAM(test_list, memory_gen_params),
	KUNIT_CASE_PARAM(test_unmap_late, memory_gen_params),
	KUNIT_CASE_PARAM(test_no_memory, memory_gen_params),
	{}
};

GUP_MIRROR_KUNIT_SUITE(mapped_suite, "gup_mirror_mapped", cases);

kunit_test_suite(mapped_suite);
