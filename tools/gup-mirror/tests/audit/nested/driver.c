// SPDX-License-Identifier: GPL-2.0
struct nested {
	struct sg_append_table append;
};

static int nested_map(struct nested *nested, unsigned long at, struct page **table)
{
	int done = pin_user_pages_fast(at, 8, 0, table);

	return sg_alloc_append_table_from_pages(&nested->append, table, done, 0,
						done << PAGE_SHIFT, SIZE, 0, GFP_KERNEL);
}

static void nested_unmap(struct nested *nested)
{
	struct scatterlist *sg;
	int i;

	for_each_sgtable_sg(&nested->append.sgt, sg, i)
		put_page(sg_page(sg));
}

struct walk {
	int done;
	struct page **table;
};

static void nested_walk(struct walk *walk)
{
	while (walk->done--)
		put_page(walk->table[walk->done]);
}

static void nested_initializer(unsigned long at, struct page **table)
{
	int done = pin_user_pages_fast(at, 4, 0, table);
	struct walk walk = { .done = done, .table = table };

	nested_walk(&walk);
}
