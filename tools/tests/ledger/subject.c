// SPDX-License-Identifier: GPL-2.0
/*
 * One small folio. See subject.h.
 */

#include "subject.h"

const struct acquirer driver = { .site = 0, .stack = 1, .flags = FOLL_WRITE };
const struct acquirer other_way = { .site = 0, .stack = 2, .flags = FOLL_WRITE };
const struct acquirer other = { .site = 1, .stack = 3, .flags = FOLL_WRITE };

struct page *pin_by(struct acquirer by)
{
	struct page *page = subject_page(SUBJECT);

	world_pin(by, &page, 1);
	return page;
}

u64 hold(void)
{
	return atomic64_read(&subject_entry(SUBJECT)->hold);
}

struct told {
	int group;
	unsigned int pins;
};

static void hear(unsigned long pfn, u64 hold, u64 since, void *data)
{
	struct told *told = data;

	if (told->group < 0 || (int)GUP_MIRROR_HOLD_GROUP(hold) == told->group)
		told->pins += GUP_MIRROR_HOLD_PINS(hold);
}

static unsigned int told(int group)
{
	struct told told = { .group = group };

	gup_mirror_holders(subject_entry(SUBJECT), subjects[SUBJECT], hear, &told);
	return told.pins;
}

unsigned int pins_of(struct acquirer by)
{
	return told(group_of(by));
}

unsigned int pins_told(void)
{
	return told(-1);
}

u64 age_of(struct acquirer by)
{
	struct gup_mirror_held held = { .rows = gup_mirror_new_rows() };
	u64 age;

	gup_mirror_walk(&held);
	age = held.rows[group_of(by)].oldest_ms;
	free(held.rows);
	return age;
}

unsigned long overlong(struct acquirer by)
{
	return gup_mirror_site(by.site)->counts->nr[GUP_MIRROR_OVERLONG];
}

unsigned int new_violations(void)
{
	static unsigned int before;
	unsigned int now = world_all_violations(), new = now - before;

	before = now;
	return new;
}

void expect_nothing(void)
{
	EXPECT_EQ(hold() & ~GUP_MIRROR_HOLD_TAG_MASK, 0);
	EXPECT_EQ(pins_told(), 0);
	EXPECT_EQ(gup_mirror_shares_used(GUP_MIRROR_KIND_PIN), 0);
	EXPECT_EQ(atomic_long_read(&gup_mirror_untracked_held), 0);
	EXPECT(shares_fit(subject_entry(SUBJECT)));
	EXPECT(subject_has_refs(SUBJECT, 0, OTHER_REFS));
	/* One thing that is wrong is not to be told again and again. */
	subject_forget(SUBJECT);
}

void interrupt(void (*prepare)(void), void (*first)(void),
	       void (*second)(void), void (*check)(void))
{
	unsigned int nth = 0;
	bool interrupted;

	do {
		prepare();
		interrupted = run_interrupted(first, second, ++nth);
		check();
	} while (interrupted);
}
