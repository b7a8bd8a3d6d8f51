// SPDX-License-Identifier: GPL-2.0
/* Wrong: what is kept of a batch after nr was set to 0 is forgotten. */
int batches_frames(struct page **table, unsigned long at, int batches)
{
	unsigned long first = 0, last = 0, frame;
	int i, got, nr = 0, error = 0;

	while (batches--) {
		got = pin_user_pages(at, 16, 0, table);
		if (got != 16) {
			if (got < 0) {
				error = got;
			} else {
				unpin_user_pages(table, got);
				error = -ENOMEM;
			}
			goto out;
		}
		nr++;
		for (i = 0; i < got; i++) {
			frame = page_to_pfn(table[i]);
			if (last && frame != last + 1) {
				error = batches_map(first, last);
				if (error)
					goto out;
				first = frame;
				nr = 0;
			}
			last = frame;
		}
	}
out:
	if (error && nr) {
		for (frame = first; frame <= last; frame++)
			unpin_user_page(pfn_to_page(frame));
	}
	return error;
}

/* Right: nr is that of pages, and error no number at all. */
int batches_counted(struct page **table, unsigned long at, int batches)
{
	int i, got, nr = 0, error = 0;

	while (batches--) {
		got = pin_user_pages(at, 16, 0, table);
		if (got <= 0) {
			error = got;
			goto out;
		}
		error = 0;
		for (i = 0; i < got; i++) {
			nr++;
			error = batches_one(table[i]);
			if (error)
				goto out;
		}
		unpin_user_pages(table, nr);
		nr = 0;
	}
out:
	if (nr) {
		unpin_user_pages(table, nr);
		return -EIO;
	}
	if (error) {
		batches_failed(error);
		unpin_user_pages(table, 0);
	}
	return error;
}
