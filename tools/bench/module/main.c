// SPDX-License-Identifier: GPL-2.0
/*
 * Pins pages of the calling process: as many at a time, and from as many places
 * in the code, as tools/bench wants to have measured. Needs no GUP mirror, so that
 * an untouched kernel is measured with the same.
 *
 * mmap() gives pages that nobody has cleared, which is what makes a virtual
 * machine possible that has more memory than the host: what is never touched takes
 * none there. So this must never be loaded where there is something to hide.
 */
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "bench_pins.h"
#include "puts.h"
#include "sites.h"

/**
 * struct held - pins of one call
 * @list: in all of a file
 * @nr: how many
 * @pages: the pages
 */
struct held {
	struct list_head list;
	int nr;
	struct page *pages[] __counted_by(nr);
};

/**
 * struct holder - what an open file has
 * @lock: of @all, and for one ioctl at a time
 * @all: &struct held
 * @pages: where those go that are unpinned at once
 */
struct holder {
	struct mutex lock;	/* see above */
	struct list_head all;
	struct page *pages[BENCH_PINS_BATCH];
};

static int hold(struct holder *holder, const struct bench_pins *arg)
{
	unsigned long addr = arg->addr;
	u64 left = arg->nr;
	struct held *held;
	int nr;

	while (left) {
		nr = min_t(u64, left, BENCH_PINS_BATCH);
		held = kvmalloc(struct_size(held, pages, nr), GFP_KERNEL);
		if (!held)
			return -ENOMEM;
		held->nr = bench_pins_sites[0](addr, nr, held->pages);
		if (held->nr <= 0) {
			kvfree(held);
			return -EFAULT;
		}
		list_add_tail(&held->list, &holder->all);
		addr += held->nr * PAGE_SIZE;
		left -= held->nr;
		cond_resched();
	}
	return 0;
}

static int cycle(struct holder *holder, const struct bench_pins *arg)
{
	unsigned int i, site = 0;
	int nr;

	if (!arg->nr || arg->nr > BENCH_PINS_BATCH || !arg->sites ||
	    arg->sites > BENCH_PINS_SITES)
		return -EINVAL;
	for (i = 0; i < arg->calls; i++) {
		nr = bench_pins_sites[site](arg->addr, arg->nr, holder->pages);
		if (nr > 0)
			unpin_user_pages(holder->pages, nr);
		if (nr != arg->nr)
			return -EFAULT;
		if (++site == arg->sites)
			site = 0;
		cond_resched();
	}
	return 0;
}

static long bench_pins_ioctl(struct file *file, unsigned int cmd,
			     unsigned long user)
{
	struct holder *holder = file->private_data;
	struct bench_pins arg;
	long ret = -ENOTTY;

	if (copy_from_user(&arg, (void __user *)user, sizeof(arg)))
		return -EFAULT;
	mutex_lock(&holder->lock);
	if (cmd == BENCH_PINS_HOLD)
		ret = hold(holder, &arg);
	else if (cmd == BENCH_PINS_CYCLE)
		ret = cycle(holder, &arg);
	else if (cmd == BENCH_PINS_PUT)
		ret = bench_puts(&arg);
	mutex_unlock(&holder->lock);
	return ret;
}

static int bench_pins_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long addr;
	struct page *page;
	int ret = 0;

	for (addr = vma->vm_start; addr < vma->vm_end && !ret;
	     addr += PAGE_SIZE) {
		page = alloc_page(GFP_HIGHUSER);
		if (!page)
			return -ENOMEM;
		ret = vm_insert_page(vma, addr, page);
		/* The page table has a reference of its own. */
		put_page(page);
		cond_resched();
	}
	return ret;
}

static int bench_pins_open(struct inode *inode, struct file *file)
{
	struct holder *holder = kvzalloc(sizeof(*holder), GFP_KERNEL);

	if (!holder)
		return -ENOMEM;
	mutex_init(&holder->lock);
	INIT_LIST_HEAD(&holder->all);
	file->private_data = holder;
	return 0;
}

static int bench_pins_release(struct inode *inode, struct file *file)
{
	struct holder *holder = file->private_data;
	struct held *held, *next;

	list_for_each_entry_safe(held, next, &holder->all, list) {
		unpin_user_pages(held->pages, held->nr);
		kvfree(held);
		cond_resched();
	}
	kvfree(holder);
	return 0;
}

static const struct file_operations bench_pins_fops = {
	.owner = THIS_MODULE,
	.open = bench_pins_open,
	.release = bench_pins_release,
	.mmap = bench_pins_mmap,
	.unlocked_ioctl = bench_pins_ioctl,
};

static struct miscdevice bench_pins_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bench_pins",
	.fops = &bench_pins_fops,
};
module_misc_device(bench_pins_device);

MODULE_DESCRIPTION("Pins many pages from many places, to be measured");
MODULE_LICENSE("GPL");
