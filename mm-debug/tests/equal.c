// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests that releases do what those of mm/gup.c do.
 *
 * The layer does their work while it is on. So both get the same random arrays, and
 * have to leave the same references, pins and dirty folios.
 */

#include <kunit/test.h>

#include <linux/gfp.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/prandom.h>

#include "kunit.h"

#define NR_ROUNDS	200
#define NR_ITEMS	24
#define RANGE_ORDER	3

/* What is released */
struct stock {
	struct page *pages[3 * NR_PAGES + (1 << RANGE_ORDER)];
	unsigned int nr;
	/* The last of @pages: small, and behind each other. */
	struct page *range;
};

static void free_range(void *data)
{
	struct page *range = data;
	unsigned int i;

	for (i = 0; i < 1 << RANGE_ORDER; i++)
		__free_page(range + i);
}

static void stock_up(struct kunit *test, struct stock *stock,
		     const struct memory *memory)
{
	unsigned long addr = memory->map(test);
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		stock->pages[stock->nr++] = keep_page(test, addr + i * PAGE_SIZE);
}

static struct stock *make_stock(struct kunit *test)
{
	struct stock *stock = kunit_kzalloc(test, sizeof(*stock), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, stock);
	for (i = 0; i < NR_MEMORIES; i++)
		stock_up(test, stock, &memories[i]);

	stock->range = alloc_pages(GFP_KERNEL, RANGE_ORDER);
	KUNIT_ASSERT_NOT_NULL(test, stock->range);
	split_page(stock->range, RANGE_ORDER);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_range,
							   stock->range));
	for (i = 0; i < 1 << RANGE_ORDER; i++)
		stock->pages[stock->nr++] = stock->range + i;
	return stock;
}

/* How they are released */
enum release {
	UNPIN_PAGE,
	UNPIN_PAGES,
	UNPIN_PAGES_DIRTY,
	UNPIN_PAGES_CLEAN,
	UNPIN_RANGE_DIRTY,
	UNPIN_RANGE_CLEAN,
	UNPIN_USER_FOLIO,
	UNPIN_FOLIOS,
	NR_RELEASES
};

static bool is_range(enum release release)
{
	return release == UNPIN_RANGE_DIRTY || release == UNPIN_RANGE_CLEAN;
}

/*
 * Of holes, mm/gup.c skips those in arrays of folios, and those ahead of the first
 * page; at one that is behind a page, it crashes.
 */
static bool may_have_hole(enum release release, struct page **items, unsigned int i)
{
	switch (release) {
	case UNPIN_PAGES:
	case UNPIN_PAGES_CLEAN:
		return !i || !items[i - 1];
	default:
		return release == UNPIN_FOLIOS;
	}
}

static void do_release(enum release release, struct page **pages, unsigned int nr)
{
	struct folio *folios[NR_ITEMS];
	unsigned int i;

	switch (release) {
	case UNPIN_PAGE:
		for (i = 0; i < nr; i++)
			unpin_user_page(pages[i]);
		break;
	case UNPIN_PAGES:
		unpin_user_pages(pages, nr);
		break;
	case UNPIN_PAGES_DIRTY:
	case UNPIN_PAGES_CLEAN:
		unpin_user_pages_dirty_lock(pages, nr,
					    release == UNPIN_PAGES_DIRTY);
		break;
	case UNPIN_RANGE_DIRTY:
	case UNPIN_RANGE_CLEAN:
		unpin_user_page_range_dirty_lock(pages[0], nr,
						 release == UNPIN_RANGE_DIRTY);
		break;
	case UNPIN_USER_FOLIO:
		for (i = 0; i < nr; i++)
			unpin_user_folio(page_folio(pages[i]), 1);
		break;
	default:
		for (i = 0; i < nr; i++)
			folios[i] = pages[i] ? page_folio(pages[i]) : NULL;
		unpin_folios(folios, nr);
	}
}

/* A pin that the layer is not told of */
static void pin_unseen(struct page *page)
{
	struct folio *folio = page_folio(page);

	if (is_zero_page(page))
		return;
	if (folio_test_large(folio)) {
		folio_ref_add(folio, 1);
		atomic_inc(&folio->_pincount);
	} else {
		folio_ref_add(folio, GUP_PIN_COUNTING_BIAS);
	}
}

/* What is to be seen of a folio */
struct outcome {
	struct refs refs;
	bool dirty;
};

static struct outcome outcome_of(struct page *page)
{
	return (struct outcome) {
		.refs = refs_of(page),
		.dirty = folio_test_dirty(page_folio(page)),
	};
}

static void make_clean(const struct stock *stock)
{
	unsigned int i;

	for (i = 0; i < stock->nr; i++)
		folio_clear_dirty(page_folio(stock->pages[i]));
}

/* Choose what to release: canonical pointers, and holes. Returns how many. */
static unsigned int choose(const struct stock *stock, struct rnd_state *rnd,
			   enum release release, struct page **items)
{
	unsigned int i, at, nr = 1 + prandom_u32_state(rnd) % NR_ITEMS;

	if (is_range(release)) {
		nr = 1 + prandom_u32_state(rnd) % (1 << RANGE_ORDER);
		at = prandom_u32_state(rnd) % ((1 << RANGE_ORDER) - nr + 1);
		for (i = 0; i < nr; i++)
			items[i] = stock->range + at + i;
		return nr;
	}

	for (i = 0; i < nr; i++) {
		at = prandom_u32_state(rnd) % (stock->nr + stock->nr / 2);
		if (at < stock->nr)
			items[i] = stock->pages[at];
		else if (at % 3 == 0)
			items[i] = ZERO_PAGE(0);
		else if (may_have_hole(release, items, i))
			items[i] = NULL;
		else
			items[i] = i && items[i - 1] ? items[i - 1] : stock->pages[0];
	}
	return nr;
}

/* Release through the layer, by pointers into views of several sites. */
static void release_seen(struct rnd_state *rnd, enum release release,
			 struct page **items, unsigned int nr)
{
	unsigned long ip = 0x6000 + prandom_u32_state(rnd) % 3;
	struct page *pages[NR_ITEMS];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		pages[i] = items[i];
		/* A range is in one view. */
		if (!is_range(release))
			ip = 0x6000 + prandom_u32_state(rnd) % 3;
		if (pages[i] && !is_zero_page(pages[i]))
			pretend_pin_to_write(&pages[i], ip);
	}
	do_release(release, pages, nr);
}

static void release_unseen(enum release release, struct page **items,
			   unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (items[i])
			pin_unseen(items[i]);
	}
	WRITE_ONCE(gup_mirror_bypassed, current);
	do_release(release, items, nr);
	WRITE_ONCE(gup_mirror_bypassed, NULL);
}

static void test_equal(struct kunit *test)
{
	struct stock *stock = make_stock(test);
	struct page *items[NR_ITEMS];
	struct outcome *before;
	struct rnd_state rnd;
	unsigned int round, i, nr;

	before = kunit_kcalloc(test, stock->nr, sizeof(*before), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	prandom_seed_state(&rnd, 6);

	for (round = 0; round < NR_ROUNDS * NR_RELEASES; round++) {
		enum release release = round % NR_RELEASES;

		nr = choose(stock, &rnd, release, items);
		for (i = 0; i < stock->nr; i++)
			before[i].refs = refs_of(stock->pages[i]);

		make_clean(stock);
		release_unseen(release, items, nr);
		for (i = 0; i < stock->nr; i++)
			before[i].dirty = folio_test_dirty(page_folio(stock->pages[i]));

		make_clean(stock);
		release_seen(&rnd, release, items, nr);
		for (i = 0; i < stock->nr; i++) {
			struct outcome now = outcome_of(stock->pages[i]);

			KUNIT_EXPECT_EQ_MSG(test, now.refs.refs, before[i].refs.refs,
					    "round %u, release %u, page %u", round, release, i);
			KUNIT_EXPECT_EQ_MSG(test, now.refs.pincount, before[i].refs.pincount,
					    "round %u, release %u, page %u", round, release, i);
			KUNIT_EXPECT_EQ_MSG(test, now.dirty, before[i].dirty,
					    "round %u, release %u, page %u", round, release, i);
		}
		if (test->status == KUNIT_FAILURE)
			break;
	}
	expect_silence(test);
}

/* Nothing but holes, holes ahead of everything, and behind what ends a run. */
static void test_holes(struct kunit *test)
{
	unsigned long addr = map_pages(test, 2);
	struct page *page = keep_page(test, addr), *other = keep_page(test, addr + PAGE_SIZE);
	struct refs refs = refs_of(page), other_refs = refs_of(other);
	struct page *pages[6] = { };
	unsigned int i;

	unpin_user_pages(pages, ARRAY_SIZE(pages));
	unpin_user_pages_dirty_lock(pages, ARRAY_SIZE(pages), false);

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		memset(pages, 0, sizeof(pages));
		pin(test, addr, &pages[i], 1);
		unpin_user_pages(pages, ARRAY_SIZE(pages));
		expect_refs(test, page, refs);
	}

	/* A zero page, a folio that is shared, and one that is not */
	memset(pages, 0, sizeof(pages));
	pages[0] = ZERO_PAGE(0);
	pin(test, addr, &pages[2], 1);
	pin_elsewhere(test, addr, &pages[3], 1);
	pin(test, addr + PAGE_SIZE, &pages[5], 1);
	unpin_user_pages(pages, ARRAY_SIZE(pages));
	expect_refs(test, page, refs);
	expect_refs(test, other, other_refs);
	expect_silence(test);
}

/* A get view ahead of a hole */
static void test_hole_behind_get(struct kunit *test)
{
	unsigned long addr = map_pages(test, 2);
	struct page *page = keep_page(test, addr);
	struct refs refs = refs_of(page);
	struct page *pages[4] = { };

	need_gets(test);
	need_repair(test);
	get(test, addr, &pages[1], 1);
	pin(test, addr + PAGE_SIZE, &pages[3], 1);
	unpin_user_pages(pages, ARRAY_SIZE(pages));
	expect_class(test, 1, "unpin-on-get");
	expect_refs(test, page, refs);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_equal),
	KUNIT_CASE(test_holes),
	KUNIT_CASE(test_hole_behind_get),
	{}
};

GUP_MIRROR_KUNIT_SUITE(equal_suite, "gup_mirror_equal", cases);

kunit_test_suite(equal_suite);
