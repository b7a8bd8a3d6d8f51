// SPDX-License-Identifier: GPL-2.0
/* Not built: the first is in a macro that nobody uses, the second in no C code. */
#define PIN_ONE(start, page)						\
	pin_user_pages_fast(start, 1, 0, page)

STRANGE unread_strange(
	if while ]
	struct page *page;

	/* Neither is any function. */
	pin_user_pages_fast(start, 1, 0, &page) else;
))
