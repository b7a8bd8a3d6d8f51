// SPDX-License-Identifier: GPL-2.0
/*
 * What /sys/kernel/debug/gup_mirror/sites counts for each place that calls GUP.
 */
#include "bench.h"

#define LONGTERM_MS	"/sys/module/gup_mirror/parameters/longterm_ms"

FIXTURE(sites)
{
	struct bench bench;
};

FIXTURE_SETUP(sites)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(sites)
{
	write_text(LONGTERM_MS, "10000");
	bench_unwatch(&self->bench);
}

/* The whole line of a site that pins */
static void expect_row(struct __test_metadata *_metadata, const char *function,
		       const struct site_row *expected)
{
	struct site_row row = {};

	ASSERT_TRUE(site_row(function, &row));
	EXPECT_STREQ(expected->kind, row.kind);
	EXPECT_EQ(expected->view, row.view);
	EXPECT_EQ(expected->calls, row.calls);
	EXPECT_EQ(expected->pages, row.pages);
	EXPECT_EQ(expected->wrong, row.wrong);
	EXPECT_EQ(expected->right, row.right);
	EXPECT_EQ(expected->laundered, row.laundered);
	EXPECT_EQ(expected->held, row.held);
	EXPECT_EQ(expected->overlong, row.overlong);
	EXPECT_EQ(expected->hold, row.hold);
	EXPECT_STREQ(expected->function, row.function);
}

TEST_F(sites, a_pin_is_counted)
{
	struct bench *bench = &self->bench;
	struct site_row row = {
		.kind = "pin",
		.function = "pin_user_pages_fast",
		.calls = 1,
		.pages = 3,
		.held = 3,
	};
	struct tgm_acquire arg;
	struct tgm_facts held;

	EXPECT_FALSE(site_row("tgm_pin_user_pages_fast", &row));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 3 * page_size(), TGM_pin_user_pages_fast, 0,
				 &arg));
	row.view = arg.facts.view;
	expect_row(_metadata, "tgm_pin_user_pages_fast", &row);

	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	row.right = 3;
	row.held = 0;
	row.hold = 3;
	expect_row(_metadata, "tgm_pin_user_pages_fast", &row);

	/* The pointers have lost their view. */
	bench_pair(_metadata, bench, TGM_pin_user_pages_fast,
		   TGM_unpin_user_pages, TGM_LAUNDER, 4, &held);
	row.calls = 2;
	row.pages = 7;
	row.laundered = 4;
	row.hold = 7;
	expect_row(_metadata, "tgm_pin_user_pages_fast", &row);

	bench_pair(_metadata, bench, TGM_pin_user_pages_fast,
		   TGM_unpin_folio, 0, 1, &held);
	row.calls = 3;
	row.pages = 8;
	row.laundered = 5;
	row.hold = 8;
	expect_row(_metadata, "tgm_pin_user_pages_fast", &row);
}

TEST_F(sites, a_wrong_release_is_counted)
{
	struct bench *bench = &self->bench;
	struct site_row row = {
		.kind = "pin",
		.function = "pin_user_pages",
		.calls = 2,
		.pages = 2,
		.wrong = 1,
		.right = 1,
		.hold = 2,
	};
	struct tgm_facts held;

	if (!bench->layer.repair)
		SKIP(return, "needs a layer that repairs");
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages, TGM_put_page,
			 &held);
	bench_pair(_metadata, bench, TGM_pin_user_pages, TGM_unpin_user_page,
		   TGM_KEEP, 1, &held);
	row.view = held.view;
	expect_row(_metadata, "tgm_pin_user_pages", &row);

	/* One too many */
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, NULL));
	row.wrong = 2;
	expect_row(_metadata, "tgm_pin_user_pages", &row);
}

/* A page that was gotten may be put through any reference to it. */
TEST_F(sites, a_get_is_counted)
{
	struct bench *bench = &self->bench;
	struct site_row row = {
		.kind = "get",
		.function = "get_user_pages_fast",
		.calls = 1,
		.pages = 2,
		.right = 2,
		.overlong = -1,
		.hold = 2,
	};
	struct tgm_facts held;

	if (!bench->layer.gets)
		SKIP(return, "needs gup_mirror=all");
	bench_pair(_metadata, bench, TGM_get_user_pages_fast, TGM_put_page, 0,
		   2, &held);
	row.view = held.view;
	expect_row(_metadata, "tgm_get_user_pages_fast", &row);

	bench_pair_wrong(_metadata, bench, TGM_get_user_pages_fast,
			 TGM_unpin_user_page, &held);
	row.calls = 2;
	row.pages = 3;
	row.wrong = 1;
	row.hold = 3;
	expect_row(_metadata, "tgm_get_user_pages_fast", &row);
}

/* With no time allowed, every pin is held for too long that is not LONGTERM. */
TEST_F(sites, overlong_pins_are_counted)
{
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;
	struct site_row row;

	ASSERT_EQ(0, write_text(LONGTERM_MS, "0"));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 2 * page_size(), TGM_pin_user_pages, 0, &arg));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	ASSERT_TRUE(site_row("tgm_pin_user_pages", &row));
	EXPECT_EQ(2, row.overlong);

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 2 * page_size(), TGM_pin_user_pages,
				 TGM_LONGTERM, &arg));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	ASSERT_TRUE(site_row("tgm_pin_user_pages", &row));
	EXPECT_EQ(2, row.overlong);

	ASSERT_EQ(0, write_text(LONGTERM_MS, "4294967295"));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 2 * page_size(), TGM_pin_user_pages, 0, &arg));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	ASSERT_TRUE(site_row("tgm_pin_user_pages", &row));
	EXPECT_EQ(2, row.overlong);
	EXPECT_EQ(6, row.hold);
	EXPECT_EQ(0, row.wrong);
}

TEST_F(sites, every_site_has_its_view)
{
	int views[ARRAY_SIZE(pin_functions) - 1];
	struct tgm_facts held, again;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(views); i++) {
		bench_pair(_metadata, &self->bench, pin_functions[i],
			   TGM_unpin_user_pages, 0, 1, &held);
		bench_pair(_metadata, &self->bench, pin_functions[i],
			   TGM_unpin_user_pages, 0, 1, &again);
		EXPECT_EQ(held.view, again.view);
		views[i] = held.view;
	}
	if (summary_number("overflow"))
		SKIP(return, "so many sites that they share a view");
	for (i = 0; i < ARRAY_SIZE(views); i++)
		for (j = 0; j < i; j++)
			EXPECT_NE(views[i], views[j]);
}

TEST_HARNESS_MAIN
