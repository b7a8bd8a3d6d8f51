// SPDX-License-Identifier: GPL-2.0
/* Wrong: an error is taken for a number of pages. */
int counts_error(struct page **table, unsigned long at, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table);

	if (done != nr) {
		unpin_user_pages(table, done);
		return -EFAULT;
	}
	unpin_user_pages(table, nr);
	return 0;
}

int counts_loop(struct page **table, unsigned long at, int nr)
{
	unsigned long done = pin_user_pages_fast(at, nr, 0, table), i;

	for (i = 0; i < done; i++)
		unpin_user_page(table[i]);
	return 0;
}

/* Right: an error is none, or is told apart. */
int counts_signed(struct page **table, unsigned long at, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table), i;

	for (i = 0; i < done; i++)
		unpin_user_page(table[i]);
	return 0;
}

int counts_checked(struct page **table, unsigned long at, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table);

	if (done > 0 && done != nr) {
		unpin_user_pages(table, done);
		return -EFAULT;
	}
	if (done <= 0)
		return done;
	unpin_user_pages(table, done);
	return 0;
}

int counts_whole(struct page **table, unsigned long at, int nr)
{
	int done = pin_user_pages_fast(at, nr, 0, table);

	if (done != nr)
		return done;
	unpin_user_pages(table, done);
	return 0;
}

/* Wrong: there is a page more if the first one is not used from its start. */
int counts_bytes(struct iov_iter *from, struct page **table, int nr)
{
	size_t offset;
	ssize_t len = iov_iter_extract_pages(from, &table, LONG_MAX, nr, 0, &offset);

	if (len <= 0)
		return -EFAULT;
	unpin_user_pages(table, len / PAGE_SIZE);
	return 0;
}

int counts_rounded(struct iov_iter *from, struct page **table, int nr)
{
	size_t offset;
	ssize_t len = iov_iter_extract_pages(from, &table, LONG_MAX, nr, 0, &offset);

	if (len <= 0)
		return -EFAULT;
	unpin_user_pages(table, DIV_ROUND_UP(len + offset, PAGE_SIZE));
	return 0;
}

/* Wrong: as counts_loop(). */
int counts_typed(struct page **table, unsigned long at, int nr)
{
	u32 done = pin_user_pages_fast(at, nr, 0, table), i;

	for (i = 0; i < done; i++)
		unpin_user_page(table[i]);
	return 0;
}
