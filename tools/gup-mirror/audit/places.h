/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which nodes of the graph an expression stands for.
 *
 * What is the same to somebody who follows pages is the same here: a page, its
 * address, its number, an array of pages, each of its elements, and pointers into
 * it.
 */
#ifndef GUP_MIRROR_AUDIT_PLACES_H
#define GUP_MIRROR_AUDIT_PLACES_H

#include "audit/flow.h"

struct place {
	/* NO_NODE if only the type is known. */
	size_t read, write;
	/* The member of this very object, within this function; or NO_NODE. */
	size_t exact;
	/* How what is read gets here. */
	enum step step;
	const char *type;
	/* Pointers that are followed, less addresses that are taken. */
	int followed;
};

#define MAX_PLACES 8

struct places {
	struct place places[MAX_PLACES];
	unsigned int nr;
};

/* Adds the places of an expression that @fact has. */
void places_find(struct flow *flow, const struct fact *fact,
		 const struct expr *expr, struct places *places);

/* Is it one page, or a pointer to one? Not an array of them. */
bool place_is_page(const struct place *place);

void nodes_add(struct nodes *nodes, size_t node);
/* Pages come from there that may be of any sort. */
void places_are_unknown(struct flow *flow, const struct places *places);

/* Nodes, which are made if there are none. */
size_t node_variable(struct flow *flow, const char *file, const char *function,
		     const char *name);
size_t node_returned(struct flow *flow, const char *file, const char *function);
/* What a function that acquires one page has returned within another. */
size_t node_acquired(struct flow *flow, const struct fact *fact,
		     const char *name);
size_t node_other(struct flow *flow);

#endif
