// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: what its KUnit tests share. See gup_mirror_kunit.h.
 */

#include <kunit/test.h>

#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/gup_mirror.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/uaccess.h>

#include "../../internal.h"
#include "../compat.h"
#include "kunit.h"

#include <trace/events/gup_mirror.h>

struct seen seen;

static void probe(void *data, const char *class, unsigned long site,
		  const char *acquired, unsigned long caller,
		  const char *released, unsigned long pfn, unsigned long nr)
{
	if (current != seen.task)
		return;

	seen.nr += nr;
	seen.events++;
	seen.class = class;
	seen.acquired = acquired;
	seen.released = released;
	seen.site = site;
	seen.caller = caller;
	seen.pfn = pfn;
}

/* What there is in the ledger, when a test begins. */
static long pins_before;
static unsigned int shares_before;

static long all_pins(void)
{
	struct gup_mirror_held held = { };

	gup_mirror_walk(&held);
	return held.sum.pins;
}

/* Pins that a site holds now. */
long pins_of_site(unsigned int view)
{
	unsigned long *held = kvcalloc(gup_mirror_nr_views(), sizeof(*held), GFP_KERNEL);
	long pins;

	if (!held)
		return -ENOMEM;
	gup_mirror_held_by_sites(held);
	pins = held[view];
	kvfree(held);
	return pins;
}

void enough_memory(void *data)
{
	WRITE_ONCE(gup_mirror_out_of_memory, false);
}

/* From here to the end of the test, or to enough_memory(). */
void no_memory(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, enough_memory, NULL));
	WRITE_ONCE(gup_mirror_out_of_memory, true);
}

static void not_strict(void *data)
{
	WRITE_ONCE(gup_mirror_strict, false);
}

/* From here to the end of the test. */
void be_strict(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, not_strict, NULL));
	WRITE_ONCE(gup_mirror_strict, true);
}

int gup_mirror_kunit_suite_init(struct kunit_suite *suite)
{
	WRITE_ONCE(gup_mirror_expected, true);
	return register_trace_gup_mirror_violation(probe, NULL);
}

void gup_mirror_kunit_suite_exit(struct kunit_suite *suite)
{
	unregister_trace_gup_mirror_violation(probe, NULL);
	tracepoint_synchronize_unregister();
	WRITE_ONCE(gup_mirror_expected, false);
}

int gup_mirror_kunit_init(struct kunit *test)
{
	if (gup_mirror_config.mode == GUP_MIRROR_MODE_OFF)
		kunit_skip(test, "the layer is off, boot with gup_mirror=all");

	/* Room for the records of this test. */
	gup_mirror_violations_clear();
	memset(&seen, 0, sizeof(seen));
	seen.task = current;
	pins_before = all_pins();
	shares_before = gup_mirror_shares_used(GUP_MIRROR_KIND_PIN);
	return 0;
}

/* Whatever a test does, it leaves nothing, and was told of all it was seen at. */
void gup_mirror_kunit_exit(struct kunit *test)
{
	if (!seen.task)
		return;

	KUNIT_EXPECT_EQ(test, seen.nr, 0);
	KUNIT_EXPECT_EQ(test, all_pins(), pins_before);
	KUNIT_EXPECT_EQ(test, gup_mirror_shares_used(GUP_MIRROR_KIND_PIN), shares_before);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&gup_mirror_faults), 0);
	seen.task = NULL;
}

void need_gets(struct kunit *test)
{
	if (gup_mirror_config.mode != GUP_MIRROR_MODE_ALL)
		kunit_skip(test, "needs gup_mirror=all");
}

void need_puts(struct kunit *test)
{
	need_repair(test);
	if (!static_key_enabled(&gup_mirror_puts_key))
		kunit_skip(test, "boot with gup_mirror=all or the word puts");
}

void need_repair(struct kunit *test)
{
	if (!gup_mirror_config.repair)
		kunit_skip(test, "booted with norepair");
}

void need_stacks(struct kunit *test)
{
	if (!gup_mirror_config.stacks)
		kunit_skip(test, "booted with nostacks");
}

void expect_silence(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, seen.nr, 0);
}

/* Expect @nr violations since the last check, the last of them as given. */
void expect_violation(struct kunit *test, unsigned int nr, const char *class,
		      const char *acquired, const char *released,
		      unsigned long pfn)
{
	KUNIT_EXPECT_EQ(test, seen.nr, nr);
	KUNIT_EXPECT_STREQ(test, seen.class, class);
	KUNIT_EXPECT_STREQ(test, seen.acquired, acquired);
	KUNIT_EXPECT_STREQ(test, seen.released, released);
	KUNIT_EXPECT_EQ(test, seen.pfn, pfn);
	if (IS_MODULE(CONFIG_GUP_MIRROR_KUNIT_TEST) && seen.nr) {
		if (strcmp(acquired, "none"))
			KUNIT_EXPECT_TRUE(test, within_module(seen.site,
							      THIS_MODULE));
		if (strcmp(released, "none"))
			KUNIT_EXPECT_TRUE(test, within_module(seen.caller,
							      THIS_MODULE));
	}
	seen.nr = 0;
}

/* As expect_violation(), where only the class is of interest. */
void expect_class(struct kunit *test, unsigned int nr, const char *class)
{
	KUNIT_EXPECT_EQ(test, seen.nr, nr);
	if (seen.nr)
		KUNIT_EXPECT_STREQ(test, seen.class, class);
	seen.nr = 0;
}

/* The newest record, which is that of the last violation that was a new one. */
void newest_record(struct kunit *test, struct gup_mirror_finding *finding)
{
	unsigned int i = 0;

	while (gup_mirror_violation_at(i, finding))
		i++;
	KUNIT_ASSERT_GT(test, i, 0);
}

/* The stack of the one who is named first. */
depot_stack_handle_t acquired_stack(const struct gup_mirror_finding *finding)
{
	return finding->nr_holders ? finding->holders[0].stack : 0;
}

void expect_put_on_pin(struct kunit *test, unsigned int nr, const char *released,
		       const struct page *page)
{
	struct gup_mirror_finding finding;

	newest_record(test, &finding);
	KUNIT_EXPECT_TRUE(test, finding.repaired);
	KUNIT_EXPECT_EQ(test, finding.missing, nr);
	expect_violation(test, nr, "put-on-pin", "pin_user_pages_fast", released,
			 page_to_pfn(&page_folio(page)->page));
}

/* Is that the function which called? */
void expect_caller(struct kunit *test, unsigned int caller, const char *function)
{
	char name[GUP_MIRROR_NAME_LEN];

	KUNIT_ASSERT_NE(test, caller, GUP_MIRROR_NO_CALLER);
	scnprintf(name, sizeof(name), "%ps",
		  (void *)gup_mirror_caller(caller)->place.ip);
	name[strcspn(name, ". ")] = '\0';
	KUNIT_EXPECT_STREQ(test, name, function);
}

static unsigned long map_file(struct kunit *test, struct file *file,
			      unsigned long size, unsigned long flags)
{
	unsigned long addr;

	addr = kunit_vm_mmap(test, file, 0, size, PROT_READ | PROT_WRITE,
			     flags, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)addr));
	return addr;
}

static void touch(struct kunit *test, unsigned long addr, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		KUNIT_ASSERT_EQ(test, 0,
				put_user(i, (int __user *)(addr +
							   i * PAGE_SIZE)));
}

/* Map memory in the test's own address space, with pages behind it. */
unsigned long map_pages(struct kunit *test, unsigned int nr)
{
	unsigned long addr = map_file(test, NULL, nr * PAGE_SIZE,
				      MAP_ANONYMOUS | MAP_PRIVATE);

	touch(test, addr, nr);
	return addr;
}

static unsigned long map_small(struct kunit *test)
{
	return map_pages(test, NR_PAGES);
}

static unsigned long map_huge(struct kunit *test)
{
	unsigned long addr;
	struct page *page;
	bool huge;

	addr = map_file(test, NULL, 2 * PMD_SIZE, MAP_ANONYMOUS | MAP_PRIVATE);
	addr = ALIGN(addr, PMD_SIZE);
	touch(test, addr, 1);

	KUNIT_ASSERT_EQ(test, 1, get_user_pages_fast(addr, 1, FOLL_WRITE, &page));
	huge = folio_nr_pages(page_folio(page)) >= NR_PAGES;
	put_page(page);
	if (!huge)
		kunit_skip(test, "got no huge page, boot with transparent_hugepage=always");
	return addr;
}

static void put_file(void *file)
{
	fput(file);
}

struct file *make_memfd(struct kunit *test)
{
#ifdef EMPTY_VMA_FLAGS
	vma_flags_t flags = mk_vma_flags(VMA_NORESERVE_BIT);
#else
	unsigned long flags = VM_NORESERVE;
#endif
	struct file *file = shmem_file_setup("gup_mirror_kunit",
					     NR_PAGES * PAGE_SIZE, flags);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_file, file));
	return file;
}

static unsigned long map_shmem(struct kunit *test)
{
	struct file *file = make_memfd(test);
	unsigned long addr;

	addr = map_file(test, file, NR_PAGES * PAGE_SIZE, MAP_SHARED);
	touch(test, addr, NR_PAGES);
	return addr;
}

/* Pages of hugetlb need a pool that has some: see the kselftests. */
const struct memory memories[NR_MEMORIES] = {
	{ "order-0", map_small, NR_PAGES, false },
	{ "THP", map_huge, NR_PAGES, true },
	{ "shmem", map_shmem, NR_PAGES, false },
};

void describe_memory(const struct memory *memory, char *desc)
{
	strscpy(desc, memory->name, KUNIT_PARAM_DESC_SIZE);
}

noinline void pin(struct kunit *test, unsigned long addr, struct page **pages,
		  int nr)
{
	KUNIT_ASSERT_EQ(test, nr,
			pin_user_pages_fast(addr, nr, FOLL_WRITE, pages));
}

noinline void pin_elsewhere(struct kunit *test, unsigned long addr,
			    struct page **pages, int nr)
{
	KUNIT_ASSERT_EQ(test, nr,
			pin_user_pages_fast(addr, nr, FOLL_WRITE, pages));
}

noinline void pin_longterm(struct kunit *test, unsigned long addr,
			   struct page **pages, int nr)
{
	KUNIT_ASSERT_EQ(test, nr,
			pin_user_pages_fast(addr, nr, FOLL_WRITE | FOLL_LONGTERM,
					    pages));
}

noinline void get(struct kunit *test, unsigned long addr, struct page **pages,
		  int nr)
{
	KUNIT_ASSERT_EQ(test, nr,
			get_user_pages_fast(addr, nr, FOLL_WRITE, pages));
}

static void pretend(struct page **pages, unsigned int nr, unsigned int gup_flags,
		    unsigned long ip)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		pages[i] = gup_mirror_canonical(pages[i]);
		if (folio_test_large(folio)) {
			folio_ref_add(folio, 1);
			atomic_inc(&folio->_pincount);
		} else {
			folio_ref_add(folio, GUP_PIN_COUNTING_BIAS);
		}
	}
	__gup_mirror_acquired("pin_user_pages", pages, gup_flags, nr, ip);
}

/* Take pins as GUP does, for memory that it cannot find, or from any site. */
void pretend_pins(struct page **pages, unsigned int nr, unsigned long ip)
{
	pretend(pages, nr, FOLL_PIN, ip);
}

/* The same of one page. */
void pretend_pin(struct page **page, unsigned long ip)
{
	pretend(page, 1, FOLL_PIN, ip);
}

/* The same for memory that is in no slab: a file may be looked for. */
void pretend_pin_to_write(struct page **page, unsigned long ip)
{
	pretend(page, 1, FOLL_PIN | FOLL_WRITE, ip);
}

/* A page with a place in the memmap. @test itself is on a stack, and has none. */
struct page *ordinary_page(struct kunit *test)
{
	void *object = kunit_kzalloc(test, sizeof(long), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, object);
	return virt_to_page(object);
}

struct page *launder(struct page *page)
{
	return pfn_to_page(page_to_pfn(page));
}

/*
 * A fresh page is held by a per-CPU batch on its way to the LRU. Push it out, so
 * that references can be counted. The batch may be that of a CPU on which the test
 * no longer runs: try them in turn.
 */
void wait_for_lru(struct kunit *test, struct page *page)
{
	unsigned int tries, cpu;

	for (tries = 0; tries < 100 && !PageLRU(compound_head(page)); tries++) {
		cpu = cpumask_nth(tries % num_online_cpus(), cpu_online_mask);
		set_cpus_allowed_ptr(current, cpumask_of(cpu));
		map_pages(test, FOLIO_BATCH_SIZE);
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	KUNIT_ASSERT_TRUE(test, PageLRU(compound_head(page)));
}

/*
 * The page at @addr, by a canonical pointer. It is mapped until the test has ended,
 * and has no reference that nobody could explain.
 */
struct page *keep_page(struct kunit *test, unsigned long addr)
{
	struct page *page;

	get(test, addr, &page, 1);
	wait_for_lru(test, page);
	put_page(page);
	return gup_mirror_canonical(page);
}

/* The same, of memory of the sort that the test is about. */
struct page *keep_memory(struct kunit *test, unsigned long *addr)
{
	const struct memory *memory = test->param_value;

	*addr = memory->map(test);
	return keep_page(test, *addr);
}

struct refs refs_of(const struct page *page)
{
	const struct folio *folio = page_folio(page);

	return (struct refs) {
		.refs = folio_ref_count(folio),
		.pincount = folio_test_large(folio) ?
			    atomic_read(&folio->_pincount) : 0,
	};
}

void expect_refs(struct kunit *test, const struct page *page, struct refs refs)
{
	expect_pinned(test, page, refs, 0);
}

void expect_pinned(struct kunit *test, const struct page *page,
		   struct refs refs, int pins)
{
	struct refs now = refs_of(page);

	if (folio_test_large(page_folio(page))) {
		KUNIT_EXPECT_EQ(test, now.refs, refs.refs + pins);
		KUNIT_EXPECT_EQ(test, now.pincount, refs.pincount + pins);
	} else {
		KUNIT_EXPECT_EQ(test, now.refs,
				refs.refs + pins * GUP_PIN_COUNTING_BIAS);
	}
	KUNIT_EXPECT_EQ(test, pins_of(page), pins);
}

u64 hold_of(const struct page *page)
{
	return gup_mirror_hold(gup_mirror_kunit_entry(page_folio(page)));
}

unsigned int pins_of(const struct page *page)
{
	return GUP_MIRROR_HOLD_PINS(hold_of(page));
}

unsigned int extra_of(const struct page *page)
{
	return GUP_MIRROR_HOLD_EXTRA(hold_of(page));
}

static struct account account_of(unsigned int view)
{
	const struct gup_mirror_site *site = gup_mirror_site(view);
	struct account account = {
		.view = view,
		.calls = gup_mirror_counted(site, GUP_MIRROR_CALLS),
		.pages = gup_mirror_counted(site, GUP_MIRROR_PAGES),
		.right = gup_mirror_counted(site, GUP_MIRROR_RIGHT),
		.laundered = gup_mirror_counted(site, GUP_MIRROR_LAUNDERED),
		.wrong = atomic_long_read(&site->wrong),
		.held = pins_of_site(view),
	};
	unsigned int i;

	for (i = 0; i < GUP_MIRROR_HOLD_BUCKETS; i++)
		account.hold += gup_mirror_counted(site, GUP_MIRROR_HOLD + i);
	return account;
}

/* Remember the account of the site that @page comes from. */
void account_begin(struct account *account, const struct page *page)
{
	*account = account_of(gup_mirror_view_of(page));
}

/* Expect that it has changed as given since. */
void expect_account(struct kunit *test, const struct account *account,
		    struct account change)
{
	struct account now = account_of(account->view);

	KUNIT_EXPECT_EQ(test, now.calls - account->calls, change.calls);
	KUNIT_EXPECT_EQ(test, now.pages - account->pages, change.pages);
	KUNIT_EXPECT_EQ(test, now.right - account->right, change.right);
	KUNIT_EXPECT_EQ(test, now.laundered - account->laundered,
			change.laundered);
	KUNIT_EXPECT_EQ(test, now.wrong - account->wrong, change.wrong);
	KUNIT_EXPECT_EQ(test, now.held - account->held, change.held);
	if (change.hold != NOT_TIMED)
		KUNIT_EXPECT_EQ(test, now.hold - account->hold, change.hold);
}

/* MODULE_IMPORT_NS() wants a string, or does not, as of the version. */
MODULE_INFO(import_ns, "EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("KUnit tests for GUP mirror");
MODULE_LICENSE("GPL");
