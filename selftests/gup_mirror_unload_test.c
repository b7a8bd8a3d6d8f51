// SPDX-License-Identifier: GPL-2.0
/*
 * What is said when the module is unloaded while pages are pinned that it has
 * forgotten. These stay pinned for ever: three pages are lost.
 */
#include <sys/syscall.h>

#include "bench.h"
#include "plans.h"

#define MODULE	"test_gup_mirror"

FIXTURE(unload)
{
	struct bench bench;
	long counts[NR_CLASSES];
};

FIXTURE_SETUP(unload)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
	layer_counts(self->counts);
}

FIXTURE_TEARDOWN(unload)
{
	system("modprobe " MODULE);
	bench_unwatch(&self->bench);
}

/* While one of its files is open, the module cannot go. */
static void remove_module(struct __test_metadata *_metadata, struct bench *bench)
{
	close(bench->fd);
	bench->fd = -1;
	ASSERT_EQ(0, syscall(SYS_delete_module, MODULE, O_NONBLOCK)) {
		TH_LOG("cannot remove the module: %s", strerror(errno));
	}
}

static void pin(struct __test_metadata *_metadata, struct bench *bench,
		int acquire, unsigned int first, unsigned int nr)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd,
				 bench->buffer.addr + first * page_size(),
				 nr * page_size(), acquire, TGM_WRITE, &arg));
	ASSERT_EQ(nr, arg.ret);
}

TEST_F(unload, nothing_is_held)
{
	struct bench *bench = &self->bench;
	struct tgm_facts held;

	/* In the right way, and in one that is repaired */
	bench_pair(_metadata, bench, TGM_pin_user_pages_fast,
		   TGM_unpin_user_pages, 0, 3, &held);
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages, TGM_put_page,
			 &held);
	remove_module(_metadata, bench);
	expect_classes(_metadata, self->counts, PUT_ON_PIN, 1);
	EXPECT_EQ(1, bench_reports(bench));
}

TEST_F(unload, each_site_that_leaks_is_reported)
{
	static const char * const lines[] = {
		"BUG: GUP-MIRROR: leak-at-unload in tgm_pin_user_pages_fast+0x",
		"BUG: GUP-MIRROR: leak-at-unload in tgm_pin_user_pages+0x",
		"Module is unloaded, and 2 pins acquired by pin_user_pages_fast() at tgm_pin_user_pages_fast+0x",
		"Module is unloaded, and 1 pin acquired by pin_user_pages() at tgm_pin_user_pages+0x",
		"2 pins acquired at:",
		"1 pin acquired at:",
	};
	struct bench *bench = &self->bench;
	long pins = summary_number("pins");
	struct group_row row;
	unsigned int i;
	char *text;

	pin(_metadata, bench, TGM_pin_user_pages_fast, 0, 2);
	ASSERT_EQ(0, tgm_leak(bench->fd));
	pin(_metadata, bench, TGM_pin_user_pages, 2, 1);
	ASSERT_EQ(0, tgm_leak(bench->fd));
	EXPECT_EQ(-ENOENT, tgm_leak(bench->fd));
	expect_classes(_metadata, self->counts, NULL, 0);
	remove_module(_metadata, bench);

	expect_classes(_metadata, self->counts, LEAK_AT_UNLOAD, 3);
	EXPECT_EQ(2, summary_number("reports"));
	text = kmsg_read(bench->kmsg);
	ASSERT_NE(NULL, text);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_EQ(1, count_lines(text, lines[i])) {
			TH_LOG("no \"%s\" in the log", lines[i]);
		}
	}
	EXPECT_NE(NULL, strstr(text, " are left on 2 folios"));
	free(text);

	/* They are held still, by a site that has only its name left. */
	EXPECT_EQ(pins + 3, summary_number("pins"));
	EXPECT_EQ(1, group_rows(LAYER_DIR "outstanding",
				"tgm_pin_user_pages_fast", &row, 1));
	EXPECT_EQ(2, row.pins);
}

TEST_HARNESS_MAIN
