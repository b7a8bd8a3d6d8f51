// SPDX-License-Identifier: GPL-2.0
/*
 * A module that is unloaded and loaded again, as its developer does all day, uses
 * up nothing: it gets back what it had.
 */
#include "bench.h"
#include "modules.h"

#define RELOADS	1000

FIXTURE(reload)
{
	struct bench bench;
	struct module_image image;
};

FIXTURE_SETUP(reload)
{
	const char *why = bench_watch(&self->bench);

	if (!why)
		why = module_read(&self->image);
	if (why)
		SKIP(return, "%s", why);
	close(self->bench.fd);
	self->bench.fd = -1;
	ASSERT_EQ(0, module_unload(&self->image));
}

FIXTURE_TEARDOWN(reload)
{
	EXPECT_EQ(0, module_load_again(&self->image));
	module_free(&self->image);
	bench_unwatch(&self->bench);
}

/* Load the module, use it by two calls of each sort, and unload it. */
static void reload(struct __test_metadata *_metadata, struct bench *bench,
		   const struct module_image *image, int views[2])
{
	struct tgm_facts held;

	ASSERT_EQ(0, module_load(image, ""));
	bench->fd = module_open(image);
	ASSERT_LE(0, bench->fd);
	bench_pair(_metadata, bench, TGM_pin_user_pages_fast,
		   TGM_unpin_user_pages, 0, 2, &held);
	views[0] = held.view;
	bench_pair(_metadata, bench, TGM_pin_user_pages, TGM_unpin_user_page, 0,
		   2, &held);
	views[1] = held.view;
	close(bench->fd);
	bench->fd = -1;
	ASSERT_EQ(0, module_unload(image));
}

TEST_F_TIMEOUT(reload, a_module_that_comes_back_uses_up_nothing, 1200)
{
	static const char * const keys[] = {
		"sites", "overflow", "groups", "groups_lost", "callers_lost",
		"stacks_lost", "pins", "reports",
	};
	int views[2], first_views[2];
	long first[ARRAY_SIZE(keys)];
	unsigned int i;

	/* The second time, the kernel knows what it calls itself. */
	for (i = 0; i < 2; i++)
		reload(_metadata, &self->bench, &self->image, first_views);
	for (i = 0; i < ARRAY_SIZE(keys); i++)
		first[i] = summary_number(keys[i]);

	for (i = 2; i < RELOADS; i++)
		reload(_metadata, &self->bench, &self->image, views);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		EXPECT_LE(0, first[i]) {
			TH_LOG("no %s in summary", keys[i]);
		}
		EXPECT_EQ(first[i], summary_number(keys[i])) {
			TH_LOG("%s, after %d times", keys[i], RELOADS);
		}
	}
	EXPECT_EQ(first_views[0], views[0]);
	EXPECT_EQ(first_views[1], views[1]);
	EXPECT_EQ(1, site_rows("tgm_pin_user_pages_fast"));
	EXPECT_EQ(1, site_rows("tgm_pin_user_pages"));
}

TEST_HARNESS_MAIN
