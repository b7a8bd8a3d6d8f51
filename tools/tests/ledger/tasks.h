/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tasks that run at the same time, with a chance for the others in every window.
 *
 * In threads.c, they are threads. In replay.c, they take turns on one stack each,
 * and in what order, the seed says: what went wrong goes wrong again.
 */
#ifndef _TASKS_H
#define _TASKS_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_TASKS	8

extern uint64_t seed;

/* A number below @limit. Of a task, it depends on the seed alone. */
unsigned int some(unsigned int limit);

/* true in one of @nr cases */
static inline bool one_in(unsigned int nr)
{
	return !some(nr);
}

/* Number of the task that runs; 0 outside run_tasks() */
unsigned int task(void);
/* Others may run here. */
void window(void);
/* Nothing can be done before others have run. */
void give_way(void);
/* Returns when all tasks are there. */
void meet(void);
void run_tasks(unsigned int nr, void (*run)(void));

/*
 * Two tasks: in the @nth window of @first, from 1, it is the turn of @second until
 * that is done, or has to wait. Returns false if there are not so many windows, so
 * that @second came last. For replay.c only.
 */
bool run_interrupted(void (*first)(void), void (*second)(void),
		     unsigned int nth);

#endif /* _TASKS_H */
