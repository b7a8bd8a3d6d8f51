/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which pages get to which release.
 */
#ifndef GUP_MIRROR_AUDIT_REACH_H
#define GUP_MIRROR_AUDIT_REACH_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/flow.h"

/* One acquiring call and one release. */
struct way {
	bool any;	/* pages may get there */
	bool exact;	/* without being kept in between */
	const char *through;	/* a member that they were kept in, or NULL */
};

struct reach {
	const struct flow *flow;
	/* Numbers of calls of @flow. */
	size_t *acquires, *releases;
	size_t nr_acquires, nr_releases;
	struct way *ways;
	bool *others;	/* by release: pages that are not of GUP get there */
	/* By acquire: other pages get to where it puts its own. */
	bool *shared;
};

void reach_read(struct reach *reach, struct flow *flow);
void reach_free(struct reach *reach);

const struct flow_call *reach_acquire(const struct reach *reach, size_t a);
const struct flow_call *reach_release(const struct reach *reach, size_t r);
const struct way *reach_way(const struct reach *reach, size_t a, size_t r);

/* Is this release wrong for what that call acquires? */
bool reach_is_wrong(const struct reach *reach, size_t a, size_t r);

#endif
