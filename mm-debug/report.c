// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: the report in the kernel log.
 */

#define pr_fmt(fmt) fmt

#include <linux/array_size.h>
#include <linux/ftrace.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sprintf.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "gup_mirror.h"

#include <trace/events/error_report.h>

#define REPORT_RULE \
	"==================================================================\n"

/*
 * Release functions that call others, and those that are meant to be inlined.
 * That the compiler made a function of one is no reason to blame it.
 */
static const char * const release_functions[] = {
	"__free_pages",
	"put_page",
	"put_user_page",
	"put_user_pages",
	"put_user_pages_dirty",
	"put_user_pages_dirty_lock",
	"release_pages",
	"unpin_user_pages_dirty_lock",
};

/* The name of the release function that @ip is in, or NULL if in none. */
static const char *release_function(unsigned long ip)
{
	char name[GUP_MIRROR_NAME_LEN];
	int i;

	scnprintf(name, sizeof(name), "%ps", (void *)ip);
	/* "put_page.isra.0" or "put_page [module]" */
	name[strcspn(name, ". ")] = '\0';
	i = match_string(release_functions, ARRAY_SIZE(release_functions), name);
	return i < 0 ? NULL : release_functions[i];
}

/**
 * gup_mirror_call_init() - find out who called a release function
 * @call: to be filled in
 * @fn: name of the function that found the violation
 * @ip: its return address
 *
 * A release function may be called by another (unpin_user_pages() by
 * unpin_user_pages_dirty_lock()), and the compiler may have chosen not to inline
 * put_page(). Neither is where the bug is: go on to the first caller that is
 * not such a function.
 *
 * Context: Any but NMI.
 */
void gup_mirror_call_init(struct gup_mirror_call *call, const char *fn,
			  unsigned long ip)
{
	unsigned int i, nr;

	nr = stack_trace_save(call->entries, GUP_MIRROR_STACK_DEPTH, 0);
	for (i = 0; i < nr; i++) {
		if (call->entries[i] == ip)
			break;
	}

	/* Without a reliable stack, @ip itself has to do. */
	if (i == nr) {
		call->entries[0] = ip;
		i = 0;
		nr = 1;
	}

	for (; i + 1 < nr; i++) {
		const char *outer = release_function(call->entries[i]);

		if (!outer)
			break;
		fn = outer;
	}

	call->fn = fn;
	call->ip = call->entries[i];
	call->nr_entries = nr - i;
	memmove(call->entries, call->entries + i,
		call->nr_entries * sizeof(*call->entries));
}

/**
 * gup_mirror_ip_name() - keep the name of an address whose module is leaving
 * @ip: the address
 *
 * Context: Process context; may sleep.
 * Return: A text, to be freed by kfree_const().
 */
const char *gup_mirror_ip_name(unsigned long ip)
{
	return kasprintf(GFP_KERNEL, "%pS", (void *)ip) ?:
	       "a module that has gone";
}

/**
 * gup_mirror_report() - print a violation
 * @class: what is wrong
 * @site: where the page was acquired
 * @call: who releases it
 * @pfn: page frame number
 *
 * Context: Any but NMI.
 */
void gup_mirror_report(enum gup_mirror_class class,
		       const struct gup_mirror_site *site,
		       const struct gup_mirror_call *call, unsigned long pfn)
{
	char site_name[GUP_MIRROR_NAME_LEN];
	unsigned long flags;

	gup_mirror_site_name(site_name, sizeof(site_name), site);

	/* What led here is in the trace buffer: keep it, if told so. */
	disable_trace_on_warning();

	/*
	 * Pages are released with all sorts of locks held, some of which printk
	 * may take in the wrong order. Get the message out all the same.
	 */
	lockdep_off();
	printk_cpu_sync_get_irqsave(flags);

	pr_err(REPORT_RULE);
	pr_err("BUG: GUP-MIRROR: %s in %pS\n\n", gup_mirror_class_names[class],
	       (void *)call->ip);
	pr_err("Page acquired by %s() at %s, released by %s() at %pS\n",
	       gup_mirror_site_fn_name(site), site_name,
	       call->fn, (void *)call->ip);
	pr_err("pfn 0x%lx, by task %s/%d on cpu %d; the release was %s\n\n",
	       pfn, current->comm, task_pid_nr(current), raw_smp_processor_id(),
	       gup_mirror_config.repair ? "repaired" : "left as it is");
	pr_err("Released at:\n");
	stack_trace_print(call->entries, call->nr_entries, 1);
	pr_err("\n");
	dump_stack_print_info(KERN_ERR);
	pr_err(REPORT_RULE);

	printk_cpu_sync_put_irqrestore(flags);
	trace_error_report_end(ERROR_DETECTOR_GUP_MIRROR, call->ip);
	lockdep_on();

	if (gup_mirror_config.panic)
		panic("gup_mirror: fault=panic set ...\n");
	check_panic_on_warn("GUP-MIRROR");
	add_taint(TAINT_WARN, LOCKDEP_STILL_OK);
}
