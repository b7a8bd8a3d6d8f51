/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what its KUnit tests share.
 *
 * Verdicts are seen through the trace event, which has the facts in fields,
 * rather than by reading the log. Tests that need references from
 * get_user_pages() in a view are skipped unless booted with gup_mirror=all.
 */
#ifndef _MM_GUP_MIRROR_TESTS_KUNIT_H
#define _MM_GUP_MIRROR_TESTS_KUNIT_H

#include <kunit/test.h>

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "../config.h"
#include "../faults.h"
#include "../hooks.h"
#include "../ledger.h"
#include "../outstanding.h"
#include "../places.h"
#include "../release.h"
#include "../reports.h"
#include "../views.h"

#define NR_PAGES	8

/* Violations that the calling task was caught at since the last check, and the
 * trace events that told of them.
 */
struct seen {
	struct task_struct *task;
	unsigned int nr;
	unsigned int events;
	const char *class;
	const char *acquired;
	const char *released;
	unsigned long site;
	unsigned long caller;
	unsigned long pfn;
};

extern struct seen seen;

int gup_mirror_kunit_suite_init(struct kunit_suite *suite);
void gup_mirror_kunit_suite_exit(struct kunit_suite *suite);
int gup_mirror_kunit_init(struct kunit *test);
void gup_mirror_kunit_exit(struct kunit *test);

/* A suite with these, which check after each test that nothing is left. */
#define GUP_MIRROR_KUNIT_SUITE(suite, text, cases)			\
static struct kunit_suite suite = {					\
	.name = text,							\
	.suite_init = gup_mirror_kunit_suite_init,			\
	.suite_exit = gup_mirror_kunit_suite_exit,			\
	.init = gup_mirror_kunit_init,					\
	.exit = gup_mirror_kunit_exit,					\
	.test_cases = cases,						\
}

/* What has to be the case for a test to make sense. */
void need_gets(struct kunit *test);
void need_puts(struct kunit *test);
void need_repair(struct kunit *test);
void need_stacks(struct kunit *test);

/* Verdicts */
void expect_silence(struct kunit *test);
void expect_violation(struct kunit *test, unsigned int nr, const char *class,
		      const char *acquired, const char *released,
		      unsigned long pfn);
/* Of the pin that pin() took: so many references are missing, and were repaired. */
void expect_put_on_pin(struct kunit *test, unsigned int nr, const char *released,
		       const struct page *page);
void expect_caller(struct kunit *test, unsigned int caller, const char *function);
void expect_class(struct kunit *test, unsigned int nr, const char *class);
void newest_record(struct kunit *test, struct gup_mirror_finding *finding);
depot_stack_handle_t acquired_stack(const struct gup_mirror_finding *finding);

/* Memory in the test's own address space */
unsigned long map_pages(struct kunit *test, unsigned int nr);
struct file *make_memfd(struct kunit *test);

/**
 * struct memory - memory of one sort
 * @name: of the sort
 * @map: map @nr pages, or what is needed for one large folio; returns the address
 * @nr: pages that can be pinned there
 * @large: they are one folio
 */
struct memory {
	const char *name;
	unsigned long (*map)(struct kunit *test);
	unsigned int nr;
	bool large;
};

#define NR_MEMORIES	3

/* For KUNIT_ARRAY_PARAM(memory, memories, describe_memory) */
extern const struct memory memories[NR_MEMORIES];
void describe_memory(const struct memory *memory, char *desc);

/* Sites; each is a function of its own, so that it is one site. */
void pin(struct kunit *test, unsigned long addr, struct page **pages, int nr);
void pin_elsewhere(struct kunit *test, unsigned long addr, struct page **pages,
		   int nr);
void pin_longterm(struct kunit *test, unsigned long addr, struct page **pages,
		  int nr);
void get(struct kunit *test, unsigned long addr, struct page **pages, int nr);
void pretend_pins(struct page **pages, unsigned int nr, unsigned long ip);
void pretend_pin(struct page **page, unsigned long ip);
void pretend_pin_to_write(struct page **page, unsigned long ip);

/* Pages and their references */
struct page *ordinary_page(struct kunit *test);
struct page *launder(struct page *page);
struct page *keep_page(struct kunit *test, unsigned long addr);
struct page *keep_memory(struct kunit *test, unsigned long *addr);
void wait_for_lru(struct kunit *test, struct page *page);

/**
 * struct refs - what is held on a folio
 * @refs: references
 * @pincount: of a large folio, pins; 0 for others
 */
struct refs {
	int refs;
	int pincount;
};

struct refs refs_of(const struct page *page);
void expect_refs(struct kunit *test, const struct page *page, struct refs refs);
/* As @refs, and so many pins. */
void expect_pinned(struct kunit *test, const struct page *page,
		   struct refs refs, int pins);

/* The ledger */
u64 hold_of(const struct page *page);
unsigned int pins_of(const struct page *page);
unsigned int extra_of(const struct page *page);

/* Whether pins were counted with the time that they were held is left open. */
#define NOT_TIMED	(-1)

/* The account of a site, as changes since it was last looked at. */
struct account {
	unsigned int view;
	long calls;
	long pages;
	long right;
	long laundered;
	long wrong;
	long held;
	long hold;
};

void account_begin(struct account *account, const struct page *page);
void expect_account(struct kunit *test, const struct account *account,
		    struct account change);

#define EXPECT_ACCOUNT(test, before, ...)				\
	expect_account(test, before, (struct account){ __VA_ARGS__ })

long pins_of_site(unsigned int view);
void no_memory(struct kunit *test);
void enough_memory(void *data);
void be_strict(struct kunit *test);

/* access.c, which is built in: what is not there for modules */
struct gup_mirror_entry *gup_mirror_kunit_entry(const struct folio *folio);
void gup_mirror_kunit_add_pin(struct folio *folio);
void gup_mirror_kunit_unmap(struct folio *folio);

#endif /* _MM_GUP_MIRROR_TESTS_KUNIT_H */
