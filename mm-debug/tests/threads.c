// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: KUnit tests of several threads that pin and release the same
 * folios. No result depends on who comes first.
 */

#include <kunit/test.h>

#include <linux/completion.h>
#include <linux/err.h>
#include <linux/gup_mirror.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "kunit.h"

#define NR_THREADS	4
#define NR_ROUNDS	400

struct job;

/**
 * struct crew - threads that work on the same pages
 * @go: when they begin
 * @mm: where the pages are
 * @addr: the address there
 * @release: releases what was pinned, right or wrong, in a round
 */
struct crew {
	struct completion go;
	struct mm_struct *mm;
	unsigned long addr;
	void (*release)(struct job *job, struct page **pages, unsigned int round);
};

/**
 * struct job - what one of them does
 * @crew: the others
 * @number: of the thread
 * @done: closed when the thread has ended
 * @pinned: pins it took
 * @released: pins it gave back, or tried to
 * @put: pins that it put
 * @failed: calls of GUP that failed
 */
struct job {
	struct crew *crew;
	unsigned int number;
	struct completion done;
	unsigned long pinned;
	unsigned long released;
	unsigned long put;
	unsigned long failed;
};

static noinline int pin_here(unsigned long addr, struct page **pages)
{
	int ret = pin_user_pages_fast(addr, NR_PAGES, FOLL_WRITE, pages);

	barrier();
	return ret;
}

static noinline int pin_there(unsigned long addr, struct page **pages)
{
	int ret = pin_user_pages_fast(addr, NR_PAGES, 0, pages);

	barrier();
	return ret;
}

static int work(void *data)
{
	struct job *job = data;
	struct crew *crew = job->crew;
	struct page *pages[NR_PAGES];
	unsigned int round;
	int nr;

	kthread_use_mm(crew->mm);
	wait_for_completion(&crew->go);
	for (round = 0; round < NR_ROUNDS; round++) {
		nr = job->number % 2 ? pin_there(crew->addr, pages) :
				       pin_here(crew->addr, pages);
		if (nr != NR_PAGES) {
			job->failed++;
			if (nr > 0)
				unpin_user_pages(pages, nr);
			continue;
		}
		job->pinned += NR_PAGES;
		crew->release(job, pages, round);
		cond_resched();
	}
	kthread_unuse_mm(crew->mm);
	complete(&job->done);
	return 0;
}

/* Sums of all jobs. */
static struct job let_work(struct kunit *test, unsigned long addr,
			   void (*release)(struct job *job, struct page **pages,
					   unsigned int round))
{
	struct crew crew = {
		.mm = current->mm,
		.addr = addr,
		.release = release,
	};
	struct job sum = { }, *jobs;
	unsigned int i, nr = 0;

	jobs = kunit_kcalloc(test, NR_THREADS, sizeof(*jobs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, jobs);
	init_completion(&crew.go);
	for (i = 0; i < NR_THREADS; i++) {
		struct task_struct *thread;

		jobs[i].crew = &crew;
		jobs[i].number = i;
		init_completion(&jobs[i].done);
		thread = kthread_run(work, &jobs[i], "gup_mirror_crew/%u", i);
		if (IS_ERR(thread))
			break;
		nr++;
	}
	complete_all(&crew.go);
	for (i = 0; i < nr; i++) {
		wait_for_completion(&jobs[i].done);
		sum.pinned += jobs[i].pinned;
		sum.released += jobs[i].released;
		sum.put += jobs[i].put;
		sum.failed += jobs[i].failed;
	}
	KUNIT_EXPECT_EQ(test, nr, NR_THREADS);
	KUNIT_EXPECT_EQ(test, sum.failed, 0);
	KUNIT_EXPECT_EQ(test, sum.pinned,
			(unsigned long)NR_THREADS * NR_ROUNDS * NR_PAGES);
	return sum;
}

/* The folios, with what is held on them before. */
struct folios {
	unsigned long addr;
	struct page *pages[NR_PAGES];
	struct refs refs[NR_PAGES];
	long counts[GUP_MIRROR_NR_CLASSES];
};

static struct folios folios_of(struct kunit *test)
{
	const struct memory *memory = test->param_value;
	struct folios folios = { .addr = memory->map(test) };
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		folios.pages[i] = keep_page(test, folios.addr + i * PAGE_SIZE);
	for (i = 0; i < NR_PAGES; i++)
		folios.refs[i] = refs_of(folios.pages[i]);
	for (i = 0; i < GUP_MIRROR_NR_CLASSES; i++)
		folios.counts[i] = atomic_long_read(&gup_mirror_counts[i]);
	return folios;
}

/* Violations of a class since. */
static long count_of(const struct folios *folios, enum gup_mirror_class class)
{
	return atomic_long_read(&gup_mirror_counts[class]) -
	       folios->counts[class];
}

static void expect_all_back(struct kunit *test, const struct folios *folios)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		expect_refs(test, folios->pages[i], folios->refs[i]);
}

/* Half of the pages are put. */
static void put_half(struct job *job, struct page **pages, unsigned int round)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		if ((i + round) % 2) {
			put_page(pages[i]);
			job->put++;
		} else {
			unpin_user_page(pages[i]);
		}
	}
}

static void test_put_on_pin(struct kunit *test)
{
	struct folios folios;
	struct job sum;

	need_repair(test);
	/*
	 * GUP that is preempted has taken references that are in no entry yet. So
	 * a put of another thread would only be possibly wrong.
	 */
	be_strict(test);
	folios = folios_of(test);
	sum = let_work(test, folios.addr, put_half);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_PUT_ON_PIN), sum.put);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_DOUBLE_UNPIN), 0);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_UNPIN_UNPINNED), 0);
	expect_all_back(test, &folios);
}

/* Half of the rounds release all pages twice. */
static void unpin_twice(struct job *job, struct page **pages, unsigned int round)
{
	unpin_user_pages(pages, NR_PAGES);
	job->released += NR_PAGES;
	if (round % 2) {
		unpin_user_pages(pages, NR_PAGES);
		job->released += NR_PAGES;
	}
}

static void test_double_unpin(struct kunit *test)
{
	struct folios folios;
	struct job sum;

	need_repair(test);
	folios = folios_of(test);
	sum = let_work(test, folios.addr, unpin_twice);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_DOUBLE_UNPIN),
			sum.released - sum.pinned);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_PUT_ON_PIN), 0);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_UNPIN_UNPINNED), 0);
	expect_all_back(test, &folios);
}

/* All are right, and half of them laundered. */
static void unpin_some_laundered(struct job *job, struct page **pages,
				 unsigned int round)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		if ((i + round) % 2)
			unpin_user_page(launder(pages[i]));
		else
			unpin_user_page(pages[i]);
	}
}

static void test_two_sites(struct kunit *test)
{
	struct folios folios = folios_of(test);

	let_work(test, folios.addr, unpin_some_laundered);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_DOUBLE_UNPIN), 0);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_UNPIN_UNPINNED), 0);
	expect_all_back(test, &folios);
}

/* Everything at once: each release takes a pin, or is counted. */
static void release_any_way(struct job *job, struct page **pages,
			    unsigned int round)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		switch ((i + round) % 4) {
		case 0:
			unpin_user_page(pages[i]);
			break;
		case 1:
			unpin_user_page(launder(pages[i]));
			break;
		case 2:
			unpin_user_page(pages[i]);
			unpin_user_page(launder(pages[i]));
			job->released++;
			break;
		default:
			unpin_user_folio(page_folio(pages[i]), 1);
			unpin_user_page(pages[i]);
			job->released++;
		}
		job->released++;
	}
}

static void test_any_way(struct kunit *test)
{
	struct folios folios;
	struct job sum;

	need_repair(test);
	folios = folios_of(test);
	sum = let_work(test, folios.addr, release_any_way);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_DOUBLE_UNPIN) +
			      count_of(&folios, GUP_MIRROR_UNPIN_UNPINNED),
			sum.released - sum.pinned);
	expect_all_back(test, &folios);
}

/*
 * Puts and double unpins together. A put that finds no pin is that of a plain
 * reference, so a reference is there for each: none may be lost, or left.
 */
static void put_and_unpin_twice(struct job *job, struct page **pages,
				unsigned int round)
{
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		if ((i + round) % 2) {
			get_page(launder(pages[i]));
			unpin_user_page(pages[i]);
			put_page(pages[i]);
			job->put++;
		} else {
			unpin_user_page(pages[i]);
		}
	}
}

static void test_put_of_either(struct kunit *test)
{
	struct folios folios;
	unsigned int i;
	long missed = 0;
	struct job sum;

	need_repair(test);
	folios = folios_of(test);
	sum = let_work(test, folios.addr, put_and_unpin_twice);
	KUNIT_EXPECT_LE(test, count_of(&folios, GUP_MIRROR_PUT_ON_PIN), sum.put);
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_UNPIN_UNPINNED), 0);
	/* A put that took a pin left its reference, and a pin missing. */
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_PUT_ON_PIN),
			count_of(&folios, GUP_MIRROR_DOUBLE_UNPIN));
	for (i = 0; i < NR_PAGES; i++) {
		struct folio *folio = page_folio(folios.pages[i]);

		KUNIT_EXPECT_EQ(test, pins_of(folios.pages[i]), 0);
		if (folio_test_large(folio) && i)
			continue;
		missed += folio_ref_count(folio) - folios.refs[i].refs;
		folio_ref_sub(folio, folio_ref_count(folio) -
				     folios.refs[i].refs);
	}
	KUNIT_EXPECT_EQ(test, count_of(&folios, GUP_MIRROR_PUT_ON_PIN), missed);
	expect_all_back(test, &folios);
}

KUNIT_ARRAY_PARAM(memory, memories, describe_memory);

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(test_put_on_pin, memory_gen_params),
	KUNIT_CASE_PARAM(test_double_unpin, memory_gen_params),
	KUNIT_CASE_PARAM(test_two_sites, memory_gen_params),
	KUNIT_CASE_PARAM(test_any_way, memory_gen_params),
	KUNIT_CASE_PARAM(test_put_of_either, memory_gen_params),
	{}
};

GUP_MIRROR_KUNIT_SUITE(threads_suite, "gup_mirror_threads", cases);

kunit_test_suite(threads_suite);
