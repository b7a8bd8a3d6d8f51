// SPDX-License-Identifier: GPL-2.0
/* Not built: pages that are handed over in a scatterlist, through a table. */
struct region {
	struct scatterlist *sg;
};

struct transport {
	int (*map)(struct region *region, struct scatterlist *sg);
};

int region_pin(struct transport *transport, struct region *region,
	       unsigned long start)
{
	struct scatterlist *sg = kmalloc(sizeof(*sg), GFP_KERNEL);
	struct page *page;

	if (pin_user_pages_fast(start, 1, FOLL_LONGTERM, &page) != 1)
		return -EFAULT;
	sg_init_table(sg, 1);
	sg_set_page(&sg[0], page, PAGE_SIZE, 0);
	return transport->map(region, sg);
}
