// SPDX-License-Identifier: GPL-2.0
/* Not built: two calls that the compiler puts into functions that call them. */
static int inline_first(unsigned long start, struct page **pages)
{
	return pin_user_pages_fast(start, 1, 0, pages);
}

static int inline_second(unsigned long start, struct page **pages)
{
	return pin_user_pages_fast(start, 2, 0, pages);
}

static int inline_between(unsigned long start, struct page **pages)
{
	return inline_second(start, pages);
}

long inline_ioctl(unsigned long start, struct page **pages)
{
	return inline_first(start, pages);
}

long inline_write(unsigned long start, struct page **pages)
{
	return inline_between(start, pages);
}

long inline_twice(unsigned long start, struct page **pages)
{
	pin_user_pages(start, 1, 0, pages);
	return pin_user_pages(start, 2, 0, pages);
}

long inline_never(unsigned long start, struct page **pages)
{
	return pin_user_pages_unlocked(start, 1, pages, 0);
}
