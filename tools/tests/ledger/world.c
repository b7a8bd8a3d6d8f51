// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel around the ledger. See world.h.
 */

#include <err.h>
#include <sys/mman.h>

#include "world.h"
#include "../../../mm-debug/explained.h"
#include "../../../mm-debug/faults.h"
#include "../../../mm-debug/files.h"
#include "../../../mm-debug/release.h"
#include "../../../mm-debug/suspects.h"

#define NR_VIEWS	(NR_SITES + 1)
#define NR_PAGES	PAGES_PER_SECTION
#define STRIDE		(NR_PAGES * sizeof(struct page))

struct page *vmemmap;
unsigned long max_pfn = NR_PAGES;
unsigned long subjects[NR_SUBJECTS];
bool world_poor;

struct gup_mirror_region gup_mirror_region;
struct gup_mirror_views gup_mirror_views;
struct gup_mirror_config gup_mirror_config = {
	.mode = GUP_MIRROR_MODE_PIN,
	.stacks = true,
	.repair = true,
};

bool gup_mirror_enabled = true;
bool gup_mirror_beyond_views;
unsigned int gup_mirror_longterm_ms = 10000;
bool gup_mirror_strict;
atomic_long_t gup_mirror_unmirrored;
atomic_long_t gup_mirror_counts_lost;
const char * const gup_mirror_kind_names[GUP_MIRROR_NR_KINDS] = { "pin", "get" };

static struct gup_mirror_counts counts[NR_VIEWS];
static struct gup_mirror_site sites[NR_VIEWS];
static struct gup_mirror_caller callers[GUP_MIRROR_MAX_CALLERS];

static struct {
	depot_stack_handle_t stack;
	unsigned int violations;
	struct gup_mirror_finding finding;
	/* Odd inside rcu_read_lock(). */
	unsigned int sections;
} tasks[MAX_TASKS];

/* The clock */

static u64 now_ns = NSEC_PER_MSEC;

u64 ktime_get_mono_fast_ns(void)
{
	return READ_ONCE(now_ns);
}

void world_pass_ms(u64 ms)
{
	__atomic_fetch_add(&now_ns, ms * NSEC_PER_MSEC, __ATOMIC_RELAXED);
}

/* RCU and work items */

void rcu_read_lock(void)
{
	__atomic_fetch_add(&tasks[task()].sections, 1, __ATOMIC_SEQ_CST);
}

void rcu_read_unlock(void)
{
	__atomic_fetch_add(&tasks[task()].sections, 1, __ATOMIC_SEQ_CST);
}

void synchronize_rcu(void)
{
	unsigned int i, was;

	for (i = 0; i < MAX_TASKS; i++) {
		was = __atomic_load_n(&tasks[i].sections, __ATOMIC_SEQ_CST);
		while (was % 2 && was == __atomic_load_n(&tasks[i].sections,
							 __ATOMIC_SEQ_CST))
			give_way();
	}
}

static struct work_struct *pending;

void schedule_work(struct work_struct *work)
{
	__atomic_store_n(&pending, work, __ATOMIC_RELEASE);
}

void world_work(void)
{
	struct work_struct *work = __atomic_exchange_n(&pending, NULL,
						       __ATOMIC_ACQ_REL);

	if (work)
		work->func(work);
}

/* Places */

unsigned int gup_mirror_site_view(const char *fn, enum gup_mirror_kind kind,
				  struct gup_mirror_origin *origin)
{
	return origin->ip;
}

struct gup_mirror_site *gup_mirror_sites = sites;

void gup_mirror_site_first_stack(struct gup_mirror_site *site,
				 depot_stack_handle_t stack)
{
}

depot_stack_handle_t gup_mirror_save_stack(struct gup_mirror_trace *trace,
					   struct gup_mirror_origin *origin)
{
	return tasks[task()].stack;
}

void gup_mirror_find_origin(struct gup_mirror_origin *origin)
{
}

unsigned int gup_mirror_find_caller(const char *fn, unsigned long ip)
{
	return ip % NR_CALLERS;
}

unsigned int gup_mirror_save_caller(const char *fn,
				    struct gup_mirror_origin *origin,
				    depot_stack_handle_t *stack)
{
	*stack = 1;
	return gup_mirror_find_caller(fn, origin->ip);
}

unsigned int gup_mirror_unknown_caller(void)
{
	return GUP_MIRROR_MAX_CALLERS - 1;
}

struct gup_mirror_caller *gup_mirror_caller(unsigned int number)
{
	return &callers[number];
}

u32 gup_mirror_generation(void)
{
	return 0;
}

bool gup_mirror_may_allocate(void)
{
	/* Now and then, the reserve has to do. */
	return !READ_ONCE(world_poor) || !one_in(4);
}

unsigned long gup_mirror_counted(const struct gup_mirror_site *site,
				 unsigned int counter)
{
	return READ_ONCE(site->counts->nr[counter]);
}

/* There are no files. */
void gup_mirror_check_dirty(const struct page *page, const struct folio *folio,
			    unsigned int caller, depot_stack_handle_t stack)
{
}

void gup_mirror_check_clean(struct folio *folio, struct gup_mirror_entry *entry,
			    unsigned int nr, unsigned int caller,
			    depot_stack_handle_t stack)
{
}

bool gup_mirror_on_file(const struct folio *folio)
{
	return false;
}

void gup_mirror_files_pinned(struct page **pages, unsigned long nr,
			     unsigned int view)
{
}

/* Nothing but pins explains a reference here. */
unsigned int gup_mirror_missing(struct gup_mirror_entry *entry,
				const struct folio *folio, unsigned int refs)
{
	return 0;
}

unsigned int gup_mirror_missing_now(struct gup_mirror_entry *entry,
				    const struct folio *folio, unsigned int own)
{
	return 0;
}

unsigned int gup_mirror_missing_any(const struct folio *folio, unsigned int refs)
{
	return 0;
}

unsigned long gup_mirror_surplus(const struct folio *folio, unsigned int own)
{
	return 0;
}

bool gup_mirror_leaves_more(const struct gup_mirror_entry *entry,
			    const struct folio *folio, unsigned int refs)
{
	return false;
}

void gup_mirror_look_for_loss(struct folio *folio, unsigned int refs)
{
}

/* No device has anything here. */
void gup_mirror_unpinned_mapped(const struct gup_mirror_settle *settle,
				const struct gup_mirror_entry *entry,
				unsigned int pins)
{
}

void gup_mirror_find_suspects(struct gup_mirror_finding *finding,
			      const struct gup_mirror_entry *entry,
			      unsigned long pfn)
{
}

int initcall_fill_at_boot(void);

/* What is reported */

void gup_mirror_violation(const struct gup_mirror_finding *finding)
{
	tasks[task()].violations++;
	tasks[task()].finding = *finding;
}

unsigned int world_violations(void)
{
	return tasks[task()].violations;
}

unsigned int world_all_violations(void)
{
	unsigned int i, all = 0;

	for (i = 0; i < MAX_TASKS; i++)
		all += tasks[i].violations;
	return all;
}

const struct gup_mirror_finding *world_finding(void)
{
	return &tasks[task()].finding;
}

void gup_mirror_inconsistent(const char *what, unsigned long value)
{
	errx(2, "the layer has found a fault of its own: %s %lu", what, value);
}

/* Pages */

struct page *subject_page(unsigned int subject)
{
	return vmemmap + subjects[subject];
}

struct gup_mirror_entry *subject_entry(unsigned int subject)
{
	return gup_mirror_entry(subjects[subject]);
}

static void change_refs(struct folio *folio, int refs)
{
	__atomic_fetch_add(&folio->_refcount.counter, refs, __ATOMIC_SEQ_CST);
}

static void change_pins(struct folio *folio, int pins)
{
	if (folio_test_large(folio)) {
		change_refs(folio, pins);
		__atomic_fetch_add(&folio->_pincount.counter, pins,
				   __ATOMIC_SEQ_CST);
	} else {
		change_refs(folio, pins * (int)GUP_PIN_COUNTING_BIAS);
	}
	window();
}

bool subject_has_refs(unsigned int subject, unsigned int pins,
		      unsigned int others)
{
	const struct folio *folio = page_folio(subject_page(subject));
	int refs = folio_ref_count(folio);

	if (folio_test_large(folio))
		return atomic_read(&folio->_pincount) == (int)pins &&
		       refs == (int)(pins + others);
	return refs == (int)(pins * GUP_PIN_COUNTING_BIAS + others);
}

void subject_forget(unsigned int subject)
{
	struct gup_mirror_entry *entry = subject_entry(subject);
	struct folio *folio = page_folio(subject_page(subject));

	folio->_refcount.counter = OTHER_REFS;
	folio->_pincount.counter = 0;
	if (entry)
		*entry = (struct gup_mirror_entry) { };
	atomic_long_set(&gup_mirror_untracked_held, 0);
}

void gup_mirror_put(struct folio *folio, int refs, unsigned int flags)
{
	window();
	if (flags & FOLL_PIN)
		change_pins(folio, -refs);
	else
		change_refs(folio, -refs);
}

void world_pin(struct acquirer by, struct page **pages, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		change_pins(page_folio(pages[i]), 1);
	tasks[task()].stack = by.stack;
	__gup_mirror_acquired("pin_user_pages", pages, by.flags | FOLL_PIN, nr,
			      by.site);
}

void world_add_pin(struct acquirer by, struct page *page)
{
	struct folio *folio = page_folio(page);

	change_pins(folio, 1);
	tasks[task()].stack = by.stack;
	__gup_mirror_added_pins("folio_add_pin", folio, 1, by.site);
}

unsigned int group_of(struct acquirer by)
{
	return gup_mirror_find_group(by.site, by.flags, by.stack);
}

void world_unpin(unsigned int caller, struct page *page)
{
	__gup_mirror_unpin_pages("unpin_user_page", &page, 1, false, caller);
}

void world_folio_get(struct page *page)
{
	change_refs(page_folio(page), 1);
}

void world_get(struct page *page)
{
	world_folio_get(page);
	if (gup_mirror_is_pin_view(page))
		__gup_mirror_get_page(page);
}

void world_put(struct page *page)
{
	if (!gup_mirror_is_pin_view(page) || !__gup_mirror_put_page(page))
		change_refs(page_folio(page), -1);
}

static void make_folio(unsigned long pfn, unsigned int nr_pages)
{
	struct folio *folio = (struct folio *)pfn_to_page(pfn);
	unsigned int i;

	folio->nr_pages = nr_pages;
	folio->_refcount.counter = OTHER_REFS;
	for (i = 1; i < nr_pages; i++)
		(&folio->page)[i].compound_head = (unsigned long)folio + 1;
	if (nr_pages > 1)
		folio->flags |= BIT(PG_head);
}

/* The first bucket that has enough of them. */
static void find_subjects(void)
{
	struct gup_mirror_entry *entry;
	unsigned long first, pfn;
	unsigned int nr;

	for (first = 1; first < NR_PAGES; first++) {
		subjects[0] = first;
		nr = 1;
		entry = gup_mirror_make_entry(&gup_mirror_ledger, first);
		for (pfn = first + LARGE_PAGES; pfn < NR_PAGES; pfn++) {
			if (!same_bucket(entry, gup_mirror_make_entry(&gup_mirror_ledger,
								      pfn)))
				continue;
			subjects[nr++] = pfn;
			if (nr == NR_SUBJECTS)
				return;
		}
	}
	errx(2, "no %u folios are in one bucket", NR_SUBJECTS);
}

void world_init(void)
{
	unsigned long i;

	vmemmap = aligned_alloc(STRIDE, STRIDE);
	if (!vmemmap)
		err(2, "no memory");
	memset(vmemmap, 0, STRIDE);

	gup_mirror_views.nr[GUP_MIRROR_KIND_PIN] = NR_SITES;
	gup_mirror_views.nr[GUP_MIRROR_KIND_GET] = NR_VIEWS - NR_SITES;
	gup_mirror_views.shift = ilog2(STRIDE);
	gup_mirror_views.shown = STRIDE;
	gup_mirror_region.base = (unsigned long)vmemmap;
	gup_mirror_region.mask = STRIDE - 1;
	gup_mirror_region.pin_size = NR_SITES * STRIDE;
	/* Who looks through a view without need gets a fault. */
	gup_mirror_region.start =
		(unsigned long)mmap(NULL, NR_VIEWS * STRIDE, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (gup_mirror_region.start == (unsigned long)MAP_FAILED)
		err(2, "no addresses for views");
	gup_mirror_region.size = NR_VIEWS * STRIDE;

	for (i = 0; i < NR_VIEWS; i++)
		sites[i].counts = &counts[i];
	for (i = 0; i < GUP_MIRROR_MAX_CALLERS; i++)
		callers[i].view = GUP_MIRROR_NO_VIEW;
	if (gup_mirror_ledger_init() || gup_mirror_groups_init())
		errx(2, "the ledger does not start");
	initcall_fill_at_boot();

	for (i = 0; i < NR_PAGES; i++)
		make_folio(i, 1);
	find_subjects();
	make_folio(subjects[0], LARGE_PAGES);
}

void world_forget_chunks(void)
{
	unsigned long i;

	for (i = 0; i < NR_PAGES / GUP_MIRROR_CHUNK_ENTRIES; i++) {
		free(gup_mirror_ledger.root[i]);
		gup_mirror_ledger.root[i] = NULL;
	}
}
