/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: what the releases of pins and of plain references share.
 */
#ifndef _MM_GUP_MIRROR_RELEASE_H
#define _MM_GUP_MIRROR_RELEASE_H

#include <linux/kconfig.h>
#include <linux/mm.h>

#include "ledger.h"
#include "places.h"

/**
 * struct gup_mirror_release_call - one call of a function that releases
 * @settle: what is to be counted
 * @start: where the view @settle.view shows the first page
 * @span: bytes from there on that the quick way may look at; 0 if none
 * @stack: of the caller
 */
struct gup_mirror_release_call {
	struct gup_mirror_settle settle;
	unsigned long start;
	unsigned long span;
	depot_stack_handle_t stack;
};

#if IS_ENABLED(CONFIG_GUP_MIRROR_KUNIT_TEST)
/* For a test: the task that is to run through mm/gup.c. */
extern struct task_struct *gup_mirror_bypassed;
#endif

void gup_mirror_release_begin(struct gup_mirror_release_call *call,
			      const char *fn, struct gup_mirror_origin *origin);
void gup_mirror_put_taken(struct folio *folio, unsigned int pins,
			  unsigned int refs);
void gup_mirror_look_for_loss(struct folio *folio, unsigned int refs);
void gup_mirror_trace_release(const char *fn, const struct page *page,
			      unsigned long nr, unsigned long ip);

#endif /* _MM_GUP_MIRROR_RELEASE_H */
