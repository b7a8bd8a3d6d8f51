/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: where x86-64 has room for the views.
 */
#ifndef _ASM_X86_GUP_MIRROR_H
#define _ASM_X86_GUP_MIRROR_H

#include <linux/cpufeature.h>
#include <linux/pgtable.h>

#define GUP_MIRROR_TB_SHIFT	40

/**
 * arch_gup_mirror_size() - address space for all views together
 *
 * See Documentation/arch/x86/x86_64/mm.rst. With 4-level tables the hole behind
 * the memmap is 1 TiB; with 5-level tables it is over 2 PiB, of which a part is
 * enough. In a Xen PV guest, the hypervisor has it.
 *
 * Return: Size in bytes; 0 if there is no room.
 */
static inline unsigned long arch_gup_mirror_size(void)
{
	if (boot_cpu_has(X86_FEATURE_XENPV))
		return 0;
	return (pgtable_l5_enabled() ? 64UL : 1UL) << GUP_MIRROR_TB_SHIFT;
}

/**
 * arch_gup_mirror_offset() - distance of the hole from the start of the memmap
 *
 * For the fixed layout, which is that of mm.rst. It is in force with nokaslr
 * and under KASAN, whose zero shadow covers the hole. A randomized memmap has
 * its space behind it reserved by gup_mirror_reserve() instead.
 *
 * Return: Offset in bytes.
 */
static inline unsigned long arch_gup_mirror_offset(void)
{
	/* The memmap has 0.5 PiB and 1 TiB. */
	return (pgtable_l5_enabled() ? 512UL : 1UL) << GUP_MIRROR_TB_SHIFT;
}

#endif /* _ASM_X86_GUP_MIRROR_H */
