// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: where pages come from, go, and are released.
 *
 * The order of statements does not count: a variable has all pages that are ever
 * put into it. Members are told apart by the type of the structure, and a member
 * of an unknown structure may be any of that name.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit_expr.h"
#include "audit_flow.h"

/* What an expression stands for. */
struct place {
	/* NO_NODE if only the type is known. */
	size_t read, write;
	/* How what is read gets here. */
	enum step step;
	const char *type;
};

#define MAX_PLACES 8

struct places {
	struct place places[MAX_PLACES];
	unsigned int nr;
};

static void eval(struct flow *flow, const struct fact *fact,
		 const struct expr *expr, struct places *places);

static void add_place(struct places *places, size_t read, size_t write,
		      enum step step, const char *type)
{
	if (places->nr == MAX_PLACES)
		return;
	places->places[places->nr++] =
		(struct place){ read, write, step, type ?: "" };
}

/* A choice has the places of what it chooses from, so there may be some already. */
static void add_places(struct places *places, const struct places *more)
{
	unsigned int i;

	for (i = 0; i < more->nr; i++) {
		const struct place *place = &more->places[i];

		add_place(places, place->read, place->write, place->step,
			  place->type);
	}
}

static void add_node(struct nodes *nodes, size_t node)
{
	if (node == NO_NODE)
		return;
	nodes->nodes = grow(nodes->nodes, nodes->nr, sizeof(*nodes->nodes));
	nodes->nodes[nodes->nr++] = node;
}

/* The node of a key that is freed. */
static size_t node(struct flow *flow, char *key, const char *label)
{
	size_t number = graph_node(flow->graph, key, label);

	free(key);
	return number;
}

static size_t variable_node(struct flow *flow, const char *file,
			    const char *function, const char *name)
{
	return node(flow, xasprintf("variable %s %s %s", file, function, name),
		    name);
}

static size_t returned_node(struct flow *flow, const char *file,
			    const char *function)
{
	return node(flow, xasprintf("returned %s %s", file, function),
		    function);
}

/* What a function that acquires one page has returned within another. */
static size_t acquired_node(struct flow *flow, const struct fact *fact,
			    const char *name)
{
	return node(flow, xasprintf("acquired %s %s %s", fact->file,
				    fact->function, name), name);
}

static size_t other_node(struct flow *flow)
{
	return graph_node(flow->graph, "other", "other");
}

static void eval_name(struct flow *flow, const struct fact *fact,
		      const char *name, struct places *places)
{
	const char *type = code_local(&flow->code, fact, name);
	const char *function = fact->function;
	size_t number;

	if (!type) {
		type = code_global(&flow->code, fact, name);
		/* What was not declared is taken for a local variable. */
		if (type)
			function = "";
	}
	number = variable_node(flow, fact->file, function, name);
	add_place(places, number, number, STEP_INSIDE, type);
}

/* The nodes of a member: what is written to it can be read from it. */
static void member_nodes(struct flow *flow, const char *directory,
			 const char *tag, const char *name,
			 size_t *read, size_t *write)
{
	char *label = *tag ? xasprintf("%s.%s", tag, name) : xstrdup(name);

	*read = node(flow, xasprintf("read %s %s %s", directory, tag, name),
		     label);
	*write = node(flow, xasprintf("write %s %s %s", directory, tag, name),
		      label);
	graph_edge(flow->graph, *write, *read, STEP_MEMORY);
	free(label);
}

static void eval_member(struct flow *flow, const struct fact *fact,
			const struct expr *expr, struct places *places)
{
	size_t read, write, any_read, any_write;
	struct places base = { };
	char *directory, *tag;
	const char *type;

	eval(flow, fact, expr->arguments[0], &base);
	if (is_content(expr->name)) {
		add_places(places, &base);
		return;
	}
	directory = directory_of(fact->file);
	tag = type_tag(base.nr ? base.places[0].type : "");
	type = code_field(&flow->code, fact, tag, expr->name);
	member_nodes(flow, directory, tag, expr->name, &read, &write);
	if (*tag) {
		member_nodes(flow, directory, "", expr->name, &any_read,
			     &any_write);
		graph_edge(flow->graph, any_write, read, STEP_MEMORY);
		graph_edge(flow->graph, write, any_read, STEP_MEMORY);
	}
	add_place(places, read, write, STEP_INSIDE, type);
	free(tag);
	free(directory);
}

static void eval_call(struct flow *flow, const struct fact *fact,
		      const struct expr *expr, struct places *places)
{
	const struct acquirer *acquirer = find_acquirer(expr->name);
	int passed = passed_argument(expr->name);
	const struct fact *function;

	if (acquirer) {
		if (acquirer->pages == RETURNED)
			add_place(places,
				  acquired_node(flow, fact, expr->name),
				  NO_NODE, STEP_INSIDE, "struct page *");
		return;
	}
	if (passed >= 0) {
		if ((size_t)passed < expr->nr)
			eval(flow, fact, expr->arguments[passed], places);
		return;
	}
	if (!strcmp(expr->name, "container_of") && expr->nr > 1) {
		const struct expr *type = expr->arguments[1];

		/* The value of its own is the type of @type. */
		if (type->sort == EXPR_NAME)
			add_place(places, NO_NODE, NO_NODE, STEP_INSIDE,
				  type->name);
		return;
	}
	function = code_function(&flow->code, fact, expr->name);
	if (function)
		add_place(places,
			  returned_node(flow, function->file, expr->name),
			  NO_NODE, STEP_UP, function->words[1]);
	else if (names_pages(expr->name))
		add_place(places, other_node(flow), NO_NODE, STEP_INSIDE, "");
}

static void eval(struct flow *flow, const struct fact *fact,
		 const struct expr *expr, struct places *places)
{
	struct places found = { };
	size_t i;

	switch (expr->sort) {
	case EXPR_NAME:
		eval_name(flow, fact, expr->name, places);
		break;
	case EXPR_MEMBER:
		eval_member(flow, fact, expr, places);
		break;
	case EXPR_CALL:
		eval_call(flow, fact, expr, places);
		break;
	case EXPR_CAST:
		eval(flow, fact, expr->arguments[0], &found);
		for (i = 0; i < found.nr; i++) {
			if (strstr(expr->name, "struct "))
				found.places[i].type = expr->name;
		}
		add_places(places, &found);
		break;
	case EXPR_EITHER:
		for (i = 0; i < expr->nr; i++)
			eval(flow, fact, expr->arguments[i], places);
		break;
	default:
		break;
	}
}

static void move(struct flow *flow, const struct fact *fact,
		 const struct expr *from, const struct expr *to)
{
	struct places sources = { }, targets = { };
	unsigned int i, j;

	eval(flow, fact, from, &sources);
	eval(flow, fact, to, &targets);
	for (i = 0; i < sources.nr; i++) {
		for (j = 0; j < targets.nr; j++) {
			const struct place *source = &sources.places[i];
			const struct place *target = &targets.places[j];

			if (source->read == NO_NODE || target->write == NO_NODE)
				continue;
			graph_edge(flow->graph, source->read, target->write,
				   source->step);
			/*
			 * What is then put into a variable that points to an
			 * array is in the array. Not so for members: they have
			 * many arrays.
			 */
			if (source->write != NO_NODE &&
			    target->read == target->write &&
			    (type_holds_pages(source->type) ||
			     type_holds_pages(target->type)))
				graph_edge(flow->graph, target->read,
					   source->write, STEP_INSIDE);
		}
	}
}

static void add_assign(struct flow *flow, const struct fact *fact)
{
	struct expr *to = expr_parse(fact->words[0]);
	struct expr *from = expr_parse(fact->words[1]);

	move(flow, fact, from, to);
	expr_free(to);
	expr_free(from);
}

static void add_return(struct flow *flow, const struct fact *fact)
{
	struct expr *value = expr_parse(fact->words[0]);
	size_t returned = returned_node(flow, fact->file, fact->function);
	struct places places = { };
	unsigned int i;

	eval(flow, fact, value, &places);
	for (i = 0; i < places.nr; i++) {
		if (places.places[i].read != NO_NODE)
			graph_edge(flow->graph, places.places[i].read, returned,
				   places.places[i].step);
	}
	expr_free(value);
}

/* Arguments go down into parameters; what fills an array comes back up. */
static void add_passing(struct flow *flow, const struct fact *fact,
			const struct fact *function,
			const struct expr *arguments)
{
	unsigned int i, j;

	for (i = 0; i < arguments->nr; i++) {
		char *name = parameter_name(function, i);
		struct fact inside = *function;
		struct places places = { };
		const char *type;
		size_t parameter;

		if (!name)
			break;
		inside.function = function->words[0];
		type = code_local(&flow->code, &inside, name);
		parameter = variable_node(flow, function->file,
					  inside.function, name);
		eval(flow, fact, arguments->arguments[i], &places);
		for (j = 0; j < places.nr; j++) {
			const struct place *place = &places.places[j];

			if (place->read != NO_NODE)
				graph_edge(flow->graph, place->read, parameter,
					   STEP_DOWN);
			if (place->write != NO_NODE && type &&
			    type_holds_pages(type))
				graph_edge(flow->graph, parameter, place->write,
					   STEP_UP);
		}
		free(name);
	}
}

static void add_movers(struct flow *flow, const struct fact *fact,
		       const struct expr *arguments)
{
	const struct mover *mover = NULL;

	while ((mover = find_mover(fact->words[0], mover))) {
		if ((size_t)mover->from < arguments->nr &&
		    (size_t)mover->to < arguments->nr)
			move(flow, fact, arguments->arguments[mover->from],
			     arguments->arguments[mover->to]);
	}
}

static void add_nodes(struct flow *flow, const struct fact *fact,
		      const struct expr *expr, bool write, struct nodes *nodes)
{
	struct places places = { };
	unsigned int i;

	eval(flow, fact, expr, &places);
	for (i = 0; i < places.nr; i++)
		add_node(nodes, write ? places.places[i].write :
				places.places[i].read);
}

static struct flow_call *new_call(struct flow *flow, const struct fact *fact)
{
	flow->calls = grow(flow->calls, flow->nr_calls, sizeof(*flow->calls));
	flow->calls[flow->nr_calls] = (struct flow_call){ .fact = fact };
	return &flow->calls[flow->nr_calls++];
}

static void add_acquirer(struct flow *flow, const struct fact *fact,
			 const struct acquirer *acquirer,
			 const struct expr *arguments)
{
	struct flow_call *call = new_call(flow, fact);
	const struct expr *pages;

	call->acquirer = acquirer;
	if (acquirer->pages == RETURNED) {
		add_node(&call->nodes,
			 acquired_node(flow, fact, acquirer->name));
		return;
	}
	if ((size_t)acquirer->pages >= arguments->nr)
		return;
	pages = arguments->arguments[acquirer->pages];
	/* NULL: they are only faulted in. */
	call->no_pages = pages->sort == EXPR_NONE;
	add_nodes(flow, fact, pages, true, &call->nodes);
}

/* A function that we do not know may fill in a page that it gets the address of. */
static void add_unknown(struct flow *flow, const struct fact *fact,
			const struct expr *arguments)
{
	size_t i;

	for (i = 0; i < arguments->nr; i++) {
		const struct expr *argument = arguments->arguments[i];
		char *address;

		if (argument->sort != EXPR_NAME)
			continue;
		address = xasprintf("& %s", argument->name);
		if (strstr(fact->words[1], address))
			add_nodes(flow, fact, argument, true, &flow->others);
		free(address);
	}
}

static void add_call(struct flow *flow, const struct fact *fact)
{
	const char *name = fact->words[0];
	struct expr *arguments = expr_parse_list(fact->words[1]);
	const struct acquirer *acquirer = find_acquirer(name);
	const struct releaser *releaser = find_releaser(name);
	const struct fact *function = NULL;

	if (acquirer) {
		add_acquirer(flow, fact, acquirer, arguments);
	} else if (releaser) {
		struct flow_call *call = new_call(flow, fact);

		call->releaser = releaser;
		if (arguments->nr)
			add_nodes(flow, fact, arguments->arguments[0], false,
				  &call->nodes);
	} else if (takes_reference(name)) {
		if (arguments->nr)
			add_nodes(flow, fact, arguments->arguments[0], false,
				  &flow->others);
	} else if (find_mover(name, NULL)) {
		add_movers(flow, fact, arguments);
	} else {
		function = code_function(&flow->code, fact, name);
		if (function)
			add_passing(flow, fact, function, arguments);
		else if (names_pages(name) && passed_argument(name) < 0)
			add_unknown(flow, fact, arguments);
	}
	expr_free(arguments);
}

static void add_indirect(struct flow *flow, const struct fact *fact)
{
	const struct map_entry *entry = code_table(&flow->code, fact,
						   fact->words[0]);
	struct expr *arguments;
	size_t i;

	if (!entry)
		return;
	arguments = expr_parse_list(fact->words[1]);
	for (i = 0; i < entry->nr; i++) {
		const struct fact *table = entry->values[i];
		const struct fact *function;

		function = code_function(&flow->code, table, table->words[1]);
		if (function)
			add_passing(flow, fact, function, arguments);
	}
	expr_free(arguments);
}

static void add_loop(struct flow *flow, const struct fact *fact)
{
	struct expr *arguments = expr_parse_list(fact->words[1]);

	add_movers(flow, fact, arguments);
	expr_free(arguments);
}

/**
 * flow_read() - follow pages
 * @flow: zeroed, for flow_free()
 * @facts: what the code does
 */
void flow_read(struct flow *flow, const struct facts *facts)
{
	size_t i;

	flow->graph = graph_new();
	code_read(&flow->code, facts);
	add_node(&flow->others, other_node(flow));
	for (i = 0; i < facts->nr; i++) {
		const struct fact *fact = &facts->facts[i];

		switch (fact->sort) {
		case FACT_ASSIGN:
			add_assign(flow, fact);
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
			add_loop(flow, fact);
			break;
		default:
			break;
		}
	}
}

void flow_free(struct flow *flow)
{
	size_t i;

	for (i = 0; i < flow->nr_calls; i++)
		free(flow->calls[i].nodes.nodes);
	free(flow->calls);
	free(flow->others.nodes);
	if (flow->graph)
		graph_free(flow->graph);
	code_free(&flow->code);
}
