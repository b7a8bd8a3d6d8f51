// SPDX-License-Identifier: GPL-2.0
/* Not built: what gup-mirror audit is to find right. */
static int right_fill(struct buffer *buffer, unsigned long start, int nr)
{
	struct page **pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);
	int pinned = pin_user_pages_fast(start, nr, FOLL_WRITE, pages);

	if (pinned < nr) {
		unpin_user_pages(pages, max(pinned, 0));
		return -EFAULT;
	}
	buffer->pages = pages;
	return 0;
}

static void right_peek(struct mm_struct *mm, unsigned long start)
{
	struct page *page;

	/* put_page() is for get_user_pages(), not pin_user_pages(). */
	if (get_user_pages_remote(mm, start, 1, 0, &page, NULL) == 1)
		put_page(page);
}
