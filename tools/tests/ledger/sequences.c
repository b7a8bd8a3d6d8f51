// SPDX-License-Identifier: GPL-2.0
/*
 * What is right, and what is wrong, step by step.
 */

#include "subject.h"

static struct page *a, *b;

static void unpin_a(void)
{
	world_unpin(1, a);
}

static void unpin_b(void)
{
	world_unpin(2, b);
}

/* Who released first, and has nothing any more, is not named. */
static void test_first_gone(void)
{
	struct gup_mirror_finding finding = { };

	a = pin_by(driver);
	b = pin_by(other);
	unpin_a();
	gup_mirror_find_holders(&finding, subject_entry(SUBJECT),
				subjects[SUBJECT]);
	EXPECT_EQ(finding.pins, 1);
	EXPECT_EQ(finding.nr_holders, 1);
	EXPECT_EQ(finding.holders[0].view, other.site);
	EXPECT_EQ(finding.holders[0].stack, other.stack);
	EXPECT_EQ(pins_of(driver), 0);
	unpin_b();
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
	tap_result("who pinned first and has released is not named as a holder");
}

/* folio_get(page_folio()) is not seen; put_page() of it is right all the same. */
static void test_put_of_folio_get(void)
{
	a = pin_by(driver);
	world_folio_get(a);
	unpin_a();
	b = pin_by(other);
	world_put(a);
	EXPECT_EQ(new_violations(), 0);
	EXPECT_EQ(pins_of(other), 1);
	EXPECT(subject_has_refs(SUBJECT, 1, OTHER_REFS));
	unpin_b();
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
	tap_result("put_page() takes no pin that the site of its pointer does not have");
}

static void test_put_of_many(void)
{
	a = pin_by(driver);
	b = pin_by(other);
	world_folio_get(a);
	if (!__gup_mirror_release("release_pages", a, 2, 1))
		gup_mirror_put(page_folio(a), 2, FOLL_GET);
	EXPECT_EQ(new_violations(), 1);
	EXPECT_EQ(world_finding()->class, GUP_MIRROR_PUT_ON_PIN);
	EXPECT_EQ(world_finding()->nr, 1);
	EXPECT_EQ(pins_of(driver), 0);
	EXPECT_EQ(pins_of(other), 1);
	EXPECT(subject_has_refs(SUBJECT, 1, OTHER_REFS));
	unpin_b();
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
	tap_result("a put of several references takes no pins of others, either");
}

/* The stack that is named is the one whose pin has gone; it is one of two. */
static void test_blame(void)
{
	const struct gup_mirror_finding *finding = world_finding();
	struct acquirer left;

	a = pin_by(driver);
	b = pin_by(other_way);
	world_put(b);
	EXPECT_EQ(new_violations(), 1);
	EXPECT_EQ(finding->class, GUP_MIRROR_PUT_ON_PIN);
	EXPECT_EQ(finding->nr_holders, 1);
	EXPECT_EQ(finding->holders[0].view, driver.site);
	EXPECT_EQ(finding->holders[0].stacks, 2);
	left = finding->holders[0].stack == driver.stack ? other_way : driver;
	EXPECT_EQ(pins_of(left), 1);
	EXPECT_EQ(pins_told(), 1);
	unpin_a();
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
	tap_result("the stack that is named is the one whose pin has gone");
}

static void age_of_days(unsigned int days)
{
	unsigned long before = overlong(driver), before_other = overlong(other);

	a = pin_by(driver);
	world_pass_ms(days * DAY_MS);
	EXPECT_EQ(age_of(driver), days * DAY_MS);
	/* Nor is it lost when others come and go. */
	b = pin_by(other);
	EXPECT_EQ(age_of(driver), days * DAY_MS);
	EXPECT_EQ(age_of(other), 0);
	unpin_b();
	EXPECT_EQ(age_of(driver), days * DAY_MS);
	unpin_a();
	EXPECT_EQ(overlong(driver), before + 1);
	EXPECT_EQ(overlong(other), before_other);
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
}

static void test_age(void)
{
	age_of_days(25);
	age_of_days(50);
	age_of_days(400);
	tap_result("a pin of 25 days has its age, and one of 50, and one of 400");
}

static void test_most_pins(void)
{
	unsigned long pfn = subjects[SUBJECT];
	struct gup_mirror_settle settle;
	unsigned int taken;

	gup_mirror_pin(pfn, gup_mirror_tag(group_of(driver), 0),
		       GUP_MIRROR_MAX_PINS - 1, gup_mirror_now());
	a = pin_by(driver);
	EXPECT_EQ(atomic_long_read(&gup_mirror_untracked_held), 0);
	b = pin_by(other);
	EXPECT_EQ(pins_told(), GUP_MIRROR_MAX_PINS);
	EXPECT_EQ(atomic_long_read(&gup_mirror_untracked_held), 1);

	gup_mirror_settle_begin(&settle, 1, 1);
	taken = gup_mirror_unpin(&settle, subject_entry(SUBJECT),
				 GUP_MIRROR_MAX_PINS - 1, driver.site);
	gup_mirror_settle_end(&settle);
	EXPECT_EQ(taken, GUP_MIRROR_MAX_PINS - 1);
	unpin_b();
	unpin_a();
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
	tap_result("pins that an entry has no room for are counted, and may be released");
}

static void test_most_extra(void)
{
	unsigned int i;

	a = pin_by(driver);
	for (i = 0; i < GUP_MIRROR_MAX_EXTRA + 2; i++)
		world_get(a);
	EXPECT_EQ(GUP_MIRROR_HOLD_EXTRA(hold()), GUP_MIRROR_MAX_EXTRA);
	for (i = 0; i < GUP_MIRROR_MAX_EXTRA + 2; i++)
		world_put(a);
	EXPECT_EQ(new_violations(), 0);
	EXPECT_EQ(pins_told(), 1);
	unpin_a();
	EXPECT_EQ(new_violations(), 0);
	/* Until the folio is freed, they are no longer counted. */
	atomic64_and(~GUP_MIRROR_HOLD_EXTRA_MASK, &subject_entry(SUBJECT)->hold);
	expect_nothing();
	tap_result("references that an entry has no room for are never called wrong");
}

/* Where there was no memory for an entry, nobody can know what a put means. */
static void test_get_without_entry(void)
{
	world_forget_chunks();
	gup_mirror_out_of_memory = true;
	a = pin_by(driver);
	world_get(a);
	gup_mirror_out_of_memory = false;
	b = pin_by(driver);
	world_put(a);
	EXPECT_EQ(new_violations(), 0);
	unpin_a();
	unpin_b();
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
	tap_result("a reference that found no memory to be counted may be put");
}

int main(void)
{
	world_init();
	test_first_gone();
	test_put_of_folio_get();
	test_put_of_many();
	test_blame();
	test_age();
	test_most_pins();
	test_most_extra();
	test_get_without_entry();
	return tap_end();
}
