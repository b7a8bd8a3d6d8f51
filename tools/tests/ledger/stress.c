// SPDX-License-Identifier: GPL-2.0
/*
 * Stress of the ledger: all that is right, at the same time, at random.
 *
 *	stress ROUNDS SEED
 *
 * Workers pin a few folios, take other references to them, and give all back.
 * Another task looks on, takes snapshots, and lets memory run out. When all rest,
 * with pins held and without, the ledger has to say what is true.
 */

#include <err.h>

#include "world.h"

#define NR_WORKERS	4
#define WATCHER		NR_WORKERS
#define NR_STACKS	3
#define MAX_HELD	24
#define OPERATIONS	8
#define WORKER_GROUPS	64

/* What is allowed in a round */
static struct {
	bool laundered;		/* pointers lose their view */
	bool added;		/* folio_add_pin() */
	bool poor;		/* there may be no memory */
	bool snapshots;
	bool fresh;		/* there are no chunks yet */
	unsigned int stacks;	/* of each site */
} mode;

struct pin {
	struct page *page;
	unsigned int subject;
	unsigned int site;
	unsigned int group;
};

static struct worker {
	struct pin pins[MAX_HELD];
	unsigned int nr;
	/* References through views: where the pointer of one pin still leads. */
	struct pin extra[MAX_HELD];
	unsigned int nr_extra;
	unsigned long released[NR_SITES];
} workers[NR_WORKERS];

static unsigned int rounds, this_round, deviations;
static u64 round_start;
static unsigned long lost_ages;

/* So many are told. */
#define MAX_TOLD	20

static bool deviates(void)
{
	if (__atomic_add_fetch(&deviations, 1, __ATOMIC_RELAXED) > MAX_TOLD)
		return false;
	printf("# round %u (%s%s%s%s%s%u stacks a site): ", this_round,
	       mode.laundered ? "laundered, " : "",
	       mode.added ? "added pins, " : "", mode.poor ? "no memory, " : "",
	       mode.snapshots ? "snapshots, " : "",
	       mode.fresh ? "no chunks, " : "", mode.stacks);
	return true;
}

#define wrong(...)							\
do {									\
	if (deviates()) {						\
		printf(__VA_ARGS__);					\
		puts("");						\
	}								\
} while (0)

/* Is it known whose pins are released, but for the stack? */
static bool exact(void)
{
	return !mode.laundered && !mode.poor;
}

/* What workers do */

static struct acquirer someone(void)
{
	unsigned int site = some(NR_SITES);

	return (struct acquirer) {
		.site = site,
		.stack = 1 + some(mode.stacks),
		/* Of one site, all are held for long. */
		.flags = site ? FOLL_WRITE : FOLL_WRITE | FOLL_LONGTERM,
	};
}

/* One call for a few pages, of one folio or of several. */
static void pin_some(struct worker *w)
{
	struct acquirer by = someone();
	unsigned int i, nr = 1 + some(4), subject[4];
	struct page *pages[4];

	if (w->nr + nr > MAX_HELD)
		return;
	for (i = 0; i < nr; i++) {
		subject[i] = i && one_in(2) ? subject[i - 1] : some(NR_SUBJECTS);
		pages[i] = subject_page(subject[i]);
		if (!subject[i])
			pages[i] += some(LARGE_PAGES);
	}
	world_pin(by, pages, nr);
	for (i = 0; i < nr; i++) {
		if (gup_mirror_view_of(pages[i]) != by.site)
			wrong("a page is not in the view of its site");
		w->pins[w->nr++] = (struct pin) {
			.page = pages[i],
			.subject = subject[i],
			.site = by.site,
			.group = group_of(by),
		};
	}
}

static struct pin take(struct pin *pins, unsigned int *nr)
{
	unsigned int i = some(*nr);
	struct pin pin = pins[i];

	pins[i] = pins[--*nr];
	return pin;
}

/* One call for a few pages, in whatever order, with holes. */
static void unpin_some(struct worker *w)
{
	unsigned int nr = 0, most = 1 + some(5), caller = some(NR_CALLERS);
	bool launder = mode.laundered && one_in(2);
	struct page *pages[6];
	struct folio *folio;
	struct pin pin;

	while (w->nr && nr < most) {
		if (one_in(6)) {
			pages[nr++] = NULL;
			continue;
		}
		pin = take(w->pins, &w->nr);
		w->released[pin.site]++;
		pages[nr++] = launder ? gup_mirror_canonical(pin.page) : pin.page;
	}
	if (launder && nr == 1 && pages[0]) {
		folio = page_folio(pages[0]);
		__gup_mirror_unpin_folio("unpin_user_folio", folio, 1, caller);
	} else {
		__gup_mirror_unpin_pages("unpin_user_pages", pages, nr, one_in(4),
					 caller);
	}
}

static void get_one(struct worker *w)
{
	struct pin *pin = &w->extra[w->nr_extra];

	/* A reference that was taken where there was no entry is not known. */
	if (!w->nr || w->nr_extra == MAX_HELD || mode.fresh)
		return;
	*pin = w->pins[some(w->nr)];
	world_get(pin->page);
	w->nr_extra++;
}

static void put_one(struct worker *w)
{
	if (w->nr_extra)
		world_put(take(w->extra, &w->nr_extra).page);
}

static void add_one(struct worker *w)
{
	struct acquirer by = { };
	struct pin pin;

	if (!mode.added || !w->nr || w->nr == MAX_HELD)
		return;
	pin = w->pins[some(w->nr)];
	by.site = pin.site;
	by.stack = 1 + some(mode.stacks);
	world_add_pin(by, pin.page);
	pin.group = group_of(by);
	w->pins[w->nr++] = pin;
}

static void work(struct worker *w)
{
	unsigned int i;

	for (i = 0; i < OPERATIONS; i++) {
		switch (some(8)) {
		case 0 ... 2:
			pin_some(w);
			break;
		case 3 ... 4:
			unpin_some(w);
			break;
		case 5:
			get_one(w);
			break;
		case 6:
			put_one(w);
			break;
		default:
			add_one(w);
		}
	}
}

static void give_all_back(struct worker *w)
{
	while (w->nr || w->nr_extra) {
		if (one_in(3))
			put_one(w);
		else
			unpin_some(w);
	}
}

/* What the watcher does */

static void look(void)
{
	struct gup_mirror_held held = { };
	unsigned int i;

	/* Whatever it says, it may be asked. */
	gup_mirror_shares_used(GUP_MIRROR_KIND_PIN);
	gup_mirror_walk(&held);
	if (held.lost)
		wrong("%lu folios have too few references", held.lost);
	for (i = 0; i < NR_SUBJECTS; i++) {
		if (subject_entry(i) && !shares_fit(subject_entry(i)))
			wrong("subject %u: the shares do not fit the entry", i);
	}
}

static void watch(void)
{
	unsigned int i;

	for (i = 0; i < OPERATIONS / 2; i++) {
		switch (some(5)) {
		case 0:
			world_pass_ms(1);
			break;
		case 1:
			if (mode.snapshots)
				gup_mirror_snapshot();
			break;
		case 2:
			WRITE_ONCE(gup_mirror_out_of_memory,
				   mode.poor && one_in(2));
			break;
		case 3:
			world_work();
			break;
		default:
			if (one_in(4))
				look();
		}
		give_way();
	}
}

/* What has to be true when all rest */

struct told {
	unsigned int by_group[WORKER_GROUPS];
	unsigned int by_site[NR_SITES];
	unsigned int pins;
	bool guessed;
};

static void count(struct told *told, unsigned int group, unsigned int site,
		  unsigned int pins)
{
	if (group >= WORKER_GROUPS || site >= NR_SITES)
		errx(2, "there is no group %u of site %u", group, site);
	told->by_group[group] += pins;
	told->by_site[site] += pins;
	told->pins += pins;
}

static void hear(unsigned long pfn, u64 hold, u64 since, void *data)
{
	unsigned int group = GUP_MIRROR_HOLD_GROUP(hold);
	struct told *told = data;

	count(told, group, gup_mirror_group(group)->view,
	      GUP_MIRROR_HOLD_PINS(hold));
	told->guessed |= !!(hold & GUP_MIRROR_HOLD_GUESSED);
	if (hold & GUP_MIRROR_HOLD_REPORTED)
		wrong("a holder is marked as reported");
	if (!since)
		lost_ages++;
	else if (since < round_start || since > gup_mirror_now())
		wrong("a pin came at %lu ns, and the round at %lu", since, round_start);
}

static unsigned int check_subject(unsigned int subject, unsigned int *held)
{
	struct gup_mirror_entry *entry = subject_entry(subject);
	struct told truth = { }, told = { };
	unsigned int i, j, others = OTHER_REFS;
	u64 hold = entry ? atomic64_read(&entry->hold) : 0;

	for (i = 0; i < NR_WORKERS; i++) {
		const struct worker *w = &workers[i];

		for (j = 0; j < w->nr; j++) {
			if (w->pins[j].subject == subject)
				count(&truth, w->pins[j].group, w->pins[j].site, 1);
		}
		for (j = 0; j < w->nr_extra; j++)
			others += w->extra[j].subject == subject;
	}
	*held += truth.pins;
	if (entry)
		gup_mirror_holders(entry, subjects[subject], hear, &told);

	if (told.pins != GUP_MIRROR_HOLD_PINS(hold))
		wrong("subject %u: holders have %u pins, the entry %u", subject,
		      told.pins, GUP_MIRROR_HOLD_PINS(hold));
	if (!mode.fresh && told.pins != truth.pins)
		wrong("subject %u: %u pins, but %u in truth", subject, told.pins,
		      truth.pins);
	if (!mode.fresh && GUP_MIRROR_HOLD_EXTRA(hold) != others - OTHER_REFS)
		wrong("subject %u: %u extra references, but %u in truth", subject,
		      GUP_MIRROR_HOLD_EXTRA(hold), others - OTHER_REFS);
	if (!subject_has_refs(subject, truth.pins, others))
		wrong("subject %u: references do not fit %u pins and %u others",
		      subject, truth.pins, others);
	if (entry && !shares_fit(entry))
		wrong("subject %u: the shares do not fit the entry", subject);
	if (!truth.pins && hold & (GUP_MIRROR_HOLD_FLAGS | GUP_MIRROR_HOLD_PIN_MASK))
		wrong("subject %u: nobody has it, but the entry is %#lx", subject, hold);
	if (exact() && memcmp(told.by_site, truth.by_site, sizeof(truth.by_site)))
		wrong("subject %u: sites hold %u %u %u %u, but %u %u %u %u in truth",
		      subject, told.by_site[0], told.by_site[1], told.by_site[2],
		      told.by_site[3], truth.by_site[0], truth.by_site[1],
		      truth.by_site[2], truth.by_site[3]);
	if (exact() && mode.stacks == 1 && !mode.added &&
	    memcmp(told.by_group, truth.by_group, sizeof(truth.by_group)))
		wrong("subject %u: a stack holds what it has not pinned", subject);
	if (exact() && told.guessed)
		wrong("subject %u: there was nothing to guess", subject);
	return told.pins;
}

static void check_holders(void)
{
	unsigned int i, told = 0, truth = 0;

	for (i = 0; i < NR_SUBJECTS; i++)
		told += check_subject(i, &truth);
	told += atomic_long_read(&gup_mirror_untracked_held);
	if (told != truth)
		wrong("%u pins in all, but %u in truth", told, truth);
}

static unsigned long counted(unsigned int site, unsigned int counter)
{
	return READ_ONCE(gup_mirror_site(site)->counts->nr[counter]);
}

/* All is given back. The counters go on from round to round. */
static void check_end(void)
{
	static unsigned long right_before[NR_SITES], all_right_before;
	static unsigned long overlong_before[NR_SITES];
	static long untracked_before;
	unsigned long right, overlong, all_right = 0, all_released = 0;
	long untracked = atomic_long_read(&gup_mirror_untracked);
	unsigned int i, site;

	if (gup_mirror_shares_used(GUP_MIRROR_KIND_PIN))
		wrong("%u shares are left", gup_mirror_shares_used(GUP_MIRROR_KIND_PIN));
	for (site = 0; site < NR_SITES; site++) {
		unsigned long released = 0;

		right = counted(site, GUP_MIRROR_RIGHT);
		for (i = 0; i < NR_WORKERS; i++) {
			released += workers[i].released[site];
			workers[i].released[site] = 0;
		}
		if (exact() && right - right_before[site] != released)
			wrong("site %u: %lu releases are right, of %lu", site,
			      right - right_before[site], released);
		right_before[site] = right;
		all_right += right + counted(site, GUP_MIRROR_LAUNDERED);
		all_released += released;
		overlong = counted(site, GUP_MIRROR_OVERLONG);
		if (overlong != overlong_before[site])
			wrong("site %u: %lu pins were held for too long", site,
			      overlong - overlong_before[site]);
		overlong_before[site] = overlong;
	}

	/* Whoever found no memory was not counted. */
	if (all_right - all_right_before + untracked - untracked_before !=
	    all_released)
		wrong("%lu releases are right, %ld not tracked, of %lu",
		      all_right - all_right_before, untracked - untracked_before,
		      all_released);
	all_right_before = all_right;
	untracked_before = untracked;
}

/* Rounds */

static bool all_have_entries(void)
{
	unsigned int i;

	for (i = 0; i < NR_SUBJECTS; i++) {
		if (!subject_entry(i))
			return false;
	}
	return true;
}

static void begin_round(void)
{
	mode.laundered = one_in(2);
	mode.added = one_in(2);
	mode.poor = one_in(4);
	mode.snapshots = one_in(4);
	mode.fresh = mode.poor && (one_in(2) || !all_have_entries());
	mode.stacks = one_in(2) ? 1 : NR_STACKS;
	WRITE_ONCE(gup_mirror_out_of_memory, mode.fresh && one_in(2));
	WRITE_ONCE(world_poor, mode.poor);
	if (mode.fresh)
		world_forget_chunks();
	/* In some rounds, numbers of epochs begin again. */
	if (one_in(2))
		gup_mirror_epoch = U8_MAX - some(3);
	/* Whatever is left of the round before is too old. */
	world_pass_ms(2ULL * gup_mirror_longterm_ms);
	round_start = gup_mirror_now();
}

static void run(void)
{
	struct worker *w = task() < NR_WORKERS ? &workers[task()] : NULL;
	unsigned int i, quiet = 0;

	for (i = 0; i < rounds; i++) {
		if (!task()) {
			this_round = i;
			begin_round();
		}
		meet();
		if (w)
			work(w);
		else
			watch();
		meet();
		if (!task())
			check_holders();
		meet();
		if (w)
			give_all_back(w);
		else
			watch();
		meet();
		if (!task()) {
			check_holders();
			check_end();
		}
		if (world_violations() != quiet)
			wrong("violation of class %u, which is none",
			      world_finding()->class);
		quiet = world_violations();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: %s ROUNDS SEED", argv[0]);
	rounds = strtoul(argv[1], NULL, 0);
	seed = strtoull(argv[2], NULL, 0);

	world_init();
	run_tasks(NR_WORKERS + 1, run);
	printf("# %u rounds, seed %lu: %u deviations; ", rounds, seed, deviations);
	printf("%ld pins without a share, %ld without an entry, %lu without an age\n",
	       atomic_long_read(&gup_mirror_shares_lost),
	       atomic_long_read(&gup_mirror_untracked), lost_ages);
	return !!deviations;
}
