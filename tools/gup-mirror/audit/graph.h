/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: the ways that pages take from variable to variable.
 */
#ifndef GUP_MIRROR_AUDIT_GRAPH_H
#define GUP_MIRROR_AUDIT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#define NO_NODE ((size_t)-1)

enum step {
	STEP_INSIDE,	/* of a function */
	STEP_MEMORY,	/* through a member: who reads it may be anybody */
	STEP_DOWN,	/* into a function that is called */
	STEP_UP,	/* back to who called; not after a step down */
};

struct graph;

struct graph *graph_new(void);
void graph_free(struct graph *graph);

/* The node of a key, which is made if there is none; @label, for people. */
size_t graph_node(struct graph *graph, const char *key, const char *label);
/* NO_NODE if there is none. */
size_t graph_find(const struct graph *graph, const char *key);
const char *graph_label(const struct graph *graph, size_t node);
void graph_edge(struct graph *graph, size_t from, size_t to, enum step step);

/* From now on, graph_reached() tells of ways from these nodes. */
void graph_walk(struct graph *graph, const size_t *starts, size_t nr,
		bool exact);
bool graph_reached(const struct graph *graph, size_t node);

/*
 * The label of the last member that pages went through on a shortest way to
 * @node, or NULL.
 */
const char *graph_through(const struct graph *graph, size_t node);

#endif
