// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: when our own data looks wrong.
 *
 * Then nothing that we would report can be trusted. The reports end, once and
 * for all; the account goes on, since it is what was wrong that one wants to
 * look at.
 */

#define pr_fmt(fmt) "gup_mirror: " fmt

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/printk.h>

#include <kunit/visibility.h>

#include "config.h"
#include "faults.h"

atomic_long_t gup_mirror_faults;
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_faults);

static const char *first_fault;

/**
 * gup_mirror_inconsistent() - our own data is wrong
 * @what: what is; a literal
 * @value: its value
 *
 * Context: Any.
 */
void gup_mirror_inconsistent(const char *what, unsigned long value)
{
	atomic_long_inc(&gup_mirror_faults);
	if (cmpxchg(&first_fault, NULL, what))
		return;

	WRITE_ONCE(gup_mirror_enabled, false);
	pr_err("the ledger is inconsistent (%s: 0x%lx): no more reports until the next boot, this is a bug of gup_mirror\n",
	       what, value);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_inconsistent);

/**
 * gup_mirror_first_fault() - what was wrong first
 *
 * Context: Any.
 * Return: A few words, or NULL if nothing was.
 */
const char *gup_mirror_first_fault(void)
{
	return READ_ONCE(first_fault);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_first_fault);

/**
 * gup_mirror_faults_forget() - let a test that provoked a fault go on
 *
 * Context: KUnit tests.
 */
void gup_mirror_faults_forget(void)
{
	atomic_long_set(&gup_mirror_faults, 0);
	WRITE_ONCE(first_fault, NULL);
	WRITE_ONCE(gup_mirror_enabled, true);
}
EXPORT_SYMBOL_IF_KUNIT(gup_mirror_faults_forget);
