// SPDX-License-Identifier: GPL-2.0
/* Not built: two calls in one line, of which one is right. */
static void line_half(unsigned long at, bool which)
{
	struct page *one, *other;

	which ? pin_user_pages_fast(at, 1, 0, &one) : pin_user_pages_fast(at, 1, 0, &other);

	if (!which)
		unpin_user_page(other);
	else
		put_page(one);
}

/* What is kept of the second is not hidden by what is right with the first. */
static void line_kept(struct line *line, unsigned long at)
{
	struct page *one;

	get_user_pages_fast(at, 1, 0, &one), get_user_pages_fast(at, 1, 0, &line->one);
	put_page(one);
}

/* Nor is it by one that asks for no pages. */
static void line_none(struct line *line, unsigned long at)
{
	long nr;

	nr = at ? get_user_pages(at, 1, 0, &line->two) : get_user_pages(at, 1, 0, NULL);
}
