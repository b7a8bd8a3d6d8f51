// SPDX-License-Identifier: GPL-2.0
struct containers {
	struct xarray map;
};

static int containers_keep(struct containers *containers, unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return -EFAULT;
	return xa_err(xa_store(&containers->map, at, one, GFP_KERNEL));
}

static void containers_drop(struct containers *containers)
{
	struct page *one;
	unsigned long index;

	xa_for_each(&containers->map, index, one)
		put_page(one);
}

/* Whose network buffer it is does not matter: it is this driver's. */
static int containers_send(struct sk_buff *skb, unsigned long at)
{
	struct page *one;

	if (pin_user_pages_fast(at, 1, 0, &one) != 1)
		return -EFAULT;
	skb_fill_page_desc(skb, 0, one, 0, PAGE_SIZE);
	return 0;
}

static void containers_sent(struct sk_buff *buffer)
{
	put_page(skb_frag_page(&skb_shinfo(buffer)->frags[0]));
}

static void containers_end(struct bio *bio)
{
	struct bvec_iter_all all;
	struct bio_vec *vector;

	bio_for_each_segment_all(vector, bio, all)
		unpin_user_page(vector->bv_page);
}

static int containers_read(struct bio *bio, unsigned long at)
{
	struct page *one;

	if (get_user_pages_fast(at, 1, 0, &one) != 1)
		return -EFAULT;
	bio->bi_end_io = containers_end;
	__bio_add_page(bio, one, PAGE_SIZE, 0);
	return 0;
}
