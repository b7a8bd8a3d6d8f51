// SPDX-License-Identifier: GPL-2.0
struct leaks {
	struct page **table;
	void *ready;
	int nr, state;
};

static void leaks_free(struct leaks *leaks)
{
	unpin_user_pages(leaks->table, leaks->nr);
}

/* Wrong: nobody learns of the pages. */
int leaks_silent(struct leaks *leaks, unsigned long at)
{
	int done = pin_user_pages_fast(at, leaks->nr, 0, leaks->table);

	if (done != leaks->nr)
		return -EFAULT;
	return 0;
}

/* Right: who has the object learns that it has pages, or how many. */
int leaks_noted(struct leaks *leaks, unsigned long at)
{
	int done = pin_user_pages_fast(at, leaks->nr, 0, leaks->table);

	if (done != leaks->nr) {
		if (done < 0)
			return done;
		leaks->state = 1;
		return -EINVAL;
	}
	leaks->state = 1;
	return 0;
}

int leaks_counted(struct leaks *leaks, unsigned long at)
{
	int done = pin_user_pages(at, leaks->nr, 0, leaks->table);

	if (done != leaks->nr) {
		leaks->nr = done >= 0 ? done : 0;
		pr_err("only %d\n", leaks->nr);
		return done < 0 ? done : -EINVAL;
	}
	return 0;
}

int leaks_alias(struct leaks *leaks, unsigned long at, int nr)
{
	struct page **table = leaks->table;
	int done = pin_user_pages(at, nr, 0, table);

	if (done < nr) {
		leaks->nr = max(done, 0);
		return -EINVAL;
	}
	return 0;
}

int leaks_pointer(struct page **table, unsigned long at, int nr, int *got)
{
	int done = pin_user_pages(at, nr, 0, table);

	if (done < nr) {
		*got = done;
		return -EINVAL;
	}
	*got = nr;
	return 0;
}

/* Right: the caller gives up what the object has. */
static int leaks_called(struct leaks *leaks, unsigned long at)
{
	int done = pin_user_pages_fast(at, leaks->nr, 0, leaks->table);

	if (done != leaks->nr)
		return -EFAULT;
	return 0;
}

int leaks_caller(struct leaks *leaks, unsigned long at)
{
	int error = leaks_called(leaks, at);

	if (error) {
		leaks_free(leaks);
		return error;
	}
	return 0;
}

static int leaks_called_twice(struct leaks *leaks, unsigned long at)
{
	int done = pin_user_pages_fast(at, leaks->nr, 0, leaks->table);

	if (done != leaks->nr)
		return -EFAULT;
	return 0;
}

int leaks_label(struct leaks *leaks, unsigned long at)
{
	int error = -EAGAIN;

	if (leaks_called_twice(leaks, at))
		goto drop;
	if (leaks->state)
		return 0;
drop:
	leaks_free(leaks);
	return error;
}
