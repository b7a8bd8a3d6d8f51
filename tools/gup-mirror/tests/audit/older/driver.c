// SPDX-License-Identifier: GPL-2.0
/* As these were called before 4.6, 4.9 and 6.5. */
void older_task(unsigned long at)
{
	struct page *one;

	if (get_user_pages(current, current->mm, at, 1, 1, 0, &one, NULL) == 1)
		unpin_user_page(one);
}

void older_force(unsigned long at)
{
	struct page *one;

	if (get_user_pages(at, 1, 1, 0, &one, NULL) == 1)
		unpin_user_page(one);
}

void older_vmas(unsigned long at)
{
	struct page *one;

	if (pin_user_pages(at, 1, 0, &one, NULL) == 1)
		put_page(one);
}

/* Nobody has ever called it so. */
void older_strange(unsigned long at)
{
	get_user_pages(at, 1);
}
