// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of what dump_page() says of pins.
 */

#include <kunit/test.h>

#include <linux/array_size.h>
#include <linux/mm.h>
#include <linux/mmdebug.h>
#include <linux/printk.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include <trace/events/printk.h>

#include "kunit.h"

/* What this task has said. */
static struct {
	raw_spinlock_t lock;	/* of @len and @text */
	struct task_struct *task;
	size_t len;
	char text[16384];
} said = {
	.lock = __RAW_SPIN_LOCK_UNLOCKED(said.lock),
};

static void probe(void *data, const char *text, size_t len)
{
	unsigned long flags;

	if (current != READ_ONCE(said.task))
		return;
	raw_spin_lock_irqsave(&said.lock, flags);
	len = min(len, sizeof(said.text) - 2 - said.len);
	memcpy(said.text + said.len, text, len);
	said.len += len;
	said.text[said.len++] = '\n';
	said.text[said.len] = '\0';
	raw_spin_unlock_irqrestore(&said.lock, flags);
}

static int suite_init(struct kunit_suite *suite)
{
	int ret = register_trace_console(probe, NULL);

	return ret ?: gup_mirror_kunit_suite_init(suite);
}

static void suite_exit(struct kunit_suite *suite)
{
	unregister_trace_console(probe, NULL);
	gup_mirror_kunit_suite_exit(suite);
}

static void listen(void)
{
	said.len = 0;
	said.text[0] = '\0';
	WRITE_ONCE(said.task, current);
}

static void dump(struct page *page)
{
	listen();
	dump_page(page, "a test");
	WRITE_ONCE(said.task, NULL);
}

static void expect_said(struct kunit *test, const char *text, bool is_said)
{
	KUNIT_EXPECT_EQ_MSG(test, !!strstr(said.text, text), is_said, "\"%s\" in\n%s",
			    text, said.text);
}

static void test_no_pins(struct kunit *test)
{
	struct page *page = keep_page(test, map_pages(test, 1));

	dump(page);
	expect_said(test, "page dumped because: a test", true);
	expect_said(test, "gup_mirror: ", false);
}

static void test_holders(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	unsigned long addr = memory->map(test);
	struct page *pages[NR_PAGES], *other;

	pin_longterm(test, addr, pages, NR_PAGES);
	dump(pages[NR_PAGES - 1]);
	expect_said(test, memory->large ? "pins: 8\n" : "pins: 1\n", true);
	expect_said(test, memory->large ? ": 8 pins by " : ": 1 pin by ", true);
	expect_said(test, " by pin_user_pages_fast() at pin_longterm+", true);
	expect_said(test, "flags WRITE|LONGTERM, ", true);
	expect_said(test, " ms old", true);
	expect_said(test, "on a file", false);
	expect_said(test, "kunit_try_run_case+", gup_mirror_config.stacks);

	pin_elsewhere(test, addr, &other, 1);
	dump(gup_mirror_canonical(other));
	expect_said(test, " at pin_longterm+", true);
	expect_said(test, "gup_mirror: 1 pin by pin_user_pages_fast() at pin_elsewhere+", true);
	unpin_user_page(other);
	dump(pages[0]);
	expect_said(test, " at pin_longterm+", true);
	expect_said(test, " at pin_elsewhere+", false);

	unpin_user_pages(pages, NR_PAGES);
	dump(pages[0]);
	expect_said(test, "gup_mirror: ", false);
	expect_silence(test);
}

/*
 * What is dumped need not be a page at all. The rest of dump_page() does not survive that
 * with each configuration.
 */
static void test_no_page(struct kunit *test)
{
	struct page page;

	listen();
	memset(&page, 0xff, sizeof(page));
	__gup_mirror_dump(&page);
	memset(&page, 0, sizeof(page));
	__gup_mirror_dump(&page);
	WRITE_ONCE(said.task, NULL);
	expect_said(test, "gup_mirror: ", false);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE(test_no_pins),
	KUNIT_CASE_PARAM(test_holders, memory_gen_params),
	KUNIT_CASE(test_no_page),
	{}
};

static struct kunit_suite dump_suite = {
	.name = "gup_mirror_dump",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.init = gup_mirror_kunit_init,
	.exit = gup_mirror_kunit_exit,
	.test_cases = cases,
};

kunit_test_suite(dump_suite);
