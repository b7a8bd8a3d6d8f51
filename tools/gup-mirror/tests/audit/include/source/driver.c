// SPDX-License-Identifier: GPL-2.0
#include "../shared/kept.h"

int kept_take(struct kept *kept, unsigned long at)
{
	return pin_user_pages_fast(at, 1, 0, &kept->one);
}
