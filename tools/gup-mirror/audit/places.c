// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which nodes of the graph an expression stands for.
 *
 * The order of statements does not count: a variable has all pages that are ever
 * put into it. Members are told apart by the type of the structure, and a member
 * of an unknown structure may be any of that name.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/places.h"
#include "audit/prepare.h"

static void add_place(struct places *places, struct place place)
{
	if (places->nr == MAX_PLACES)
		return;
	place.type = place.type ?: "";
	places->places[places->nr++] = place;
}

/* A choice has the places of what it chooses from, so there may be some already. */
static void add_places(struct places *places, const struct places *more)
{
	unsigned int i;

	for (i = 0; i < more->nr; i++)
		add_place(places, more->places[i]);
}

static void add_value(struct places *places, size_t read, enum step step,
		      const char *type)
{
	add_place(places, (struct place){
		.read = read, .write = NO_NODE, .exact = NO_NODE,
		.step = step, .type = type,
	});
}

void nodes_add(struct nodes *nodes, size_t node)
{
	if (node == NO_NODE)
		return;
	nodes->nodes = grow(nodes->nodes, nodes->nr, sizeof(*nodes->nodes));
	nodes->nodes[nodes->nr++] = node;
}

void places_are_unknown(struct flow *flow, const struct places *places)
{
	struct nodes nodes = { };
	unsigned int i;

	for (i = 0; i < places->nr; i++)
		nodes_add(&nodes, places->places[i].read);
	flow->unknown = grow(flow->unknown, flow->nr_unknown,
			     sizeof(*flow->unknown));
	flow->unknown[flow->nr_unknown++] = nodes;
}

bool place_is_page(const struct place *place)
{
	return (int)type_page_depth(place->type) - place->followed == 1;
}

/* The node of a key that is freed. */
static size_t node(struct flow *flow, char *key, const char *label)
{
	size_t number = graph_node(flow->graph, key, label);

	free(key);
	return number;
}

size_t node_variable(struct flow *flow, const char *file, const char *function,
		     const char *name)
{
	return node(flow, xasprintf("variable %s %s %s", file, function, name),
		    name);
}

size_t node_returned(struct flow *flow, const char *file, const char *function)
{
	return node(flow, xasprintf("returned %s %s", file, function),
		    function);
}

size_t node_acquired(struct flow *flow, const struct fact *fact,
		     const char *name)
{
	return node(flow, xasprintf("acquired %s %s %s", fact->file,
				    fact->function, name), name);
}

size_t node_other(struct flow *flow)
{
	return graph_node(flow->graph, "other", "other");
}

/* The nodes of a member: what is written to it can be read from it. */
static void member_nodes(struct flow *flow, const char *unit, const char *tag,
			 const char *name, size_t *read, size_t *write)
{
	char *label = *tag ? xasprintf("%s.%s", tag, name) : xstrdup(name);

	*read = node(flow, xasprintf("read %s %s %s", unit, tag, name), label);
	*write = node(flow, xasprintf("write %s %s %s", unit, tag, name),
		      label);
	graph_edge(flow->graph, *write, *read, STEP_MEMORY);
	free(label);
}

/* What is in any bio of a driver may be in each. */
static void add_container(struct flow *flow, const struct fact *fact,
			  const char *type, struct places *places)
{
	char *tag = type_tag(type ?: "");
	struct place place = { .exact = NO_NODE, .type = type };

	if (is_container(tag)) {
		member_nodes(flow, code_unit(&flow->code, fact->file), tag,
			     "pages", &place.read, &place.write);
		add_place(places, place);
	}
	free(tag);
}

static void find_name(struct flow *flow, const struct fact *fact,
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
	number = node_variable(flow, fact->file, function, name);
	add_place(places, (struct place){
		.read = number, .write = number, .exact = number, .type = type,
	});
	add_container(flow, fact, type, places);
}

/* Members of what is kept in one are in it as well. */
static bool stands_for(const struct expr *expr, const struct places *base)
{
	return is_content(expr->name) ||
	       (base->nr && strstr(base->places[0].type, "sg_append_table"));
}

static void find_member(struct flow *flow, const struct fact *fact,
			const struct expr *expr, struct places *places)
{
	size_t any_read, any_write;
	struct place place = { };
	struct places base = { };
	const char *unit;
	char *tag, *text;

	places_find(flow, fact, expr->arguments[0], &base);
	if (stands_for(expr, &base)) {
		add_places(places, &base);
		return;
	}
	unit = code_unit(&flow->code, fact->file);
	tag = type_tag(base.nr ? base.places[0].type : "");
	place.type = code_field(&flow->code, fact, tag, expr->name);
	member_nodes(flow, unit, tag, expr->name, &place.read, &place.write);
	if (*tag) {
		member_nodes(flow, unit, "", expr->name, &any_read,
			     &any_write);
		graph_edge(flow->graph, any_write, place.read, STEP_MEMORY);
		graph_edge(flow->graph, place.write, any_read, STEP_MEMORY);
	}
	text = expr_print(expr);
	place.exact = node(flow, xasprintf("exact %s %s %s", fact->file,
					   fact->function, text), text);
	add_place(places, place);
	add_container(flow, fact, place.type, places);
	free(text);
	free(tag);
}

/* Something of a function that we do not know: it may be a page. */
static void add_unknown(struct flow *flow, struct places *places)
{
	add_value(places, node_other(flow), STEP_INSIDE, "unknown");
}

/* What is taken out of a list is known only if it is known what is put in. */
static void find_passed(struct flow *flow, const struct fact *fact,
			const char *name, const struct expr *argument,
			struct places *places)
{
	struct places found = { };
	unsigned int i;

	places_find(flow, fact, argument, &found);
	for (i = 0; i < found.nr; i++) {
		struct place *place = &found.places[i];

		/* The page that an array is in is none of those in the array. */
		if (finds_own_page(name) && type_holds_pages(place->type) &&
		    !place->followed) {
			add_unknown(flow, places);
			return;
		}
	}
	if (takes_out(name))
		places_are_unknown(flow, &found);
	add_places(places, &found);
}

static void find_call(struct flow *flow, const struct fact *fact,
		      const struct expr *expr, struct places *places)
{
	const char *name = code_alias(&flow->code, fact, expr->name);
	const struct acquirer *acquirer = find_acquirer(name);
	int passed = passed_argument(name);
	const struct fact *function;

	if (acquirer) {
		if (acquirer->pages == RETURNED)
			add_value(places, node_acquired(flow, fact, name),
				  STEP_INSIDE, "struct page *");
		return;
	}
	if (passed >= 0) {
		if ((size_t)passed < expr->nr)
			find_passed(flow, fact, name, expr->arguments[passed],
				    places);
		return;
	}
	if (!strcmp(name, "container_of") && expr->nr > 1) {
		/* Its value is of the type that it names. */
		add_value(places, NO_NODE, STEP_INSIDE,
			  expr->arguments[1]->name);
		return;
	}
	function = code_function(&flow->code, fact, name);
	if (function)
		add_value(places, node_returned(flow, function->file, name),
			  STEP_UP, function->sort == FACT_FUNCTION ?
			  function->words[1] : "");
	else if (names_pages(name))
		add_value(places, node_other(flow), STEP_INSIDE, "");
	else if (strcmp(name, CLEANUP_CALL))
		add_unknown(flow, places);
}

static void find_indirect(struct flow *flow, const struct fact *fact,
			  const struct expr *expr, struct places *places)
{
	const struct map_entry *entry = code_table(&flow->code, fact,
						   expr->name);
	bool found = false;
	size_t i;

	for (i = 0; entry && i < entry->nr; i++) {
		const struct fact *table = entry->values[i];
		const struct fact *function;

		function = code_function(&flow->code, table, table->words[1]);
		if (!function || function->sort != FACT_FUNCTION)
			continue;
		found = true;
		add_value(places, node_returned(flow, function->file,
						function->words[0]),
			  STEP_UP, function->words[1]);
	}
	if (!found)
		add_unknown(flow, places);
}

static void find_inner(struct flow *flow, const struct fact *fact,
		       const struct expr *expr, struct places *places)
{
	struct places found = { };
	unsigned int i;

	places_find(flow, fact, expr->arguments[0], &found);
	for (i = 0; i < found.nr; i++) {
		if (expr->sort == EXPR_ELEMENT)
			found.places[i].followed++;
		else if (expr->sort == EXPR_ADDRESS)
			found.places[i].followed--;
		else if (strstr(expr->name, "struct "))
			found.places[i].type = expr->name;
	}
	add_places(places, &found);
}

void places_find(struct flow *flow, const struct fact *fact,
		 const struct expr *expr, struct places *places)
{
	size_t i;

	switch (expr->sort) {
	case EXPR_NAME:
		find_name(flow, fact, expr->name, places);
		break;
	case EXPR_MEMBER:
		find_member(flow, fact, expr, places);
		break;
	case EXPR_CALL:
		find_call(flow, fact, expr, places);
		break;
	case EXPR_INDIRECT:
		find_indirect(flow, fact, expr, places);
		break;
	case EXPR_ELEMENT:
	case EXPR_ADDRESS:
	case EXPR_CAST:
		find_inner(flow, fact, expr, places);
		break;
	case EXPR_EITHER:
		for (i = 0; i < expr->nr; i++)
			places_find(flow, fact, expr->arguments[i], places);
		break;
	default:
		break;
	}
}
