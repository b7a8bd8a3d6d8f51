// SPDX-License-Identifier: GPL-2.0
/*
 * What a put of a page costs that nobody has pinned. Both functions are there once,
 * by themselves, so that their size is that of the put in each place that has one.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "bench_pins.h"
#include "puts.h"

noinline void bench_put_page(struct page *page)
{
	put_page(page);
}

noinline void bench_folio_put(struct folio *folio)
{
	folio_put(folio);
}

int bench_puts(const struct bench_pins *arg)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, 0);
	u32 i;

	if (!folio)
		return -ENOMEM;
	for (i = 0; i < arg->calls; i++) {
		folio_get(folio);
		if (arg->folio)
			bench_folio_put(folio);
		else
			bench_put_page(&folio->page);
	}
	folio_put(folio);
	return 0;
}
