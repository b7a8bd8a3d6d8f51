// SPDX-License-Identifier: GPL-2.0
/*
 * What happens when somebody else does something in the middle of a call: in each
 * of its windows, one after the other.
 */

#include "subject.h"

static struct page *a, *b, *c;
static unsigned long overlong_driver, overlong_other;

static void unpin_a(void)
{
	world_unpin(1, a);
}

static void unpin_b(void)
{
	world_unpin(2, b);
}

static void pin_b(void)
{
	b = pin_by(other);
}

static void begin(void)
{
	overlong_driver = overlong(driver);
	overlong_other = overlong(other);
}

static void end(void)
{
	EXPECT_EQ(new_violations(), 0);
	expect_nothing();
}

/* A share of somebody who has gone stays for good, if two words are mixed up. */
static void two_and_a_guess(void)
{
	a = pin_by(driver);
	b = pin_by(other);
	world_unpin(2, LAUNDERED(b));
	/* Who is called 3 releases what the driver has pinned, as a rule. */
	gup_mirror_caller(3)->view = driver.site;
}

static void other_comes_and_goes(void)
{
	world_unpin(3, LAUNDERED(pin_by(other)));
}

static void test_comes_and_goes(void)
{
	interrupt(two_and_a_guess, unpin_a, other_comes_and_goes, end);
	tap_result("others pin and unpin in the middle of an unpin: no share is left");
}

/* A pin that was held for an hour, and one of now. */
static void old_and_new(void)
{
	begin();
	a = pin_by(driver);
	world_pass_ms(HOUR_MS);
	b = pin_by(other);
}

static void only_driver_was_long(void)
{
	EXPECT_EQ(overlong(driver), overlong_driver + 1);
	EXPECT_EQ(overlong(other), overlong_other);
	end();
}

static void test_time_of_others(void)
{
	interrupt(old_and_new, unpin_b, unpin_a, only_driver_was_long);
	tap_result("who releases while others do is not held to have had a pin as long as they");
}

/* The time of the holder, when others come who share its folio. */
static void old_alone(void)
{
	begin();
	a = pin_by(driver);
	world_pass_ms(HOUR_MS);
}

static void a_goes_and_c_comes(void)
{
	unpin_a();
	c = pin_by(other_way);
}

static void new_ones_are_not_old(void)
{
	EXPECT_EQ(pins_of(other), 1);
	EXPECT_EQ(pins_of(other_way), 1);
	EXPECT_EQ(age_of(other), 0);
	EXPECT_EQ(age_of(other_way), 0);
	world_unpin(1, c);
	unpin_b();
	EXPECT_EQ(overlong(driver), overlong_driver + 1);
	EXPECT_EQ(overlong(other), overlong_other);
	end();
}

static void test_time_of_share(void)
{
	interrupt(old_alone, pin_b, a_goes_and_c_comes, new_ones_are_not_old);
	tap_result("who shares a folio does not take over the time of who had it before");
}

/* A pin that comes while the last one goes has its own time. */
static void new_one_gets_old(void)
{
	world_pass_ms(DAY_MS);
	EXPECT_EQ(age_of(other), DAY_MS);
	unpin_b();
	EXPECT_EQ(overlong(other), overlong_other + 1);
	end();
}

static void test_comes_while_last_goes(void)
{
	interrupt(old_alone, unpin_a, pin_b, new_one_gets_old);
	tap_result("a pin that comes while the last one goes has its age");
}

/* A reference that nobody saw is put while the site's own pin goes. */
static void pin_and_folio_get(void)
{
	a = pin_by(driver);
	world_folio_get(a);
	new_violations();
}

static void put_a(void)
{
	world_put(a);
}

static void a_goes_and_b_comes(void)
{
	unpin_a();
	pin_b();
}

static void other_has_its_pin(void)
{
	/* While the site has a pin, that may be meant: then it is reported. */
	new_violations();
	EXPECT_EQ(pins_of(other), 1);
	unpin_b();
	EXPECT_EQ(new_violations(), 0);
	EXPECT_EQ(hold() & ~GUP_MIRROR_HOLD_TAG_MASK, 0);
	EXPECT_EQ(gup_mirror_shares_used(GUP_MIRROR_KIND_PIN), 0);
	subject_forget(SUBJECT);
}

static void test_put_while_own_goes(void)
{
	interrupt(pin_and_folio_get, put_a, a_goes_and_b_comes, other_has_its_pin);
	tap_result("a put takes no pin that came while that of its own site went");
}

/* The short way, as it is gone for a get, or a folio, that is put twice. */
static void release_first(void)
{
	gup_mirror_unpin_last(subject_entry(SUBJECT), driver.site, 1, 0);
}

static void release_again(void)
{
	gup_mirror_unpin_last(subject_entry(SUBJECT), driver.site, 2, 0);
}

static void one_has_released_it(void)
{
	u64 state = READ_ONCE(subject_entry(SUBJECT)->state);

	EXPECT_EQ(hold() & ~GUP_MIRROR_HOLD_TAG_MASK, 0);
	EXPECT_EQ(!(state & GUP_MIRROR_RELEASED), 0);
	subject_forget(SUBJECT);
}

static void test_last_twice(void)
{
	interrupt(old_alone, release_again, release_first, one_has_released_it);
	tap_result("of two that release the last pin, the entry remembers one");
}

static void released_and_b_comes(void)
{
	release_first();
	pin_b();
}

static void b_is_new(void)
{
	EXPECT_EQ(pins_of(other), 1);
	EXPECT_EQ(age_of(other), 0);
	unpin_b();
	subject_forget(SUBJECT);
}

static void test_last_twice_and_new(void)
{
	interrupt(old_alone, release_again, released_and_b_comes, b_is_new);
	tap_result("a pin that comes while the last one is released twice is new");
}

int main(void)
{
	world_init();
	test_comes_and_goes();
	test_time_of_others();
	test_time_of_share();
	test_comes_while_last_goes();
	test_put_while_own_goes();
	test_last_twice();
	test_last_twice_and_new();
	return tap_end();
}
