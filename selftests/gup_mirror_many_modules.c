// SPDX-License-Identifier: GPL-2.0
/*
 * More modules than the layer has room for in its tables, one after the other:
 * what has no room is counted, and wrong releases are reported all the same.
 *
 * What is used up stays so until the next boot: run this last.
 */
#include "bench.h"
#include "modules.h"

/* Each calls by all functions that acquire, and by all that release. */
#define MAX_MODULES	500

FIXTURE(many_modules)
{
	struct bench bench;
	struct module_image image;
};

FIXTURE_SETUP(many_modules)
{
	const char *why = bench_watch(&self->bench);

	if (!why && (!self->bench.layer.gets || !self->bench.layer.repair))
		why = "needs gup_mirror=all that repairs";
	if (!why)
		why = module_read(&self->image);
	if (why)
		SKIP(return, "%s", why);
	close(self->bench.fd);
	self->bench.fd = -1;
}

FIXTURE_TEARDOWN(many_modules)
{
	module_free(&self->image);
	bench_unwatch(&self->bench);
}

/* Loads it by a name of its own, as if it was another driver. */
static void load(struct __test_metadata *_metadata, struct bench *bench,
		 struct module_image *image, unsigned int number)
{
	char name[sizeof(MODULE)];

	snprintf(name, sizeof(name), "t%03u%s", number, MODULE + 4);
	module_rename(image, name);
	ASSERT_EQ(0, module_load(image, ""));
	bench->fd = module_open(image);
	ASSERT_LE(0, bench->fd);
}

static void unload(struct __test_metadata *_metadata, struct bench *bench,
		   const struct module_image *image)
{
	close(bench->fd);
	bench->fd = -1;
	ASSERT_EQ(0, module_unload(image));
}

/* All calls, each in the right way */
static void call_all(struct __test_metadata *_metadata, struct bench *bench)
{
	struct tgm_facts held;
	const int *fn;

	for (fn = pin_functions; *fn != END; fn++)
		bench_pair(_metadata, bench, *fn, TGM_unpin_user_pages, 0, 1,
			   &held);
	for (fn = get_functions; *fn != END; fn++)
		bench_pair(_metadata, bench, *fn, TGM_put_page, 0, 1, &held);
	for (fn = unpin_functions; *fn != END; fn++)
		bench_pair(_metadata, bench, TGM_pin_user_pages_fast, *fn, 0, 1,
			   &held);
	for (fn = put_functions; *fn != END; fn++)
		bench_pair(_metadata, bench, TGM_get_user_pages_fast, *fn, 0, 1,
			   &held);
}

TEST_F_TIMEOUT(many_modules, what_has_no_room_is_counted, 600)
{
	const long before[NR_CLASSES] = { 0 };
	struct bench *bench = &self->bench;
	struct tgm_facts held;
	unsigned int i;

	ASSERT_EQ(0, summary_number("callers_lost"));
	ASSERT_EQ(0, summary_number("overflow"));
	for (i = 0; i < MAX_MODULES; i++) {
		load(_metadata, bench, &self->image, i);
		call_all(_metadata, bench);
		unload(_metadata, bench, &self->image);
		if (summary_number("callers_lost") > 0 &&
		    summary_number("overflow") > 0)
			break;
	}
	EXPECT_LT(0, summary_number("callers_lost"));
	EXPECT_LT(0, summary_number("overflow"));
	expect_classes(_metadata, before, NULL, 0);
	EXPECT_EQ(0, bench_reports(bench));

	/* By whom is not known, but that it was is. */
	load(_metadata, bench, &self->image, i + 1);
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	expect_classes(_metadata, before, PUT_ON_PIN, 1);
	EXPECT_EQ(1, bench_reports(bench));
	unload(_metadata, bench, &self->image);
	EXPECT_EQ(0, summary_number("inconsistent"));
}

TEST_HARNESS_MAIN
