// SPDX-License-Identifier: GPL-2.0
#include "../shared.h"

int sibling_take(struct sibling *sibling, unsigned long at)
{
	return pin_user_pages_fast(at, 1, 0, &sibling->one);
}
