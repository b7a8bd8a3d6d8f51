// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: who called.
 *
 * Stacks are saved in the stack depot, once for each call of a GUP or release
 * function, without the frames of that function and of our own: the first frame
 * is that of the driver. If there is no memory for a new stack, it reads "not
 * recorded", is counted, and nothing else changes.
 */

#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/seq_file.h>
#include <linux/sprintf.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>

#include <kunit/visibility.h>

#include "gup_mirror.h"

atomic_long_t gup_mirror_stacks_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_stacks_lost);

bool gup_mirror_depot_full;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_depot_full);

/* The frames from the one at @ip on. Returns their number, at least 1. */
static unsigned int stack_from(unsigned long ip, unsigned long *entries,
			       unsigned int *first)
{
	unsigned int i, nr;

	nr = stack_trace_save(entries, GUP_MIRROR_STACK_DEPTH, 0);
	for (i = 0; i < nr; i++) {
		if (entries[i] == ip) {
			*first = i;
			return nr - i;
		}
	}

	/* Without a reliable stack, @ip itself has to do. */
	entries[0] = ip;
	*first = 0;
	return 1;
}

static depot_stack_handle_t save(unsigned long *entries, unsigned int nr)
{
	depot_flags_t flags = STACK_DEPOT_FLAG_CAN_ALLOC;
	depot_stack_handle_t stack = 0;

	/* There, the page allocator takes locks that sleep. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible())
		flags = 0;
	if (!READ_ONCE(gup_mirror_depot_full))
		stack = stack_depot_save_flags(entries, nr,
					       GFP_NOWAIT | __GFP_NOWARN, flags);
	if (unlikely(!stack))
		atomic_long_inc(&gup_mirror_stacks_lost);
	return stack;
}

/**
 * gup_mirror_save_stack() - save the stack of a call
 * @ip: the return address of the call
 *
 * Context: Any but NMI. A stack that is new takes a lock of the stack depot.
 * Return: Handle of the stack, or 0.
 */
depot_stack_handle_t gup_mirror_save_stack(unsigned long ip)
{
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
	unsigned int first, nr;

	if (!gup_mirror_config.stacks)
		return 0;
	nr = stack_from(ip, entries, &first);
	return save(entries + first, nr);
}

/**
 * gup_mirror_save_caller() - find out who called a release function
 * @fn: name of the function
 * @ip: its return address
 * @stack: receives the stack, or 0
 *
 * A release function may be called by another (unpin_user_pages() by
 * unpin_user_pages_dirty_lock()), and the compiler may have chosen not to inline
 * put_page(). Neither is where the bug is: go on to the first caller that is
 * not such a function.
 *
 * Context: Any but NMI. As gup_mirror_save_stack().
 * Return: Number of the caller.
 */
unsigned int gup_mirror_save_caller(const char *fn, unsigned long ip,
				    depot_stack_handle_t *stack)
{
	unsigned int caller = gup_mirror_find_caller(fn, ip);
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
	const char *outer = gup_mirror_caller(caller)->outer;
	unsigned int first, nr;

	*stack = 0;
	if (!gup_mirror_config.stacks && likely(!outer))
		return caller;

	nr = stack_from(ip, entries, &first);
	while (unlikely(outer) && nr > 1) {
		first++;
		nr--;
		caller = gup_mirror_find_caller(outer, entries[first]);
		outer = gup_mirror_caller(caller)->outer;
	}
	if (gup_mirror_config.stacks)
		*stack = save(entries + first, nr);
	return caller;
}

/**
 * gup_mirror_save_free() - find out who frees a page
 * @stack: receives the stack, or 0
 *
 * Context: Any but NMI. As gup_mirror_save_stack().
 * Return: Number of the caller: the first that is no release function.
 */
unsigned int gup_mirror_save_free(depot_stack_handle_t *stack)
{
	/* The hook is in the function that called us. */
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
	/* Without a stack, it is one of those that are not known apart. */
	unsigned int nr, first = 0, caller = GUP_MIRROR_MAX_CALLERS - 1;
	const char *fn = "free", *outer;

	*stack = 0;
	nr = stack_trace_save(entries, GUP_MIRROR_STACK_DEPTH, 3);
	while (first < nr) {
		caller = gup_mirror_find_caller(fn, entries[first]);
		outer = gup_mirror_caller(caller)->outer;
		if (!outer || first + 1 == nr)
			break;
		fn = outer;
		first++;
	}
	if (gup_mirror_config.stacks && first < nr)
		*stack = save(entries + first, nr - first);
	return caller;
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
 * gup_mirror_show_stack() - print a stack, a line for each frame
 * @m: the file
 * @indent: what each line starts with
 * @stack: the stack, or 0
 *
 * Context: Process context.
 */
void gup_mirror_show_stack(struct seq_file *m, const char *indent,
			   depot_stack_handle_t stack)
{
	unsigned long *entries;
	unsigned int i, nr;

	nr = stack ? stack_depot_fetch(stack, &entries) : 0;
	if (!nr)
		seq_printf(m, "%snot recorded\n", indent);
	for (i = 0; i < nr; i++)
		seq_printf(m, "%s%pS\n", indent, (void *)entries[i]);
}
