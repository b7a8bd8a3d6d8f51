// SPDX-License-Identifier: GPL-2.0
/*
 * What is said when the module is unloaded while pages are pinned that it has
 * forgotten, and afterwards. These stay pinned for ever: six pages are lost.
 */
#include "bench.h"
#include "modules.h"
#include "plans.h"

/*
 * So many are loaded until one is where another one was. Linux 7.x fills its huge
 * pages of code first, which may take hundreds.
 */
#define MAX_OTHERS	8

FIXTURE(unload)
{
	struct bench bench;
	struct module_image image;
	long counts[NR_CLASSES];
};

FIXTURE_SETUP(unload)
{
	const char *why = bench_watch(&self->bench);

	if (!why)
		why = module_read(&self->image);
	if (why)
		SKIP(return, "%s", why);
	layer_counts(self->counts);
}

FIXTURE_TEARDOWN(unload)
{
	EXPECT_EQ(0, module_load_again(&self->image));
	module_free(&self->image);
	bench_unwatch(&self->bench);
}

static void remove_module(struct __test_metadata *_metadata, struct bench *bench,
			  const struct module_image *image)
{
	close(bench->fd);
	bench->fd = -1;
	ASSERT_EQ(0, module_unload(image));
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
	remove_module(_metadata, bench, &self->image);
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
	const char * const function = "tgm_pin_user_pages_fast";
	long pins = summary_number("pins");
	long left = group_pins(LAYER_DIR "outstanding", function);
	unsigned int i;
	char *text;

	pin(_metadata, bench, TGM_pin_user_pages_fast, 0, 2);
	ASSERT_EQ(0, tgm_leak(bench->fd));
	pin(_metadata, bench, TGM_pin_user_pages, 2, 1);
	ASSERT_EQ(0, tgm_leak(bench->fd));
	EXPECT_EQ(-ENOENT, tgm_leak(bench->fd));
	expect_classes(_metadata, self->counts, NULL, 0);
	remove_module(_metadata, bench, &self->image);

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
	EXPECT_EQ(left + 2, group_pins(LAYER_DIR "outstanding", function));
}

/* The module that comes next may be the one where this is corrected. */
TEST_F(unload, a_leak_is_reported_once)
{
	struct bench *bench = &self->bench;
	long pins = summary_number("pins");

	pin(_metadata, bench, TGM_pin_user_pages_fast, 0, 1);
	ASSERT_EQ(0, tgm_leak(bench->fd));
	remove_module(_metadata, bench, &self->image);
	expect_classes(_metadata, self->counts, LEAK_AT_UNLOAD, 1);
	EXPECT_EQ(1, bench_reports(bench));

	ASSERT_EQ(0, module_load(&self->image, ""));
	ASSERT_EQ(0, module_unload(&self->image));
	expect_classes(_metadata, self->counts, LEAK_AT_UNLOAD, 1);
	EXPECT_EQ(0, bench_reports(bench));
	EXPECT_EQ(pins + 1, summary_number("pins"));
}

/* The code that pinned went long before the module does. */
TEST_F(unload, what_init_code_leaks_is_reported)
{
	static const char * const lines[] = {
		"BUG: GUP-MIRROR: leak-at-unload in tgm_pin_at_init+0x",
		"Module is unloaded, and 1 pin acquired by pin_user_pages_fast() at tgm_pin_at_init+0x",
	};
	struct bench *bench = &self->bench;
	unsigned int i;
	char address[64];
	char *text;

	remove_module(_metadata, bench, &self->image);
	snprintf(address, sizeof(address), "pin_at_init=%lu",
		 (unsigned long)bench->buffer.addr);
	ASSERT_EQ(0, module_load(&self->image, address));
	expect_classes(_metadata, self->counts, NULL, 0);
	ASSERT_EQ(0, module_unload(&self->image));

	expect_classes(_metadata, self->counts, LEAK_AT_UNLOAD, 1);
	text = kmsg_read(bench->kmsg);
	ASSERT_NE(NULL, text);
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_EQ(1, count_lines(text, lines[i])) {
			TH_LOG("no \"%s\" in the log", lines[i]);
		}
	}
	free(text);
}

/*
 * In a file: no stack has a function of the module @other, and at least one has a
 * place in the one that has gone.
 */
static void expect_gone(struct __test_metadata *_metadata, const char *file,
			const struct module_image *other)
{
	char *text = read_text(file);
	char *line, *rest = text;
	int ours = 0, others = 0;
	char theirs[64];

	ASSERT_NE(NULL, text);
	snprintf(theirs, sizeof(theirs), " [%s]", other->name);
	while ((line = strsep(&rest, "\n"))) {
		if (strstr(line, theirs) && !others++)
			TH_LOG("%s: %s", file, line);
		line += strspn(line, " ");
		if (!strncmp(line, MODULE "+0x", strlen(MODULE "+0x")) &&
		    strstr(line, " (unloaded)"))
			ours++;
	}
	EXPECT_EQ(0, others);
	EXPECT_LT(0, ours) {
		TH_LOG("%s: no \"" MODULE "+0x... (unloaded)\"", file);
	}
	free(text);
}

/* Modules have names of one length: see module_rename(). */
static void name_other(struct module_image *other, unsigned int nth)
{
	char name[sizeof(MODULE)];

	snprintf(name, sizeof(name), "next%03u_gup_mir", nth);
	module_rename(other, name);
}

/*
 * One of those that are loaded next comes to the same place, and has done nothing.
 * Others may fill holes that are elsewhere.
 */
TEST_F(unload, stacks_never_name_who_comes_next)
{
	static const char * const files[] = {
		LAYER_DIR "violations",
		LAYER_DIR "outstanding",
		LAYER_DIR "ages",
	};
	struct bench *bench = &self->bench;
	struct module_image other;
	struct tgm_facts held;
	unsigned long place;
	unsigned int i, nr;
	bool same;

	if (summary_number("stacks") != 1)
		SKIP(return, "needs a layer that saves stacks");
	ASSERT_EQ(NULL, module_read(&other));
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	pin(_metadata, bench, TGM_pin_user_pages_fast, 0, 1);
	ASSERT_EQ(0, tgm_leak(bench->fd));
	place = module_address(&self->image);
	EXPECT_NE(0, place);
	remove_module(_metadata, bench, &self->image);
	name_other(&other, 0);
	for (i = 0; i < ARRAY_SIZE(files); i++)
		expect_gone(_metadata, files[i], &other);

	for (nr = 0; nr < MAX_OTHERS && module_address(&other) != place; nr++) {
		name_other(&other, nr);
		ASSERT_EQ(0, module_load(&other, ""));
	}
	same = module_address(&other) == place;
	for (i = 0; same && i < ARRAY_SIZE(files); i++)
		expect_gone(_metadata, files[i], &other);
	while (nr--) {
		name_other(&other, nr);
		EXPECT_EQ(0, module_unload(&other));
	}
	module_free(&other);
	if (!same)
		SKIP(return, "no module comes to where another one was");
}

TEST_HARNESS_MAIN
