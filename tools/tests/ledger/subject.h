/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One small folio, and what one call does to it: for tests that go step by step.
 */
#ifndef _SUBJECT_H
#define _SUBJECT_H

#include "tap.h"
#include "world.h"

#define SUBJECT		1
#define HOUR_MS		3600000ULL
#define DAY_MS		(24 * HOUR_MS)
#define LAUNDERED(page)	gup_mirror_canonical(page)

/* Two drivers, and another way that the first of them calls GUP */
extern const struct acquirer driver, other_way, other;

struct page *pin_by(struct acquirer by);
u64 hold(void);
/* Pins that are told of a group, and of all */
unsigned int pins_of(struct acquirer by);
unsigned int pins_told(void);
/* Age of the oldest pin of a group, as the walk has it */
u64 age_of(struct acquirer by);
unsigned long overlong(struct acquirer by);
/* Violations since the last call of this */
unsigned int new_violations(void);
/* Nobody has anything, and nothing is left of it. */
void expect_nothing(void);

/*
 * Run @first over and over, from what @prepare makes, with @second in its first
 * window, in its second, and so on; each time, @check has to be content.
 */
void interrupt(void (*prepare)(void), void (*first)(void),
	       void (*second)(void), void (*check)(void));

#endif /* _SUBJECT_H */
