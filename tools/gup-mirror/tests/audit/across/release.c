// SPDX-License-Identifier: GPL-2.0
/* Not built: what is wrong is in this file. */
#include "driver.h"

static void across_drop(struct page *page)
{
	put_page(page);
}

void across_destroy(struct across *across)
{
	struct across_buffer *buffer = across->buffer;
	int i;

	across_drop(across->monitor);
	for (i = 0; i < 16; i++)
		put_page(buffer->pages[i]);
}
