/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output in the Test Anything Protocol.
 */
#ifndef _TAP_H
#define _TAP_H

#include <stdbool.h>

/* Within a test: what is not as it has to be is told, and fails the test. */
void expect(bool right, const char *what);
void expect_eq(unsigned long got, unsigned long expected, const char *what);

#define EXPECT(right)		expect(right, #right)
#define EXPECT_EQ(got, expected)	expect_eq(got, expected, #got)

void tap_result(const char *name);
/* Returns the exit status. */
int tap_end(void);

#endif /* _TAP_H */
