// SPDX-License-Identifier: GPL-2.0
/*
 * Output in the Test Anything Protocol.
 */

#include <stdio.h>

#include "tap.h"

static unsigned int results, failed;
static bool wrong;

void expect(bool right, const char *what)
{
	if (right)
		return;
	wrong = true;
	printf("# not true: %s\n", what);
}

void expect_eq(unsigned long got, unsigned long expected, const char *what)
{
	if (got == expected)
		return;
	wrong = true;
	printf("# %s is %lu, not %lu\n", what, got, expected);
}

void tap_result(const char *name)
{
	printf("%sok %u - %s\n", wrong ? "not " : "", ++results, name);
	failed += wrong;
	wrong = false;
}

int tap_end(void)
{
	printf("1..%u\n", results);
	return !!failed;
}
