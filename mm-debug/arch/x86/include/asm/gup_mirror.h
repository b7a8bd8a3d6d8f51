/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: where x86-64 has room for the views, and return addresses.
 */
#ifndef _ASM_X86_GUP_MIRROR_H
#define _ASM_X86_GUP_MIRROR_H

#include <linux/cpufeature.h>
#include <linux/pgtable.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <asm/current.h>
#include <asm/page_types.h>
#include <asm/stacktrace.h>
#include <asm/unwind.h>

/* Entries of 1 GiB. The memmap begins at a multiple of that, and lies alone there. */
#define GUP_MIRROR_TOP_PUD

/**
 * arch_gup_mirror_start() - where there is room for the views
 *
 * For the fixed layout, which is that of Documentation/arch/x86/x86_64/mm.rst: the
 * hole behind the memmap. It is in force with nokaslr and under KASAN, whose zero
 * shadow covers the hole. A randomized memmap has its space behind it reserved by
 * gup_mirror_reserve() instead.
 *
 * Return: Address.
 */
static inline unsigned long arch_gup_mirror_start(void)
{
	/* The memmap has 0.5 PiB and 1 TiB. */
	return (unsigned long)vmemmap + (pgtable_l5_enabled() ? SZ_1T * 512 : SZ_1T);
}

/**
 * arch_gup_mirror_size() - address space for all views together
 *
 * With 4-level tables the hole is 1 TiB; with 5-level tables it is over 2 PiB, of
 * which a part is enough. In a Xen PV guest, the hypervisor has it.
 *
 * Return: Size in bytes; 0 if there is no room.
 */
static inline unsigned long arch_gup_mirror_size(void)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return 0;
	return pgtable_l5_enabled() ? SZ_1T * 64 : SZ_1T;
}

#ifdef CONFIG_GUP_MIRROR_MEMOS

/**
 * arch_gup_mirror_stack_top() - where the stack that has a frame ends
 * @frame: address in the current stack
 *
 * Context: Any.
 * Return: The first address behind it; 0 on the stacks of NMI and other exceptions.
 */
static __always_inline unsigned long
arch_gup_mirror_stack_top(unsigned long frame)
{
	unsigned long top = current_top_of_stack();
	struct stack_info info;

	if (likely(top - frame < THREAD_SIZE))
		return top;
	if (!get_stack_info_noinstr((unsigned long *)frame, current, &info) ||
	    info.type != STACK_TYPE_IRQ)
		return 0;
	return (unsigned long)info.end;
}

/**
 * arch_gup_mirror_walk() - find the return addresses on the current stack
 * @frame: begin with the return address of the function that has this frame
 * @top: arch_gup_mirror_stack_top()
 * @entries: receives them
 * @slots: receives where each lies, in bytes from @frame on
 * @max: how many there is room for
 * @exact: receives whether they can only be these, as long as the slots have the
 *	same contents, at the same distance from the top
 *
 * Functions have frames of fixed size, so that each return address tells where the
 * next is. The random offset of a system call is at the outer end, and moves all
 * that is inside. What was interrupted is not told, as by the stack depot.
 *
 * Context: Any.
 * Return: How many.
 */
static inline unsigned int arch_gup_mirror_walk(unsigned long frame,
						unsigned long top,
						unsigned long *entries,
						u32 *slots, unsigned int max,
						bool *exact)
{
	struct unwind_state state;
	unsigned int nr = 0;

	*exact = true;
	for (unwind_start(&state, current, NULL, (unsigned long *)frame);
	     nr < max && !unwind_done(&state); unwind_next_frame(&state)) {
		unsigned long *slot = unwind_get_return_address_ptr(&state);
		unsigned long ip = unwind_get_return_address(&state);

		if (!ip || !slot)
			break;
		if ((unsigned long)slot <= frame)
			continue;
		if ((unsigned long)slot >= top || state.regs)
			break;
		/* It may be that of a trampoline. */
		if (READ_ONCE_NOCHECK(*slot) != ip)
			*exact = false;
		entries[nr] = ip;
		slots[nr++] = (unsigned long)slot - frame;
	}
	if (unwind_error(&state))
		*exact = false;
	return nr;
}

#endif /* CONFIG_GUP_MIRROR_MEMOS */

#endif /* _ASM_X86_GUP_MIRROR_H */
