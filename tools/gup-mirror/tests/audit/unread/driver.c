// SPDX-License-Identifier: GPL-2.0
/* Not built: Coccinelle does not look into macros. */
#define PIN_ONE(start, page)						\
	pin_user_pages_fast(start, 1, 0, page)
