/* SPDX-License-Identifier: GPL-2.0 */
struct sibling {
	struct page *one;
};
