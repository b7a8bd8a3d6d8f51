// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: pages for the ledger, where nobody may sleep.
 *
 * Pages are pinned in any context. Where the page allocator cannot be asked, or
 * has nothing, a few pages are kept ready. A work item fills them up; an irq_work
 * leads to it from everywhere.
 */

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/llist.h>
#include <linux/workqueue.h>

#include <kunit/visibility.h>

#include "ledger.h"
#include "places.h"

/* For tests: pretend that there is no memory. */
bool gup_mirror_out_of_memory;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_out_of_memory);

/* For where the allocator has nothing, or cannot be asked. */
static void *reserve[8];

/* What was taken in vain where nothing may be given back. Each page is its own node. */
static LLIST_HEAD(unwanted);

static void fill(struct work_struct *work)
{
	struct llist_node *page, *next;
	unsigned int i;

	llist_for_each_safe(page, next, llist_del_all(&unwanted))
		free_page((unsigned long)page);
	for (i = 0; i < ARRAY_SIZE(reserve); i++) {
		void *page;

		if (READ_ONCE(reserve[i]))
			continue;
		page = (void *)get_zeroed_page(GFP_KERNEL);
		if (page && cmpxchg(&reserve[i], NULL, page))
			free_page((unsigned long)page);
	}
}

static DECLARE_WORK(fill_work, fill);

static void queue_fill(struct irq_work *work)
{
	schedule_work(&fill_work);
}

static DEFINE_IRQ_WORK(fill_irq_work, queue_fill);

/**
 * gup_mirror_reserve_page() - get a page without sleeping
 *
 * Context: Any.
 * Return: A page full of 0, or NULL.
 */
void *gup_mirror_reserve_page(void)
{
	void *page = NULL;
	unsigned int i;

	if (READ_ONCE(gup_mirror_out_of_memory))
		return NULL;
	if (gup_mirror_may_allocate())
		page = (void *)get_zeroed_page(GUP_MIRROR_GFP);
	if (likely(page))
		return page;

	for (i = 0; !page && i < ARRAY_SIZE(reserve); i++) {
		if (READ_ONCE(reserve[i]))
			page = xchg(&reserve[i], NULL);
	}
	irq_work_queue(&fill_irq_work);
	return page;
}

/**
 * gup_mirror_reserve_return() - a page was not needed after all
 * @page: the page, as it came from gup_mirror_reserve_page()
 *
 * Context: Any.
 */
void gup_mirror_reserve_return(void *page)
{
	unsigned int i;

	for (i = 0; page && i < ARRAY_SIZE(reserve); i++) {
		if (!cmpxchg(&reserve[i], NULL, page))
			page = NULL;
	}
	/* Somebody has filled the reserve meanwhile. */
	if (page && gup_mirror_may_allocate()) {
		free_page((unsigned long)page);
	} else if (page) {
		llist_add(page, &unwanted);
		irq_work_queue(&fill_irq_work);
	}
}

static void *new_page(bool from_reserve)
{
	if (from_reserve)
		return gup_mirror_reserve_page();
	return gup_mirror_may_allocate() ?
	       (void *)get_zeroed_page(GUP_MIRROR_GFP) : NULL;
}

static void *take_free(struct gup_mirror_pool *pool)
{
	struct hlist_node *object;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	object = pool->free.first;
	if (object)
		hlist_del(object);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return object;
}

/**
 * gup_mirror_pool_take() - get a small object without sleeping
 * @pool: where it comes from
 *
 * Context: Any; no lock is held that who allocates or frees a page may take.
 * Return: An object, which may have been used before, or NULL.
 */
void *gup_mirror_pool_take(struct gup_mirror_pool *pool)
{
	unsigned long i, flags;
	void *object, *page;

	if (READ_ONCE(gup_mirror_out_of_memory))
		return NULL;
	object = take_free(pool);
	if (object)
		return object;

	page = new_page(pool->reserve);
	if (!page)
		return NULL;
	/* The first is ours: others might take all that are given to the pool. */
	raw_spin_lock_irqsave(&pool->lock, flags);
	for (i = 1; i < PAGE_SIZE / pool->size; i++)
		hlist_add_head(page + i * pool->size, &pool->free);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return page;
}

/**
 * gup_mirror_pool_give() - give an object back
 * @pool: where it came from
 * @object: the object, or NULL
 *
 * Context: Any.
 */
void gup_mirror_pool_give(struct gup_mirror_pool *pool, void *object)
{
	unsigned long flags;

	if (!object)
		return;
	raw_spin_lock_irqsave(&pool->lock, flags);
	hlist_add_head(object, &pool->free);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

static int __init fill_at_boot(void)
{
	if (gup_mirror_config.mode != GUP_MIRROR_MODE_OFF)
		fill(NULL);
	return 0;
}
core_initcall(fill_at_boot);
