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

#include "compat.h"
#include "config.h"
#include "places.h"

#ifdef CONFIG_GUP_MIRROR_MEMOS
#include <asm/gup_mirror.h>
#endif

atomic_long_t gup_mirror_stacks_lost;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_stacks_lost);

bool gup_mirror_depot_full;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_depot_full);

/**
 * gup_mirror_may_allocate() - can memory be allocated here, without sleeping?
 *
 * Context: Any.
 * Return: false from NMI, and where PREEMPT_RT would have to wait for a lock, or
 * lockdep looks out for that.
 */
bool gup_mirror_may_allocate(void)
{
	if (in_nmi())
		return false;
	if (IS_ENABLED(CONFIG_PREEMPT_RT) || IS_ENABLED(CONFIG_PROVE_RAW_LOCK_NESTING))
		return preemptible();
	return true;
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

static unsigned int find_entry(const unsigned long *entries, unsigned int nr,
			       unsigned long ip)
{
	unsigned int i;

	for (i = 0; i < nr && entries[i] != ip; i++)
		;
	return i;
}

/* Find the frames, and where they lie if nothing but them matters. */
static void walk(struct gup_mirror_trace *trace,
		 const struct gup_mirror_origin *origin)
{
#ifdef CONFIG_GUP_MIRROR_MEMOS
	unsigned long top = arch_gup_mirror_stack_top(origin->frame);

	if (likely(top)) {
		trace->distance = top - origin->frame;
		trace->all = arch_gup_mirror_walk(origin->frame, top,
						  trace->entries, trace->slots,
						  GUP_MIRROR_STACK_DEPTH,
						  &trace->exact);
		return;
	}
#endif
	trace->exact = false;
	trace->all = stack_trace_save(trace->entries, GUP_MIRROR_STACK_DEPTH, 0);
}

/* Save the stack from @origin on, which gets the right address if it has none. */
static void unwind(struct gup_mirror_trace *trace,
		   struct gup_mirror_origin *origin)
{
	unsigned long *entries = trace->entries;
	unsigned int i;

	walk(trace, origin);
	i = find_entry(entries, trace->all, origin->ip);
	/* Who called the function in which we were called, then. */
	if (unlikely(i == trace->all && origin->hook && is_trampoline(origin->ip)))
		i = find_entry(entries, trace->all, origin->hook) + 1;
	while (i < trace->all && unlikely(is_trampoline(entries[i])))
		i++;

	if (likely(i < trace->all)) {
		origin->ip = entries[i];
	} else {
		/* Without a reliable stack, the address itself has to do. */
		i = 0;
		trace->all = 1;
		trace->exact = false;
		entries[0] = origin->ip;
	}
	trace->first = i;
	trace->nr = trace->all - i;
}

static depot_stack_handle_t save(const struct gup_mirror_trace *trace)
{
	depot_flags_t flags = STACK_DEPOT_FLAG_CAN_ALLOC;
	depot_stack_handle_t stack = 0;

	if (!gup_mirror_may_allocate())
		flags = 0;
	if (!READ_ONCE(gup_mirror_depot_full))
		stack = stack_depot_save_flags((unsigned long *)trace->entries +
					       trace->first, trace->nr,
					       GUP_MIRROR_GFP, flags);
	if (unlikely(!stack))
		atomic_long_inc(&gup_mirror_stacks_lost);
	return stack;
}

/* By itself: where the compiler clears what is on the stack, that is a lot. */
static noinline void find_origin(struct gup_mirror_origin *origin)
{
	struct gup_mirror_trace trace;

	unwind(&trace, origin);
}

/**
 * gup_mirror_find_origin() - find out where a function was called
 * @origin: gets the right address, if it has that of a trampoline
 *
 * Context: Any, NMI included.
 */
void gup_mirror_find_origin(struct gup_mirror_origin *origin)
{
	if (unlikely(is_trampoline(origin->ip)))
		find_origin(origin);
}

/**
 * gup_mirror_save_stack() - save the stack of a call
 * @trace: receives the stack, unless none is saved
 * @origin: where the function was called; gets the right address
 *
 * Context: Any but NMI. A stack that is new takes a lock of the stack depot.
 * Return: Handle of the stack, or 0.
 */
depot_stack_handle_t gup_mirror_save_stack(struct gup_mirror_trace *trace,
					   struct gup_mirror_origin *origin)
{
	if (!gup_mirror_config.stacks)
		return 0;
	unwind(trace, origin);
	return save(trace);
}

/* As gup_mirror_save_caller(), for one that is not known yet. */
static noinline unsigned int find_caller(const char *fn,
					 struct gup_mirror_origin *origin,
					 depot_stack_handle_t *stack)
{
	unsigned long called = origin->ip;
	struct gup_mirror_trace trace;
	unsigned int caller;
	const char *outer;

	trace.nr = 0;
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
	if (*stack && caller != gup_mirror_unknown_caller())
		gup_mirror_memo_keep(&trace, called, 0,
				     &(struct gup_mirror_answer) {
					.ip = origin->ip,
					.stack = *stack,
					.place = caller,
				     });
	return caller;
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
	struct gup_mirror_answer known;

	if (unlikely(!gup_mirror_memo_find(origin, 0, &known)))
		return find_caller(fn, origin, stack);
	origin->ip = known.ip;
	*stack = known.stack;
	return known.place;
}

/* Whether a return address is in a function of the layer, of which @prefix tells. */
static bool in_layer(unsigned long ip, const char *prefix)
{
	char name[GUP_MIRROR_NAME_LEN];

	scnprintf(name, sizeof(name), "%ps", (void *)ip);
	return str_has_prefix(name, prefix);
}

/*
 * Who frees a page is not the function with the hook, which calls the layer at @ip. Nor
 * is it the layer, which may have dropped the last reference for others, right below
 * __folio_put() or that function: then go on to where it was entered.
 */
static unsigned int skip_layer(const struct gup_mirror_trace *trace, unsigned long ip)
{
	unsigned int first = find_entry(trace->entries, trace->nr, ip) + 1, i;

	for (i = first; i < trace->nr && i < first + 2; i++) {
		if (!in_layer(trace->entries[i], "gup_mirror_") &&
		    !in_layer(trace->entries[i], "__gup_mirror_"))
			continue;
		while (i < trace->nr && !in_layer(trace->entries[i], "__gup_mirror_"))
			i++;
		return i;
	}
	/* Where the stack does not have it, nobody is named. */
	return min(first, trace->nr);
}

/**
 * gup_mirror_save_free() - find out who frees a page
 * @ip: where the function that frees it has called the layer
 * @stack: receives the stack, or 0
 *
 * Context: Any but NMI. As gup_mirror_save_stack().
 * Return: Number of the caller: the first that is no release function.
 */
unsigned int gup_mirror_save_free(unsigned long ip, depot_stack_handle_t *stack)
{
	/* Without a stack, it is one of those that are not known apart. */
	unsigned int caller = gup_mirror_unknown_caller();
	const char *fn = "free", *outer;
	struct gup_mirror_trace trace;

	trace.nr = stack_trace_save(trace.entries, GUP_MIRROR_STACK_DEPTH, 1);
	trace.first = skip_layer(&trace, ip);
	for (trace.nr -= trace.first; trace.nr; trace.first++, trace.nr--) {
		if (is_trampoline(trace.entries[trace.first]))
			continue;
		caller = gup_mirror_find_caller(fn, trace.entries[trace.first]);
		outer = gup_mirror_caller(caller)->outer;
		if (!outer || trace.nr == 1)
			break;
		fn = outer;
	}
	*stack = gup_mirror_config.stacks && trace.nr ? save(&trace) : 0;
	return caller;
}

/**
 * gup_mirror_save_here() - save the stack of what is done to a page
 * @ip: who called the function that does it, where the stack is to begin
 *
 * Context: Any but NMI. As gup_mirror_save_stack().
 * Return: Handle of the stack, or 0.
 */
depot_stack_handle_t gup_mirror_save_here(unsigned long ip)
{
	struct gup_mirror_trace trace;

	if (!gup_mirror_config.stacks)
		return 0;
	trace.nr = stack_trace_save(trace.entries, GUP_MIRROR_STACK_DEPTH, 2);
	trace.first = find_entry(trace.entries, trace.nr, ip);
	/* While the function is traced, that is a trampoline: take it all. */
	if (trace.first == trace.nr)
		trace.first = 0;
	trace.nr -= trace.first;
	return trace.nr ? save(&trace) : 0;
}
