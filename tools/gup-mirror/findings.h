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
 * which was @ended_ms before @after was read.
 */
void findings_add(struct report *trace, const struct report *before,
		  const struct report *after, uint64_t ended_ms);

/* Those pins, of a report of the kernel. */
uint64_t findings_new_pins(const struct report *report, uint64_t ended_ms);

uint64_t findings_violations(const struct report *report);
uint64_t findings_pins(const struct report *report);

#endif
