// SPDX-License-Identifier: GPL-2.0
/*
 * What /sys/kernel/debug/gup_mirror/violations and the kernel log say of each
 * class of violation: both ends, and their stacks.
 */
#include "bench.h"
#include "plans.h"

FIXTURE(violations)
{
	struct bench bench;
};

FIXTURE_SETUP(violations)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(violations)
{
	bench_unwatch(&self->bench);
}

/* Whether the stacks are those that a violation of this class must have */
static void expect_stacks(struct __test_metadata *_metadata,
			  const struct violation *v)
{
	if (summary_number("stacks") != 1)
		return;
	EXPECT_EQ(!!v->acquired, v->acquire_stack);
	/* Of a get, there is no such stack. */
	EXPECT_EQ(v->before && !strcmp(v->class, DOUBLE_UNPIN), v->before_stack);
	EXPECT_EQ(!!v->released, v->release_stack);
}

/* Both ends of the story, for every pair */
static void expect_violation(struct __test_metadata *_metadata,
			     struct bench *bench, const char *class,
			     int acquire, int release, unsigned int flags)
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
	bench_pair(_metadata, bench, acquire, release,
		   (bench->layer.repair ? 0 : TGM_BALANCE) | TGM_DIRTY | flags,
		   1, &held);

	EXPECT_TRUE(find_violation(&v)) {
		TH_LOG("%s: %s(), then %s()", class, v.acquired, v.released);
	}
	EXPECT_EQ(1, v.times);
	EXPECT_EQ(held.pfn, v.pfn);
	EXPECT_EQ(getpid(), v.pid);
	expect_stacks(_metadata, &v);

	snprintf(title, sizeof(title), "BUG: GUP-MIRROR: %s in %s+0x", class,
		 caller);
	snprintf(sentence, sizeof(sentence), "Page acquired by %s() at %s+0x",
		 v.acquired, site);
	text = kmsg_read(bench->kmsg);
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

TEST_F(violations, put_on_pin_names_both_ends)
{
	const int *acquire, *release;

	for (acquire = pin_functions; *acquire != END; acquire++)
		for (release = put_functions; *release != END; release++)
			expect_violation(_metadata, &self->bench, PUT_ON_PIN,
					 *acquire, *release, 0);
}

/* Neither a folio nor a laundered pointer tells; that a reference is missing does. */
TEST_F(violations, put_of_a_folio_names_both_ends)
{
	struct bench *bench = &self->bench;

	if (!bench->layer.repair || !summary_number("puts"))
		SKIP(return, "needs gup_mirror=all, or the word puts, that repairs");

	buffer_settle();
	expect_violation(_metadata, bench, PUT_ON_PIN, TGM_pin_user_pages_fast,
			 TGM_folio_put, 0);
}

TEST_F(violations, laundered_put_on_pin_names_both_ends)
{
	struct bench *bench = &self->bench;
	const int *acquire, *release;

	if (!bench->layer.repair || !summary_number("puts"))
		SKIP(return, "needs gup_mirror=all, or the word puts, that repairs");

	buffer_settle();
	for (acquire = pin_functions; *acquire != END; acquire++)
		for (release = put_functions; *release != END; release++)
			expect_violation(_metadata, bench, PUT_ON_PIN, *acquire,
					 *release, TGM_LAUNDER);
}

TEST_F(violations, unpin_on_get_names_both_ends)
{
	const int *acquire, *release;

	if (!self->bench.layer.gets)
		SKIP(return, "needs gup_mirror=all");

	for (acquire = get_functions; *acquire != END; acquire++)
		for (release = unpin_functions; *release != END; release++)
			expect_violation(_metadata, &self->bench, UNPIN_ON_GET,
					 *acquire, *release, 0);
}

/* Provoke what @v is about, and see what is said of it. */
static void expect_plan(struct __test_metadata *_metadata, struct bench *bench,
			struct violation *v, const char *sentence)
{
	const struct plan *plan = find_plan(v->class);
	struct tgm_acquire arg;
	char title[128];
	char *text;

	ASSERT_NE(NULL, plan);
	if (!bench->layer.repair)
		SKIP(return, "needs a layer that repairs");
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 plan->acquire, TGM_WRITE, &arg));
	ASSERT_EQ(0, take_steps(bench->fd, plan->wrong, 0, &bench->buffer));

	EXPECT_TRUE(find_violation(v));
	EXPECT_EQ(1, v->times);
	EXPECT_EQ(arg.facts.pfn, v->pfn);
	EXPECT_EQ(getpid(), v->pid);
	expect_stacks(_metadata, v);

	snprintf(title, sizeof(title), "BUG: GUP-MIRROR: %s in %s", v->class,
		 v->caller ?: v->site ?: "");
	text = kmsg_read(bench->kmsg);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, count_lines(text, "BUG: GUP-MIRROR: "));
	EXPECT_EQ(1, count_lines(text, title)) {
		TH_LOG("no \"%s\" in the log", title);
	}
	EXPECT_NE(NULL, strstr(text, sentence)) {
		TH_LOG("no \"%s\" in the log", sentence);
	}
	free(text);
}

TEST_F(violations, double_unpin_shows_the_release_before)
{
	struct violation v = {
		.class = DOUBLE_UNPIN,
		.acquired = "pin_user_pages_fast",
		.site = "tgm_pin_user_pages_fast",
		.before = "tgm_unpin_user_page",
		.released = "unpin_user_pages",
		.caller = "tgm_unpin_user_pages",
	};

	expect_plan(_metadata, &self->bench, &v, ", has no pin left");
}

TEST_F(violations, double_put_names_who_put_before)
{
	struct violation v = {
		.class = DOUBLE_PUT,
		.acquired = "get_user_pages_fast",
		.site = "tgm_get_user_pages_fast",
		.before = "tgm_put_page",
		.released = "put_page",
		.caller = "tgm_put_page",
	};

	if (!self->bench.layer.gets)
		SKIP(return, "needs gup_mirror=all");
	buffer_settle();
	expect_plan(_metadata, &self->bench, &v,
		    "The last one was put by put_page() at tgm_put_page+0x");
}

TEST_F(violations, unpin_unpinned_names_nobody_who_pinned)
{
	struct violation v = {
		.class = UNPIN_UNPINNED,
		.released = tgm_released_by(TGM_unpin_folio),
		.caller = "tgm_unpin_folio",
	};
	char sentence[128];

	snprintf(sentence, sizeof(sentence),
		 "Page that nobody has pinned, released by %s() at tgm_unpin_folio+0x",
		 v.released);
	expect_plan(_metadata, &self->bench, &v, sentence);
}

TEST_F(violations, lost_pin_names_who_pinned)
{
	struct violation v = {
		.class = LOST_PIN,
		.acquired = "pin_user_pages_fast",
		.site = "tgm_pin_user_pages_fast",
	};

	/* Nobody has released it: it is only seen. */
	expect_plan(_metadata, &self->bench, &v, ", seen by task ");
}

/* Who freed it is some function of the kernel's. */
TEST_F(violations, free_while_pinned_names_who_pinned)
{
	struct bench *bench = &self->bench;
	static const char * const said[] = {
		"BUG: GUP-MIRROR: free-while-pinned in tgm_",
		"Page acquired by pin_user_pages_fast() at tgm_pin_user_pages_fast+0x",
		", still has 1 pin",
	};
	static const char * const listed[] = {
		"\nfree-while-pinned: 1 time\n  acquired by pin_user_pages_fast() at tgm_pin_user_pages_fast+0x",
		"  acquire stack:\n    tgm_pin_user_pages_fast+0x",
	};
	const struct plan *plan = find_plan(FREE_WHILE_PINNED);
	struct tgm_acquire arg;
	unsigned int i;
	char *text;

	if (!bench->layer.repair)
		SKIP(return, "needs a layer that repairs");
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 plan->acquire, TGM_WRITE, &arg));
	ASSERT_EQ(0, take_steps(bench->fd, plan->wrong, 0, &bench->buffer));
	text = kmsg_read(bench->kmsg);
	ASSERT_NE(NULL, text);
	for (i = 0; i < ARRAY_SIZE(said); i++) {
		EXPECT_NE(NULL, strstr(text, said[i])) {
			TH_LOG("no \"%s\" in the log", said[i]);
		}
	}
	EXPECT_EQ(1, count_lines(text, "BUG: GUP-MIRROR: "));
	free(text);

	text = read_text(LAYER_DIR "violations");
	ASSERT_NE(NULL, text);
	for (i = 0; i < ARRAY_SIZE(listed); i++) {
		EXPECT_NE(NULL, strstr(text, listed[i])) {
			TH_LOG("no \"%s\" in violations", listed[i]);
		}
	}
	free(text);
}

TEST_F(violations, reported_once_and_counted)
{
	struct bench *bench = &self->bench;
	struct violation v = {
		.class = PUT_ON_PIN,
		.acquired = "pin_user_pages_fast",
		.site = "tgm_pin_user_pages_fast",
		.released = "put_page",
		.caller = "tgm_put_page",
	};
	struct tgm_facts first, held;
	int i;

	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &first);
	for (i = 0; i < 2; i++)
		bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
				 TGM_put_page, &held);
	ASSERT_TRUE(find_violation(&v));
	EXPECT_EQ(3, v.times);
	EXPECT_EQ(first.pfn, v.pfn);
	EXPECT_EQ(3, summary_number(PUT_ON_PIN));
	EXPECT_EQ(1, summary_number("reports"));
	EXPECT_EQ(0, summary_number("lost"));
	EXPECT_EQ(1, bench_reports(bench));

	/* By another caller it is another one. */
	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_release_pages, &held);
	EXPECT_EQ(2, summary_number("reports"));
	EXPECT_EQ(1, bench_reports(bench));
}

TEST_HARNESS_MAIN
