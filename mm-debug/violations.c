// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the violations that were seen.
 *
 * Each is counted. The log gets one report for each pair of an acquire site and
 * a release caller; more of the same would only hide the others.
 */

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/sprintf.h>
#include <linux/stackdepot.h>
#include <linux/string.h>

#include <kunit/test-bug.h>

#include "gup_mirror.h"

#include <trace/events/gup_mirror.h>

#define MAX_VIOLATIONS	256

/**
 * struct violation - all violations of one class between two places
 * @class: what is wrong
 * @site: where the page was acquired
 * @fn: name of the function that released it
 * @ip: where that was called; 0 once the module that it is in has gone
 * @name: text for @ip, once the module has gone; NULL before
 * @count: how often; the rest tells of the first time
 * @pfn: page frame number
 * @pid: the task, as far as there was one
 * @comm: its name
 * @cpu: where it ran
 * @time: local_clock() then
 * @stack: who called the release function; 0 if that was not recorded
 */
struct violation {
	enum gup_mirror_class class;
	const struct gup_mirror_site *site;
	const char *fn;
	unsigned long ip;
	const char *name;
	unsigned long count;
	unsigned long pfn;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	int cpu;
	u64 time;
	depot_stack_handle_t stack;
};

/* Raw, since pages are released with any lock held. Nothing nests inside. */
static DEFINE_RAW_SPINLOCK(violations_lock);
/* Keeps the names of those whose module has gone. Taken before the other. */
static DEFINE_MUTEX(names_mutex);
static struct violation *violations __ro_after_init;
static unsigned int nr_violations;

atomic_long_t gup_mirror_counts[GUP_MIRROR_NR_CLASSES];
atomic_long_t gup_mirror_reports;
atomic_long_t gup_mirror_lost;

/**
 * gup_mirror_violations_init() - make room for what may be seen
 *
 * Context: Boot. May sleep.
 * Return: 0 or -ENOMEM.
 */
int __init gup_mirror_violations_init(void)
{
	/* Failing that, stacks read "not recorded", and nothing else changes. */
	if (gup_mirror_config.stacks && stack_depot_init())
		gup_mirror_config.stacks = false;

	violations = kvcalloc(MAX_VIOLATIONS, sizeof(*violations), GFP_KERNEL);
	return violations ? 0 : -ENOMEM;
}

/* Find or make the record for a violation. NULL if there is no room. */
static struct violation *find_violation(enum gup_mirror_class class,
					const struct gup_mirror_site *site,
					const struct gup_mirror_call *call)
{
	struct violation *v;

	lockdep_assert_held(&violations_lock);

	for (v = violations; v < violations + nr_violations; v++) {
		if (v->class == class && v->site == site &&
		    v->ip == call->ip && !strcmp(v->fn, call->fn))
			return v;
	}

	if (nr_violations == MAX_VIOLATIONS)
		return NULL;

	nr_violations++;
	v->class = class;
	v->site = site;
	v->fn = call->fn;
	v->ip = call->ip;
	v->name = NULL;
	v->count = 0;
	return v;
}

/* Count a violation. Returns true if it is the first of its sort. */
static bool count_violation(enum gup_mirror_class class,
			    const struct gup_mirror_site *site,
			    struct gup_mirror_call *call, unsigned long pfn)
{
	depot_stack_handle_t stack = 0;
	struct violation *v;
	unsigned long flags;
	bool first = false;

	if (gup_mirror_config.stacks)
		stack = stack_depot_save(call->entries, call->nr_entries,
					 GFP_NOWAIT | __GFP_NOWARN);

	raw_spin_lock_irqsave(&violations_lock, flags);
	v = find_violation(class, site, call);
	if (v)
		first = v->count++ == 0;
	else
		atomic_long_inc(&gup_mirror_lost);
	if (first) {
		v->pfn = pfn;
		v->pid = task_pid_nr(current);
		get_task_comm(v->comm, current);
		v->cpu = raw_smp_processor_id();
		v->time = local_clock();
		v->stack = stack;
	}
	raw_spin_unlock_irqrestore(&violations_lock, flags);

	return first;
}

/**
 * gup_mirror_violation() - a page is being released in a wrong way
 * @class: what is wrong
 * @fn: name of the function that was called to release it
 * @page: the page, in a view
 * @ip: where that function was called
 *
 * Context: Any but NMI. The page is still held.
 */
void gup_mirror_violation(enum gup_mirror_class class, const char *fn,
			  const struct page *page, unsigned long ip)
{
	struct gup_mirror_site *site = gup_mirror_site(gup_mirror_view_of(page));
	unsigned long pfn = page_to_pfn(page);
	struct gup_mirror_call call;

	gup_mirror_call_init(&call, fn, ip);

	atomic_long_inc(&gup_mirror_counts[class]);
	atomic_long_inc(&site->wrong);
	trace_gup_mirror_violation(gup_mirror_class_names[class],
				   READ_ONCE(site->ip),
				   gup_mirror_site_fn_name(site), call.ip,
				   call.fn, pfn);

	/* What an interrupt does is not the doing of the test it came into. */
	if (in_task() && !READ_ONCE(gup_mirror_expected))
		kunit_fail_current_test("GUP-MIRROR: %s in %pS",
					gup_mirror_class_names[class],
					(void *)call.ip);

	if (!count_violation(class, site, &call, pfn))
		return;

	atomic_long_inc(&gup_mirror_reports);
	gup_mirror_report(class, site, &call, pfn);
}

/**
 * gup_mirror_violations_module_gone() - forget the addresses of a module
 * @mod: the module; nothing runs there any more: see gup_mirror_leaves()
 *
 * Context: Process context; may sleep.
 */
void gup_mirror_violations_module_gone(const struct module *mod)
{
	unsigned int i, nr;

	mutex_lock(&names_mutex);
	nr = READ_ONCE(nr_violations);
	for (i = 0; i < nr; i++) {
		struct violation *v = &violations[i];
		const char *name;

		if (!v->ip || !gup_mirror_leaves(v->ip, mod))
			continue;

		/* No caller is left that could find this record again. */
		name = gup_mirror_ip_name(v->ip);
		raw_spin_lock_irq(&violations_lock);
		v->name = name;
		v->ip = 0;
		raw_spin_unlock_irq(&violations_lock);
	}
	mutex_unlock(&names_mutex);
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

	/* A record of a module that has gone is not found, only shown. */
	mutex_lock(&names_mutex);
	for (i = 0; i < READ_ONCE(nr_violations); i++) {
		kfree_const(violations[i].name);
		violations[i].name = NULL;
	}
	raw_spin_lock_irq(&violations_lock);
	nr_violations = 0;
	raw_spin_unlock_irq(&violations_lock);
	mutex_unlock(&names_mutex);

	for (i = 0; i < GUP_MIRROR_NR_CLASSES; i++)
		atomic_long_set(&gup_mirror_counts[i], 0);
	atomic_long_set(&gup_mirror_reports, 0);
	atomic_long_set(&gup_mirror_lost, 0);
}

static void show_violation(struct seq_file *m, const struct violation *v)
{
	char name[GUP_MIRROR_NAME_LEN];
	unsigned long *entries;
	unsigned int i, nr;
	u64 seconds = v->time;
	u32 nsec = do_div(seconds, NSEC_PER_SEC);

	seq_printf(m, "%s: %lu %s\n", gup_mirror_class_names[v->class],
		   v->count, v->count == 1 ? "time" : "times");

	gup_mirror_site_name(name, sizeof(name), v->site);
	seq_printf(m, "  acquired by %s() at %s\n",
		   gup_mirror_site_fn_name(v->site), name);

	if (v->ip)
		scnprintf(name, sizeof(name), "%pS", (void *)v->ip);
	else
		strscpy(name, v->name);
	seq_printf(m, "  released by %s() at %s\n",
		   v->fn, name);

	seq_printf(m, "  first: pfn 0x%lx, task %s/%d, CPU %d, at %llu.%06us\n",
		   v->pfn, v->comm, v->pid, v->cpu, seconds, nsec / 1000);

	seq_puts(m, "  release stack:\n");
	nr = v->stack ? stack_depot_fetch(v->stack, &entries) : 0;
	if (!nr)
		seq_puts(m, "    not recorded\n");
	for (i = 0; i < nr; i++)
		seq_printf(m, "    %pS\n", (void *)entries[i]);
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

	seq_puts(m, "gup_mirror violations - version: 1\n");

	/* Nothing is cleared while it is held, so that there are only more. */
	mutex_lock(&names_mutex);
	nr = READ_ONCE(nr_violations);
	for (i = 0; i < nr; i++) {
		struct violation copy;

		raw_spin_lock_irq(&violations_lock);
		copy = violations[i];
		raw_spin_unlock_irq(&violations_lock);

		show_violation(m, &copy);
	}
	mutex_unlock(&names_mutex);

	return 0;
}
