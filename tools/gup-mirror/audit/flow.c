// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: where pages come from, go, and are released.
 *
 * Each fact becomes edges of the graph, between the places of its expressions.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/flow.h"
#include "audit/places.h"
#include "audit/prepare.h"

static void find(struct flow *flow, const struct fact *fact, const char *text,
		 struct places *places)
{
	struct expr *expr = expr_find(&flow->parts, fact->file, text);

	places_find(flow, fact, expr, places);
	expr_free(expr);
}

static void edge(struct flow *flow, size_t from, size_t to, enum step step)
{
	if (from != NO_NODE && to != NO_NODE)
		graph_edge(flow->graph, from, to, step);
}

/* An unknown function returns a page only where one is wanted. */
static bool is_known(const struct place *source, bool page)
{
	return page || strcmp(source->type, "unknown");
}

static void move_place(struct flow *flow, const struct place *source,
		       const struct place *target)
{
	if (!is_known(source, place_is_page(target)))
		return;
	edge(flow, source->read, target->write, source->step);
	edge(flow, source->read, target->exact, source->step);
	edge(flow, source->exact, target->exact, source->step);
	edge(flow, source->exact, target->write, source->step);
	/*
	 * What is then put into a variable that points to an array is in the
	 * array. Not so for members: they have many arrays.
	 */
	if (target->read == target->write &&
	    (type_holds_pages(source->type) || type_holds_pages(target->type))) {
		edge(flow, target->read, source->write, STEP_INSIDE);
		edge(flow, target->read, source->exact, STEP_INSIDE);
	}
}

static void move(struct flow *flow, const struct fact *fact, const char *from,
		 const char *to)
{
	struct places sources = { }, targets = { };
	unsigned int i, j;

	find(flow, fact, from, &sources);
	find(flow, fact, to, &targets);
	for (i = 0; i < sources.nr; i++) {
		for (j = 0; j < targets.nr; j++)
			move_place(flow, &sources.places[i],
				   &targets.places[j]);
	}
}

static void add_return(struct flow *flow, const struct fact *fact)
{
	size_t returned = node_returned(flow, fact->file, fact->function);
	const struct fact *function;
	struct places places = { };
	bool page;
	unsigned int i;

	function = code_function(&flow->code, fact, fact->function);
	page = function && function->sort == FACT_FUNCTION &&
	       type_page_depth(function->words[1]) == 1;
	find(flow, fact, fact->words[0], &places);
	for (i = 0; i < places.nr; i++) {
		const struct place *place = &places.places[i];

		if (!is_known(place, page))
			continue;
		edge(flow, place->read, returned, place->step);
		edge(flow, place->exact, returned, place->step);
	}
}

/* One argument goes down into a parameter; what fills an array comes back up. */
static void pass(struct flow *flow, const struct fact *fact,
		 const struct fact *function, unsigned int number,
		 const char *argument)
{
	struct places places = { };
	const char *name, *type;
	size_t parameter;
	unsigned int i;
	bool fills;

	name = code_parameter(&flow->code, function, number, &type);
	if (!name)
		return;
	/* A macro has the argument itself. */
	fills = function->sort == FACT_MACRO || type_holds_pages(type);
	parameter = node_variable(flow, function->file, function->words[0],
				  name);
	find(flow, fact, argument, &places);
	for (i = 0; i < places.nr; i++) {
		const struct place *place = &places.places[i];

		if (!is_known(place, type_page_depth(type) == 1))
			continue;
		edge(flow, place->read, parameter, STEP_DOWN);
		edge(flow, place->exact, parameter, STEP_DOWN);
		if (!fills)
			continue;
		edge(flow, parameter, place->write, STEP_UP);
		edge(flow, parameter, place->exact, STEP_UP);
	}
}

static void add_passing(struct flow *flow, const struct fact *fact,
			const struct fact *function)
{
	size_t i;

	for (i = 1; i < fact->nr_words; i++)
		pass(flow, fact, function, i - 1, fact->words[i]);
}

static void add_movers(struct flow *flow, const struct fact *fact,
		       const char *name)
{
	const struct mover *mover = NULL;
	size_t nr = fact->nr_words - 1;

	while ((mover = find_mover(name, mover))) {
		if ((size_t)mover->from >= nr || (size_t)mover->to >= nr)
			continue;
		move(flow, fact, fact->words[mover->from + 1],
		     fact->words[mover->to + 1]);
		if (takes_out(name)) {
			struct places places = { };

			find(flow, fact, fact->words[mover->from + 1],
			     &places);
			places_are_unknown(flow, &places);
		}
	}
}

static void add_nodes(struct flow *flow, const struct fact *fact,
		      const char *text, bool write, struct nodes *nodes,
		      struct nodes *exact)
{
	struct places places = { };
	unsigned int i;

	find(flow, fact, text, &places);
	for (i = 0; i < places.nr; i++) {
		const struct place *place = &places.places[i];

		nodes_add(nodes, write ? place->write : place->read);
		if (place->exact != place->read)
			nodes_add(nodes, place->exact);
		if (exact)
			nodes_add(exact, place->exact);
	}
}

static struct flow_call *new_call(struct flow *flow, const struct fact *fact)
{
	flow->calls = grow(flow->calls, flow->nr_calls, sizeof(*flow->calls));
	flow->calls[flow->nr_calls] = (struct flow_call){ .fact = fact };
	return &flow->calls[flow->nr_calls++];
}

static bool is_null(const char *text)
{
	return !strcmp(text, "NULL") || !strcmp(text, "0");
}

static void add_acquirer(struct flow *flow, const struct fact *fact,
			 const struct acquirer *acquirer)
{
	struct flow_call *call = new_call(flow, fact);
	int pages = acquirer_pages(acquirer, fact->nr_words - 1);

	call->acquirer = acquirer;
	if (pages == NO_ARGUMENT) {
		call->unread = "it has an unknown number of arguments";
	} else if (pages == RETURNED) {
		nodes_add(&call->nodes,
			  node_acquired(flow, fact, acquirer->name));
		nodes_add(&call->exact, call->nodes.nodes[0]);
	} else if (is_null(fact->words[pages + 1])) {
		/* They are only faulted in. */
		call->no_pages = true;
	} else {
		add_nodes(flow, fact, fact->words[pages + 1], true,
			  &call->nodes, &call->exact);
		if (!call->nodes.nr)
			call->unread = "where it puts the pages was not understood";
	}
}

static void add_releaser(struct flow *flow, const struct fact *fact,
			 const struct releaser *releaser, size_t word)
{
	struct flow_call *call;

	if (word >= fact->nr_words)
		return;
	call = new_call(flow, fact);
	call->releaser = releaser;
	call->what = fact->words[word];
	add_nodes(flow, fact, call->what, false, &call->nodes, &call->exact);
}

/* "gup_mirror_free(f, x)": what __free(f) does when x goes out of scope. */
static void add_cleanup(struct flow *flow, const struct fact *fact)
{
	const struct releaser *releaser;
	const struct fact *function;
	char *name;

	if (fact->nr_words < 3)
		return;
	releaser = find_releaser(fact->words[1]);
	name = xasprintf(CLEANUP_PREFIX "%s", fact->words[1]);
	function = code_function(&flow->code, fact, name);
	free(name);
	if (function)
		pass(flow, fact, function, 0, fact->words[2]);
	else if (releaser)
		add_releaser(flow, fact, releaser, 2);
}

/* A function that we do not know may fill in a page that it gets the address of. */
static void add_filled(struct flow *flow, const struct fact *fact)
{
	size_t i;

	for (i = 1; i < fact->nr_words; i++) {
		struct expr *expr = expr_find(&flow->parts, fact->file,
					      fact->words[i]);

		if (expr->sort == EXPR_ADDRESS &&
		    expr->arguments[0]->sort == EXPR_NAME)
			add_nodes(flow, fact, fact->words[i], true,
				  &flow->others, NULL);
		expr_free(expr);
	}
}

/*
 * It may also call a function that it is given, with whatever else it is given:
 * "submit(page, done)".
 */
static void add_callback(struct flow *flow, const struct fact *fact)
{
	size_t i, j;

	for (i = 1; i < fact->nr_words; i++) {
		const struct fact *function;

		if (!is_name(fact->words[i]) ||
		    code_local(&flow->code, fact, fact->words[i]))
			continue;
		function = code_function(&flow->code, fact, fact->words[i]);
		if (!function || function->sort != FACT_FUNCTION)
			continue;
		for (j = 1; j < fact->nr_words; j++) {
			if (j != i)
				pass(flow, fact, function, 0, fact->words[j]);
		}
	}
}

static void add_call(struct flow *flow, const struct fact *fact)
{
	const char *name = code_alias(&flow->code, fact, fact->words[0]);
	const struct acquirer *acquirer = find_acquirer(name);
	const struct releaser *releaser = find_releaser(name);
	const struct fact *function;

	if (acquirer) {
		add_acquirer(flow, fact, acquirer);
	} else if (releaser) {
		add_releaser(flow, fact, releaser, 1);
	} else if (takes_reference(name)) {
		if (fact->nr_words > 1)
			add_nodes(flow, fact, fact->words[1], false,
				  &flow->others, NULL);
	} else if (find_mover(name, NULL)) {
		add_movers(flow, fact, name);
	} else if (!strcmp(name, CLEANUP_CALL)) {
		add_cleanup(flow, fact);
	} else {
		function = code_function(&flow->code, fact, name);
		if (function) {
			add_passing(flow, fact, function);
			return;
		}
		if (names_pages(name) && passed_argument(name) < 0)
			add_filled(flow, fact);
		add_callback(flow, fact);
	}
}

static void add_indirect(struct flow *flow, const struct fact *fact)
{
	const struct map_entry *entry = code_table(&flow->code, fact,
						   fact->words[0]);
	size_t i;

	for (i = 0; entry && i < entry->nr; i++) {
		const struct fact *table = entry->values[i];
		const struct fact *function;

		function = code_function(&flow->code, table, table->words[1]);
		if (function)
			add_passing(flow, fact, function);
	}
}

/* A page that nobody here hands to a function is of unknown origin. */
static void add_parameter(struct flow *flow, const struct fact *fact)
{
	struct places places = { .nr = 1 };

	if (!type_page_depth(fact->words[3]))
		return;
	places.places[0].read = node_variable(flow, fact->file, fact->words[0],
					      fact->words[2]);
	places_are_unknown(flow, &places);
}

/**
 * flow_read() - follow pages
 * @flow: zeroed, for flow_free()
 * @facts: what the code does
 * @files: where it is
 */
void flow_read(struct flow *flow, const struct facts *facts,
	       const struct audit_files *files)
{
	size_t i;

	flow->graph = graph_new();
	code_read(&flow->code, facts, files);
	parts_read(&flow->parts, facts);
	nodes_add(&flow->others, node_other(flow));
	for (i = 0; i < facts->nr; i++) {
		const struct fact *fact = &facts->facts[i];

		switch (fact->sort) {
		case FACT_PARAMETER:
			add_parameter(flow, fact);
			break;
		case FACT_ASSIGN:
			move(flow, fact, fact->words[1], fact->words[0]);
			break;
		case FACT_RETURN:
			add_return(flow, fact);
			break;
		case FACT_CALL:
			add_call(flow, fact);
			break;
		case FACT_INDIRECT:
			add_indirect(flow, fact);
			break;
		case FACT_LOOP:
			add_movers(flow, fact, fact->words[0]);
			break;
		default:
			break;
		}
	}
}

static void free_call(struct flow_call *call)
{
	free(call->nodes.nodes);
	free(call->exact.nodes);
}

void flow_free(struct flow *flow)
{
	size_t i;

	for (i = 0; i < flow->nr_calls; i++)
		free_call(&flow->calls[i]);
	free(flow->calls);
	free(flow->others.nodes);
	for (i = 0; i < flow->nr_unknown; i++)
		free(flow->unknown[i].nodes);
	free(flow->unknown);
	if (flow->graph)
		graph_free(flow->graph);
	parts_free(&flow->parts);
	code_free(&flow->code);
}
