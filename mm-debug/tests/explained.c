// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of how many references are explained.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pagemap.h>
#include <linux/sched.h>

#include "../explained.h"
#include "kunit.h"

/* A fresh buffer, as a test of a driver has it, is yet in a batch of the LRU. */
static struct page *pin_fresh(struct kunit *test, unsigned long *addr)
{
	struct page *pinned;
	unsigned int tries;

	for (tries = 0; tries < 10; tries++) {
		*addr = map_pages(test, 1);
		pin(test, *addr, &pinned, 1);
		if (!PageLRU(pinned))
			return pinned;
		unpin_user_page(pinned);
	}
	kunit_skip(test, "the batches of the LRU are drained at once");
	return NULL;
}

static void test_fresh_is_certain(struct kunit *test)
{
	struct page *pinned;
	unsigned long addr;

	need_repair(test);
	pinned = pin_fresh(test, &addr);
	put_page(pinned);
	expect_class(test, 1, "put-on-pin");
}

/* What a batch has does not hide that a reference is missing. */
static void test_batch_is_explained(struct kunit *test)
{
	struct page *pinned;
	unsigned long addr;

	need_puts(test);
	pinned = pin_fresh(test, &addr);
	folio_put(page_folio(pinned));
	expect_put_on_pin(test, 1, "folio_put", pinned);
	expect_silence(test);
}

static struct page *restless;

static void never_the_same(struct folio *folio)
{
	/* What the ledger has of it is another word each time. */
	if (current == seen.task)
		get_page(restless);
}

static void stop_changes(void *data)
{
	WRITE_ONCE(gup_mirror_between_looks, NULL);
}

/* Who cannot be looked at in peace is not accused. */
static void test_torn(struct kunit *test)
{
	long unsure = atomic_long_read(&gup_mirror_puts_unsure);
	struct page *page, *pinned;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = keep_memory(test, &addr);
	pin(test, addr, &pinned, 1);
	refs = refs_of(page);

	restless = pinned;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, stop_changes, NULL));
	WRITE_ONCE(gup_mirror_between_looks, never_the_same);
	folio_put(page_folio(page));
	kunit_release_action(test, stop_changes, NULL);

	expect_silence(test);
	KUNIT_EXPECT_GE(test, atomic_long_read(&gup_mirror_puts_unsure),
			unsure + 1);
	/* References that were taken on the way, but for the one that was put. */
	folio_ref_sub(page_folio(page), folio_ref_count(page_folio(page)) -
					refs.refs);
	unpin_user_page(pinned);
}

/* A fault may map a folio of a file before it takes the reference for that. */
static void test_locked(struct kunit *test)
{
	long unsure = atomic_long_read(&gup_mirror_puts_unsure);
	struct page *page, *pinned;
	struct folio *folio;
	unsigned long addr;
	struct refs refs;

	need_puts(test);
	page = keep_memory(test, &addr);
	folio = page_folio(page);
	if (folio_test_anon(folio))
		kunit_skip(test, "not of a file");
	refs = refs_of(page);
	pin(test, addr, &pinned, 1);

	folio_lock(folio);
	folio_put(folio);
	folio_ref_inc(folio);
	folio_unlock(folio);
	expect_silence(test);
	KUNIT_EXPECT_GE(test, atomic_long_read(&gup_mirror_puts_unsure),
			unsure + 1);
	unpin_user_page(pinned);
	expect_refs(test, page, refs);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE(test_fresh_is_certain),
	KUNIT_CASE(test_batch_is_explained),
	KUNIT_CASE_PARAM(test_torn, memory_gen_params),
	KUNIT_CASE_PARAM(test_locked, memory_gen_params),
	{}
};

GUP_MIRROR_KUNIT_SUITE(explained_suite, "gup_mirror_explained", cases);

kunit_test_suite(explained_suite);
