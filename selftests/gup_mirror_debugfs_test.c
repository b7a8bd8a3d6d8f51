// SPDX-License-Identifier: GPL-2.0
/*
 * What GUP mirror says of itself in /sys/kernel/debug/gup_mirror/ and in the
 * kernel log, and how it is switched.
 */
#include <grp.h>
#include <sys/stat.h>

#include "bench.h"

FIXTURE(debugfs)
{
	struct bench bench;
	int kmsg;
};

FIXTURE_SETUP(debugfs)
{
	struct bench *bench = &self->bench;
	const char *why = bench_open(bench);

	if (!why && (!bench->layer.pins || bench->layer.panics))
		why = "needs gup_mirror=pin or all, and no panic";
	if (!why)
		why = buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				 NULL);
	if (why)
		SKIP(return, "%s", why);
	self->kmsg = kmsg_open();
	ASSERT_LE(0, self->kmsg);
	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1"));
}

FIXTURE_TEARDOWN(debugfs)
{
	write_text(LAYER_DIR "enabled", "1");
	close(self->kmsg);
	close(self->bench.fd);
	buffer_unmap(&self->bench.buffer);
}

/* Acquire @nr pages in one way and release them in another. */
static void pair(struct __test_metadata *_metadata, struct bench *bench,
		 int acquire, int release, unsigned int flags, unsigned int nr,
		 struct tgm_facts *held)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 nr * page_size(), acquire, TGM_WRITE, &arg));
	ASSERT_EQ(nr, arg.ret);
	ASSERT_EQ(0, tgm_release(bench->fd, release, flags, held));
}

/* The same where it is wrong, and will be noticed */
static void pair_wrong(struct __test_metadata *_metadata, struct bench *bench,
		       int acquire, int release, struct tgm_facts *held)
{
	pair(_metadata, bench, acquire, release,
	     (bench->layer.repair ? 0 : TGM_BALANCE) | TGM_DIRTY, 1, held);
}

/* Reports in the log since the last call */
static int reports(struct __test_metadata *_metadata, int kmsg)
{
	char *text = kmsg_read(kmsg);
	int count;

	ASSERT_NE(NULL, text);
	count = count_lines(text, "BUG: GUP-MIRROR: ");
	free(text);
	return count;
}

TEST_F(debugfs, formats_have_versions)
{
	static const char * const files[] = { "summary", "sites", "violations" };
	char path[128], first[64];
	unsigned int i;
	char *text;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), LAYER_DIR "%s", files[i]);
		snprintf(first, sizeof(first), "gup_mirror %s - version: 1\n",
			 files[i]);
		text = read_text(path);
		ASSERT_NE(NULL, text);
		EXPECT_EQ(0, strncmp(text, first, strlen(first)));
		free(text);
	}
}

TEST_F(debugfs, summary_has_its_keys)
{
	static const char * const keys[] = {
		"enabled", "repair", "views_pin", "views_get", "sites",
		"overflow", "unmirrored", "put-on-pin", "unpin-on-get",
		"reports", "lost",
	};
	char mode[16];
	unsigned int i;

	ASSERT_TRUE(summary_text("mode", mode, sizeof(mode)));
	EXPECT_STREQ(self->bench.layer.gets ? "all" : "pin", mode);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *key = keys[i];

		EXPECT_LE(0, summary_number(key)) {
			TH_LOG("key %s", key);
		}
	}
	EXPECT_EQ(1, summary_number("enabled"));
	EXPECT_LT(1, summary_number("views_pin"));
	EXPECT_EQ(self->bench.layer.gets, summary_number("views_get") > 1);
}

TEST_F(debugfs, only_root_gets_in)
{
	static const struct {
		const char *path;
		mode_t mode;
	} files[] = {
		{ LAYER_DIR "summary", 0400 },
		{ LAYER_DIR "sites", 0400 },
		{ LAYER_DIR "violations", 0400 },
		{ LAYER_DIR "enabled", 0600 },
		{ LAYER_DIR "clear", 0200 },
		{ TGM_PATH, 0600 },
	};
	struct stat st;
	unsigned int i;

	/* The directory alone would keep others out: let them in for a moment. */
	ASSERT_EQ(0, stat("/sys/kernel/debug", &st));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", 0755));
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		struct stat file;

		ASSERT_EQ(0, stat(files[i].path, &file));
		EXPECT_EQ(files[i].mode, file.st_mode & 07777);
		EXPECT_EQ(0, file.st_uid);
	}
	ASSERT_EQ(0, setgroups(0, NULL));
	ASSERT_EQ(0, setresgid(65534, 65534, 65534));
	ASSERT_EQ(0, setresuid(65534, 65534, 0));
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		EXPECT_EQ(-1, open(files[i].path, O_RDONLY));
		EXPECT_EQ(EACCES, errno);
		EXPECT_EQ(-1, open(files[i].path, O_WRONLY));
		EXPECT_EQ(EACCES, errno);
	}
	ASSERT_EQ(0, setresuid(0, 0, 0));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", st.st_mode & 07777));
}

TEST_F(debugfs, sites_count)
{
	struct bench *bench = &self->bench;
	struct site_row row = {};
	struct tgm_facts held;

	EXPECT_FALSE(site_row("tgm_pin_user_pages_fast", &row));
	pair(_metadata, bench, TGM_pin_user_pages_fast, TGM_unpin_user_pages, 0,
	     3, &held);
	pair(_metadata, bench, TGM_pin_user_pages_fast, TGM_unpin_user_pages, 0,
	     4, &held);
	ASSERT_TRUE(site_row("tgm_pin_user_pages_fast", &row));
	EXPECT_STREQ("pin", row.kind);
	EXPECT_STREQ("pin_user_pages_fast", row.function);
	EXPECT_NE(NULL, strstr(row.site, " [test_gup_mirror]"));
	EXPECT_EQ(held.view, row.view);
	EXPECT_EQ(2, row.calls);
	EXPECT_EQ(7, row.pages);
	EXPECT_EQ(0, row.wrong);

	pair_wrong(_metadata, bench, TGM_pin_user_pages_fast, TGM_put_page,
		   &held);
	ASSERT_TRUE(site_row("tgm_pin_user_pages_fast", &row));
	EXPECT_EQ(3, row.calls);
	EXPECT_EQ(8, row.pages);
	EXPECT_EQ(1, row.wrong);

	if (!bench->layer.gets)
		return;
	pair(_metadata, bench, TGM_get_user_pages_fast, TGM_put_page, 0, 2,
	     &held);
	ASSERT_TRUE(site_row("tgm_get_user_pages_fast", &row));
	EXPECT_STREQ("get", row.kind);
	EXPECT_STREQ("get_user_pages_fast", row.function);
	EXPECT_EQ(held.view, row.view);
	EXPECT_EQ(1, row.calls);
	EXPECT_EQ(2, row.pages);
}

TEST_F(debugfs, every_site_has_its_view)
{
	int views[ARRAY_SIZE(pin_functions) - 1];
	struct tgm_facts held, again;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(views); i++) {
		pair(_metadata, &self->bench, pin_functions[i],
		     TGM_unpin_user_pages, 0, 1, &held);
		pair(_metadata, &self->bench, pin_functions[i],
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

/* Both ends of the story, for every pair */
static void expect_violation(struct __test_metadata *_metadata,
			     struct bench *bench, int kmsg, const char *class,
			     int acquire, int release)
{
	char site[64], caller[64], title[128], sentence[256];
	struct violation v = {
		.class = class,
		.acquired = tgm_acquire_names[acquire],
		.site = site,
		.released = tgm_released_by(release),
		.caller = caller,
	};
	struct tgm_facts held;
	char *text;

	snprintf(site, sizeof(site), "tgm_%s", tgm_acquire_names[acquire]);
	snprintf(caller, sizeof(caller), "tgm_%s", tgm_release_names[release]);
	pair_wrong(_metadata, bench, acquire, release, &held);

	EXPECT_TRUE(find_violation(&v)) {
		TH_LOG("%s: %s(), then %s()", class, v.acquired, v.released);
	}
	EXPECT_EQ(1, v.times);
	EXPECT_EQ(held.pfn, v.pfn);
	EXPECT_EQ(getpid(), v.pid);
	if (summary_number("stacks") != 0)
		EXPECT_TRUE(v.stack);

	snprintf(title, sizeof(title), "BUG: GUP-MIRROR: %s in %s+0x", class,
		 caller);
	snprintf(sentence, sizeof(sentence), "Page acquired by %s() at %s+0x",
		 v.acquired, site);
	text = kmsg_read(kmsg);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, count_lines(text, title)) {
		TH_LOG("no \"%s\" in the log", title);
	}
	EXPECT_EQ(1, count_lines(text, sentence)) {
		TH_LOG("no \"%s\" in the log", sentence);
	}
	snprintf(sentence, sizeof(sentence), ", released by %s() at %s+0x",
		 v.released, caller);
	EXPECT_NE(NULL, strstr(text, sentence)) {
		TH_LOG("no \"%s\" in the log", sentence);
	}
	free(text);
}

TEST_F_TIMEOUT(debugfs, put_on_pin_names_both_ends, 120)
{
	const int *acquire, *release;

	for (acquire = pin_functions; *acquire != END; acquire++)
		for (release = put_functions; *release != END; release++)
			expect_violation(_metadata, &self->bench, self->kmsg,
					 PUT_ON_PIN, *acquire, *release);
}

TEST_F_TIMEOUT(debugfs, unpin_on_get_names_both_ends, 120)
{
	const int *acquire, *release;

	if (!self->bench.layer.gets)
		SKIP(return, "needs gup_mirror=all");

	for (acquire = get_functions; *acquire != END; acquire++)
		for (release = unpin_functions; *release != END; release++)
			expect_violation(_metadata, &self->bench, self->kmsg,
					 UNPIN_ON_GET, *acquire, *release);
}

TEST_F(debugfs, reported_once_and_counted)
{
	struct violation v = {
		.class = PUT_ON_PIN,
		.acquired = "pin_user_pages_fast",
		.site = "tgm_pin_user_pages_fast",
		.released = "put_page",
		.caller = "tgm_put_page",
	};
	struct tgm_facts first, held;
	int i;

	pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
		   TGM_put_page, &first);
	for (i = 0; i < 2; i++)
		pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
			   TGM_put_page, &held);
	ASSERT_TRUE(find_violation(&v));
	EXPECT_EQ(3, v.times);
	EXPECT_EQ(first.pfn, v.pfn);
	EXPECT_EQ(3, summary_number(PUT_ON_PIN));
	EXPECT_EQ(1, summary_number("reports"));
	EXPECT_EQ(0, summary_number("lost"));
	EXPECT_EQ(1, reports(_metadata, self->kmsg));

	/* By another caller it is another one. */
	pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
		   TGM_release_pages, &held);
	EXPECT_EQ(2, summary_number("reports"));
	EXPECT_EQ(1, reports(_metadata, self->kmsg));
}

TEST_F(debugfs, clear_forgets)
{
	struct site_row row;
	struct tgm_facts held;
	char *text;

	pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
		   TGM_put_page, &held);
	EXPECT_EQ(1, reports(_metadata, self->kmsg));
	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1\n"));

	EXPECT_EQ(0, summary_number(PUT_ON_PIN));
	EXPECT_EQ(0, summary_number("reports"));
	EXPECT_FALSE(site_row("tgm_pin_user_pages_fast", &row));
	text = read_text(LAYER_DIR "violations");
	ASSERT_NE(NULL, text);
	EXPECT_STREQ("gup_mirror violations - version: 1\n", text);
	free(text);

	pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
		   TGM_put_page, &held);
	EXPECT_EQ(1, summary_number(PUT_ON_PIN));
	EXPECT_EQ(1, reports(_metadata, self->kmsg));
}

TEST_F(debugfs, switched_off_and_on)
{
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;
	struct tgm_facts held;
	char *text;

	/* Acquired while it is on, released while it is off */
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages_fast, 0, &arg));
	EXPECT_EQ(TGM_PIN_VIEW, arg.facts.kind);
	ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "0\n"));
	text = read_text(LAYER_DIR "enabled");
	ASSERT_NE(NULL, text);
	EXPECT_STREQ("0\n", text);
	free(text);
	EXPECT_EQ(0, summary_number("enabled"));
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_put_page, TGM_BALANCE, NULL));

	/* Acquired while it is off */
	pair(_metadata, bench, TGM_pin_user_pages_fast, TGM_unpin_user_pages, 0,
	     SMALL_PAGES, &held);
	EXPECT_EQ(SMALL_PAGES, held.nr_canonical);
	pair(_metadata, bench, TGM_get_user_pages_fast, TGM_put_page, 0,
	     SMALL_PAGES, &held);
	EXPECT_EQ(SMALL_PAGES, held.nr_canonical);
	pair(_metadata, bench, TGM_pin_user_pages_fast, TGM_put_page,
	     TGM_BALANCE, 1, &held);
	pair(_metadata, bench, TGM_get_user_pages_fast, TGM_unpin_user_page,
	     TGM_BALANCE, 1, &held);
	EXPECT_EQ(0, summary_number(PUT_ON_PIN));
	EXPECT_EQ(0, summary_number(UNPIN_ON_GET));
	EXPECT_EQ(0, reports(_metadata, self->kmsg));

	ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "1\n"));
	text = read_text(LAYER_DIR "enabled");
	ASSERT_NE(NULL, text);
	EXPECT_STREQ("1\n", text);
	free(text);
	EXPECT_EQ(1, summary_number("enabled"));
	pair_wrong(_metadata, bench, TGM_pin_user_pages_fast, TGM_put_page,
		   &held);
	EXPECT_EQ(TGM_PIN_VIEW, held.kind);
	EXPECT_EQ(1, summary_number(PUT_ON_PIN));
	EXPECT_EQ(1, reports(_metadata, self->kmsg));
}

TEST_F(debugfs, garbage_is_refused)
{
	static const char * const garbage[] = {
		"2", "-1", "x", "\n", "10", "1x", "0 1", "enabled",
	};
	struct tgm_facts held;
	unsigned int i;

	pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
		   TGM_put_page, &held);
	for (i = 0; i < ARRAY_SIZE(garbage); i++) {
		EXPECT_EQ(-EINVAL, write_text(LAYER_DIR "enabled", garbage[i])) {
			TH_LOG("enabled: \"%s\"", garbage[i]);
		}
		EXPECT_EQ(1, summary_number("enabled"));
		EXPECT_EQ(0, write_text(LAYER_DIR "enabled", "1"));

		EXPECT_EQ(-EINVAL, write_text(LAYER_DIR "clear", garbage[i])) {
			TH_LOG("clear: \"%s\"", garbage[i]);
		}
		EXPECT_EQ(1, summary_number(PUT_ON_PIN));
		if (summary_number(PUT_ON_PIN) == 0)
			pair_wrong(_metadata, &self->bench,
				   TGM_pin_user_pages_fast, TGM_put_page,
				   &held);
	}
	EXPECT_EQ(-EINVAL, write_text(LAYER_DIR "clear", "0"));
	EXPECT_EQ(1, summary_number(PUT_ON_PIN));
}

TEST_HARNESS_MAIN
