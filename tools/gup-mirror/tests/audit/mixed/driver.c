// SPDX-License-Identifier: GPL-2.0
/* Not built: what cannot be told from the text, and is no suspect. */
struct holder {
	struct page *page;
};

static void mixed_fill(struct holder *holder, unsigned long start)
{
	if (start)
		pin_user_pages_fast(start, 1, 0, &holder->page);
	else
		holder->page = alloc_page(GFP_KERNEL);
}

static void mixed_empty(struct holder *holder)
{
	put_page(holder->page);
}

/* One reference more is put, and the pin stays. */
static void mixed_share(unsigned long start)
{
	struct page *shared;

	pin_user_pages_fast(start, 1, 0, &shared);
	get_page(shared);
	put_page(shared);
	unpin_user_page(shared);
}
