// SPDX-License-Identifier: GPL-2.0
/*
 * What /sys/kernel/debug/gup_mirror/filter lets through: it limits what is
 * reported, never what is accounted.
 */
#include "bench.h"

FIXTURE(filter)
{
	struct bench bench;
};

FIXTURE_SETUP(filter)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(filter)
{
	write_text(LAYER_DIR "filter", "\n");
	bench_unwatch(&self->bench);
}

/* A wrong release, with its counts afterwards */
static void expect_report(struct __test_metadata *_metadata,
			  struct bench *bench, const char *patterns,
			  bool reported)
{
	long pins = summary_number("pins");
	struct tgm_facts before, held;
	struct site_row row;

	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1"));
	ASSERT_EQ(0, write_text(LAYER_DIR "filter", patterns)) {
		TH_LOG("filter: %s", patterns);
	}
	ASSERT_EQ(0, bench_peek(bench, &before));
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);

	EXPECT_EQ(reported, summary_number(PUT_ON_PIN)) {
		TH_LOG("filter: %s", patterns);
	}
	EXPECT_EQ(reported, summary_number("reports"));
	EXPECT_EQ(!reported, summary_number("filtered"));
	EXPECT_EQ(reported, bench_reports(bench));

	/* It is repaired and counted for its site all the same. */
	expect_counts(_metadata, bench, &before);
	ASSERT_TRUE(site_row("tgm_pin_user_pages_fast", &row));
	EXPECT_EQ(1, row.wrong);
	EXPECT_EQ(pins, summary_number("pins"));
}

TEST_F(filter, lets_through_what_matches)
{
	static const struct {
		const char *patterns;
		bool reported;
	} filters[] = {
		/* Empty: all */
		{ "\n", true },
		/* The function at one end or the other */
		{ "tgm_put_page", true },
		{ "tgm_pin_user_pages_fast\n", true },
		{ "tgm_p?t_*", true },
		/* The module */
		{ "test_gup_mirror", true },
		{ "test_*", true },
		/* One of several */
		{ "nobody,tgm_put_page,somebody", true },
		{ "nobody test_gup_[mn]irror\n", true },
		{ ",, tgm_put_page ,", true },
		/* None */
		{ "nobody", false },
		{ "tgm_put_pag", false },
		{ "put_page", false },
		{ "tgm_unpin_*,tgm_get_*", false },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(filters); i++)
		expect_report(_metadata, &self->bench, filters[i].patterns,
			      filters[i].reported);
}

TEST_F(filter, can_be_read)
{
	static const struct {
		const char *written;
		const char *read;
	} filters[] = {
		{ "tgm_put_page\n", "tgm_put_page\n" },
		{ " a, b\t c\n", "a,b,c\n" },
		{ "\n", "" },
		{ "", "" },
	};
	unsigned int i;
	char *text;

	for (i = 0; i < ARRAY_SIZE(filters); i++) {
		ASSERT_EQ(0, write_text(LAYER_DIR "filter",
					filters[i].written));
		text = read_text(LAYER_DIR "filter");
		ASSERT_NE(NULL, text);
		EXPECT_STREQ(filters[i].read, text);
		free(text);
	}
}

/* What was filtered out uses up nothing: it is reported when it next happens. */
TEST_F(filter, uses_nothing_up)
{
	struct bench *bench = &self->bench;
	struct tgm_facts held;
	int i;

	ASSERT_EQ(0, write_text(LAYER_DIR "filter", "nobody"));
	for (i = 0; i < 3; i++)
		bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
				 TGM_put_page, &held);
	EXPECT_EQ(3, summary_number("filtered"));
	EXPECT_EQ(0, bench_reports(bench));

	ASSERT_EQ(0, write_text(LAYER_DIR "filter", "\n"));
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	EXPECT_EQ(3, summary_number("filtered"));
	EXPECT_EQ(1, summary_number(PUT_ON_PIN));
	EXPECT_EQ(1, bench_reports(bench));
}

TEST_HARNESS_MAIN
