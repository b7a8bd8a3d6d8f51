// SPDX-License-Identifier: GPL-2.0
#define TAKE(at, one)	pin_user_pages_fast(at, 1, 0, one)
#define DROP(one)	put_page(one)
#define DROP_DIRTY(one) \
	do { \
		set_page_dirty_lock(one); \
		put_page(one); \
	} while (0)
#define take_pages	pin_user_pages_fast

static void macros_take(unsigned long at)
{
	struct page *one;

	if (TAKE(at, &one) == 1)
		put_page(one);
}

static void macros_drop(unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) == 1)
		DROP(one);
}

static void macros_block(unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) == 1)
		DROP_DIRTY(one);
}

static void macros_name(unsigned long at)
{
	struct page *one;

	if (take_pages(at, 1, 0, &one) == 1)
		put_page(one);
}

SHOW_ATTRIBUTE(shown, {
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) == 1)
		put_page(one);
})
