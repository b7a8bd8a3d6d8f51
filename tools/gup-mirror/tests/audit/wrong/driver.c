// SPDX-License-Identifier: GPL-2.0
/* Not built: what gup-mirror audit is to find wrong. */
static void wrong_put(unsigned long start)
{
	struct page *pages[16];
	int i, nr = pin_user_pages_fast(start, 16, FOLL_WRITE, pages);

	for (i = 0; i < nr; i++)
		put_page(pages[i]);
}

static void wrong_unpin(unsigned long start)
{
	struct page *page;

	if (get_user_pages_fast(start, 1, 0, &page) == 1)
		unpin_user_page(page);
}

static void wrong_folio(unsigned long start)
{
	struct page *page;
	struct folio *folio;

	if (pin_user_pages_fast(start, 1, 0, &page) == 1) {
		folio = page_folio(page);
		folio_put(folio);
	}
}

/* Other pages are in that member as well, but not in this array. */
static void wrong_stored(struct buffer *buffer, unsigned long start, int nr)
{
	struct page **pages = kvmalloc_array(nr, sizeof(*pages), GFP_KERNEL);

	if (pin_user_pages_fast(start, nr, FOLL_WRITE, pages) != nr)
		put_page(pages[0]);
	buffer->pages = pages;
}

static void wrong_other(struct buffer *buffer)
{
	buffer->pages = drm_gem_get_pages(buffer->object);
}
