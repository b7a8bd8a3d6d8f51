// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of stacks that are known again.
 *
 * A memo is right only for calls that come the same way. So functions that the
 * compiler makes alike call the same function at the same depth, by turns.
 */

#include <kunit/test.h>

#include <linux/array_size.h>
#include <linux/container_of.h>
#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include "../compat.h"
#include "kunit.h"

#define NR_ROUNDS	4

/* The stack of what is pinned on @page, or of who released it last. */
static unsigned int stack_of(struct page *page, unsigned long **entries)
{
	struct gup_mirror_entry *entry = gup_mirror_entry(page_to_pfn(page));
	u64 hold = atomic64_read(&entry->hold);
	depot_stack_handle_t stack;

	stack = GUP_MIRROR_HOLD_PINS(hold) ?
		gup_mirror_group(GUP_MIRROR_HOLD_GROUP(hold))->stack :
		GUP_MIRROR_RELEASED_STACK(READ_ONCE(entry->state));
	return stack ? stack_depot_fetch(stack, entries) : 0;
}

static void expect_frames(struct kunit *test, struct page *page,
			  const char *first, const char *second)
{
	const char *const wanted[] = { first, second };
	char name[GUP_MIRROR_NAME_LEN];
	unsigned long *entries;
	unsigned int i, nr;

	nr = stack_of(page, &entries);
	KUNIT_ASSERT_GT(test, nr, 2);
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		scnprintf(name, sizeof(name), "%ps", (void *)entries[i]);
		name[strcspn(name, ". ")] = '\0';
		KUNIT_EXPECT_STREQ(test, name, wanted[i]);
	}
}

static noinline void pin_here(struct kunit *test, unsigned long addr,
			      struct page **page)
{
	KUNIT_ASSERT_EQ(test, pin_user_pages_fast(addr, 1, 0, page), 1);
}

static noinline void unpin_here(struct page *page)
{
	unpin_user_page(page);
	barrier();
}

static noinline void pin_as_left(struct kunit *test, unsigned long addr,
				 struct page **page)
{
	pin_here(test, addr, page);
	barrier();
}

static noinline void pin_as_right(struct kunit *test, unsigned long addr,
				  struct page **page)
{
	pin_here(test, addr, page);
	/* The same code, and not the same function. */
	asm volatile("nop" : : : "memory");
}

static noinline void unpin_as_left(struct page *page)
{
	unpin_here(page);
	barrier();
}

static noinline void unpin_as_right(struct page *page)
{
	unpin_here(page);
	asm volatile("nop" : : : "memory");
}

static void test_by_turns(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct page *page, *pinned;
	unsigned int i;

	need_stacks(test);
	page = keep_page(test, addr);
	for (i = 0; i < NR_ROUNDS; i++) {
		pin_as_left(test, addr, &pinned);
		expect_frames(test, page, "pin_here", "pin_as_left");
		unpin_as_right(pinned);
		expect_frames(test, page, "unpin_here", "unpin_as_right");

		pin_as_right(test, addr, &pinned);
		expect_frames(test, page, "pin_here", "pin_as_right");
		unpin_as_left(pinned);
		expect_frames(test, page, "unpin_here", "unpin_as_left");
	}
	expect_silence(test);
}

/* The same place with other flags is another group. */
static void test_flags(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	const unsigned int flags[] = { FOLL_WRITE, 0 };
	unsigned int i, group[ARRAY_SIZE(flags)];
	struct page *page, *pinned;

	need_stacks(test);
	page = keep_page(test, addr);
	for (i = 0; i < NR_ROUNDS; i++) {
		/* If it were unrolled, the call would be in several places. */
		OPTIMIZER_HIDE_VAR(i);
		KUNIT_ASSERT_EQ(test, 1,
				pin_user_pages_fast(addr, 1, flags[i % 2], &pinned));
		if (i < 2)
			group[i] = GUP_MIRROR_HOLD_GROUP(hold_of(page));
		KUNIT_EXPECT_EQ(test, GUP_MIRROR_HOLD_GROUP(hold_of(page)),
				group[i % 2]);
		unpin_user_page(pinned);
	}
	KUNIT_EXPECT_NE(test, group[0], group[1]);
	expect_silence(test);
}

struct in_irq {
	struct irq_work work;
	struct page *page;
};

static noinline void unpin_in_irq(struct irq_work *work)
{
	unpin_here(container_of(work, struct in_irq, work)->page);
	barrier();
}

/* A disk that completes a read: the stack is that of the interrupt. */
static void test_in_interrupt(struct kunit *test)
{
	unsigned long addr = map_pages(test, 1);
	struct in_irq in_irq;
	struct page *page;
	unsigned int i;

	need_stacks(test);
	page = keep_page(test, addr);
	for (i = 0; i < NR_ROUNDS; i++) {
		pin_as_left(test, addr, &in_irq.page);
		in_irq.work = IRQ_WORK_INIT_HARD(unpin_in_irq);
		irq_work_queue(&in_irq.work);
		irq_work_sync(&in_irq.work);
		expect_frames(test, page, "unpin_here", "unpin_in_irq");

		pin_as_right(test, addr, &in_irq.page);
		expect_frames(test, page, "pin_here", "pin_as_right");
		unpin_as_left(in_irq.page);
		expect_frames(test, page, "unpin_here", "unpin_as_left");
	}
	expect_silence(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(test_by_turns),
	KUNIT_CASE(test_flags),
	KUNIT_CASE(test_in_interrupt),
	{}
};

GUP_MIRROR_KUNIT_SUITE(memos_suite, "gup_mirror_memos", cases);

kunit_test_suite(memos_suite);
