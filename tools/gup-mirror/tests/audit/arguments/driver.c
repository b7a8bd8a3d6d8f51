// SPDX-License-Identifier: GPL-2.0
/* The pages are the last argument, whatever is in those before it. */
static int arguments_typed(unsigned long at, long nr, struct page **table)
{
	int done = pin_user_pages_fast(at, max_t(unsigned long, nr, 2), 0, table);

	while (done--)
		put_page(table[done]);
	return 0;
}

static int arguments_cast(unsigned long at, long nr, struct page **table)
{
	int done = pin_user_pages_fast(at, (size_t)nr, 0, table);

	while (done--)
		put_page(table[done]);
	return 0;
}

static int arguments_size(unsigned long at, struct page **table)
{
	int done = pin_user_pages_fast(at, sizeof table, 0, table);

	while (done--)
		put_page(*(table + done));
	return 0;
}

/* A parameter may be an array, and one argument an expression of its own. */
static int arguments_fill(unsigned long at, struct page *table[SIZE], int (*more)(int, int))
{
	return pin_user_pages_fast(at, more ? more(SIZE, 1) : SIZE, 0, &table[0]);
}

struct arguments {
	struct page *table[SIZE];
};

static int arguments_array(struct arguments *arguments, unsigned long at)
{
	int done = arguments_fill(at, arguments->table, NULL);

	while (done--)
		put_page(arguments->table[done]);
	return 0;
}
