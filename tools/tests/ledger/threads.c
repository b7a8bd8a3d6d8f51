// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that are threads: on several CPUs, they meet in earnest.
 */

#include <err.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>

#include "tasks.h"
#include "tasks-impl.h"

/* A turn may take as long as all the others that wait for the CPU. */
#define WINDOWS_PER_TURN	16

static pthread_barrier_t meeting;
static __thread unsigned int number;

unsigned int task(void)
{
	return number;
}

void give_way(void)
{
	sched_yield();
}

void window(void)
{
	if (nr_tasks && !next_random(number, WINDOWS_PER_TURN))
		sched_yield();
}

void meet(void)
{
	pthread_barrier_wait(&meeting);
}

static void (*body)(void);

static void *start(void *data)
{
	number = (size_t)data;
	body();
	return NULL;
}

void run_tasks(unsigned int nr, void (*run)(void))
{
	pthread_t threads[MAX_TASKS];
	size_t i;

	seed_random();
	body = run;
	nr_tasks = nr;
	if (pthread_barrier_init(&meeting, NULL, nr))
		errx(2, "threads cannot wait for each other");
	for (i = 0; i < nr; i++) {
		if (pthread_create(&threads[i], NULL, start, (void *)i))
			errx(2, "cannot start a thread");
	}
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&meeting);
	nr_tasks = 0;
}
