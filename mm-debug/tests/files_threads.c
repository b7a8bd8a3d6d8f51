// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: a KUnit test of threads that pin pages of a file, of one that writes
 * them back, and of one that stores to them, all at the same time.
 *
 * Under the lock of a folio that is pinned for writing, two things hold, whoever came
 * first: if it is clean, it is marked as cleaned; and if it is marked, it was cleaned
 * since it was pinned. Nothing is lost: only processors write to the pages.
 */

#include <kunit/test.h>

#include <linux/array_size.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/gup_mirror.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "file_system.h"
#include "kunit.h"

#define NR_PINNERS	2
#define NR_ROUNDS	1000
/* Pages that each of them has for itself; the others are for both. */
#define OWN_PAGES	2

/**
 * struct crew - threads that work on the pages of one file
 * @mm: where they are mapped
 * @addr: the address there
 * @cleans: how often each was cleaned; changes under the lock of its folio
 * @turns: how often the one that writes back has gone on to the next page
 * @at_work: pinners that have not finished
 */
struct crew {
	struct mm_struct *mm;
	unsigned long addr;
	unsigned long cleans[NR_PAGES];
	unsigned long turns;
	atomic_t at_work;
};

/**
 * struct job - what one of them does
 * @crew: the others
 * @go: what it does
 * @number: of the thread
 * @done: closed when the thread has ended
 * @marked: rounds in which the folio was marked as cleaned
 * @missed: rounds in which it was clean, and not marked
 * @invented: rounds in which it was marked, and had not been cleaned
 * @failed: calls of GUP, or stores, that failed
 */
struct job {
	struct crew *crew;
	void (*go)(struct job *job);
	unsigned int number;
	struct completion done;
	unsigned long marked;
	unsigned long missed;
	unsigned long invented;
	unsigned long failed;
};

static bool store(struct job *job, unsigned int nth)
{
	int __user *at = (int __user *)(job->crew->addr + nth * PAGE_SIZE);

	return !put_user(job->number, at);
}

/* What holds while a pin is there, which was taken after @cleans were counted. */
static void look_at(struct job *job, struct page *page, unsigned int nth,
		    unsigned long cleans)
{
	struct folio *folio = page_folio(page);
	bool marked;

	folio_lock(folio);
	marked = hold_of(page) & GUP_MIRROR_HOLD_CLEANED;
	job->marked += marked;
	job->missed += !marked && !folio_test_dirty(folio);
	job->invented += marked && nth < NR_PINNERS * OWN_PAGES &&
			 job->crew->cleans[nth] == cleans;
	folio_unlock(folio);
}

/* Until each page was looked at by the one that writes back. */
static void wait_for_writeback(const struct crew *crew)
{
	unsigned long turns = READ_ONCE(crew->turns);

	while (READ_ONCE(crew->turns) - turns <= NR_PAGES && atomic_read(&crew->at_work) > 0)
		schedule_timeout_uninterruptible(1);
}

static void pin_and_look(struct job *job)
{
	struct crew *crew = job->crew;
	struct page *page;
	unsigned int round, nth, i;
	unsigned long cleans;

	for (round = 0; round < NR_ROUNDS; round++) {
		nth = round % (2 * OWN_PAGES);
		nth = nth < OWN_PAGES ? job->number * OWN_PAGES + nth :
					NR_PAGES - 1 - nth % OWN_PAGES;
		cleans = READ_ONCE(crew->cleans[nth]);
		if (pin_user_pages_fast(crew->addr + nth * PAGE_SIZE, 1, FOLL_WRITE,
					&page) != 1) {
			job->failed++;
			continue;
		}
		if (round % 4 == 3)
			wait_for_writeback(crew);
		for (i = 0; i < round % 5; i++)
			cond_resched();
		look_at(job, page, nth, cleans);
		if (round % 3 == 0)
			job->failed += !store(job, nth);
		if (round % 7 == 0)
			look_at(job, page, nth, cleans);
		if (round % 2)
			unpin_user_page(page);
		else
			unpin_user_pages_dirty_lock(&page, 1, true);
	}
	atomic_dec(&crew->at_work);
}

static void clean(struct job *job)
{
	struct crew *crew = job->crew;
	struct page *page;
	unsigned int nth;

	for (nth = 0; atomic_read(&crew->at_work) > 0; nth = (nth + 1) % NR_PAGES) {
		struct folio *folio;

		WRITE_ONCE(crew->turns, crew->turns + 1);
		if (get_user_pages_fast(crew->addr + nth * PAGE_SIZE, 1, 0, &page) != 1) {
			job->failed++;
			continue;
		}
		folio = page_folio(page);
		folio_lock(folio);
		if (folio_clear_dirty_for_io(folio)) {
			WRITE_ONCE(crew->cleans[nth], crew->cleans[nth] + 1);
			folio_start_writeback(folio);
			folio_unlock(folio);
			folio_end_writeback(folio);
		} else {
			folio_unlock(folio);
		}
		put_page(page);
		cond_resched();
	}
}

static void store_all(struct job *job)
{
	unsigned int nth;

	for (nth = 0; atomic_read(&job->crew->at_work) > 0; nth = (nth + 1) % NR_PAGES) {
		job->failed += !store(job, nth);
		cond_resched();
	}
}

static int work(void *data)
{
	struct job *job = data;

	kthread_use_mm(job->crew->mm);
	job->go(job);
	kthread_unuse_mm(job->crew->mm);
	complete(&job->done);
	return 0;
}

static void test_at_once(struct kunit *test)
{
	static void (* const parts[])(struct job *job) = {
		pin_and_look, pin_and_look, clean, store_all,
	};
	struct job jobs[ARRAY_SIZE(parts)] = { }, sum = { };
	struct crew crew = { .at_work = ATOMIC_INIT(NR_PINNERS) };
	unsigned int i, nr = 0;

	crew.addr = map_file_shared(test, make_file(test));
	crew.mm = current->mm;
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		struct task_struct *thread;

		jobs[i].crew = &crew;
		jobs[i].go = parts[i];
		jobs[i].number = i;
		init_completion(&jobs[i].done);
		thread = kthread_run(work, &jobs[i], "gup_mirror_crew/%u", i);
		if (IS_ERR(thread)) {
			atomic_set(&crew.at_work, 0);
			break;
		}
		nr++;
	}
	for (i = 0; i < nr; i++) {
		wait_for_completion(&jobs[i].done);
		sum.marked += jobs[i].marked;
		sum.missed += jobs[i].missed;
		sum.invented += jobs[i].invented;
		sum.failed += jobs[i].failed;
	}
	kunit_info(test, "%lu of %u rounds on a folio that was cleaned\n", sum.marked,
		   NR_PINNERS * NR_ROUNDS);
	KUNIT_EXPECT_EQ(test, nr, ARRAY_SIZE(parts));
	KUNIT_EXPECT_EQ(test, sum.failed, 0);
	/* Some have waited for that. */
	KUNIT_EXPECT_GT(test, sum.marked, 0);
	KUNIT_EXPECT_EQ(test, sum.missed, 0);
	KUNIT_EXPECT_EQ(test, sum.invented, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_counts[GUP_MIRROR_LOST_WRITE]), 0);
	expect_silence(test);
}

static int test_init(struct kunit *test)
{
	if (!gup_mirror_config.files)
		kunit_skip(test, "files are not looked at, boot with gup_mirror=all");
	return gup_mirror_kunit_init(test);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_SLOW(test_at_once),
	{}
};

static struct kunit_suite files_threads_suite = {
	.name = "gup_mirror_files_threads",
	.suite_init = gup_mirror_kunit_suite_init,
	.suite_exit = gup_mirror_kunit_suite_exit,
	.init = test_init,
	.exit = gup_mirror_kunit_exit,
	.test_cases = cases,
};

kunit_test_suite(files_threads_suite);
