// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: which pages each task has pinned since its last system call ended.
 *
 * A task has few at a time, and few tasks are within a call that pins: what has ended
 * is forgotten, so that this stays small however long a recording is.
 */
#include <stdlib.h>

#include "alloc.h"
#include "trace/calls.h"

/* Who does not end a call, as a kernel thread, is not to take all memory. */
#define MAX_RUNS	65536

void calls_free(struct calls *calls)
{
	size_t i;

	for (i = 0; i < calls->nr; i++)
		free(calls->tasks[i].runs);
	free(calls->tasks);
	*calls = (struct calls) { };
}

struct calls_task *calls_find(struct calls *calls, int pid)
{
	size_t i;

	for (i = 0; i < calls->nr; i++) {
		if (calls->tasks[i].pid == pid)
			return &calls->tasks[i];
	}
	return NULL;
}

void calls_add(struct calls *calls, int pid, const struct calls_run *run)
{
	struct calls_task *task = calls_find(calls, pid);

	if (!task) {
		calls->tasks = grow(calls->tasks, calls->nr,
				    sizeof(*calls->tasks));
		task = &calls->tasks[calls->nr++];
		*task = (struct calls_task) { .pid = pid };
	}
	if (task->nr == MAX_RUNS)
		return;
	task->runs = grow(task->runs, task->nr, sizeof(*task->runs));
	task->runs[task->nr++] = *run;
}

void calls_end(struct calls *calls, int pid)
{
	struct calls_task *task = calls_find(calls, pid);

	if (!task)
		return;
	free(task->runs);
	*task = calls->tasks[--calls->nr];
}
