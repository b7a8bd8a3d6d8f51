// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of sites, and of what there may be too many of.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/gup_mirror.h>
#include <linux/kallsyms.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "kunit.h"

static void test_overflow(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	long overflow = atomic_long_read(&gup_mirror_overflow);
	int limit = gup_mirror_sites_limit(GUP_MIRROR_KIND_PIN, -1);
	struct page *a = NULL, *b = NULL;
	int nr_a, nr_b;

	nr_a = pin_user_pages_fast(addr, 1, 0, &a);
	nr_b = pin_user_pages_fast(addr, 1, 0, &b);
	gup_mirror_sites_limit(GUP_MIRROR_KIND_PIN, limit);

	KUNIT_ASSERT_EQ(test, nr_a, 1);
	KUNIT_ASSERT_EQ(test, nr_b, 1);
	/* They share a view of the right kind, and that shows. */
	KUNIT_EXPECT_PTR_EQ(test, a, b);
	KUNIT_EXPECT_TRUE(test, gup_mirror_is_pin_view(a));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_overflow),
			overflow + 2);

	unpin_user_page(a);
	expect_silence(test);
	if (!gup_mirror_config.repair) {
		unpin_user_page(b);
		return;
	}
	/* The kind is enough for a verdict. */
	put_page(b);
	KUNIT_EXPECT_EQ(test, seen.nr, 1);
	KUNIT_EXPECT_STREQ(test, seen.class, "put-on-pin");
	KUNIT_EXPECT_EQ(test, seen.site, 0);
	seen.nr = 0;
}

/* Its last act: with sibling calls, it has returned by then. */
static noinline int pin_last(unsigned long addr, struct page **page)
{
	return pin_user_pages_fast(addr, 1, 0, page);
}

static void test_last_act(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	char name[KSYM_NAME_LEN];
	struct page *page;

	if (!IS_ENABLED(CONFIG_GUP_MIRROR_ALL_CALLERS) &&
	    !IS_ENABLED(CONFIG_FRAME_POINTER))
		kunit_skip(test, "built without CONFIG_GUP_MIRROR_ALL_CALLERS");

	KUNIT_ASSERT_EQ(test, pin_last(addr, &page), 1);
	scnprintf(name, sizeof(name), "%ps",
		  (void *)gup_mirror_site(gup_mirror_view_of(page))->place.ip);
	unpin_user_page(page);
	KUNIT_EXPECT_TRUE_MSG(test, str_has_prefix(name, "pin_last"),
			      "the site is %s", name);
	expect_silence(test);
}

static void restore_longterm(void *ms)
{
	WRITE_ONCE(gup_mirror_longterm_ms, (unsigned long)ms);
}

/* Held for too long, unless it was said that it will be long. */
static void test_overlong(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	const struct gup_mirror_site *site;
	struct page *page;
	long overlong;

	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action(test, restore_longterm,
					 (void *)(unsigned long)gup_mirror_longterm_ms));
	pin(test, addr, &page, 1);
	site = gup_mirror_site(gup_mirror_view_of(page));
	overlong = gup_mirror_counted(site, GUP_MIRROR_OVERLONG);
	WRITE_ONCE(gup_mirror_longterm_ms, UINT_MAX);
	unpin_user_page(page);
	KUNIT_EXPECT_EQ(test, gup_mirror_counted(site, GUP_MIRROR_OVERLONG), overlong);

	WRITE_ONCE(gup_mirror_longterm_ms, 0);
	pin(test, addr, &page, 1);
	unpin_user_page(page);
	KUNIT_EXPECT_EQ(test, gup_mirror_counted(site, GUP_MIRROR_OVERLONG), overlong + 1);

	pin_longterm(test, addr, &page, 1);
	site = gup_mirror_site(gup_mirror_view_of(page));
	overlong = gup_mirror_counted(site, GUP_MIRROR_OVERLONG);
	unpin_user_page(page);
	KUNIT_EXPECT_EQ(test, gup_mirror_counted(site, GUP_MIRROR_OVERLONG), overlong);
	expect_silence(test);
}

#define NR_THREADS	4
#define NR_RACES	16

struct race {
	struct completion *go;
	struct completion done;
	unsigned int view[NR_RACES];
};

static int race_thread(void *data)
{
	struct race *race = data;
	unsigned int i;

	wait_for_completion(race->go);
	for (i = 0; i < NR_RACES; i++) {
		struct gup_mirror_origin origin = { .ip = i + 1 };

		race->view[i] = gup_mirror_site_view("pin_user_pages",
						     GUP_MIRROR_KIND_PIN, &origin);
	}
	complete(&race->done);
	return 0;
}

/* All that find the same new site at once agree on its view. */
static void test_site_race(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(go);
	struct task_struct *threads[NR_THREADS];
	struct race *races;
	unsigned int i, j;

	races = kunit_kcalloc(test, NR_THREADS, sizeof(*races), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, races);

	for (i = 0; i < NR_THREADS; i++) {
		races[i].go = &go;
		init_completion(&races[i].done);
		threads[i] = kthread_run(race_thread, &races[i],
					 "gup_mirror_race/%u", i);
	}
	complete_all(&go);
	for (i = 0; i < NR_THREADS; i++) {
		if (IS_ERR(threads[i]))
			KUNIT_FAIL(test, "no thread");
		else
			wait_for_completion(&races[i].done);
	}

	for (j = 0; j < NR_RACES; j++) {
		for (i = 1; i < NR_THREADS; i++)
			KUNIT_EXPECT_EQ(test, races[i].view[j],
					races[0].view[j]);
		for (i = 0; i < j; i++)
			KUNIT_EXPECT_NE(test, races[0].view[i],
					races[0].view[j]);
	}
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_overflow),
	KUNIT_CASE(test_site_race),
	KUNIT_CASE(test_last_act),
	KUNIT_CASE(test_overlong),
	{}
};

GUP_MIRROR_KUNIT_SUITE(sites_suite, "gup_mirror_sites", cases);

kunit_test_suite(sites_suite);
