// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the report in the kernel log.
 */

#define pr_fmt(fmt) fmt

#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/ftrace.h>

#include "config.h"
#include "places.h"
#include "reports.h"
#include "views.h"

#include <trace/events/error_report.h>

#define REPORT_RULE \
	"==================================================================\n"

static void print_stack(const char *title, depot_stack_handle_t stack,
			u32 generation)
{
	char line[GUP_MIRROR_NAME_LEN];
	unsigned int i;

	pr_err("%s:\n", title);
	for (i = 0; gup_mirror_stack_line(line, sizeof(line), stack, generation, i); i++)
		pr_err("  %s\n", line);
	pr_err("\n");
}

static const char *pin_or_pins(unsigned long nr)
{
	return nr == 1 ? "pin" : "pins";
}

/* Those who acquired the page, or the stacks with which a site leaks. */
static void print_holders(const struct gup_mirror_finding *finding)
{
	bool leak = finding->class == GUP_MIRROR_LEAK_AT_UNLOAD;
	char title[64];
	unsigned int i;

	for (i = 0; i < finding->nr_holders; i++) {
		const struct gup_mirror_acquire *holder = &finding->holders[i];

		if (leak && holder->stacks)
			scnprintf(title, sizeof(title), "%u %s acquired at",
				  holder->pins, pin_or_pins(holder->pins));
		else if (!holder->stacks)
			strscpy(title, "Acquired, first seen at", sizeof(title));
		else if (holder->stacks > 1)
			scnprintf(title, sizeof(title),
				  "Acquired at, one of %u stacks of this site",
				  holder->stacks);
		else if (finding->nr_holders > 1)
			scnprintf(title, sizeof(title), "Acquired at, %u %s",
				  holder->pins, pin_or_pins(holder->pins));
		else
			strscpy(title, "Acquired at", sizeof(title));
		print_stack(title, holder->stack, holder->generation);
	}
	if (finding->more)
		pr_err("and from %u more stacks\n\n", finding->more);
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
	case GUP_MIRROR_DOUBLE_PUT:
		pr_err("Page acquired by %s() at %s, released by %s() at %s, has no such reference left\n",
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
	case GUP_MIRROR_DIRTY_BY_READONLY_PIN:
		pr_err("Page acquired by %s() at %s without FOLL_WRITE, marked dirty by %s() at %s\n",
		       acquired, site, released, caller);
		break;
	case GUP_MIRROR_DIRTY_UNPINNED:
		pr_err("Page acquired by %s() at %s, marked dirty by %s() at %s, has no pin left\n",
		       acquired, site, released, caller);
		break;
	case GUP_MIRROR_LOST_WRITE:
		pr_err("Page acquired by %s() at %s, released by %s() at %s, was not marked dirty: what was written to it since its writeback is on no disk\n",
		       acquired, site, released, caller);
		break;
	case GUP_MIRROR_UNPIN_WHILE_MAPPED:
		pr_err("Page acquired by %s() at %s, released by %s() at %s, is still mapped for a device\n",
		       acquired, site, released, caller);
		break;
	default:
		pr_err("Page acquired by %s() at %s, released by %s() at %s\n",
		       acquired, site, released, caller);
	}
	if (finding->nr_holders > 1 &&
	    finding->class != GUP_MIRROR_LEAK_AT_UNLOAD)
		pr_err("It is held by others, too: %u in all\n",
		       finding->nr_holders + finding->more);
}

/*
 * What was done before: the reference, or one that was not that of the pin, was put,
 * maybe by the wrong one; or the page was mapped.
 */
static void print_before(const struct gup_mirror_finding *finding)
{
	const struct gup_mirror_caller *before;
	char name[GUP_MIRROR_NAME_LEN];

	if (finding->before == GUP_MIRROR_NO_CALLER)
		return;
	before = gup_mirror_caller(finding->before);
	gup_mirror_caller_name(name, sizeof(name), before);
	if (finding->class == GUP_MIRROR_PUT_ON_PIN)
		pr_err("Another reference was put before, by %s() at %s: one of the two was wrong\n",
		       before->place.fn, name);
	else if (finding->class == GUP_MIRROR_DOUBLE_PUT)
		pr_err("The last one was put by %s() at %s\n",
		       before->place.fn, name);
	else if (finding->class == GUP_MIRROR_UNPIN_WHILE_MAPPED)
		pr_err("It was mapped by %s() at %s\n",
		       before->place.fn, name);
}

/* Those who may have put the references that are missing. */
static void print_suspects(const struct gup_mirror_finding *finding)
{
	char name[GUP_MIRROR_NAME_LEN];
	unsigned int i;

	if (finding->missing)
		pr_err("References that would be missing after it: %u\n",
		       finding->missing);
	if (!finding->nr_suspects)
		return;
	pr_err("Plain references put while it was pinned:\n");
	for (i = 0; i < finding->nr_suspects; i++) {
		const struct gup_mirror_suspect *suspect = &finding->suspects[i];
		const struct gup_mirror_caller *caller =
			gup_mirror_caller(suspect->caller);

		gup_mirror_caller_name(name, sizeof(name), caller);
		pr_err("  %u by %s() at %s\n", suspect->refs,
		       caller->place.fn, name);
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

	if (finding->nr_holders) {
		const struct gup_mirror_site *site =
			gup_mirror_site(gup_mirror_finding_view(finding));

		names->acquired = gup_mirror_site_fn_name(site);
		gup_mirror_site_name(names->site, sizeof(names->site), site);
	}
	if (finding->caller != GUP_MIRROR_NO_CALLER) {
		const struct gup_mirror_caller *caller =
			gup_mirror_caller(finding->caller);

		names->released = caller->place.fn;
		gup_mirror_caller_name(names->caller, sizeof(names->caller),
				       caller);
	}
}

static void print_stacks(const struct gup_mirror_finding *finding)
{
	u32 now = gup_mirror_generation();

	print_holders(finding);
	/* When that was is not known: its module may have gone since. */
	if (finding->before != GUP_MIRROR_NO_CALLER &&
	    finding->class == GUP_MIRROR_DOUBLE_UNPIN)
		print_stack("Released before at", finding->before_stack,
			    gup_mirror_caller(finding->before)->place.ip ? now : 0);
	if (finding->caller != GUP_MIRROR_NO_CALLER)
		print_stack(gup_mirror_dirties(finding->class) ? "Marked dirty at" :
								 "Released at",
			    finding->released, now);
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
		ip = gup_mirror_caller(finding->caller)->place.ip;

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
	print_before(finding);
	print_suspects(finding);
	if (finding->file.fs[0])
		pr_err("File: fs=%s dev=%u:%u ino=%llu offset=0x%llx\n",
		       finding->file.fs, MAJOR(finding->file.dev),
		       MINOR(finding->file.dev), finding->file.ino,
		       (u64)finding->file.index << PAGE_SHIFT);
	if (finding->class == GUP_MIRROR_LEAK_AT_UNLOAD)
		pr_err("by task %s/%d on cpu %d\n\n", current->comm,
		       task_pid_nr(current), raw_smp_processor_id());
	else if (gup_mirror_dirties(finding->class) ||
		 finding->class == GUP_MIRROR_LOST_WRITE)
		pr_err("pfn 0x%lx, by task %s/%d on cpu %d\n\n",
		       finding->pfn, current->comm, task_pid_nr(current),
		       raw_smp_processor_id());
	else if (finding->caller == GUP_MIRROR_NO_CALLER)
		pr_err("pfn 0x%lx, seen by task %s/%d on cpu %d\n\n",
		       finding->pfn, current->comm, task_pid_nr(current),
		       raw_smp_processor_id());
	else
		pr_err("pfn 0x%lx, by task %s/%d on cpu %d; the release was %s%s%s\n\n",
		       finding->pfn, current->comm, task_pid_nr(current),
		       raw_smp_processor_id(),
		       finding->repaired ? "repaired" : "left as it is",
		       finding->unrepaired ? ": " : "",
		       finding->unrepaired ?: "");
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
