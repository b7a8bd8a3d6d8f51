/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: runs of physically consecutive pages, for the trace events.
 */
#ifndef _MM_GUP_MIRROR_RUNS_H
#define _MM_GUP_MIRROR_RUNS_H

#include <linux/mm.h>

/**
 * gup_mirror_run() - length of the run that an array of pages starts with
 * @pages: the array
 * @nr: number of entries, not 0
 *
 * A run is what one event describes: consecutive pages in one view. The zero
 * page, which has no event, is a run of its own.
 *
 * Return: Number of entries in the run, at least 1.
 */
static inline unsigned long gup_mirror_run(struct page **pages,
					   unsigned long nr)
{
	unsigned long run = 1;

	if (is_zero_page(pages[0]))
		return 1;
	/* The memmap is linear, and so is a view. */
	while (run < nr && pages[run] == pages[run - 1] + 1 &&
	       !is_zero_page(pages[run]))
		run++;
	return run;
}

#endif /* _MM_GUP_MIRROR_RUNS_H */
