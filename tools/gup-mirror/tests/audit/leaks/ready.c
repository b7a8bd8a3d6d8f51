// SPDX-License-Identifier: GPL-2.0
struct ready {
	struct page **table;
	void *list;
	int nr;
};

static void ready_free(struct ready *ready)
{
	int i;

	for (i = 0; i < ready->nr; i++)
		put_page(ready->table[i]);
	kfree(ready->list);
}

/* Wrong: it counts them, but they are put only where there is a list. */
static int ready_take(struct ready *ready, unsigned long at)
{
	int done = get_user_pages_fast(at, ready->nr, 0, ready->table);

	if (done != ready->nr) {
		ready->nr = done >= 0 ? done : 0;
		return done < 0 ? done : -EINVAL;
	}
	ready->list = kmalloc(ready->nr, GFP_KERNEL);
	if (!ready->list)
		return -ENOMEM;
	return 0;
}

int ready_all(struct ready *ready, unsigned long at, int nr)
{
	int i, error = 0;

	for (i = 0; i < nr; i++) {
		error = ready_take(&ready[i], at);
		if (error)
			goto fail;
	}
	return error;

fail:
	while (i > 0) {
		i--;
		if (ready[i].list)
			ready_free(&ready[i]);
	}
	return error;
}
