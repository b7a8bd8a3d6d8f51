// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: the ways that pages take from variable to variable.
 *
 * What a function was handed does not come back out of it to everybody who calls
 * it: a way may go up any number of times, and then down. What is stored in a
 * member starts anew where it is read. So each node is there twice, as reached
 * before and after a step down.
 */
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/graph.h"

#define NO_STATE SIZE_MAX

struct edge {
	size_t to;
	enum step step;
};

struct node {
	char *key, *label;
	size_t number;
	struct edge *edges;
	size_t nr_edges;
};

/* A node, reached before (2 * node) or after (2 * node + 1) a step down. */
struct state {
	unsigned long walk;
	size_t from;
	enum step step;
};

struct graph {
	void *by_key;
	struct node **nodes;
	size_t nr;

	struct state *states;
	size_t *queue;
	size_t nr_states;
	unsigned long walk;
};

static int by_key(const void *a, const void *b)
{
	const struct node *left = a, *right = b;

	return strcmp(left->key, right->key);
}

struct graph *graph_new(void)
{
	return xcalloc(1, sizeof(struct graph));
}

static void keep(void *node)
{
	(void)node;
}

void graph_free(struct graph *graph)
{
	size_t i;

	tdestroy(graph->by_key, keep);
	for (i = 0; i < graph->nr; i++) {
		free(graph->nodes[i]->key);
		free(graph->nodes[i]->label);
		free(graph->nodes[i]->edges);
		free(graph->nodes[i]);
	}
	free(graph->nodes);
	free(graph->states);
	free(graph->queue);
	free(graph);
}

size_t graph_find(const struct graph *graph, const char *key)
{
	struct node wanted = { .key = (char *)key };
	struct node **found = tfind(&wanted, &graph->by_key, by_key);

	return found ? (*found)->number : NO_NODE;
}

size_t graph_node(struct graph *graph, const char *key, const char *label)
{
	size_t number = graph_find(graph, key);
	struct node *node;

	if (number != NO_NODE)
		return number;
	node = xcalloc(1, sizeof(*node));
	node->key = xstrdup(key);
	node->label = xstrdup(label);
	node->number = graph->nr;
	graph->nodes = grow(graph->nodes, graph->nr, sizeof(*graph->nodes));
	graph->nodes[graph->nr++] = node;
	tsearch(node, &graph->by_key, by_key);
	return node->number;
}

const char *graph_label(const struct graph *graph, size_t node)
{
	return graph->nodes[node]->label;
}

void graph_edge(struct graph *graph, size_t from, size_t to, enum step step)
{
	struct node *node = graph->nodes[from];
	size_t i;

	if (from == to)
		return;
	for (i = 0; i < node->nr_edges; i++) {
		if (node->edges[i].to == to && node->edges[i].step == step)
			return;
	}
	node->edges = grow(node->edges, node->nr_edges, sizeof(*node->edges));
	node->edges[node->nr_edges++] = (struct edge){ to, step };
}

static void reach(struct graph *graph, size_t state, size_t from,
		  enum step step, size_t *queued)
{
	if (graph->states[state].walk == graph->walk)
		return;
	graph->states[state] = (struct state){ graph->walk, from, step };
	graph->queue[(*queued)++] = state;
}

/**
 * graph_walk() - find out where pages can get
 * @graph: the graph; edges that are added later do not count
 * @starts: where they are at first
 * @nr: number of these
 * @exact: leave out STEP_MEMORY
 */
void graph_walk(struct graph *graph, const size_t *starts, size_t nr,
		bool exact)
{
	size_t i, at, queued = 0;

	if (graph->nr_states != 2 * graph->nr) {
		free(graph->states);
		free(graph->queue);
		graph->nr_states = 2 * graph->nr;
		graph->states = xcalloc(graph->nr_states,
					sizeof(*graph->states));
		graph->queue = xcalloc(graph->nr_states, sizeof(*graph->queue));
	}
	graph->walk++;
	for (i = 0; i < nr; i++)
		reach(graph, 2 * starts[i], NO_STATE, STEP_INSIDE, &queued);

	for (at = 0; at < queued; at++) {
		size_t state = graph->queue[at];
		const struct node *node = graph->nodes[state / 2];
		bool down = state % 2;

		for (i = 0; i < node->nr_edges; i++) {
			const struct edge *edge = &node->edges[i];
			bool then = down;

			if ((edge->step == STEP_UP && down) ||
			    (edge->step == STEP_MEMORY && exact))
				continue;
			if (edge->step == STEP_DOWN)
				then = true;
			else if (edge->step == STEP_MEMORY)
				then = false;
			reach(graph, 2 * edge->to + then, state, edge->step,
			      &queued);
		}
	}
}

bool graph_reached(const struct graph *graph, size_t node)
{
	return 2 * node + 1 < graph->nr_states &&
	       (graph->states[2 * node].walk == graph->walk ||
		graph->states[2 * node + 1].walk == graph->walk);
}

const char *graph_through(const struct graph *graph, size_t node)
{
	size_t state = 2 * node;

	if (!graph_reached(graph, node))
		return NULL;
	if (graph->states[state].walk != graph->walk)
		state++;
	while (graph->states[state].from != NO_STATE) {
		if (graph->states[state].step == STEP_MEMORY)
			return graph->nodes[state / 2]->label;
		state = graph->states[state].from;
	}
	return NULL;
}
