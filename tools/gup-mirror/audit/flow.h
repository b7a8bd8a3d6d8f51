/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: where pages come from, go, and are released.
 */
#ifndef GUP_MIRROR_AUDIT_FLOW_H
#define GUP_MIRROR_AUDIT_FLOW_H

#include "audit/code.h"
#include "audit/expr.h"
#include "audit/facts.h"
#include "audit/graph.h"
#include "audit/names.h"

/* Nodes of the graph. */
struct nodes {
	size_t *nodes;
	size_t nr;
};

/* A call that acquires or releases. */
struct flow_call {
	const struct fact *fact;
	const struct acquirer *acquirer;
	const struct releaser *releaser;
	/* All, and those of this very object in this very function. */
	struct nodes nodes, exact;
	bool no_pages;		/* asks for none */
	const char *what;	/* of a release: its argument */
	const char *unread;	/* why its pages are not known, or NULL */
};

struct flow {
	struct code code;
	struct parts parts;
	struct graph *graph;
	struct flow_call *calls;
	size_t nr_calls;
	/* Where pages come from that have nothing to do with GUP. */
	struct nodes others;
	/* The same, of each only if no known pages get to any of its nodes. */
	struct nodes *unknown;
	size_t nr_unknown;
};

/* @facts and @files must live as long. */
void flow_read(struct flow *flow, const struct facts *facts,
	       const struct audit_files *files);
void flow_free(struct flow *flow);

#endif
