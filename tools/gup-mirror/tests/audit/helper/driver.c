// SPDX-License-Identifier: GPL-2.0
/* Not built: helpers that pages of both kinds, or of other callers, go through. */
struct helper {
	struct page *page;
};

static void helper_look(struct page **pages)
{
	flush_dcache_page(pages[0]);
}

static void helper_pin(unsigned long start)
{
	struct page *pinned[1];

	pin_user_pages_fast(start, 1, 0, pinned);
	helper_look(pinned);
	unpin_user_pages(pinned, 1);
}

/* The pins above do not come here through helper_look(). */
static void helper_get(unsigned long start)
{
	struct page *got[1];

	get_user_pages_fast(start, 1, 0, got);
	helper_look(got);
	release_pages(got, 1);
}

static void helper_keep(struct helper *helper, struct page *page)
{
	helper->page = page;
}

static struct page *helper_take(struct helper *helper)
{
	return helper->page;
}

static void helper_fill(struct helper *helper, unsigned long start)
{
	struct page *page;

	pin_user_pages_fast(start, 1, FOLL_LONGTERM, &page);
	helper_keep(helper, page);
}

/* What was kept may be taken by anybody. */
static void helper_empty(struct helper *helper)
{
	struct page *taken = helper_take(helper);

	put_page(taken);
}

/* A release that only pins get to, if none comes through helper_look(). */
static void helper_wrong(unsigned long start)
{
	struct page *bad[1];

	get_user_pages_fast(start, 1, 0, bad);
	helper_look(bad);
	unpin_user_page(bad[0]);
}
