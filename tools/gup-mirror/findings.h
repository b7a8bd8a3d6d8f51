/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what happened between two looks at the kernel.
 */
#ifndef GUP_MIRROR_FINDINGS_H
#define GUP_MIRROR_FINDINGS_H

#include <stdint.h>

struct report;

/*
 * Adds to @trace, the report of a recording, what the kernel knows better: the
 * violations that are new since @before, with their stacks, and in place of what
 * it holds, the pins that were taken since the snapshot, and not after the end,
 * which was @ended_ms before @after was read; and which pins were held too long.
 */
void findings_add(struct report *trace, const struct report *before,
		  const struct report *after, uint64_t ended_ms);

/*
 * Puts what @kept, an earlier report of the same recording, has of the kernel in place
 * of what @trace has. Both stay to be freed.
 */
void findings_keep(struct report *trace, struct report *kept);

/* Those pins, of a report of the kernel. */
uint64_t findings_new_pins(const struct report *report, uint64_t ended_ms);

#endif
