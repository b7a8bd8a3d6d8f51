/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: which pages each task has pinned since its last system call ended.
 */
#ifndef GUP_MIRROR_CALLS_H
#define GUP_MIRROR_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* Pages that were pinned at once. */
struct calls_run {
	uint64_t pfn, nr, ts;
	uint32_t group;
};

struct calls_task {
	int pid;
	struct calls_run *runs;
	size_t nr;
};

struct calls {
	struct calls_task *tasks;
	size_t nr;
};

void calls_free(struct calls *calls);
void calls_add(struct calls *calls, int pid, const struct calls_run *run);
/* What a task has pinned, or NULL; calls_end() forgets it. */
struct calls_task *calls_find(struct calls *calls, int pid);
void calls_end(struct calls *calls, int pid);

#endif
