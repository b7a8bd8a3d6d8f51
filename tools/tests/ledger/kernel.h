/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of the kernel as the ledger needs, in user space. This is included ahead
 * of every file; the headers that the layer includes are empty, see ../ledger.t.
 *
 * Whatever another CPU can see is an atomic operation of the compiler, so that
 * ThreadSanitizer knows what orders what, with a window before it and behind it:
 * there, others may run.
 */
#ifndef _KERNEL_H
#define _KERNEL_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tasks.h"

#define u8			uint8_t
#define u16			uint16_t
#define u32			uint32_t
#define s32			int32_t
#define u64			uint64_t
#define U8_MAX			UINT8_MAX
#define U16_MAX			UINT16_MAX
#define U32_MAX			UINT32_MAX
#define depot_stack_handle_t	uint32_t

/* The C library's <errno.h> would include <linux/errno.h>, which is empty. */
#define ENOMEM			12

#define CONFIG_DEBUG_GUP_MIRROR		1
#define CONFIG_SPARSEMEM_VMEMMAP	1
#define IS_ENABLED(...)			0

#define noinline
#define __init
#define __ro_after_init
#define __read_mostly
#define __percpu
#define core_initcall(fn)	int initcall_##fn(void) { return fn(); }
#define BUILD_BUG_ON(wrong)	static_assert(!(wrong))
#define pr_warn(...)		printf("# " __VA_ARGS__)

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define barrier()		__atomic_signal_fence(__ATOMIC_ACQ_REL)
#define OPTIMIZER_HIDE_VAR(...)	barrier()
#define _RET_IP_		((unsigned long)__builtin_return_address(0))

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK_ULL(high, low)	((~0ULL << (low)) & (~0ULL >> (63 - (high))))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define compared(a, op, b)						\
({									\
	__auto_type __a = (a);						\
	__auto_type __b = (b);						\
									\
	__a op __b ? __a : __b;						\
})

#define min(a, b)		compared(a, <, b)
#define max(a, b)		compared(a, >, b)

#define clamp(x, low, high)	min(max(x, low), high)
#define min_t(type, a, b)						\
({									\
	type __limit = (b);						\
									\
	min((__typeof__(__limit))(a), __limit);				\
})

#define container_of(ptr, type, member)					\
	((type *)((char *)(ptr) - offsetof(type, member)))

static inline unsigned long ALIGN(unsigned long x, unsigned long to)
{
	return (x + to - 1) / to * to;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline unsigned int ilog2(unsigned long x)
{
	return fls64(x) - 1;
}

static inline int order_base_2(unsigned long x)
{
	return x > 1 ? fls64(x - 1) : 0;
}

static inline unsigned long roundup_pow_of_two(unsigned long x)
{
	return 1UL << fls64(x - 1);
}

/* By the golden ratio, so that consecutive numbers are spread evenly. */
static inline unsigned long hash_long(unsigned long x, unsigned int bits)
{
	return x * 0x61c8864680b583ebUL >> (64 - bits);
}

static inline unsigned long hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_long((unsigned long)ptr, bits);
}

#define NSEC_PER_MSEC		1000000UL

static inline u64 div_u64(u64 x, u32 by)
{
	return x / by;
}

/* The clock of the test. */
u64 ktime_get_mono_fast_ns(void);

#define DECLARE_STATIC_KEY_FALSE(key)	struct key
#define static_branch_unlikely(...)	true
#define DECLARE_TRACEPOINT(event)	struct event
#define tracepoint_enabled(...)		false
#define trace_gup_mirror_acquire_enabled()	false
#define trace_gup_mirror_release_enabled()	false
#define trace_gup_mirror_acquire(...)	no_event(__VA_ARGS__)
#define trace_gup_mirror_release(...)	no_event(__VA_ARGS__)

static inline void no_event(const char *fn, ...)
{
}

#include "kernel-atomic.h"
#include "kernel-list.h"
#include "kernel-mm.h"

#endif /* _KERNEL_H */
