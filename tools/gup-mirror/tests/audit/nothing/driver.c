// SPDX-License-Identifier: GPL-2.0
/* Not built: has no call. */
int nothing_at_all(void)
{
	return pr_info("pin_user_pages()\n");
}
