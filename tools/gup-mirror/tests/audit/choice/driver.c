// SPDX-License-Identifier: GPL-2.0
/* Not built: either of two things, of which the last has a type or a member. */
static void choice_cast(unsigned long start, void *other)
{
	struct page *pinned, *page;

	pin_user_pages_fast(start, 1, 0, &pinned);
	page = start ? pinned : (struct page *)other;
	put_page(page);
}

static void choice_content(unsigned long start, struct sg_table *table)
{
	struct page *pinned;
	void *page;

	pin_user_pages_fast(start, 1, 0, &pinned);
	page = start ? pinned : table->sgl;
	put_page(page);
}
