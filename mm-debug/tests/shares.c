// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of folios that several sites have pinned.
 */

#include <kunit/test.h>

#include <linux/atomic.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>

#include "kunit.h"

#define NR_SITES	12

/* A pin that shares a folio has no time of its own. */
#define EXPECT_SHARED(test, before, ...)				\
	EXPECT_ACCOUNT(test, before, .hold = NOT_TIMED, ##__VA_ARGS__)

static struct page *subject_of(struct kunit *test, unsigned long *addr,
			       struct refs *refs)
{
	const struct memory *memory = test->param_value;
	struct page *page;

	*addr = memory->map(test);
	page = keep_page(test, *addr);
	*refs = refs_of(page);
	return page;
}

static void expect_guessed(struct kunit *test, const struct page *page,
			   bool guessed)
{
	KUNIT_EXPECT_EQ(test, !!(hold_of(page) & GUP_MIRROR_HOLD_GUESSED),
			guessed);
}

/* Through views, each site gives back its own, in whatever order. */
static void test_through_views(struct kunit *test)
{
	struct page *page, *a[3], *b[2];
	struct account of_a, of_b;
	unsigned long addr;
	struct refs refs;
	unsigned int i;

	page = subject_of(test, &addr, &refs);
	pin(test, addr, &a[0], 1);
	pin_elsewhere(test, addr, &b[0], 1);
	account_begin(&of_a, a[0]);
	account_begin(&of_b, b[0]);
	pin(test, addr, &a[1], 1);
	pin_elsewhere(test, addr, &b[1], 1);
	pin(test, addr, &a[2], 1);
	expect_pinned(test, page, refs, 5);
	EXPECT_SHARED(test, &of_a, .calls = 2, .pages = 2, .held = 2);
	EXPECT_SHARED(test, &of_b, .calls = 1, .pages = 1, .held = 1);

	/* At first those who came first. */
	unpin_user_page(a[0]);
	EXPECT_SHARED(test, &of_a, .calls = 2, .pages = 2, .held = 1,
		      .right = 1);
	unpin_user_pages(a + 1, 2);
	EXPECT_SHARED(test, &of_a, .calls = 2, .pages = 2, .held = -1,
		      .right = 3);
	EXPECT_SHARED(test, &of_b, .calls = 1, .pages = 1, .held = 1);
	expect_pinned(test, page, refs, 2);
	expect_guessed(test, page, false);

	/* They come again, although the entry still has their name. */
	pin(test, addr, &a[0], 1);
	unpin_user_page(b[0]);
	EXPECT_SHARED(test, &of_b, .calls = 1, .pages = 1, .right = 1);
	unpin_user_page(b[1]);
	EXPECT_SHARED(test, &of_b, .calls = 1, .pages = 1, .held = -1,
		      .right = 2);
	expect_guessed(test, page, false);
	unpin_user_page(a[0]);
	EXPECT_SHARED(test, &of_a, .calls = 3, .pages = 3, .held = -1,
		      .right = 4);
	expect_refs(test, page, refs);

	/* Both with one call: the last pin of the folio is claimed by neither. */
	pin(test, addr, &a[0], 1);
	pin_elsewhere(test, addr, &b[0], 1);
	for (i = 0; i < 2; i++) {
		struct page *both[] = { i ? a[0] : b[0], i ? b[0] : a[0] };

		unpin_user_pages(both, 2);
		expect_refs(test, page, refs);
		pin(test, addr, &a[0], 1);
		pin_elsewhere(test, addr, &b[0], 1);
	}
	unpin_user_page(b[0]);
	unpin_user_page(a[0]);
	EXPECT_SHARED(test, &of_a, .calls = 6, .pages = 6, .held = -1,
		      .right = 7);
	EXPECT_SHARED(test, &of_b, .calls = 4, .pages = 4, .held = -1,
		      .right = 5);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Two groups of one site: laundered or not, there is one site only. */
static void test_one_owner(struct kunit *test)
{
	struct page *page, *pages[4];
	struct account account;
	unsigned long addr;
	struct refs refs;
	unsigned int i;

	page = subject_of(test, &addr, &refs);
	pin(test, addr, &pages[0], 1);
	account_begin(&account, pages[0]);
	for (i = 1; i < ARRAY_SIZE(pages); i++)
		pin(test, addr, &pages[i], 1);
	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		unpin_user_page(launder(pages[i]));
		expect_guessed(test, page, false);
	}
	EXPECT_SHARED(test, &account, .calls = 3, .pages = 3, .held = -1,
		      .laundered = 4);
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* Whose pins are released is guessed. In the end nothing is left of that. */
static void test_laundered(struct kunit *test)
{
	struct page *page, *a[2], *b[2];
	struct account of_a, of_b;
	unsigned long addr;
	struct refs refs;

	page = subject_of(test, &addr, &refs);
	pin(test, addr, &a[0], 1);
	pin_elsewhere(test, addr, &b[0], 1);
	account_begin(&of_a, a[0]);
	account_begin(&of_b, b[0]);
	pin(test, addr, &a[1], 1);
	pin_elsewhere(test, addr, &b[1], 1);

	unpin_user_page(launder(a[0]));
	expect_guessed(test, page, true);
	expect_pinned(test, page, refs, 3);
	unpin_user_folio(page_folio(page), 2);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(launder(b[1]));
	expect_refs(test, page, refs);
	EXPECT_SHARED(test, &of_a, .calls = 1, .pages = 1, .held = -1,
		      .laundered = 2);
	EXPECT_SHARED(test, &of_b, .calls = 1, .pages = 1, .held = -1,
		      .laundered = 2);
	expect_silence(test);
}

/* What a release took by a wrong guess is not held against anybody later. */
static void test_wrong_guess_is_no_double(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *page, *a, *b;
	unsigned int caller;
	unsigned long addr;
	struct refs refs;

	need_repair(test);
	page = subject_of(test, &addr, &refs);

	/* Twice, with the first and with the second laundered. */
	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	unpin_user_page(launder(a));
	unpin_user_page(b);
	expect_refs(test, page, refs);
	expect_silence(test);
	unpin_user_page(a);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), gup_mirror_view_of(a));

	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	unpin_user_page(launder(b));
	unpin_user_page(a);
	expect_refs(test, page, refs);
	expect_silence(test);
	unpin_user_page(b);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), gup_mirror_view_of(b));
	caller = finding.caller;

	/* And nobody saw a pin of whoever comes laundered. */
	unpin_user_page(page);
	expect_class(test, 1, "unpin-unpinned");
	newest_record(test, &finding);
	KUNIT_EXPECT_NE(test, finding.caller, caller);
	expect_refs(test, page, refs);
}

/* The one that released twice, not the one whose pin was gone then. */
static void test_double_of_two(struct kunit *test)
{
	struct gup_mirror_finding finding;
	struct page *page, *a, *b;
	unsigned long addr;
	struct refs refs;

	need_repair(test);
	page = subject_of(test, &addr, &refs);

	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	unpin_user_page(a);
	unpin_user_page(a);
	expect_silence(test);
	expect_refs(test, page, refs);
	unpin_user_page(b);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), gup_mirror_view_of(a));
	expect_refs(test, page, refs);

	/* That is settled. The next is another one. */
	unpin_user_page(b);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), gup_mirror_view_of(b));
	expect_refs(test, page, refs);
}

/* Put through one view, while another site has pins: only its own is gone. */
static void test_put_of_two(struct kunit *test)
{
	struct account of_a, of_b;
	struct page *page, *a, *b;
	unsigned long addr;
	struct refs refs;

	need_repair(test);
	page = subject_of(test, &addr, &refs);

	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	account_begin(&of_a, a);
	account_begin(&of_b, b);
	put_page(a);
	expect_class(test, 1, "put-on-pin");
	EXPECT_SHARED(test, &of_a, .wrong = 1, .held = -1);
	EXPECT_SHARED(test, &of_b);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(b);
	EXPECT_SHARED(test, &of_b, .right = 1, .held = -1);
	expect_refs(test, page, refs);

	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	put_page(b);
	expect_class(test, 1, "put-on-pin");
	expect_pinned(test, page, refs, 1);
	unpin_user_page(a);
	EXPECT_SHARED(test, &of_b, .calls = 1, .pages = 1, .right = 1,
		      .wrong = 1, .held = -1);
	EXPECT_SHARED(test, &of_a, .calls = 1, .pages = 1, .right = 1,
		      .wrong = 1, .held = -1);
	expect_refs(test, page, refs);
}

struct site {
	struct page *page;
	struct account account;
};

/* Pin with many sites, each of which has a place in the code that is made up. */
static struct site *pin_with_sites(struct kunit *test, struct page *page,
				   unsigned int nr)
{
	struct site *sites = kunit_kcalloc(test, nr, sizeof(*sites), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, sites);
	for (i = 0; i < nr; i++) {
		sites[i].page = page;
		pretend_pin(&sites[i].page, 0x1000 + i);
		account_begin(&sites[i].account, sites[i].page);
	}
	return sites;
}

static long held_by(const struct site *site)
{
	return pins_of_site(site->account.view);
}

static void test_many_sites(struct kunit *test)
{
	long lost = atomic_long_read(&gup_mirror_shares_lost);
	unsigned int i, j, nr = NR_SITES;
	struct page *page;
	unsigned long addr;
	struct refs refs;
	struct site *s;

	page = subject_of(test, &addr, &refs);
	s = pin_with_sites(test, page, nr);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_shares_lost), lost);
	for (i = 0; i < nr; i++) {
		/* In an order that has the first in the middle. */
		j = (i + nr / 2) % nr;
		unpin_user_page(s[j].page);
		EXPECT_SHARED(test, &s[j].account, .right = 1, .held = -1);
		expect_pinned(test, page, refs, nr - 1 - i);
	}
	expect_silence(test);
}

/* Without room for shares, sums are right, and nobody is blamed. */
static void test_no_room(struct kunit *test)
{
	long lost = atomic_long_read(&gup_mirror_shares_lost);
	struct gup_mirror_finding finding;
	struct page *page, *first;
	unsigned long addr;
	struct refs refs;
	struct site *s;
	unsigned int i;

	need_repair(test);
	page = subject_of(test, &addr, &refs);
	pin(test, addr, &first, 1);
	no_memory(test);
	s = pin_with_sites(test, page, NR_SITES);
	enough_memory(NULL);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_shares_lost),
			lost + NR_SITES);
	expect_guessed(test, page, true);
	expect_pinned(test, page, refs, NR_SITES + 1);

	for (i = 0; i < NR_SITES; i++) {
		unpin_user_page(s[i].page);
		expect_pinned(test, page, refs, NR_SITES - i);
	}
	unpin_user_page(first);
	for (i = 0; i < NR_SITES; i++)
		KUNIT_EXPECT_EQ(test, 0, held_by(&s[i]));
	expect_silence(test);

	unpin_user_page(s[2].page);
	expect_class(test, 1, "double-unpin");
	newest_record(test, &finding);
	KUNIT_EXPECT_EQ(test, gup_mirror_finding_view(&finding), s[2].account.view);
	expect_refs(test, page, refs);
}

/* Nothing but the folio tells whose the pins are, and it says: all of them. */
static void test_many_laundered(struct kunit *test)
{
	struct page *page;
	unsigned long addr;
	struct refs refs;
	struct site *s;
	unsigned int i;

	page = subject_of(test, &addr, &refs);
	s = pin_with_sites(test, page, NR_SITES);
	unpin_user_folio(page_folio(page), NR_SITES);
	for (i = 0; i < NR_SITES; i++)
		KUNIT_EXPECT_EQ(test, 0, held_by(&s[i]));
	expect_refs(test, page, refs);
	expect_silence(test);
}

/* A pin that is added is that of those who add it. */
static void test_added_pin(struct kunit *test)
{
	struct page *page, *a, *b;
	struct account of_a, of_b;
	unsigned long addr;
	struct refs refs;

	page = subject_of(test, &addr, &refs);
	pin(test, addr, &a, 1);
	account_begin(&of_a, a);
	gup_mirror_kunit_add_pin(page_folio(page));
	expect_pinned(test, page, refs, 2);
	EXPECT_SHARED(test, &of_a, .held = 0);
	unpin_user_page(a);
	EXPECT_SHARED(test, &of_a, .held = -1, .right = 1);
	unpin_user_page(launder(a));
	EXPECT_SHARED(test, &of_a, .held = -1, .right = 1);
	expect_refs(test, page, refs);

	/* Who has released his own may release it as well. */
	pin(test, addr, &a, 1);
	pin_elsewhere(test, addr, &b, 1);
	account_begin(&of_a, a);
	account_begin(&of_b, b);
	gup_mirror_kunit_add_pin(page_folio(page));
	expect_pinned(test, page, refs, 3);
	unpin_user_page(b);
	unpin_user_page(b);
	expect_pinned(test, page, refs, 1);
	unpin_user_page(a);
	expect_refs(test, page, refs);
	EXPECT_SHARED(test, &of_b, .held = -1, .right = 1, .laundered = 0);
	expect_silence(test);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_through_views, memory_gen_params),
	KUNIT_CASE_PARAM(test_one_owner, memory_gen_params),
	KUNIT_CASE_PARAM(test_laundered, memory_gen_params),
	KUNIT_CASE_PARAM(test_wrong_guess_is_no_double, memory_gen_params),
	KUNIT_CASE_PARAM(test_double_of_two, memory_gen_params),
	KUNIT_CASE_PARAM(test_put_of_two, memory_gen_params),
	KUNIT_CASE_PARAM(test_many_sites, memory_gen_params),
	KUNIT_CASE_PARAM(test_no_room, memory_gen_params),
	KUNIT_CASE_PARAM(test_many_laundered, memory_gen_params),
	KUNIT_CASE_PARAM(test_added_pin, memory_gen_params),
	{}
};

GUP_MIRROR_KUNIT_SUITE(shares_suite, "gup_mirror_shares", cases);

kunit_test_suite(shares_suite);
