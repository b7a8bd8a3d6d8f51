// SPDX-License-Identifier: GPL-2.0
/* Right for one caller, and wrong for the other one. */
static void callers_finish(struct page **table, int done)
{
	unpin_user_pages(table, done);
}

void callers_write(unsigned long at)
{
	struct page *table[4];
	int done = pin_user_pages_fast(at, 4, FOLL_WRITE, table);

	callers_finish(table, done);
}

void callers_peek(unsigned long at)
{
	struct page *table[4];
	int done = get_user_pages_fast(at, 4, 0, table);

	callers_finish(table, done);
}

/* Right for both, since it is told which pages they are. */
static void callers_end(struct page *one, bool user)
{
	if (user)
		unpin_user_page(one);
	else
		put_page(one);
}

void callers_both(unsigned long at)
{
	struct page *pinned, *got;

	if (pin_user_pages_fast(at, 1, 0, &pinned) == 1)
		callers_end(pinned, true);
	if (get_user_pages_fast(at, 1, 0, &got) == 1)
		callers_end(got, false);
}
