// SPDX-License-Identifier: GPL-2.0
/* Not built: acquired here, released in the other file. */
#include "driver.h"

static int across_pin(unsigned long start, struct page **pages)
{
	return pin_user_pages_fast(start, 1, FOLL_LONGTERM, pages);
}

int across_monitor(struct across *across, unsigned long start)
{
	struct page *page;

	if (across_pin(start, &page) != 1)
		return -EFAULT;
	across->monitor = page;
	return 0;
}

int across_fill(struct across *across, unsigned long start)
{
	return get_user_pages_fast(start, 16, 0, across->buffer->pages);
}
