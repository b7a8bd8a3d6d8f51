/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: where pages come from, go, and are released.
 */
#ifndef GUP_MIRROR_AUDIT_FLOW_H
#define GUP_MIRROR_AUDIT_FLOW_H

#include "audit_code.h"
#include "audit_facts.h"
#include "audit_graph.h"
#include "audit_names.h"

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
	struct nodes nodes;
	bool no_pages;	/* asks for none */
};

struct flow {
	struct code code;
	struct graph *graph;
	struct flow_call *calls;
	size_t nr_calls;
	/* Where pages come from that have nothing to do with GUP. */
	struct nodes others;
};

/* @facts must live as long. */
void flow_read(struct flow *flow, const struct facts *facts);
void flow_free(struct flow *flow);

#endif
