// SPDX-License-Identifier: GPL-2.0
/* Wrong in a kernel that pins: on one way only, the release was forgotten. */
struct half {
	struct page **table;
};

int conditions_half(struct half *half, unsigned long at, int nr)
{
	int done;

#ifdef HAVE_PIN
	done = pin_user_pages_fast(at, nr, 0, half->table);
#else
	done = get_user_pages_fast(at, nr, 0, half->table);
#endif
	if (done == nr)
		return 0;
	while (done-- > 0)
		put_page(half->table[done]);
	return -EFAULT;
}

void conditions_half_end(struct half *half, int nr)
{
	while (nr--) {
#ifdef HAVE_PIN
		unpin_user_page(half->table[nr]);
#else
		put_page(half->table[nr]);
#endif
	}
}

/* Wrong in both. */
void conditions_crossed(unsigned long at)
{
	struct page *one;

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 6, 0)
	if (get_user_pages_fast(at, 1, 0, &one) != 1)
		return;
#else
	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return;
#endif
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 6, 0)
	put_page(one);
#else
	unpin_user_page(one);
#endif
}

/* Right in both. */
void conditions_right(unsigned long at)
{
	struct page *one;

#if !defined(HAVE_PIN)
	if (get_user_pages_fast(at, 1, 0, &one) != 1)
		return;
#else
	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return;
#endif
#ifdef HAVE_PIN
	unpin_user_page(one);
#else
	put_page(one);
#endif
}
