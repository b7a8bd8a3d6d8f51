// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the report in the kernel log.
 */

#define pr_fmt(fmt) fmt

#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/ftrace.h>

#include "gup_mirror.h"

#include <trace/events/error_report.h>

#define REPORT_RULE \
	"==================================================================\n"

/* So many stacks of one leak are printed, and the others are counted. */
#define MAX_LEAK_STACKS	8

static void print_stack(const char *title, depot_stack_handle_t stack)
{
	unsigned long *entries;
	unsigned int nr = stack ? stack_depot_fetch(stack, &entries) : 0;

	pr_err("%s:\n", title);
	if (nr)
		stack_trace_print(entries, nr, 1);
	else
		pr_err(" not recorded\n");
	pr_err("\n");
}

static const char *pin_or_pins(unsigned long nr)
{
	return nr == 1 ? "pin" : "pins";
}

/* The stacks with which a site has acquired what it leaks, with their pins. */
static void print_leaks(const struct gup_mirror_finding *finding)
{
	unsigned int i, printed = 0, more = 0, nr = gup_mirror_groups_used();
	char title[64];

	for (i = 0; i < nr; i++) {
		const struct gup_mirror_group *group = gup_mirror_group(i);

		if (!finding->leaks[i].pins || group->view != finding->view)
			continue;
		if (printed == MAX_LEAK_STACKS) {
			more++;
			continue;
		}
		scnprintf(title, sizeof(title), "%lu %s acquired at",
			  finding->leaks[i].pins,
			  pin_or_pins(finding->leaks[i].pins));
		print_stack(title, group->stack);
		printed++;
	}
	if (more)
		pr_err("and from %u more stacks\n\n", more);
}

/* One sentence that names both ends. */
static void print_sentence(const struct gup_mirror_finding *finding,
			   const char *acquired, const char *site,
			   const char *released, const char *caller)
{
	switch (finding->class) {
	case GUP_MIRROR_UNPIN_UNPINNED:
		pr_err("Page that nobody has pinned, released by %s() at %s\n",
		       released, caller);
		break;
	case GUP_MIRROR_DOUBLE_UNPIN:
		pr_err("Page acquired by %s() at %s, released by %s() at %s, has no pin left\n",
		       acquired, site, released, caller);
		break;
	case GUP_MIRROR_FREE_WHILE_PINNED:
		pr_err("Page acquired by %s() at %s, freed by %s() at %s, still has %u %s\n",
		       acquired, site, released, caller, finding->pins,
		       pin_or_pins(finding->pins));
		break;
	case GUP_MIRROR_LEAK_AT_UNLOAD:
		pr_err("Module is unloaded, and %u %s acquired by %s() at %s %s left on %lu %s\n",
		       finding->nr, pin_or_pins(finding->nr), acquired, site,
		       finding->nr == 1 ? "is" : "are", finding->folios,
		       finding->folios == 1 ? "folio" : "folios");
		break;
	case GUP_MIRROR_LOST_PIN:
		pr_err("Page acquired by %s() at %s has %u %s, but references are missing: somebody has put some that were not his\n",
		       acquired, site, finding->pins,
		       pin_or_pins(finding->pins));
		break;
	default:
		pr_err("Page acquired by %s() at %s, released by %s() at %s\n",
		       acquired, site, released, caller);
	}
}

/* Names of the two ends, as far as there are two. */
struct names {
	const char *acquired;
	const char *released;
	char site[GUP_MIRROR_NAME_LEN];
	char caller[GUP_MIRROR_NAME_LEN];
};

static void find_names(struct names *names,
		       const struct gup_mirror_finding *finding)
{
	*names = (struct names) { .acquired = "?", .released = "?" };

	if (finding->view != GUP_MIRROR_NO_VIEW) {
		const struct gup_mirror_site *site = gup_mirror_site(finding->view);

		names->acquired = gup_mirror_site_fn_name(site);
		gup_mirror_site_name(names->site, sizeof(names->site), site);
	}
	if (finding->caller != GUP_MIRROR_NO_CALLER) {
		const struct gup_mirror_caller *caller =
			gup_mirror_caller(finding->caller);

		names->released = caller->fn;
		gup_mirror_caller_name(names->caller, sizeof(names->caller),
				       caller);
	}
}

static void print_stacks(const struct gup_mirror_finding *finding)
{
	if (finding->leaks)
		print_leaks(finding);
	else if (finding->view != GUP_MIRROR_NO_VIEW)
		print_stack("Acquired at", finding->acquired);
	if (finding->before != GUP_MIRROR_NO_CALLER)
		print_stack("Released before at", finding->before_stack);
	if (finding->caller != GUP_MIRROR_NO_CALLER)
		print_stack("Released at", finding->released);
}

/**
 * gup_mirror_report() - print a violation
 * @finding: the violation
 *
 * Context: Any but NMI.
 */
void gup_mirror_report(const struct gup_mirror_finding *finding)
{
	const char *class = gup_mirror_class_names[finding->class];
	unsigned long flags, ip = 0;
	struct names names;

	find_names(&names, finding);
	if (finding->caller != GUP_MIRROR_NO_CALLER)
		ip = gup_mirror_caller(finding->caller)->ip;

	/* What led here is in the trace buffer: keep it, if told so. */
	disable_trace_on_warning();

	/*
	 * Pages are released with all sorts of locks held, some of which printk
	 * may take in the wrong order. Get the message out all the same.
	 */
	lockdep_off();
	printk_cpu_sync_get_irqsave(flags);

	pr_err(REPORT_RULE);
	pr_err("BUG: GUP-MIRROR: %s in %s\n\n", class,
	       names.caller[0] ? names.caller : names.site);
	print_sentence(finding, names.acquired, names.site, names.released,
		       names.caller);
	if (finding->class == GUP_MIRROR_LEAK_AT_UNLOAD)
		pr_err("by task %s/%d on cpu %d\n\n", current->comm,
		       task_pid_nr(current), raw_smp_processor_id());
	else if (finding->caller == GUP_MIRROR_NO_CALLER)
		pr_err("pfn 0x%lx, seen by task %s/%d on cpu %d\n\n",
		       finding->pfn, current->comm, task_pid_nr(current),
		       raw_smp_processor_id());
	else
		pr_err("pfn 0x%lx, by task %s/%d on cpu %d; the release was %s\n\n",
		       finding->pfn, current->comm, task_pid_nr(current),
		       raw_smp_processor_id(),
		       finding->repaired ? "repaired" : "left as it is");
	print_stacks(finding);
	dump_stack_print_info(KERN_ERR);
	pr_err(REPORT_RULE);

	printk_cpu_sync_put_irqrestore(flags);
	trace_error_report_end(ERROR_DETECTOR_GUP_MIRROR, ip);
	lockdep_on();

	if (gup_mirror_config.panic)
		panic("gup_mirror: fault=panic set ...\n");
	check_panic_on_warn("GUP-MIRROR");
	add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
}
