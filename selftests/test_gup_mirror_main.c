// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that misbehaves on purpose: it acquires pages of the calling process
 * by one function and releases them by another, right or wrong, as user space
 * asks. The selftest gup_mirror sees what GUP mirror makes of it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gup_mirror.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "test_gup_mirror.h"
#include "test_gup_mirror_calls.h"
#include "test_gup_mirror_compat.h"
#include "test_gup_mirror_held.h"

/* In entries of an array of pages that the function under test did not write */
#define TGM_UNTOUCHED	((struct page *)ERR_PTR(-MAX_ERRNO))

/* It does nothing. */
static struct device *tgm_device;

/* What user space is told */

/* The way by which a pointer loses its view, and what is left of it then */
static struct page *tgm_laundered(struct page *page)
{
	return pfn_to_page(page_to_pfn(page));
}

static int tgm_view(struct page *page)
{
	if (!gup_mirror_is_view(page))
		return -1;
	return ((unsigned long)page - gup_mirror_region.start) /
	       (gup_mirror_region.mask + 1);
}

static void tgm_get_facts(struct tgm_facts *facts, struct page **pages,
			  unsigned long nr)
{
	struct folio *folio = page_folio(pages[0]);
	int view, first_view = -1;
	unsigned long i;

	memset(facts, 0, sizeof(*facts));
	facts->pfn = page_to_pfn(pages[0]);
	facts->refcount = folio_ref_count(folio);
	if (folio_test_large(folio))
		facts->pincount = atomic_read(&folio->_pincount);
	facts->folio_pages = folio_nr_pages(folio);
	facts->view = tgm_view(pages[0]);
	if (gup_mirror_is_pin_view(pages[0]))
		facts->kind = TGM_PIN_VIEW;
	else if (gup_mirror_is_view(pages[0]))
		facts->kind = TGM_GET_VIEW;

	for (i = 0; i < nr; i++) {
		if (pages[i] == tgm_laundered(pages[i])) {
			facts->nr_canonical++;
			continue;
		}
		view = tgm_view(pages[i]);
		if (!facts->nr_views) {
			first_view = view;
			facts->nr_views = 1;
		} else if (view != first_view) {
			facts->nr_views = 2;
		}
	}
}

static void tgm_count_entries(struct tgm_acquire *arg, struct page **pages,
			      unsigned long nr)
{
	unsigned long held = max_t(s64, arg->ret, 0);
	unsigned long i;

	arg->nr_changed = 0;
	arg->nr_beyond = 0;
	for (i = 0; i < nr; i++) {
		if (pages[i] == TGM_UNTOUCHED)
			continue;
		if (i < held)
			arg->nr_changed++;
		else
			arg->nr_beyond++;
	}
}

static bool tgm_has_tails(struct page **pages, unsigned long nr)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		if (PageTail(pages[i]))
			return true;
	return false;
}

static void tgm_unmap_some(struct tgm *tgm, unsigned long nr)
{
	while (nr--)
		dma_unmap_page(tgm_device, tgm->mapped[nr], PAGE_SIZE,
			       DMA_BIDIRECTIONAL);
	kvfree(tgm->mapped);
	tgm->mapped = NULL;
}

static void tgm_forget(struct tgm *tgm)
{
	if (tgm->mapped)
		tgm_unmap_some(tgm, tgm->nr);
	kvfree(tgm->pages);
	tgm->pages = NULL;
	tgm_watch_forget(&tgm->watch);
	tgm->nr = 0;
	tgm->acquired = false;
	tgm->extra = false;
	tgm->stolen = false;
}

static void tgm_release_all(struct tgm *tgm, enum tgm_release_fn fn)
{
	tgm_releasers[fn].release(tgm->pages, tgm->nr, false);
}

/* Gives back what is held the way it should be */
static void tgm_give_back(struct tgm *tgm)
{
	tgm_give_back_stolen(tgm);
	if (tgm->extra)
		tgm_release_all(tgm, TGM_put_page);
	if (tgm->acquired && tgm->folios)
		tgm_release_all(tgm, TGM_unpin_folios);
	else if (tgm->acquired && tgm->pinned)
		tgm_release_all(tgm, TGM_unpin_user_pages);
	else if (tgm->acquired)
		tgm_release_all(tgm, TGM_put_page);
	tgm_forget(tgm);
}

/* The ioctls */

static int tgm_check_acquire(const struct tgm_acquire *arg)
{
	u64 end;

	if (arg->fn >= TGM_NR_ACQUIRE || arg->flags & ~TGM_ACQUIRE_FLAGS ||
	    arg->pad)
		return -EINVAL;
	if (!arg->size || arg->size > TGM_MAX_PAGES * PAGE_SIZE ||
	    !PAGE_ALIGNED(arg->addr | arg->size) ||
	    check_add_overflow(arg->addr, arg->size, &end) || end > LONG_MAX)
		return -EINVAL;
	/* mm/gup.c answers all of the following with a WARN() */
	if ((arg->flags & TGM_LONGTERM) && !tgm_acquirers[arg->fn].pins)
		return -EINVAL;
	if ((arg->flags & TGM_NO_PAGES) &&
	    !tgm_acquirers[arg->fn].may_lack_pages)
		return -EINVAL;
	return 0;
}

static int tgm_acquire(struct tgm *tgm, struct tgm_acquire *arg)
{
	const struct tgm_acquirer *acquirer;
	struct tgm_request req = {};
	unsigned long i;
	int err;

	err = tgm_check_acquire(arg);
	if (err)
		return err;
	if (tgm->pages)
		return -EBUSY;

	acquirer = &tgm_acquirers[arg->fn];
	req.addr = arg->addr;
	req.nr = arg->size / PAGE_SIZE;
	if (arg->flags & TGM_WRITE)
		req.gup_flags |= FOLL_WRITE;
	if (arg->flags & TGM_LONGTERM)
		req.gup_flags |= FOLL_LONGTERM;
	if (arg->fn == TGM_memfd_pin_folios) {
		req.file = fget(arg->fd);
		if (!req.file)
			return -EBADF;
	}
	tgm->pages = kvmalloc_array(req.nr, sizeof(*tgm->pages), GFP_KERNEL);
	if (!tgm->pages) {
		err = -ENOMEM;
		goto out;
	}
	for (i = 0; i < req.nr; i++)
		tgm->pages[i] = TGM_UNTOUCHED;
	if (!(arg->flags & TGM_NO_PAGES))
		req.pages = tgm->pages;

	err = tgm_watch_begin(&tgm->watch, req.nr);
	if (err) {
		tgm_forget(tgm);
		goto out;
	}
	arg->ret = acquirer->acquire(&req);
	tgm_watch_end(&tgm->watch, tgm->pages,
		      acquirer->pins && req.pages ? arg->ret : 0);
	tgm_count_entries(arg, tgm->pages, req.nr);
	memset(&arg->facts, 0, sizeof(arg->facts));
	if (arg->ret <= 0 || !req.pages) {
		tgm_forget(tgm);
		goto out;
	}

	tgm->nr = arg->ret;
	tgm->acquired = true;
	tgm->pinned = acquirer->pins;
	tgm->folios = arg->fn == TGM_memfd_pin_folios;
	tgm->writes = arg->flags & TGM_WRITE;
	tgm->extra = arg->flags & TGM_EXTRA_GET;
	if (tgm->extra)
		for (i = 0; i < tgm->nr; i++)
			get_page(tgm->pages[i]);
	tgm_get_facts(&arg->facts, tgm->pages, tgm->nr);
out:
	if (req.file)
		fput(req.file);
	return err;
}

static int tgm_check_release(const struct tgm *tgm,
			     const struct tgm_release *arg)
{
	bool extra = arg->flags & TGM_EXTRA;
	bool wrong;

	if (arg->fn >= TGM_NR_RELEASE || arg->flags & ~TGM_RELEASE_FLAGS)
		return -EINVAL;
	if (extra ? !tgm->extra : !tgm->acquired)
		return -ENOENT;

	wrong = tgm_releasers[arg->fn].unpins != (!extra && tgm->pinned);
	/* Only the release of what was acquired may be wrong. */
	if (extra && wrong)
		return -EINVAL;
	/* While there is an extra reference, nobody can tell that it is. */
	if (wrong && tgm->extra)
		return -EBUSY;
	/* A right release is in balance, unless it is to be one too many. */
	if ((arg->flags & TGM_BALANCE) && !wrong && !(arg->flags & TGM_KEEP))
		return -EINVAL;
	/* What the extra reference is, is not to be in doubt. */
	if ((arg->flags & TGM_KEEP) && tgm->extra)
		return -EINVAL;
	if ((arg->flags & TGM_STEAL) &&
	    (arg->flags != TGM_STEAL || !wrong || !tgm->pinned || tgm->stolen))
		return -EINVAL;
	/* An array of pages is an array of folios only if it began as one. */
	if (arg->fn == TGM_unpin_folios && !tgm->folios)
		return -EINVAL;
	/* Works on the reference count of the page itself: a tail has none. */
	if (arg->fn == TGM___free_pages && tgm_has_tails(tgm->pages, tgm->nr))
		return -EINVAL;
	return 0;
}

static int tgm_release(struct tgm *tgm, struct tgm_release *arg)
{
	const struct tgm_releaser *releaser;
	unsigned long i;
	int err;

	err = tgm_check_release(tgm, arg);
	if (err)
		return err;

	tgm_get_facts(&arg->facts, tgm->pages, tgm->nr);
	releaser = &tgm_releasers[arg->fn];
	if (arg->flags & TGM_STEAL) {
		tgm_steal(tgm);
		return 0;
	}

	tgm_give_back_stolen(tgm);
	if (arg->flags & TGM_LAUNDER)
		for (i = 0; i < tgm->nr; i++)
			tgm->pages[i] = tgm_laundered(tgm->pages[i]);
	if (arg->flags & TGM_BALANCE)
		tgm_balance(tgm, releaser->unpins, arg->flags & TGM_KEEP);
	releaser->release(tgm->pages, tgm->nr, arg->flags & TGM_DIRTY);
	if (arg->flags & TGM_KEEP)
		return 0;
	if (arg->flags & TGM_EXTRA)
		tgm->extra = false;
	else
		tgm->acquired = false;
	if (!tgm->acquired && !tgm->extra)
		tgm_forget(tgm);
	return 0;
}

static int tgm_leak(struct tgm *tgm)
{
	if (!tgm->acquired)
		return -ENOENT;
	tgm_forget(tgm);
	return 0;
}

static noinline int tgm_set_dirty(struct tgm *tgm)
{
	unsigned long i;

	if (!tgm->acquired)
		return -ENOENT;
	for (i = 0; i < tgm->nr; i++)
		set_page_dirty_lock(tgm->pages[i]);
	return 0;
}

static noinline int tgm_map(struct tgm *tgm)
{
	unsigned long i;

	if (!tgm->acquired || tgm->folios || tgm->mapped)
		return -EBUSY;
	tgm->mapped = kvcalloc(tgm->nr, sizeof(*tgm->mapped), GFP_KERNEL);
	if (!tgm->mapped)
		return -ENOMEM;
	for (i = 0; i < tgm->nr; i++) {
		tgm->mapped[i] = dma_map_page(tgm_device, tgm->pages[i], 0,
					      PAGE_SIZE, DMA_BIDIRECTIONAL);
		if (dma_mapping_error(tgm_device, tgm->mapped[i])) {
			tgm_unmap_some(tgm, i);
			return -EIO;
		}
	}
	return 0;
}

static int tgm_unmap(struct tgm *tgm)
{
	if (!tgm->mapped)
		return -ENOENT;
	tgm_unmap_some(tgm, tgm->nr);
	return 0;
}

static int tgm_device_write(struct tgm *tgm)
{
	unsigned long i;

	if (!tgm->acquired)
		return -ENOENT;
	for (i = 0; i < tgm->nr; i++)
		memset_page(tgm_laundered(tgm->pages[i]), 0, 0xd0, 64);
	return 0;
}

static int tgm_judge(struct tgm *tgm, struct tgm_judgement *arg)
{
	if (!tgm->acquired || !tgm->pinned)
		return -ENOENT;
	return tgm_watch_judge(tgm->pages, tgm->nr, tgm->writes, arg);
}

/* folio_put(): looking must not add a release to what the test looks for. */
static noinline int tgm_peek(struct tgm_peek *arg)
{
	struct page *page;
	int ret;

	if (!PAGE_ALIGNED(arg->addr) || arg->addr > LONG_MAX)
		return -EINVAL;
	ret = get_user_pages_fast(arg->addr, 1, 0, &page);
	if (ret != 1)
		return ret < 0 ? ret : -EFAULT;
	tgm_get_facts(&arg->facts, &page, 1);
	arg->facts.refcount--;
	folio_put(page_folio(page));
	return 0;
}

static long tgm_ioctl(struct file *file, unsigned int cmd, unsigned long uarg)
{
	union {
		struct tgm_acquire acquire;
		struct tgm_release release;
		struct tgm_peek peek;
		struct tgm_judgement judgement;
	} arg;
	struct tgm *tgm = file->private_data;
	long ret;

	if (cmd != TGM_ACQUIRE && cmd != TGM_RELEASE && cmd != TGM_PEEK &&
	    cmd != TGM_LEAK && cmd != TGM_SET_DIRTY && cmd != TGM_DEVICE_WRITE &&
	    cmd != TGM_MAP && cmd != TGM_UNMAP && cmd != TGM_JUDGE)
		return -ENOTTY;
	if (copy_from_user(&arg, (void __user *)uarg, _IOC_SIZE(cmd)))
		return -EFAULT;
	if (mutex_lock_killable(&tgm->lock))
		return -EINTR;

	switch (cmd) {
	case TGM_ACQUIRE:
		ret = tgm_acquire(tgm, &arg.acquire);
		break;
	case TGM_RELEASE:
		ret = tgm_release(tgm, &arg.release);
		break;
	case TGM_LEAK:
		ret = tgm_leak(tgm);
		break;
	case TGM_SET_DIRTY:
		ret = tgm_set_dirty(tgm);
		break;
	case TGM_DEVICE_WRITE:
		ret = tgm_device_write(tgm);
		break;
	case TGM_MAP:
		ret = tgm_map(tgm);
		break;
	case TGM_UNMAP:
		ret = tgm_unmap(tgm);
		break;
	case TGM_JUDGE:
		ret = tgm_judge(tgm, &arg.judgement);
		break;
	default:
		ret = tgm_peek(&arg.peek);
		break;
	}
	mutex_unlock(&tgm->lock);

	/* What was acquired and could not be told is given back on close. */
	if (!ret && copy_to_user((void __user *)uarg, &arg, _IOC_SIZE(cmd)))
		ret = -EFAULT;
	return ret;
}

static int tgm_open(struct inode *inode, struct file *file)
{
	struct tgm *tgm;

	tgm = kzalloc_obj(*tgm, GFP_KERNEL);
	if (!tgm)
		return -ENOMEM;
	mutex_init(&tgm->lock);
	file->private_data = tgm;
	return nonseekable_open(inode, file);
}

static int tgm_close(struct inode *inode, struct file *file)
{
	struct tgm *tgm = file->private_data;

	tgm_give_back(tgm);
	mutex_destroy(&tgm->lock);
	kfree(tgm);
	return 0;
}

static const struct file_operations tgm_fops = {
	.owner = THIS_MODULE,
	.open = tgm_open,
	.release = tgm_close,
	.unlocked_ioctl = tgm_ioctl,
};

static struct dentry *tgm_file;

static unsigned long pin_at_init;
module_param(pin_at_init, ulong, 0400);
MODULE_PARM_DESC(pin_at_init, "Address of whoever loads the module, the page of which is pinned for good");

/* By code that has gone once the module is there */
static noinline int __init tgm_pin_at_init(void)
{
	struct page *page;
	int ret;

	ret = pin_user_pages_fast(pin_at_init, 1, FOLL_WRITE, &page);
	if (ret == 1)
		return 0;
	return ret < 0 ? ret : -EFAULT;
}

static int __init tgm_make_device(void)
{
	int ret;

	tgm_device = root_device_register(KBUILD_MODNAME);
	if (IS_ERR(tgm_device))
		return PTR_ERR(tgm_device);
	ret = dma_coerce_mask_and_coherent(tgm_device, DMA_BIT_MASK(64));
	if (ret)
		root_device_unregister(tgm_device);
	return ret;
}

static bool watch;
module_param(watch, bool, 0400);
MODULE_PARM_DESC(watch, "Watch what is cleaned, for TGM_JUDGE");

static int __init tgm_init(void)
{
	int ret;

	ret = watch ? tgm_watch_start() : 0;
	if (ret)
		return ret;
	ret = tgm_make_device();
	if (ret)
		goto no_device;
	tgm_file = debugfs_create_file(KBUILD_MODNAME, 0600, NULL, NULL,
				       &tgm_fops);
	if (IS_ERR(tgm_file)) {
		ret = PTR_ERR(tgm_file);
		goto no_file;
	}
	if (!pin_at_init)
		return 0;

	ret = tgm_pin_at_init();
	if (!ret)
		return 0;
	debugfs_remove(tgm_file);
no_file:
	root_device_unregister(tgm_device);
no_device:
	tgm_watch_stop();
	return ret;
}
module_init(tgm_init);

static void __exit tgm_exit(void)
{
	debugfs_remove(tgm_file);
	root_device_unregister(tgm_device);
	tgm_watch_stop();
}
module_exit(tgm_exit);

MODULE_DESCRIPTION("Acquires and releases user pages in right and wrong ways");
MODULE_LICENSE("GPL");
