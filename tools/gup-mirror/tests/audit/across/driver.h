/* SPDX-License-Identifier: GPL-2.0 */
struct across {
	struct page *monitor;
	struct across_buffer *buffer;
};

struct across_buffer {
	struct page **pages;
};
