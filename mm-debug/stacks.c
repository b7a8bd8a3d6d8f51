// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: who called.
 *
 * Stacks are saved in the stack depot, once for each call of a GUP or release
 * function, without the frames of that function and of our own: the first frame
 * is that of the driver. If there is no memory for a new stack, it reads "not
 * recorded", is counted, and nothing else changes.
 *
 * While a function is traced, by function_graph, a kretprobe or fexit, its return
 * address is that of a trampoline. The unwinder knows the right one.
 */

#include <linux/atomic.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/preempt.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>

#include <kunit/visibility.h>

#include "config.h"
#include "places.h"

atomic_long_t gup_mirror_stacks_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_stacks_lost);

bool gup_mirror_depot_full;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_depot_full);

/**
 * gup_mirror_may_allocate() - can memory be allocated here, without sleeping?
 *
 * Context: Any.
 * Return: false from NMI, and where PREEMPT_RT would have to wait for a lock.
 */
bool gup_mirror_may_allocate(void)
{
	if (in_nmi())
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

static bool is_trampoline(unsigned long ip)
{
#ifdef CONFIG_FUNCTION_GRAPH_TRACER
	if (ip == (unsigned long)return_to_handler)
		return true;
#endif
	if (is_kretprobe_trampoline(ip))
		return true;
	/* That of fexit calls the function that is traced. */
	return !core_kernel_text(ip) && is_bpf_text_address(ip);
}

/**
 * struct trace - a stack without the frames that are nobody's business
 * @entries: all frames
 * @first: the first that matters
 * @nr: how many there are from there on; at least 1
 */
struct trace {
	unsigned long entries[GUP_MIRROR_STACK_DEPTH];
	unsigned int first;
	unsigned int nr;
};

static unsigned int find_entry(const unsigned long *entries, unsigned int nr,
			       unsigned long ip)
{
	unsigned int i;

	for (i = 0; i < nr && entries[i] != ip; i++)
		;
	return i;
}

/* Save the stack from @origin on, which gets the right address if it has none. */
static void unwind(struct trace *trace, struct gup_mirror_origin *origin)
{
	unsigned long *entries = trace->entries;
	unsigned int i, nr;

	nr = stack_trace_save(entries, GUP_MIRROR_STACK_DEPTH, 0);
	i = find_entry(entries, nr, origin->ip);
	/* Who called the function in which we were called, then. */
	if (unlikely(i == nr && origin->hook && is_trampoline(origin->ip)))
		i = find_entry(entries, nr, origin->hook) + 1;
	while (i < nr && unlikely(is_trampoline(entries[i])))
		i++;

	if (likely(i < nr)) {
		origin->ip = entries[i];
	} else {
		/* Without a reliable stack, the address itself has to do. */
		i = 0;
		nr = 1;
		entries[0] = origin->ip;
	}
	trace->first = i;
	trace->nr = nr - i;
}

static depot_stack_handle_t save(const struct trace *trace)
{
	depot_flags_t flags = STACK_DEPOT_FLAG_CAN_ALLOC;
	depot_stack_handle_t stack = 0;

	if (!gup_mirror_may_allocate())
		flags = 0;
	if (!READ_ONCE(gup_mirror_depot_full))
		stack = stack_depot_save_flags((unsigned long *)trace->entries +
					       trace->first, trace->nr,
					       GFP_NOWAIT | __GFP_NOWARN, flags);
	if (unlikely(!stack))
		atomic_long_inc(&gup_mirror_stacks_lost);
	return stack;
}

/**
 * gup_mirror_find_origin() - find out where a function was called
 * @origin: gets the right address, if it has that of a trampoline
 *
 * Context: Any, NMI included.
 */
void gup_mirror_find_origin(struct gup_mirror_origin *origin)
{
	struct trace trace;

	if (unlikely(is_trampoline(origin->ip)))
		unwind(&trace, origin);
}

/**
 * gup_mirror_save_stack() - save the stack of a call
 * @origin: where the function was called; gets the right address
 *
 * Context: Any but NMI. A stack that is new takes a lock of the stack depot.
 * Return: Handle of the stack, or 0.
 */
depot_stack_handle_t gup_mirror_save_stack(struct gup_mirror_origin *origin)
{
	struct trace trace;

	if (!gup_mirror_config.stacks)
		return 0;
	unwind(&trace, origin);
	return save(&trace);
}

/**
 * gup_mirror_save_caller() - find out who called a release function
 * @fn: name of the function
 * @origin: where it was called; gets the right address
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
unsigned int gup_mirror_save_caller(const char *fn,
				    struct gup_mirror_origin *origin,
				    depot_stack_handle_t *stack)
{
	struct trace trace = { };
	unsigned int caller;
	const char *outer;

	if (gup_mirror_config.stacks)
		unwind(&trace, origin);
	else
		gup_mirror_find_origin(origin);

	caller = gup_mirror_find_caller(fn, origin->ip);
	outer = gup_mirror_caller(caller)->outer;
	if (unlikely(outer && !trace.nr))
		unwind(&trace, origin);
	while (unlikely(outer) && trace.nr > 1) {
		trace.first++;
		trace.nr--;
		if (is_trampoline(trace.entries[trace.first]))
			continue;
		caller = gup_mirror_find_caller(outer,
						trace.entries[trace.first]);
		outer = gup_mirror_caller(caller)->outer;
	}
	*stack = gup_mirror_config.stacks ? save(&trace) : 0;
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
	/* Without a stack, it is one of those that are not known apart. */
	unsigned int caller = gup_mirror_unknown_caller();
	const char *fn = "free", *outer;
	struct trace trace;

	/* The hook is in the function that called us. */
	trace.nr = stack_trace_save(trace.entries, GUP_MIRROR_STACK_DEPTH, 3);
	for (trace.first = 0; trace.nr; trace.first++, trace.nr--) {
		unsigned long ip = trace.entries[trace.first];

		if (is_trampoline(ip))
			continue;
		caller = gup_mirror_find_caller(fn, ip);
		outer = gup_mirror_caller(caller)->outer;
		if (!outer || trace.nr == 1)
			break;
		fn = outer;
	}
	*stack = gup_mirror_config.stacks && trace.nr ? save(&trace) : 0;
	return caller;
}
