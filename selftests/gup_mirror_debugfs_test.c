// SPDX-License-Identifier: GPL-2.0
/*
 * What GUP mirror says of itself in /sys/kernel/debug/gup_mirror/summary, and how
 * it is switched.
 */
#include "bench.h"

FIXTURE(debugfs)
{
	struct bench bench;
};

FIXTURE_SETUP(debugfs)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(debugfs)
{
	bench_unwatch(&self->bench);
}

TEST_F(debugfs, formats_have_versions)
{
	static const struct {
		const char *file;
		const char *first;
	} files[] = {
		{ "summary", "gup_mirror summary - version: 1\n" },
		{ "sites", "gup_mirror sites - version: 4\n# kind view calls " },
		{ "violations", "gup_mirror violations - version: 3\n" },
		{ "outstanding", "gup_mirror outstanding - version: 2\n# total: pins=" },
		{ "ages", "gup_mirror ages - version: 3\n# total: folios=" },
		{ "files", "gup_mirror files - version: 1\n# kind view write_pages " },
	};
	unsigned int i;
	char path[128];
	char *text;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), LAYER_DIR "%s", files[i].file);
		text = read_text(path);
		ASSERT_NE(NULL, text);
		EXPECT_EQ(0, strncmp(text, files[i].first,
				     strlen(files[i].first))) {
			TH_LOG("%s", text);
		}
		free(text);
	}
}

TEST_F(debugfs, summary_has_its_keys)
{
	static const char * const keys[] = {
		"enabled", "repair", "stacks", "views_pin", "views_get",
		"sites", "overflow", "unmirrored", "reports", "lost",
		"filtered", "pins", "groups", "groups_lost", "callers_lost",
		"shares_lost", "stacks_lost", "untracked", "orphans", "maybe_pinned",
		"snapshot_ms", "inconsistent", "files", "files_lost", "sums_lost",
		"dma", "mappings_lost", "untracked_held",
	};
	char text[16];
	unsigned int i;

	ASSERT_TRUE(summary_text("mode", text, sizeof(text)));
	EXPECT_STREQ(self->bench.layer.gets ? "all" : "pin", text);
	ASSERT_TRUE(summary_text("fault", text, sizeof(text)));
	EXPECT_STREQ("report", text);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *key = keys[i];

		EXPECT_LE(0, summary_number(key)) {
			TH_LOG("key %s", key);
		}
	}
	for (i = 0; i < NR_CLASSES; i++) {
		EXPECT_EQ(0, summary_number(layer_classes[i])) {
			TH_LOG("class %s", layer_classes[i]);
		}
	}
	EXPECT_EQ(1, summary_number("enabled"));
	EXPECT_LT(1, summary_number("views_pin"));
	EXPECT_EQ(self->bench.layer.gets, summary_number("views_get") > 1);
	EXPECT_EQ(0, summary_number("inconsistent"));
}

TEST_F(debugfs, summary_counts)
{
	struct bench *bench = &self->bench;
	long pins = summary_number("pins");
	struct tgm_acquire arg;
	struct tgm_facts held;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 3 * page_size(), TGM_pin_user_pages, 0, &arg));
	ASSERT_EQ(3, arg.ret);
	EXPECT_EQ(pins + 3, summary_number("pins"));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	EXPECT_EQ(pins, summary_number("pins"));

	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_release_pages, &held);
	EXPECT_EQ(3, summary_number(PUT_ON_PIN));
	EXPECT_EQ(2, summary_number("reports"));
	EXPECT_EQ(0, summary_number("lost"));
	EXPECT_EQ(0, summary_number("filtered"));
}

TEST_F(debugfs, clear_forgets)
{
	struct bench *bench = &self->bench;
	struct site_row row;
	struct tgm_facts held;
	char *text;

	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	EXPECT_EQ(1, bench_reports(bench));
	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1\n"));

	EXPECT_EQ(0, summary_number(PUT_ON_PIN));
	EXPECT_EQ(0, summary_number("reports"));
	EXPECT_FALSE(site_row("tgm_pin_user_pages_fast", &row));
	text = read_text(LAYER_DIR "violations");
	ASSERT_NE(NULL, text);
	EXPECT_STREQ("gup_mirror violations - version: 3\n", text);
	free(text);

	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	EXPECT_EQ(1, summary_number(PUT_ON_PIN));
	EXPECT_EQ(1, bench_reports(bench));
}

/* What is held stays in the ledger. */
TEST_F(debugfs, clear_keeps_what_is_held)
{
	struct bench *bench = &self->bench;
	long pins = summary_number("pins");
	struct tgm_acquire arg;
	struct site_row row;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 2 * page_size(), TGM_pin_user_pages_fast, 0,
				 &arg));
	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1"));
	EXPECT_EQ(pins + 2, summary_number("pins"));
	ASSERT_TRUE(site_row("tgm_pin_user_pages_fast", &row));
	EXPECT_EQ(0, row.calls);
	EXPECT_EQ(0, row.pages);
	EXPECT_EQ(2, row.held);
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	EXPECT_EQ(pins, summary_number("pins"));
	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1"));
	EXPECT_FALSE(site_row("tgm_pin_user_pages_fast", &row));
}

static void expect_enabled(struct __test_metadata *_metadata, int enabled)
{
	char *text = read_text(LAYER_DIR "enabled");

	ASSERT_NE(NULL, text);
	EXPECT_STREQ(enabled ? "1\n" : "0\n", text);
	free(text);
	EXPECT_EQ(enabled, summary_number("enabled"));
}

/* While it is off, nothing is reported, but the ledger goes on. */
TEST_F(debugfs, switched_off_and_on)
{
	struct bench *bench = &self->bench;
	long pins = summary_number("pins");
	struct tgm_acquire arg;
	struct tgm_facts held;

	/* Acquired while it is on, released while it is off, wrongly at first */
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages_fast, 0, &arg));
	EXPECT_EQ(TGM_PIN_VIEW, arg.facts.kind);
	ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "0\n"));
	expect_enabled(_metadata, 0);
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_put_page,
				 TGM_KEEP | TGM_BALANCE, NULL));
	EXPECT_EQ(pins + 1, summary_number("pins"));
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, NULL));
	EXPECT_EQ(pins, summary_number("pins"));

	/* Acquired while it is off */
	bench_pair(_metadata, bench, TGM_pin_user_pages_fast,
		   TGM_unpin_user_pages, 0, SMALL_PAGES, &held);
	EXPECT_EQ(SMALL_PAGES, held.nr_canonical);
	bench_pair(_metadata, bench, TGM_get_user_pages_fast, TGM_put_page, 0,
		   SMALL_PAGES, &held);
	EXPECT_EQ(SMALL_PAGES, held.nr_canonical);
	bench_pair(_metadata, bench, TGM_get_user_pages_fast,
		   TGM_unpin_user_page, TGM_BALANCE, 1, &held);
	expect_classes(_metadata, (long [NR_CLASSES]) { 0 }, NULL, 0);
	EXPECT_EQ(0, bench_reports(bench));

	/* Acquired while it is off, released while it is on */
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages_fast, 0, &arg));
	EXPECT_EQ(TGM_CANONICAL, arg.facts.kind);
	ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "1\n"));
	expect_enabled(_metadata, 1);
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, NULL));
	expect_classes(_metadata, (long [NR_CLASSES]) { 0 }, NULL, 0);

	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	EXPECT_EQ(TGM_PIN_VIEW, held.kind);
	expect_classes(_metadata, (long [NR_CLASSES]) { 0 }, PUT_ON_PIN, 1);
	EXPECT_EQ(1, bench_reports(bench));
}

TEST_HARNESS_MAIN
