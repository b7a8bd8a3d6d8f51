// SPDX-License-Identifier: GPL-2.0
/*
 * A program that ends at once: what tools/bench/load.c executes. Without a C
 * library, whose instructions nobody wants to have measured.
 */
#include <sys/syscall.h>

void _start(void);

void _start(void)
{
	asm volatile("syscall" : : "a" (SYS_exit_group), "D" (0));
	__builtin_unreachable();
}
