// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which pages get to which release.
 *
 * A release that pages of one kind get to is wrong if it is not for that kind. One
 * that gets pages of both kinds, or some that have nothing to do with GUP, may be
 * behind a test that the graph does not know. It is wrong nevertheless if this call
 * is not one of several that the test could tell apart: if nothing else gets to
 * where its pages are, they go to the release without being kept, and to no right
 * one.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/files.h"
#include "audit/places.h"
#include "audit/reach.h"

const struct flow_call *reach_acquire(const struct reach *reach, size_t a)
{
	return &reach->flow->calls[reach->acquires[a]];
}

const struct flow_call *reach_release(const struct reach *reach, size_t r)
{
	return &reach->flow->calls[reach->releases[r]];
}

static struct way *way(const struct reach *reach, size_t a, size_t r)
{
	return &reach->ways[a * reach->nr_releases + r];
}

const struct way *reach_way(const struct reach *reach, size_t a, size_t r)
{
	return way(reach, a, r);
}

/* Are both compiled into the same kernel? */
static bool agree(const struct reach *reach, const struct fact *a,
		  const struct fact *b)
{
	const struct audit_file *in_a, *in_b;

	in_a = files_find(reach->flow->code.files, a->file);
	in_b = files_find(reach->flow->code.files, b->file);
	return !in_a || !in_b ||
	       directives_agree(&in_a->directives, a->line, &in_b->directives,
				b->line);
}

static bool is_reached(const struct graph *graph, const struct nodes *nodes)
{
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		if (graph_reached(graph, nodes->nodes[i]))
			return true;
	}
	return false;
}

static const char *through(const struct graph *graph,
			   const struct nodes *nodes)
{
	const char *label = NULL;
	size_t i;

	for (i = 0; !label && i < nodes->nr; i++)
		label = graph_through(graph, nodes->nodes[i]);
	return label;
}

/* What nobody knows counts as a source, where nothing else gets to. */
static void add_unknown(struct reach *reach, struct flow *flow)
{
	struct nodes known = { };
	size_t i, j;

	for (i = 0; i < flow->others.nr; i++)
		nodes_add(&known, flow->others.nodes[i]);
	for (i = 0; i < reach->nr_acquires; i++) {
		const struct nodes *nodes = &reach_acquire(reach, i)->nodes;

		for (j = 0; j < nodes->nr; j++)
			nodes_add(&known, nodes->nodes[j]);
	}
	graph_walk(flow->graph, known.nodes, known.nr, false);
	for (i = 0; i < flow->nr_unknown; i++) {
		const struct nodes *nodes = &flow->unknown[i];

		if (is_reached(flow->graph, nodes))
			continue;
		for (j = 0; j < nodes->nr; j++)
			nodes_add(&flow->others, nodes->nodes[j]);
	}
	free(known.nodes);
}

static void walk_others(struct reach *reach)
{
	const struct flow *flow = reach->flow;
	size_t i;

	graph_walk(flow->graph, flow->others.nodes, flow->others.nr, false);
	for (i = 0; i < reach->nr_releases; i++)
		reach->others[i] = is_reached(flow->graph,
					      &reach_release(reach, i)->nodes);
	for (i = 0; i < reach->nr_acquires; i++)
		reach->shared[i] = is_reached(flow->graph,
					      &reach_acquire(reach, i)->exact);
}

static void walk_acquire(struct reach *reach, size_t a)
{
	const struct flow_call *acquire = reach_acquire(reach, a);
	struct graph *graph = reach->flow->graph;
	size_t i;

	graph_walk(graph, acquire->nodes.nodes, acquire->nodes.nr, false);
	for (i = 0; i < reach->nr_releases; i++) {
		const struct flow_call *release = reach_release(reach, i);

		if (!is_reached(graph, &release->nodes) ||
		    !agree(reach, acquire->fact, release->fact))
			continue;
		way(reach, a, i)->any = true;
		way(reach, a, i)->through = through(graph, &release->nodes);
	}
	for (i = 0; i < reach->nr_acquires; i++) {
		const struct flow_call *other = reach_acquire(reach, i);

		if (other->acquirer->kind != acquire->acquirer->kind &&
		    is_reached(graph, &other->exact) &&
		    agree(reach, acquire->fact, other->fact))
			reach->shared[i] = true;
	}

	graph_walk(graph, acquire->exact.nodes, acquire->exact.nr, true);
	for (i = 0; i < reach->nr_releases; i++) {
		if (way(reach, a, i)->any &&
		    is_reached(graph, &reach_release(reach, i)->exact))
			way(reach, a, i)->exact = true;
	}
}

/**
 * reach_read() - find all ways from calls that acquire to releases
 * @reach: for reach_free()
 * @flow: the calls; unknown sources of pages are added to the others
 */
void reach_read(struct reach *reach, struct flow *flow)
{
	size_t i;

	*reach = (struct reach){ .flow = flow };
	reach->acquires = xcalloc(flow->nr_calls, sizeof(*reach->acquires));
	reach->releases = xcalloc(flow->nr_calls, sizeof(*reach->releases));
	for (i = 0; i < flow->nr_calls; i++) {
		if (flow->calls[i].acquirer)
			reach->acquires[reach->nr_acquires++] = i;
		else
			reach->releases[reach->nr_releases++] = i;
	}
	reach->ways = xcalloc(reach->nr_acquires * reach->nr_releases,
			      sizeof(*reach->ways));
	reach->others = xcalloc(reach->nr_releases, sizeof(*reach->others));
	reach->shared = xcalloc(reach->nr_acquires, sizeof(*reach->shared));

	add_unknown(reach, flow);
	walk_others(reach);
	for (i = 0; i < reach->nr_acquires; i++)
		walk_acquire(reach, i);
}

void reach_free(struct reach *reach)
{
	free(reach->acquires);
	free(reach->releases);
	free(reach->ways);
	free(reach->others);
	free(reach->shared);
}

static bool fits(const struct reach *reach, size_t a, size_t r)
{
	return reach_acquire(reach, a)->acquirer->kind ==
	       reach_release(reach, r)->releaser->kind;
}

/* Pages of the other kind get there as well, in the same kernel. */
static bool gets_right_ones(const struct reach *reach, size_t a, size_t r)
{
	const struct fact *fact = reach_acquire(reach, a)->fact;
	size_t i;

	for (i = 0; i < reach->nr_acquires; i++) {
		if (way(reach, i, r)->any && fits(reach, i, r) &&
		    agree(reach, fact, reach_acquire(reach, i)->fact))
			return true;
	}
	return false;
}

/* The pages may also be released rightly, without being kept. */
static bool has_right_one(const struct reach *reach, size_t a)
{
	size_t i;

	for (i = 0; i < reach->nr_releases; i++) {
		if (way(reach, a, i)->exact && fits(reach, a, i))
			return true;
	}
	return false;
}

/* In one function, what is above comes first; it releases what was there before. */
static bool comes_before(const struct reach *reach, size_t a, size_t r)
{
	const struct fact *acquire = reach_acquire(reach, a)->fact;
	const struct fact *release = reach_release(reach, r)->fact;

	return release->line < acquire->line &&
	       !strcmp(acquire->file, release->file) &&
	       !strcmp(acquire->function, release->function);
}

bool reach_is_wrong(const struct reach *reach, size_t a, size_t r)
{
	if (!way(reach, a, r)->any || fits(reach, a, r))
		return false;
	if (!reach->others[r] && !gets_right_ones(reach, a, r))
		return true;
	return way(reach, a, r)->exact && !reach->shared[a] &&
	       !has_right_one(reach, a) && !comes_before(reach, a, r);
}
