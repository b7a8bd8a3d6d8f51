// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the violations that were seen.
 *
 * Each is counted. The log gets one report for each class, stack of the acquire
 * and stack of the release; more of the same would only hide the others.
 */

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kdev_t.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include <kunit/test.h>
#include <kunit/test-bug.h>
#include <kunit/visibility.h>

#include "compat.h"
#include "places.h"
#include "reports.h"
#include "suspects.h"
#include "views.h"

#include <trace/events/gup_mirror.h>

#define MAX_VIOLATIONS	256

/**
 * struct violation - all violations of one sort
 * @finding: the first of them
 * @count: how many there were
 * @pid: the task that the first was found in, as far as there was one
 * @comm: its name
 * @cpu: where it ran
 * @time: local_clock() then
 * @generation: gup_mirror_generation() then
 */
struct violation {
	struct gup_mirror_finding finding;
	unsigned long count;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	int cpu;
	u32 generation;
	u64 time;
};

/* Documented in gup-mirror.rst. */
static_assert(sizeof(struct violation) == 360);

/* Raw, since pages are released with any lock held. Nothing nests inside. */
static DEFINE_RAW_SPINLOCK(violations_lock);
/* Nothing is cleared while it is held. Taken before the other. */
static DEFINE_MUTEX(show_mutex);
static struct violation *violations __ro_after_init;
static unsigned int nr_violations;

atomic_long_t gup_mirror_counts[GUP_MIRROR_NR_CLASSES];
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_counts);
atomic_long_t gup_mirror_reports;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_reports);
atomic_long_t gup_mirror_lost;
atomic_long_t gup_mirror_filtered;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_filtered);
atomic_long_t gup_mirror_possible;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_possible);

bool gup_mirror_expected;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_expected);

/**
 * gup_mirror_violations_init() - make room for what may be seen
 *
 * Context: Boot. May sleep.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_violations_init(void)
{
	violations = kvcalloc(MAX_VIOLATIONS, sizeof(*violations), GFP_KERNEL);
	return violations ? 0 : -ENOMEM;
}

/**
 * gup_mirror_finding_view() - the site that acquired a page
 * @finding: the violation
 *
 * Context: Any.
 * Return: Number of the site; of several, that of the one who is named first.
 * GUP_MIRROR_NO_VIEW if nobody has acquired it.
 */
unsigned int gup_mirror_finding_view(const struct gup_mirror_finding *finding)
{
	return finding->nr_holders ? finding->holders[0].view : GUP_MIRROR_NO_VIEW;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_finding_view);

static depot_stack_handle_t acquired(const struct gup_mirror_finding *finding)
{
	return finding->nr_holders ? finding->holders[0].stack : 0;
}

static bool same_sort(const struct gup_mirror_finding *a,
		      const struct gup_mirror_finding *b)
{
	return a->class == b->class && a->possible == b->possible &&
	       a->caller == b->caller &&
	       gup_mirror_finding_view(a) == gup_mirror_finding_view(b) &&
	       acquired(a) == acquired(b) && a->released == b->released;
}

/* Find or make the record for a violation. NULL if there is no room. */
static struct violation *find_violation(const struct gup_mirror_finding *finding)
{
	struct violation *v;

	lockdep_assert_held(&violations_lock);

	for (v = violations; v < violations + nr_violations; v++) {
		if (same_sort(&v->finding, finding))
			return v;
	}

	if (nr_violations == MAX_VIOLATIONS)
		return NULL;

	nr_violations++;
	v->finding = *finding;
	v->count = 0;
	return v;
}

/* Count a violation. Returns true if it is the first of its sort. */
static bool count_violation(const struct gup_mirror_finding *finding)
{
	struct violation *v;
	unsigned long flags;
	bool first = false;

	raw_spin_lock_irqsave(&violations_lock, flags);
	v = find_violation(finding);
	if (!v) {
		atomic_long_add(finding->nr, &gup_mirror_lost);
	} else {
		first = !v->count;
		v->count += finding->nr;
	}
	if (first) {
		v->pid = task_pid_nr(current);
		/*
		 * Not get_task_comm(): its lock may sleep on PREEMPT_RT, and
		 * what an interrupt came into may hold it.
		 */
		strscpy(v->comm, current->comm, sizeof(v->comm));
		v->cpu = raw_smp_processor_id();
		v->generation = gup_mirror_generation();
		v->time = local_clock();
	}
	raw_spin_unlock_irqrestore(&violations_lock, flags);

	return first;
}

/* Not kunit_fail_current_test(), which may sleep; what is wrong is in the log. */
static void fail_running_test(void)
{
	struct kunit *test = kunit_get_current_test();

	if (test)
		kunit_set_failure(test);
}

/**
 * gup_mirror_violation() - something was done in a wrong way
 * @finding: what
 *
 * Context: Any but NMI. The page is still held, if it ever was.
 */
void gup_mirror_violation(const struct gup_mirror_finding *finding)
{
	const char *class = gup_mirror_class_names[finding->class];
	unsigned int view = gup_mirror_finding_view(finding);
	const char *acquired = "none", *released = "none";
	unsigned long site_ip = 0, caller_ip = 0;

	if (view != GUP_MIRROR_NO_VIEW) {
		struct gup_mirror_site *site = gup_mirror_site(view);

		site_ip = READ_ONCE(site->place.ip);
		acquired = gup_mirror_site_fn_name(site);
		if (!finding->possible)
			atomic_long_add(finding->nr, &site->wrong);
	}
	if (finding->caller != GUP_MIRROR_NO_CALLER) {
		const struct gup_mirror_caller *caller =
			gup_mirror_caller(finding->caller);

		caller_ip = READ_ONCE(caller->place.ip);
		released = caller->place.fn;
	}

	if (!gup_mirror_filter_match(site_ip, caller_ip)) {
		atomic_long_add(finding->nr, &gup_mirror_filtered);
		return;
	}

	if (finding->possible) {
		atomic_long_add(finding->nr, &gup_mirror_possible);
		count_violation(finding);
		return;
	}

	atomic_long_add(finding->nr, &gup_mirror_counts[finding->class]);
	/* One event, however many pages: their number is the caller's. */
	trace_gup_mirror_violation(class, site_ip, acquired, caller_ip,
				   released, finding->pfn, finding->nr);

	/* What an interrupt does is not the doing of the test it came into. */
	if (in_task() && !READ_ONCE(gup_mirror_expected))
		fail_running_test();

	if (!count_violation(finding))
		return;

	atomic_long_inc(&gup_mirror_reports);
	gup_mirror_report(finding);
}

/**
 * gup_mirror_violations_clear() - forget all violations
 *
 * What was reported is reported again when it is next seen.
 *
 * Context: Process context.
 */
void gup_mirror_violations_clear(void)
{
	unsigned int i;

	mutex_lock(&show_mutex);
	raw_spin_lock_irq(&violations_lock);
	nr_violations = 0;
	raw_spin_unlock_irq(&violations_lock);
	mutex_unlock(&show_mutex);

	for (i = 0; i < GUP_MIRROR_NR_CLASSES; i++)
		atomic_long_set(&gup_mirror_counts[i], 0);
	atomic_long_set(&gup_mirror_reports, 0);
	atomic_long_set(&gup_mirror_lost, 0);
	atomic_long_set(&gup_mirror_filtered, 0);
	atomic_long_set(&gup_mirror_possible, 0);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_violations_clear);

/**
 * gup_mirror_violation_at() - let a test look at a record
 * @number: number of the record, from 0; they are in the order of time
 * @finding: receives the first violation of its sort
 *
 * Context: KUnit tests.
 * Return: false if there is no such record.
 */
bool gup_mirror_violation_at(unsigned int number,
			     struct gup_mirror_finding *finding)
{
	bool found;

	raw_spin_lock_irq(&violations_lock);
	found = number < nr_violations;
	if (found)
		*finding = violations[number].finding;
	raw_spin_unlock_irq(&violations_lock);
	return found;
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_violation_at);

static void show_caller(struct seq_file *m, const char *what, unsigned int number)
{
	const struct gup_mirror_caller *caller = gup_mirror_caller(number);
	char name[GUP_MIRROR_NAME_LEN];

	gup_mirror_caller_name(name, sizeof(name), caller);
	seq_printf(m, "  %s by %s() at %s\n", what, caller->place.fn, name);
}

static void show_holders(struct seq_file *m, const struct gup_mirror_finding *f)
{
	bool held = f->class == GUP_MIRROR_FREE_WHILE_PINNED ||
		    f->class == GUP_MIRROR_LOST_PIN;
	char name[GUP_MIRROR_NAME_LEN];
	unsigned int i;

	for (i = 0; i < f->nr_holders; i++) {
		const struct gup_mirror_site *site = gup_mirror_site(f->holders[i].view);

		/* The stacks of a leak are of one site. */
		if (i && !held)
			break;
		gup_mirror_site_name(name, sizeof(name), site);
		seq_printf(m, "  %s by %s() at %s", i ? "also held" : "acquired",
			   gup_mirror_site_fn_name(site), name);
		if (i)
			seq_printf(m, ": %u %s", f->holders[i].pins,
				   f->holders[i].pins == 1 ? "pin" : "pins");
		seq_putc(m, '\n');
	}
	if (f->more && held)
		seq_printf(m, "  and by %u more\n", f->more);
}

static void show_acquire_stacks(struct seq_file *m, const struct gup_mirror_finding *f)
{
	unsigned int i;

	for (i = 0; i < f->nr_holders; i++) {
		const struct gup_mirror_acquire *holder = &f->holders[i];

		if (i)
			seq_puts(m, "  stack of another holder:\n");
		else if (!holder->stacks)
			seq_puts(m, "  acquire stack, first seen:\n");
		else if (holder->stacks > 1)
			seq_printf(m, "  acquire stack, one of %u stacks of this site:\n",
				   holder->stacks);
		else
			seq_puts(m, "  acquire stack:\n");
		gup_mirror_show_stack(m, "    ", holder->stack, holder->generation);
	}
}

/* When the release before was is not known: its module may have gone since. */
static u32 generation_before(const struct gup_mirror_finding *f, u32 then)
{
	return gup_mirror_caller(f->before)->place.ip ? then : 0;
}

/* Nobody has seen that it was mapped, but that it was unmapped, too late. */
static bool is_late_unmap(const struct gup_mirror_finding *f)
{
	return f->possible && f->class == GUP_MIRROR_UNPIN_WHILE_MAPPED;
}

static const char *what_was_done(const struct gup_mirror_finding *f)
{
	if (gup_mirror_dirties(f->class))
		return "marked dirty:";
	return is_late_unmap(f) ? "unmapped" : "released";
}

static const char *what_was_before(const struct gup_mirror_finding *f)
{
	return f->class == GUP_MIRROR_UNPIN_WHILE_MAPPED && !f->possible ?
	       "mapped" : "released before";
}

static void show_violation(struct seq_file *m, const struct violation *v)
{
	const struct gup_mirror_finding *f = &v->finding;
	u64 seconds = v->time;
	u32 nsec = do_div(seconds, NSEC_PER_SEC);

	seq_printf(m, "%s: %lu %s\n", gup_mirror_class_names[f->class],
		   v->count, v->count == 1 ? "time" : "times");

	show_holders(m, f);
	if (f->caller != GUP_MIRROR_NO_CALLER)
		show_caller(m, what_was_done(f), f->caller);
	if (f->before != GUP_MIRROR_NO_CALLER)
		show_caller(m, what_was_before(f), f->before);
	if (is_late_unmap(f))
		seq_puts(m, "  certain=no: nobody has seen that it was mapped\n");
	else if (f->possible)
		seq_puts(m, "  certain=no: somebody has a reference of his own, which this may be\n");
	gup_mirror_show_suspects(m, f);
	if (f->file.fs[0]) {
		seq_puts(m, "  file: ");
		seq_printf(m, "fs=%s dev=%u:%u ino=%llu offset=0x%llx\n", f->file.fs,
			   MAJOR(f->file.dev), MINOR(f->file.dev), f->file.ino,
			   (u64)f->file.index << PAGE_SHIFT);
	}
	seq_puts(m, "  first: ");
	/* What is leaked is not one page. */
	if (f->class != GUP_MIRROR_LEAK_AT_UNLOAD)
		seq_printf(m, "pfn 0x%lx, ", f->pfn);
	seq_printf(m, "task %s/%d, CPU %d, at %llu.%06us\n",
		   v->comm, v->pid, v->cpu, seconds, nsec / 1000);

	show_acquire_stacks(m, f);
	if (f->before != GUP_MIRROR_NO_CALLER && f->class == GUP_MIRROR_DOUBLE_UNPIN) {
		seq_puts(m, "  stack of the release before:\n");
		gup_mirror_show_stack(m, "    ", f->before_stack,
				      generation_before(f, v->generation));
	}
	if (f->caller != GUP_MIRROR_NO_CALLER) {
		seq_puts(m, gup_mirror_dirties(f->class) ? "  stack of that:\n" :
							   "  release stack:\n");
		gup_mirror_show_stack(m, "    ", f->released, v->generation);
	}
	seq_putc(m, '\n');
}

/**
 * gup_mirror_violations_show() - print what was seen since the last clear
 * @m: the file
 * @v: ignored
 *
 * Context: Process context.
 * Return: 0.
 */
int gup_mirror_violations_show(struct seq_file *m, void *v)
{
	unsigned int i, nr;

	seq_puts(m, "gup_mirror violations - version: 3\n");

	mutex_lock(&show_mutex);
	nr = READ_ONCE(nr_violations);
	for (i = 0; i < nr; i++) {
		struct violation copy;

		raw_spin_lock_irq(&violations_lock);
		copy = violations[i];
		raw_spin_unlock_irq(&violations_lock);

		show_violation(m, &copy);
	}
	mutex_unlock(&show_mutex);

	return 0;
}
