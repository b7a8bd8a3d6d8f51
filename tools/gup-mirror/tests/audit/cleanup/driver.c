// SPDX-License-Identifier: GPL-2.0
DEFINE_FREE(drop_page, struct page *, if (_T) put_page(_T))

static int cleanup_named(unsigned long at)
{
	struct page *one __free(drop_page) = NULL;

	return pin_user_pages_fast(at, 1, 0, &one);
}

static int cleanup_plain(unsigned long at)
{
	struct page *one __free(put_page);

	return pin_user_pages_fast(at, 1, 0, &one);
}
