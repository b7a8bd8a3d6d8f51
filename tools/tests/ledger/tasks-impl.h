/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Between tasks.c and the two kinds of tasks.
 */
#ifndef _TASKS_IMPL_H
#define _TASKS_IMPL_H

extern unsigned int nr_tasks;

/* @whose: number of a task, or MAX_TASKS for what is no task's */
unsigned int next_random(unsigned int whose, unsigned int limit);
void seed_random(void);

#endif /* _TASKS_IMPL_H */
