// SPDX-License-Identifier: GPL-2.0
/* Two objects of one type, and each is released as the other one should be. */
struct object {
	struct page *one;
};

static void objects_crossed(struct object *from, struct object *to, unsigned long at)
{
	if (pin_user_pages_fast(at, 1, 0, &from->one) != 1)
		return;
	if (get_user_pages_fast(at, 1, 0, &to->one) != 1)
		return;
	put_page(from->one);
	unpin_user_page(to->one);
}

/* Right: what is released first is what was there before. */
static void objects_renewed(struct object *object, unsigned long at)
{
	put_page(object->one);
	pin_user_pages_fast(at, 1, 0, &object->one);
}

static void objects_flag(struct object *object, bool user)
{
	if (user)
		unpin_user_page(object->one);
	else
		put_page(object->one);
}
