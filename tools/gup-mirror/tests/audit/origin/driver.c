// SPDX-License-Identifier: GPL-2.0
/* Right: what is put is not what was pinned, though nobody knows where it is from. */
static void origin_looked_up(unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return;
	unpin_user_page(one);
	one = lookup->operations->find(at);
	put_page(one);
}

struct origin {
	struct page **table, *one;
	bool user;
	const struct origin_operations *operations;
};

static void origin_user(struct origin *origin, unsigned long at)
{
	origin->user = true;
	pin_user_pages_fast(at, 4, 0, origin->table);
	pin_user_pages_fast(at, 1, 0, &origin->one);
}

static void origin_obtained(struct origin *origin)
{
	int i;

	for (i = 0; i < 4; i++)
		origin->table[i] = origin->operations->obtain(i);
}

static void origin_listed(struct origin *origin, struct list_head *pool)
{
	origin->one = list_first_entry(pool, struct page, lru);
}

static void origin_drop(struct origin *origin, int i)
{
	if (origin->user) {
		unpin_user_page(origin->table[i]);
		unpin_user_page(origin->one);
	} else {
		put_page(origin->table[i]);
		put_page(origin->one);
	}
}
