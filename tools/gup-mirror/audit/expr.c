// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which variable, member or call an expression stands for.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/expr.h"

/* Nobody writes more; rubbish may even contain itself. */
#define MAX_DEPTH 64
#define MAX_EXPRS 1000

struct search {
	const struct parts *parts;
	const char *file;
	unsigned int depth, exprs;
};

static const struct {
	const char *name;
	enum expr_sort sort;
} sorts[] = {
	{ "member", EXPR_MEMBER },
	{ "element", EXPR_ELEMENT },
	{ "address", EXPR_ADDRESS },
	{ "call", EXPR_CALL },
	{ "indirect", EXPR_INDIRECT },
	{ "cast", EXPR_CAST },
	{ "either", EXPR_EITHER },
};

static struct expr *find(struct search *search, const char *text);

static char *key_of(const char *file, const char *text)
{
	return xasprintf("%s\t%s", file, text);
}

/**
 * parts_read() - find out how expressions are composed
 * @parts: where to add this, for parts_free()
 * @facts: the facts, which must live as long
 */
void parts_read(struct parts *parts, const struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->nr; i++) {
		const struct fact *fact = &facts->facts[i];
		char *key;

		if (fact->sort != FACT_PART)
			continue;
		key = key_of(fact->file, fact->words[0]);
		map_add(&parts->by_text, key, fact);
		free(key);
	}
}

void parts_free(struct parts *parts)
{
	map_free(&parts->by_text);
}

bool is_name(const char *text)
{
	const char *at = text;

	if (!isalpha((unsigned char)*at) && *at != '_')
		return false;
	while (isalnum((unsigned char)*at) || *at == '_')
		at++;
	return !*at;
}

static struct expr *new_expr(enum expr_sort sort, const char *name)
{
	struct expr *expr = xcalloc(1, sizeof(*expr));

	expr->sort = sort;
	expr->name = name ? xstrdup(name) : NULL;
	return expr;
}

static void add_arguments(struct search *search, struct expr *expr,
			  const char *const *texts, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		struct expr *argument = find(search, texts[i]);

		expr->arguments = grow(expr->arguments, expr->nr,
				       sizeof(*expr->arguments));
		expr->arguments[expr->nr++] = argument;
	}
}

static struct expr *compose(struct search *search, const struct fact *fact)
{
	const char *const *words = fact->words;
	struct expr *expr;
	size_t i;

	/* What has the same pages as its first word. */
	if (!strcmp(words[1], "same"))
		return find(search, words[2]);
	for (i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
		if (!strcmp(words[1], sorts[i].name))
			break;
	}
	if (i == sizeof(sorts) / sizeof(*sorts))
		return new_expr(EXPR_NONE, "");

	switch (sorts[i].sort) {
	case EXPR_MEMBER:
	case EXPR_CAST:
		expr = new_expr(sorts[i].sort,
				fact->nr_words > 3 ? words[3] : "");
		add_arguments(search, expr, words + 2, 1);
		break;
	case EXPR_ELEMENT:
	case EXPR_ADDRESS:
		expr = new_expr(sorts[i].sort, NULL);
		add_arguments(search, expr, words + 2, 1);
		break;
	case EXPR_EITHER:
		expr = new_expr(EXPR_EITHER, NULL);
		add_arguments(search, expr, words + 2, fact->nr_words - 2);
		break;
	default:
		expr = new_expr(sorts[i].sort, words[2]);
		add_arguments(search, expr, words + 3, fact->nr_words - 3);
		break;
	}
	return expr;
}

/* Coccinelle keeps brackets, which change nothing around a whole expression. */
static char *without_brackets(const char *text)
{
	size_t len = strlen(text);

	if (len < 5 || strncmp(text, "( ", 2) || strcmp(text + len - 2, " )"))
		return NULL;
	return strndup(text + 2, len - 4);
}

static struct expr *find(struct search *search, const char *text)
{
	struct expr *expr = NULL;
	const struct fact *fact;
	char *key, *inner;

	if (search->depth == MAX_DEPTH || ++search->exprs > MAX_EXPRS)
		return new_expr(EXPR_NONE, "");
	if (is_name(text))
		return new_expr(strcmp(text, "NULL") ? EXPR_NAME : EXPR_NONE,
				text);
	search->depth++;
	key = key_of(search->file, text);
	fact = map_first(&search->parts->by_text, key);
	free(key);
	if (fact) {
		expr = compose(search, fact);
	} else {
		inner = without_brackets(text);
		if (inner)
			expr = find(search, inner);
		free(inner);
	}
	search->depth--;
	return expr ?: new_expr(EXPR_NONE, text);
}

struct expr *expr_find(const struct parts *parts, const char *file,
		       const char *text)
{
	struct search search = { .parts = parts, .file = file };

	return find(&search, text);
}

void expr_free(struct expr *expr)
{
	size_t i;

	if (!expr)
		return;
	for (i = 0; i < expr->nr; i++)
		expr_free(expr->arguments[i]);
	free(expr->arguments);
	free(expr->name);
	free(expr);
}

/* "first<between>second...". */
static char *print_arguments(const struct expr *expr, const char *between)
{
	char *text = xstrdup("");
	size_t i;

	for (i = 0; i < expr->nr; i++) {
		char *argument = expr_print(expr->arguments[i]);
		char *longer = xasprintf("%s%s%s", text, i ? between : "",
					 argument);

		free(argument);
		free(text);
		text = longer;
	}
	return text;
}

char *expr_print(const struct expr *expr)
{
	char *arguments, *text;

	arguments = print_arguments(expr, expr->sort == EXPR_EITHER ? " | " : ", ");
	switch (expr->sort) {
	case EXPR_NAME:
		text = xstrdup(expr->name);
		break;
	case EXPR_MEMBER:
		text = xasprintf("%s->%s", arguments, expr->name);
		break;
	case EXPR_CALL:
		text = xasprintf("%s(%s)", expr->name, arguments);
		break;
	case EXPR_INDIRECT:
		text = xasprintf("->%s(%s)", expr->name, arguments);
		break;
	case EXPR_ELEMENT:
	case EXPR_ADDRESS:
	case EXPR_CAST:
		text = xstrdup(arguments);
		break;
	case EXPR_EITHER:
		text = xasprintf("(%s)", arguments);
		break;
	default:
		text = xstrdup("-");
		break;
	}
	free(arguments);
	return text;
}
