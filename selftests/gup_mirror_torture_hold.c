// SPDX-License-Identifier: GPL-2.0
/*
 * Acquire pages through the module test_gup_mirror, and release them.
 *
 * A release is wrong only if it is certain what comes of it: the pointers are in
 * a view, and nobody has taken a reference through them in addition.
 */
#include "gup_mirror_torture.h"

/* The functions that are right for what is given; __free_pages() wants heads. */
static const int unpin_fns[] = {
	TGM_unpin_user_page,
	TGM_unpin_user_pages,
	TGM_unpin_user_pages_dirty_lock,
	TGM_unpin_user_page_range_dirty_lock,
	TGM_put_user_page,
	TGM_put_user_pages,
	TGM_put_user_pages_dirty,
	TGM_put_user_pages_dirty_lock,
	/* Only right: they see folios, which are in no view. */
	TGM_unpin_user_folio,
	TGM_unpin_folio,
};

#define NR_WRONG_UNPINS	8

static const int put_fns[] = {
	TGM_put_page,
	TGM_release_pages,
	TGM___free_pages,
	/* As above */
	TGM_folio_put,
};

#define NR_WRONG_PUTS	3

/**
 * may_be_wrong() - would a violation be judged?
 *
 * Context: With the lock held for reading.
 */
bool may_be_wrong(void)
{
	return shared->enabled;
}

/**
 * count_violations() - a violation was made
 * @counter: which
 * @nr: how often
 *
 * Context: With the lock held for reading since may_be_wrong().
 */
void count_violations(enum counter counter, long nr)
{
	if (shared->hides)
		counter = COUNT_FILTERED;
	__atomic_add_fetch(&shared->expected[counter], nr, __ATOMIC_RELAXED);
}

/**
 * fail_allocations() - let the kernel fail to get memory for this thread, or not
 * @on: whether to
 *
 * Does nothing without --faults. What fails is set in the debugfs directories
 * failslab and fail_page_alloc.
 */
void fail_allocations(bool on)
{
	static __thread int fd = -1;
	static __thread pid_t tid;

	if (!shared->faults)
		return;
	/* Not to be opened while allocations fail; a child needs its own. */
	if (fd < 0 || tid != gettid()) {
		fd = open("/proc/thread-self/make-it-fail", O_WRONLY | O_CLOEXEC);
		tid = gettid();
	}
	if (pwrite(fd, on ? "1" : "0", 1, 0) != 1) {
		fprintf(stderr, "cannot make allocations fail\n");
		shared->failed++;
	}
}

static bool is_huge(const struct buffer *buffer)
{
	return buffer->size == HUGE_SIZE;
}

/**
 * hold_acquire() - acquire pages of a buffer
 * @worker: who, with the choice of how
 * @hold: holds nothing
 * @buffer: the buffer
 * @extra: an additional reference may be taken
 *
 * GUP may fail, for want of memory or since it does not allow what was chosen.
 */
void hold_acquire(const struct worker *worker, struct hold *hold,
		  const struct buffer *buffer, bool extra)
{
	const struct choice *c = &worker->choice;
	unsigned int pages = buffer->size / page_size();
	unsigned int offset = c->offset % pages;
	unsigned int nr = c->nr < pages - offset ? c->nr : pages - offset;
	struct tgm_acquire *got = &hold->got;
	int err;

	*got = (struct tgm_acquire) {
		.addr = (unsigned long)buffer->addr + offset * page_size(),
		.size = nr * page_size(),
		.fn = c->acquire,
		.flags = c->acquire_flags,
	};
	if (got->fn == TGM_memfd_pin_folios) {
		if (c->buffer == BUFFER_MEMFD) {
			got->addr = offset * page_size();
			got->fd = buffer->fd;
		} else {
			got->fn = TGM_pin_user_pages_fast;
		}
	}
	/* What the module does not let through, and what is not asked for */
	if (!tgm_pins(got->fn))
		got->flags &= ~TGM_LONGTERM;
	if (!extra)
		got->flags &= ~TGM_EXTRA_GET;

	if (hold->fd < 0)
		hold->fd = tgm_open();
	if (c->may_fail)
		fail_allocations(true);
	err = hold->fd < 0 ? -errno : tgm_do_acquire(hold->fd, got);
	if (c->may_fail)
		fail_allocations(false);
	if (shared->faults && err == -ENOMEM)
		return;
	if (err) {
		complain(worker, "%s() of %u pages of %s: the module said: %s",
			 tgm_acquire_names[got->fn], nr,
			 buffer_names[c->buffer], strerror(-err));
		return;
	}
	hold->busy = got->ret > 0;
	hold->of_file = c->buffer == BUFFER_FILE;
	hold->extra = hold->busy && got->flags & TGM_EXTRA_GET;
	if (got->ret > nr)
		complain(worker, "%s() of %u pages gave %lld",
			 tgm_acquire_names[got->fn], nr, (long long)got->ret);
	if (is_huge(buffer) && hold->busy && got->facts.nr_views > 1)
		complain(worker, "%s(): pointers lead into several views",
			 tgm_acquire_names[got->fn]);
}

/* Is a wrong release of what is held certain to be seen? */
static bool can_be_wrong(const struct hold *hold)
{
	const struct tgm_facts *facts = &hold->got.facts;

	return may_be_wrong() && !hold->got.facts.nr_canonical &&
	       facts->kind != TGM_CANONICAL && facts->nr_views == 1;
}

static void release_extra(const struct worker *worker, struct hold *hold)
{
	int fn = put_fns[worker->choice.right % NR_WRONG_PUTS];
	int err = tgm_release(hold->fd, fn, TGM_EXTRA, NULL);

	/* Some pages are tails. */
	if (err == -EINVAL && fn == TGM___free_pages)
		err = tgm_release(hold->fd, TGM_put_page, TGM_EXTRA, NULL);
	if (err)
		complain(worker, "%s() of an additional reference: %s",
			 tgm_release_names[fn], strerror(-err));
	hold->extra = false;
}

/*
 * What was acquired for reading only must not be marked dirty. Pages of a file must be
 * locked for that.
 */
static void mark_rightly(const struct hold *hold, int *fn, unsigned int *flags)
{
	if (!(hold->got.flags & TGM_WRITE)) {
		*flags &= ~TGM_DIRTY;
		if (*fn == TGM_put_user_pages_dirty_lock)
			*fn = TGM_put_user_pages;
	}
	if (*fn == TGM_put_user_pages_dirty &&
	    (hold->of_file || !(hold->got.flags & TGM_WRITE)))
		*fn = TGM_put_user_pages;
}

/**
 * hold_release() - release what is held, right or wrong
 * @worker: who, with the choice of how
 * @hold: holds something
 */
void hold_release(const struct worker *worker, struct hold *hold)
{
	const struct choice *c = &worker->choice;
	unsigned int flags = c->release_flags;
	bool pinned = tgm_pins(hold->got.fn);
	bool wrong;
	int fn, err;

	/* Until that is gone, a put through the same view is no violation. */
	if (hold->extra)
		release_extra(worker, hold);

	pthread_rwlock_rdlock(&shared->lock);
	wrong = c->is_wrong && can_be_wrong(hold);
	if (wrong) {
		fn = pinned ? put_fns[c->wrong % NR_WRONG_PUTS] :
			      unpin_fns[c->wrong % NR_WRONG_UNPINS];
		flags &= ~TGM_LAUNDER;
	} else if (pinned) {
		fn = unpin_fns[c->right % (sizeof(unpin_fns) / sizeof(*unpin_fns))];
		if (hold->got.fn == TGM_memfd_pin_folios && c->number % 2)
			fn = TGM_unpin_folios;
	} else {
		fn = put_fns[c->right % (sizeof(put_fns) / sizeof(*put_fns))];
		/* Not for the last reference to a page that was in a mapping */
		if (fn == TGM___free_pages && worker->role == ROLE_CHURNER)
			fn = TGM_put_page;
	}

	mark_rightly(hold, &fn, &flags);

	fail_allocations(true);
	err = tgm_release(hold->fd, fn, flags, NULL);
	if (err == -EINVAL && fn == TGM___free_pages)
		err = tgm_release(hold->fd, TGM_put_page, flags, NULL);
	fail_allocations(false);
	if (!err && wrong)
		count_violations(pinned ? COUNT_PUT_ON_PIN : COUNT_UNPIN_ON_GET,
				 hold->got.ret);
	pthread_rwlock_unlock(&shared->lock);

	if (err)
		complain(worker, "%s() of %lld pages from %s(): the module said: %s",
			 tgm_release_names[fn], (long long)hold->got.ret,
			 tgm_acquire_names[hold->got.fn], strerror(-err));
	hold->busy = false;
}
