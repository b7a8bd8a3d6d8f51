// SPDX-License-Identifier: GPL-2.0
#include "../shared.h"

void sibling_drop(struct sibling *sibling)
{
	put_page(sibling->one);
}
