// SPDX-License-Identifier: GPL-2.0
/* Not built: pages that somebody else releases, and none at all. */
int elsewhere_pin(unsigned long start, struct page **pages)
{
	return pin_user_pages(start, 1, FOLL_LONGTERM, pages);
}

int elsewhere_fault(unsigned long start)
{
	return get_user_pages(start, 1, FOLL_WRITE, NULL);
}
