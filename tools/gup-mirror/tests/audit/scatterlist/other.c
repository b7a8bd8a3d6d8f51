// SPDX-License-Identifier: GPL-2.0
/* Not built: the other half. */
void region_unmap(struct region *region)
{
	struct scatterlist *sg;
	int i;

	for_each_sg(region->sg, sg, 1, i) {
		struct page *page = sg_page(sg);

		set_page_dirty(page);
		put_page(page);
	}
}

static int region_map(struct region *region, struct scatterlist *sg)
{
	region->sg = sg;
	return 0;
}
