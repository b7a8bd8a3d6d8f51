/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: when our own data looks wrong.
 */
#ifndef _MM_GUP_MIRROR_FAULTS_H
#define _MM_GUP_MIRROR_FAULTS_H

#include <linux/atomic.h>

extern atomic_long_t gup_mirror_faults;

void gup_mirror_inconsistent(const char *what, unsigned long value);
const char *gup_mirror_first_fault(void);
void gup_mirror_faults_forget(void);

#endif /* _MM_GUP_MIRROR_FAULTS_H */
