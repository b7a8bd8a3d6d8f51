// SPDX-License-Identifier: GPL-2.0
/* An unknown function calls another one with what it was given. */
static void callbacks_done(void *cookie)
{
	put_page(cookie);
}

void callbacks_start(unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) == 1)
		start_transfer(one, callbacks_done);
}
