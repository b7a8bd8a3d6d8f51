// SPDX-License-Identifier: GPL-2.0
struct numbers {
	unsigned long pfn;
	void *address;
};

static int numbers_frame(struct numbers *numbers, unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return -EFAULT;
	numbers->pfn = page_to_pfn(one);
	return 0;
}

static void numbers_frame_drop(struct numbers *numbers)
{
	put_page(pfn_to_page(numbers->pfn));
}

static int numbers_address(struct numbers *numbers, unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return -EFAULT;
	numbers->address = page_address(one);
	return 0;
}

static void numbers_address_drop(struct numbers *numbers)
{
	put_page(virt_to_page(numbers->address));
}

/* The page that a table is in is none of those that it lists. */
static void numbers_table(unsigned long at)
{
	struct page **table = (struct page **)__get_free_page(GFP_KERNEL);
	int done = pin_user_pages_fast(at, 4, 0, table);

	unpin_user_pages(table, done);
	__free_page(virt_to_page(table));
}

/* A reference that is taken by the number of a page is one to it. */
static void numbers_reference(unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return;
	get_page(pfn_to_page(page_to_pfn(one)));
	put_page(one);
	unpin_user_page(one);
}
