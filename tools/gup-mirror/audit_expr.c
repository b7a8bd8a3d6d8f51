// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which variable, member or call an expression stands for.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit_expr.h"

/* Nobody writes more; it keeps rubbish off the end of our stack. */
#define MAX_DEPTH 64
#define MAX_MEMBERS 1000

struct parser {
	const char *at;
	unsigned int depth, members;
};

static struct expr *parse_choice(struct parser *parser);

static struct expr *new_expr(enum expr_sort sort, char *name)
{
	struct expr *expr = xcalloc(1, sizeof(*expr));

	expr->sort = sort;
	expr->name = name;
	return expr;
}

static void add_argument(struct expr *expr, struct expr *argument)
{
	expr->arguments = grow(expr->arguments, expr->nr,
			       sizeof(*expr->arguments));
	expr->arguments[expr->nr++] = argument;
}

static struct expr *none(struct expr *instead_of)
{
	expr_free(instead_of);
	return new_expr(EXPR_NONE, NULL);
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static void skip_space(struct parser *parser)
{
	while (isspace((unsigned char)*parser->at))
		parser->at++;
}

static bool skip(struct parser *parser, const char *what)
{
	size_t len = strlen(what);

	skip_space(parser);
	if (strncmp(parser->at, what, len))
		return false;
	if (in_name(*what) && in_name(parser->at[len]))
		return false;
	parser->at += len;
	return true;
}

static char *take_name(struct parser *parser)
{
	const char *start;

	skip_space(parser);
	start = parser->at;
	if (!isalpha((unsigned char)*start) && *start != '_')
		return NULL;
	while (in_name(*parser->at))
		parser->at++;
	return strndup(start, parser->at - start) ?: xstrdup("");
}

/* Behind a string or character that begins here. */
static const char *behind_quotes(const char *at)
{
	char quote = *at++;

	while (*at && *at != quote) {
		if (*at == '\\' && at[1])
			at++;
		at++;
	}
	return *at ? at + 1 : at;
}

/* Behind the bracket that closes the one before @at. */
static const char *behind_brackets(const char *at)
{
	unsigned int depth = 1;

	while (*at && depth) {
		if (*at == '"' || *at == '\'') {
			at = behind_quotes(at);
			continue;
		}
		if (strchr("([{", *at))
			depth++;
		else if (strchr(")]}", *at))
			depth--;
		at++;
	}
	return at;
}

/* The type in the brackets that end before @end, if it is a cast. */
static char *type_of_cast(const char *at, const char *end)
{
	static const char *const words[] = {
		"struct", "union", "enum", "const", "unsigned", "signed",
		"void", "char", "short", "int", "long", "u8", "u16", "u32",
		"u64", "__u64", "uintptr_t", "dma_addr_t", "typeof",
	};
	const char *last = end - 1;
	size_t i;

	while (last > at && isspace((unsigned char)last[-1]))
		last--;
	while (isspace((unsigned char)*at))
		at++;
	if (at >= last)
		return NULL;
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i]);

		if (!strncmp(at, words[i], len) && !in_name(at[len]))
			return strndup(at, last - at);
	}
	return last[-1] == '*' && in_name(*at) ? strndup(at, last - at) : NULL;
}

static struct expr *parse_arguments(struct parser *parser, char *name)
{
	struct expr *call = new_expr(EXPR_CALL, name);

	if (skip(parser, ")"))
		return call;
	do {
		add_argument(call, parse_choice(parser));
	} while (skip(parser, ","));
	skip(parser, ")");
	return call;
}

static struct expr *parse_behind(struct parser *parser, struct expr *expr)
{
	for (;;) {
		if (skip(parser, "->") || skip(parser, ".")) {
			char *name = take_name(parser);
			struct expr *member;

			if (!name || ++parser->members > MAX_MEMBERS) {
				free(name);
				return none(expr);
			}
			member = new_expr(EXPR_MEMBER, name);
			add_argument(member, expr);
			expr = member;
		} else if (skip(parser, "[")) {
			parser->at = behind_brackets(parser->at);
		} else if (skip(parser, "++") || skip(parser, "--")) {
			continue;
		} else if (skip(parser, "(")) {
			struct expr *call;

			/* A call through a member; which, says FACT_INDIRECT. */
			call = parse_arguments(parser, xstrdup(""));
			expr_free(call);
			expr = none(expr);
		} else {
			return expr;
		}
	}
}

static struct expr *parse_name(struct parser *parser, char *name)
{
	if (!strcmp(name, "struct") || !strcmp(name, "union")) {
		char *tag = take_name(parser);

		free(name);
		if (!tag)
			return none(NULL);
		name = xasprintf("struct %s", tag);
		free(tag);
		return new_expr(EXPR_NAME, name);
	}
	if (!strcmp(name, "sizeof") || !strcmp(name, "typeof") ||
	    !strcmp(name, "offsetof")) {
		free(name);
		if (skip(parser, "("))
			parser->at = behind_brackets(parser->at);
		return none(NULL);
	}
	if (!strcmp(name, "NULL")) {
		free(name);
		return none(NULL);
	}
	if (skip(parser, "("))
		return parse_arguments(parser, name);
	return new_expr(EXPR_NAME, name);
}

static struct expr *parse_brackets(struct parser *parser)
{
	const char *end = behind_brackets(parser->at);
	char *type = type_of_cast(parser->at, end);
	struct expr *expr;

	if (type) {
		struct expr *cast = new_expr(EXPR_CAST, type);

		parser->at = end;
		/* What a cast is of has no binary operator. */
		skip_space(parser);
		if (*parser->at == '{') {
			parser->at = behind_brackets(parser->at + 1);
			return none(cast);
		}
		expr = parse_choice(parser);
		add_argument(cast, expr);
		return cast;
	}
	/* A block that is a value. */
	if (skip(parser, "{")) {
		parser->at = end;
		return none(NULL);
	}
	expr = parse_choice(parser);
	parser->at = end;
	return parse_behind(parser, expr);
}

static struct expr *parse_unary(struct parser *parser)
{
	bool number = false;
	struct expr *expr;
	char *name;

	for (skip_space(parser); *parser->at; skip_space(parser)) {
		if (skip(parser, "--"))
			continue;
		if (!strchr("&*+!~-", *parser->at))
			break;
		if (strchr("!~-", *parser->at++))
			number = true;
	}
	if (skip(parser, "(")) {
		expr = parse_brackets(parser);
		return number ? none(expr) : expr;
	}
	name = take_name(parser);
	if (name) {
		expr = parse_behind(parser, parse_name(parser, name));
		return number ? none(expr) : expr;
	}

	if (*parser->at == '"' || *parser->at == '\'') {
		parser->at = behind_quotes(parser->at);
	} else if (*parser->at == '{') {
		parser->at = behind_brackets(parser->at + 1);
	} else {
		while (in_name(*parser->at) || *parser->at == '.')
			parser->at++;
	}
	return none(NULL);
}

/* Sums and masks are of the pointer that comes first; the rest is no pointer. */
static struct expr *parse_binary(struct parser *parser)
{
	static const char *const others[] = {
		"<<=", ">>=", "<<", ">>", "==", "!=", "<=", ">=", "&&", "||",
		"*=", "/=", "%=", "<", ">", "*", "/", "%", "^",
	};
	static const char *const keeping[] = {
		"+=", "-=", "|=", "&=", "+", "-", "=",
	};
	struct expr *expr = parse_unary(parser);

	for (;;) {
		bool found = false, keep = false;
		size_t i;

		for (i = 0; !found && i < sizeof(others) / sizeof(*others); i++)
			found = skip(parser, others[i]);
		for (i = 0; !found && i < sizeof(keeping) / sizeof(*keeping); i++) {
			keep = skip(parser, keeping[i]);
			found = keep;
		}
		if (!found && (skip(parser, "|") || skip(parser, "&"))) {
			found = true;
			keep = true;
		}
		if (!found)
			return expr;
		expr_free(parse_unary(parser));
		if (!keep)
			expr = none(expr);
	}
}

static struct expr *parse_choice(struct parser *parser)
{
	struct expr *expr, *either;

	if (++parser->depth > MAX_DEPTH) {
		parser->at += strlen(parser->at);
		parser->depth--;
		return none(NULL);
	}
	expr = parse_binary(parser);
	if (skip(parser, "?")) {
		either = new_expr(EXPR_EITHER, NULL);
		/* "a ?: b" is a or b. */
		if (skip(parser, ":")) {
			add_argument(either, expr);
		} else {
			expr_free(expr);
			add_argument(either, parse_choice(parser));
			skip(parser, ":");
		}
		add_argument(either, parse_choice(parser));
		expr = either;
	}
	parser->depth--;
	return expr;
}

/**
 * expr_parse() - find out what an expression stands for
 * @text: the expression, as spatch prints it
 *
 * Return: for expr_free(); EXPR_NONE for what is no expression at all.
 */
struct expr *expr_parse(const char *text)
{
	struct parser parser = { .at = text };

	return parse_choice(&parser);
}

/**
 * expr_parse_list() - find out what arguments stand for
 * @text: expressions with commas between them
 *
 * Return: a nameless EXPR_CALL, for expr_free().
 */
struct expr *expr_parse_list(const char *text)
{
	struct parser parser = { .at = text };

	skip_space(&parser);
	if (!*parser.at)
		return new_expr(EXPR_CALL, xstrdup(""));
	return parse_arguments(&parser, xstrdup(""));
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
