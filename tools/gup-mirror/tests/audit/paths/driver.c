// SPDX-License-Identifier: GPL-2.0
int paths_partly(unsigned long at, struct page **table, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table);

	if (done != nr) {
		pr_err("only %d\n", done);
		return -EFAULT;
	}
	unpin_user_pages(table, nr);
	return 0;
}

int paths_twice(unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return -EFAULT;
	unpin_user_page(one);
	unpin_user_page(one);
	return 0;
}

/* Right: all are released, or the caller knows how many there are. */
int paths_released(unsigned long at, struct page **table, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table);

	if (done < nr) {
		while (done-- > 0)
			unpin_user_page(table[done]);
		return -EFAULT;
	}
	unpin_user_pages(table, nr);
	return 0;
}

int paths_told(unsigned long at, struct page **table, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table);

	if (done != nr)
		return done;
	unpin_user_pages(table, nr);
	return 0;
}

int paths_one(unsigned long at)
{
	struct page *one;
	int i, done = pin_user_pages_fast(at, 1, 0, &one);

	if (done != 1)
		return -EFAULT;
	unpin_user_page(one);
	for (i = 0; i < 2; i++) {
		if (pin_user_pages_fast(at, 1, 0, &one) != 1)
			return -EFAULT;
		unpin_user_page(one);
	}
	return 0;
}

int paths_label(unsigned long at, struct page **table, int nr)
{
	int result = 0, done = pin_user_pages_fast(at, nr, 0, table);

	if (done < 0)
		return done;
	if (done != nr) {
		result = -EFAULT;
		goto release;
	}
	work(table);
release:
	while (done-- > 0)
		unpin_user_page(table[done]);
	return result;
}

struct paths {
	struct page **table;
	int nr;
};

int paths_kept(struct paths *paths, unsigned long at)
{
	int done = pin_user_pages_fast(at, paths->nr, 0, paths->table);

	if (done != paths->nr) {
		kvfree(paths->table);
		return done < 0 ? done : -EFAULT;
	}
	return 0;
}

void paths_drop(struct paths *paths)
{
	unpin_user_pages(paths->table, paths->nr);
}

int paths_kept_dropped(struct paths *paths, unsigned long at)
{
	int done = pin_user_pages_fast(at, paths->nr, 0, paths->table);

	if (done != paths->nr) {
		paths->nr = done;
		paths_drop(paths);
		return -EFAULT;
	}
	return 0;
}

/* The first function that gets them is none that releases. */
static int paths_marked(struct paths *paths, unsigned long at, int nr)
{
	int i, got = pin_user_pages_fast(at, nr, 0, paths->table);

	if (got != nr) {
		for (i = 0; i < got; i++) {
			paths_mark(paths->table[i]);
			unpin_user_page(paths->table[i]);
		}
		return -EFAULT;
	}
	paths_keep(paths);
	return 0;
}

/* Who has the object has the pages. */
static int paths_batches(struct paths *paths, unsigned long at)
{
	struct page **table;
	int done, nr, got;

	for (done = 0; done < paths->nr; done += got) {
		table = paths->table + done;
		nr = min(paths->nr - done, 16);
		got = pin_user_pages_fast(at + done * PAGE_SIZE, nr, 0, table);
		if (got != nr)
			goto release;
	}
	return 0;

release:
	if (got > 0)
		done += got;
	paths_drop_some(paths, done);
	return got < 0 ? got : -ENOMEM;
}
