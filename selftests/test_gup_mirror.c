// SPDX-License-Identifier: GPL-2.0
/*
 * A driver that misbehaves on purpose: it acquires pages of the calling process
 * by one function and releases them by another, right or wrong, as user space
 * asks. The selftest gup_mirror sees what GUP mirror makes of it.
 *
 * Every function under test is called from a function of its own, so that the
 * name of the latter in a report says which call was meant. None of these may
 * end in a tail call: the site would be whoever called them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/gup_mirror.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/put_user_page.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "test_gup_mirror.h"

/* In entries of an array of pages that the function under test did not write */
#define TGM_UNTOUCHED	((struct page *)ERR_PTR(-MAX_ERRNO))

/**
 * struct tgm - what an open file holds
 * @lock: held during an ioctl
 * @pages: the pages, or NULL
 * @nr: number of them
 * @pinned: they were pinned, not gotten
 * @folios: they are folios, from memfd_pin_folios()
 * @acquired: what the function gave is still held
 * @extra: so is an additional reference by get_page()
 */
struct tgm {
	struct mutex lock;	/* of the fields below */
	struct page **pages;
	unsigned long nr;
	bool pinned;
	bool folios;
	bool acquired;
	bool extra;
};

/* What a function that acquires is called with */
struct tgm_request {
	unsigned long addr;
	unsigned long nr;
	unsigned int gup_flags;
	struct file *file;
	struct page **pages;
};

/* The functions that acquire */

static noinline long tgm_get_user_pages(const struct tgm_request *req)
{
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = get_user_pages(req->addr, req->nr, req->gup_flags, req->pages);
	mmap_read_unlock(current->mm);
	return ret;
}

static noinline long tgm_get_user_pages_unlocked(const struct tgm_request *req)
{
	long ret;

	ret = get_user_pages_unlocked(req->addr, req->nr, req->pages,
				      req->gup_flags);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_get_user_pages_fast(const struct tgm_request *req)
{
	long ret;

	ret = get_user_pages_fast(req->addr, req->nr, req->gup_flags,
				  req->pages);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_get_user_pages_fast_only(const struct tgm_request *req)
{
	long ret;

	ret = get_user_pages_fast_only(req->addr, req->nr, req->gup_flags,
				       req->pages);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_get_user_pages_remote(const struct tgm_request *req)
{
	int locked = 1;
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = get_user_pages_remote(current->mm, req->addr, req->nr,
				    req->gup_flags, req->pages, &locked);
	if (locked)
		mmap_read_unlock(current->mm);
	return ret;
}

static noinline long tgm_pin_user_pages(const struct tgm_request *req)
{
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = pin_user_pages(req->addr, req->nr, req->gup_flags, req->pages);
	mmap_read_unlock(current->mm);
	return ret;
}

static noinline long tgm_pin_user_pages_unlocked(const struct tgm_request *req)
{
	long ret;

	ret = pin_user_pages_unlocked(req->addr, req->nr, req->pages,
				      req->gup_flags);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_pin_user_pages_fast(const struct tgm_request *req)
{
	long ret;

	ret = pin_user_pages_fast(req->addr, req->nr, req->gup_flags,
				  req->pages);
	prevent_tail_call_optimization();
	return ret;
}

static noinline long tgm_pin_user_pages_remote(const struct tgm_request *req)
{
	int locked = 1;
	long ret;

	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	ret = pin_user_pages_remote(current->mm, req->addr, req->nr,
				    req->gup_flags, req->pages, &locked);
	if (locked)
		mmap_read_unlock(current->mm);
	return ret;
}

/* A folio and its first page have one address, so the array serves for both. */
static noinline long tgm_memfd_pin_folios(const struct tgm_request *req)
{
	pgoff_t offset;
	long ret;

	ret = memfd_pin_folios(req->file, req->addr,
			       req->addr + req->nr * PAGE_SIZE - 1,
			       (struct folio **)req->pages, req->nr, &offset);
	prevent_tail_call_optimization();
	return ret;
}

static const struct tgm_acquirer {
	long (*acquire)(const struct tgm_request *req);
	bool pins;
	bool may_lack_pages;	/* accepts NULL for the array of pages */
} tgm_acquirers[TGM_NR_ACQUIRE] = {
	[TGM_get_user_pages] = {
		.acquire = tgm_get_user_pages,
		.may_lack_pages = true,
	},
	[TGM_get_user_pages_unlocked] = {
		.acquire = tgm_get_user_pages_unlocked,
		.may_lack_pages = true,
	},
	[TGM_get_user_pages_fast] = {
		.acquire = tgm_get_user_pages_fast,
	},
	[TGM_get_user_pages_fast_only] = {
		.acquire = tgm_get_user_pages_fast_only,
	},
	[TGM_get_user_pages_remote] = {
		.acquire = tgm_get_user_pages_remote,
		.may_lack_pages = true,
	},
	[TGM_pin_user_pages] = {
		.acquire = tgm_pin_user_pages,
		.pins = true,
	},
	[TGM_pin_user_pages_unlocked] = {
		.acquire = tgm_pin_user_pages_unlocked,
		.pins = true,
	},
	[TGM_pin_user_pages_fast] = {
		.acquire = tgm_pin_user_pages_fast,
		.pins = true,
	},
	[TGM_pin_user_pages_remote] = {
		.acquire = tgm_pin_user_pages_remote,
		.pins = true,
	},
	[TGM_memfd_pin_folios] = {
		.acquire = tgm_memfd_pin_folios,
		.pins = true,
	},
};

/* The functions that release */

static noinline void tgm_put_page(struct page **pages, unsigned long nr,
				  bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		put_page(pages[i]);
	prevent_tail_call_optimization();
}

static noinline void tgm_release_pages(struct page **pages, unsigned long nr,
				       bool dirty)
{
	release_pages(pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm___free_pages(struct page **pages, unsigned long nr,
				      bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		__free_pages(pages[i], 0);
	prevent_tail_call_optimization();
}

static noinline void tgm_folio_put(struct page **pages, unsigned long nr,
				   bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		folio_put(page_folio(pages[i]));
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_page(struct page **pages, unsigned long nr,
					 bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		unpin_user_page(pages[i]);
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_pages(struct page **pages, unsigned long nr,
					  bool dirty)
{
	unpin_user_pages(pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_pages_dirty_lock(struct page **pages,
						     unsigned long nr,
						     bool dirty)
{
	unpin_user_pages_dirty_lock(pages, nr, dirty);
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_page_range_dirty_lock(struct page **pages,
							  unsigned long nr,
							  bool dirty)
{
	unsigned long i, n;

	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr; n++)
			if (page_to_pfn(pages[i + n]) !=
			    page_to_pfn(pages[i]) + n)
				break;
		unpin_user_page_range_dirty_lock(pages[i], n, dirty);
	}
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_user_folio(struct page **pages, unsigned long nr,
					  bool dirty)
{
	unsigned long i, n;

	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr; n++)
			if (page_folio(pages[i + n]) != page_folio(pages[i]))
				break;
		unpin_user_folio(page_folio(pages[i]), n);
	}
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_folio(struct page **pages, unsigned long nr,
				     bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		unpin_folio(page_folio(pages[i]));
	prevent_tail_call_optimization();
}

static noinline void tgm_unpin_folios(struct page **pages, unsigned long nr,
				      bool dirty)
{
	unpin_folios((struct folio **)pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm_put_user_page(struct page **pages, unsigned long nr,
				       bool dirty)
{
	unsigned long i;

	for (i = 0; i < nr; i++)
		put_user_page(pages[i]);
	prevent_tail_call_optimization();
}

static noinline void tgm_put_user_pages(struct page **pages, unsigned long nr,
					bool dirty)
{
	put_user_pages(pages, nr);
	prevent_tail_call_optimization();
}

static noinline void tgm_put_user_pages_dirty(struct page **pages,
					      unsigned long nr, bool dirty)
{
	put_user_pages_dirty(pages, nr);
	prevent_tail_call_optimization();
}

/* Both forms: without the third argument it always marks the pages dirty */
static noinline void tgm_put_user_pages_dirty_lock(struct page **pages,
						   unsigned long nr, bool dirty)
{
	if (dirty)
		put_user_pages_dirty_lock(pages, nr);
	else
		put_user_pages_dirty_lock(pages, nr, false);
	prevent_tail_call_optimization();
}

static const struct tgm_releaser {
	void (*release)(struct page **pages, unsigned long nr, bool dirty);
	bool unpins;
} tgm_releasers[TGM_NR_RELEASE] = {
	[TGM_put_page] = { tgm_put_page },
	[TGM_release_pages] = { tgm_release_pages },
	[TGM___free_pages] = { tgm___free_pages },
	[TGM_folio_put] = { tgm_folio_put },
	[TGM_unpin_user_page] = { tgm_unpin_user_page, true },
	[TGM_unpin_user_pages] = { tgm_unpin_user_pages, true },
	[TGM_unpin_user_pages_dirty_lock] = {
		tgm_unpin_user_pages_dirty_lock, true
	},
	[TGM_unpin_user_page_range_dirty_lock] = {
		tgm_unpin_user_page_range_dirty_lock, true
	},
	[TGM_unpin_user_folio] = { tgm_unpin_user_folio, true },
	[TGM_unpin_folio] = { tgm_unpin_folio, true },
	[TGM_unpin_folios] = { tgm_unpin_folios, true },
	[TGM_put_user_page] = { tgm_put_user_page, true },
	[TGM_put_user_pages] = { tgm_put_user_pages, true },
	[TGM_put_user_pages_dirty] = { tgm_put_user_pages_dirty, true },
	[TGM_put_user_pages_dirty_lock] = {
		tgm_put_user_pages_dirty_lock, true
	},
};

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

/*
 * A wrong release of a pinned page drops one reference where a pin holds
 * GUP_PIN_COUNTING_BIAS, or leaves the pin of a large folio counted. Unpinning a
 * page that is not pinned is the opposite. The zero page is never pinned.
 */
static void tgm_balance(struct tgm *tgm)
{
	int refs = tgm->pinned ? 1 - GUP_PIN_COUNTING_BIAS :
				 GUP_PIN_COUNTING_BIAS - 1;
	struct folio *folio;
	unsigned long i;

	for (i = 0; i < tgm->nr; i++) {
		folio = page_folio(tgm->pages[i]);
		if (is_zero_folio(folio))
			folio_ref_add(folio, tgm->pinned ? 1 : -1);
		else if (folio_test_large(folio))
			atomic_add(tgm->pinned ? -1 : 1, &folio->_pincount);
		else
			folio_ref_add(folio, refs);
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

static void tgm_forget(struct tgm *tgm)
{
	kvfree(tgm->pages);
	tgm->pages = NULL;
	tgm->nr = 0;
	tgm->acquired = false;
	tgm->extra = false;
}

/* Gives back what is held the way it should be */
static void tgm_give_back(struct tgm *tgm)
{
	if (tgm->extra)
		tgm_put_page(tgm->pages, tgm->nr, false);
	if (tgm->acquired && tgm->folios)
		tgm_unpin_folios(tgm->pages, tgm->nr, false);
	else if (tgm->acquired && tgm->pinned)
		tgm_unpin_user_pages(tgm->pages, tgm->nr, false);
	else if (tgm->acquired)
		tgm_put_page(tgm->pages, tgm->nr, false);
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

	arg->ret = acquirer->acquire(&req);
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
	/* What BALANCE knows to adjust is a release of the wrong kind. */
	if ((arg->flags & TGM_BALANCE) && !wrong)
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
	unsigned long i;
	int err;

	err = tgm_check_release(tgm, arg);
	if (err)
		return err;

	tgm_get_facts(&arg->facts, tgm->pages, tgm->nr);
	if (arg->flags & TGM_LAUNDER)
		for (i = 0; i < tgm->nr; i++)
			tgm->pages[i] = tgm_laundered(tgm->pages[i]);
	if (arg->flags & TGM_BALANCE)
		tgm_balance(tgm);
	tgm_releasers[arg->fn].release(tgm->pages, tgm->nr,
				       arg->flags & TGM_DIRTY);
	if (arg->flags & TGM_EXTRA)
		tgm->extra = false;
	else
		tgm->acquired = false;
	if (!tgm->acquired && !tgm->extra)
		tgm_forget(tgm);
	return 0;
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
	} arg;
	struct tgm *tgm = file->private_data;
	long ret;

	if (cmd != TGM_ACQUIRE && cmd != TGM_RELEASE && cmd != TGM_PEEK)
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

	tgm = kzalloc(sizeof(*tgm), GFP_KERNEL);
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

static int __init tgm_init(void)
{
	tgm_file = debugfs_create_file("test_gup_mirror", 0600, NULL, NULL,
				       &tgm_fops);
	return PTR_ERR_OR_ZERO(tgm_file);
}
module_init(tgm_init);

static void __exit tgm_exit(void)
{
	debugfs_remove(tgm_file);
}
module_exit(tgm_exit);

MODULE_DESCRIPTION("Acquires and releases user pages in right and wrong ways");
MODULE_LICENSE("GPL");
