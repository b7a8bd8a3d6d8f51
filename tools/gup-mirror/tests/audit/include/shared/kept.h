/* SPDX-License-Identifier: GPL-2.0 */
struct kept {
	struct page *one;
};

static inline void kept_drop(struct kept *kept)
{
	put_page(kept->one);
}
