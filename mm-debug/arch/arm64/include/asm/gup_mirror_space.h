/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: address space for the views. <asm/memory.h> needs it before anything
 * else is known, so that nothing is included here.
 */
#ifndef _ASM_ARM64_GUP_MIRROR_SPACE_H
#define _ASM_ARM64_GUP_MIRROR_SPACE_H

/*
 * A constant, since early code places the image by the end of vmalloc, which gives
 * this up. With 48 bits it has 126 TiB, and this is enough for 1023 views of memory that
 * is spread over 2 TiB. With 39 bits, where it has 249 GiB, a view takes 1 GiB at least.
 */
#ifdef CONFIG_DEBUG_GUP_MIRROR
#define GUP_MIRROR_SPACE	(UL(1) << (VA_BITS_MIN - (VA_BITS_MIN > 39 ? 3 : 2)))
#else
#define GUP_MIRROR_SPACE	UL(0)
#endif

/* Where the memmap ends, so that there is room for the views between it and @end. */
#define gup_mirror_below(end)	((end) - GUP_MIRROR_SPACE)

#endif /* _ASM_ARM64_GUP_MIRROR_SPACE_H */
