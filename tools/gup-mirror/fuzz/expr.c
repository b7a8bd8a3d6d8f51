// SPDX-License-Identifier: GPL-2.0
/*
 * Expressions, by themselves and as arguments.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../audit_expr.h"
#include "harness.h"

/* audit_flow.c takes these for granted. */
static void check(const struct expr *expr)
{
	bool named = expr->sort != EXPR_NONE && expr->sort != EXPR_EITHER;
	size_t i;

	if (!expr->name != !named)
		abort();
	if ((expr->sort == EXPR_NONE || expr->sort == EXPR_NAME) && expr->nr)
		abort();
	if ((expr->sort == EXPR_MEMBER || expr->sort == EXPR_CAST) &&
	    expr->nr != 1)
		abort();
	if (expr->sort == EXPR_EITHER && expr->nr != 2)
		abort();
	for (i = 0; i < expr->nr; i++)
		check(expr->arguments[i]);
}

static void try(struct expr *expr)
{
	char *text = expr_print(expr);

	check(expr);
	expr_free(expr);
	/* What was understood is so again; "-" and "|" mean something else in C. */
	if (*text != '(' && !strpbrk(text, "|") && !strstr(text, "-,") &&
	    !strstr(text, "-)") && !strstr(text, "--") && strcmp(text, "-")) {
		char *again;

		expr = expr_parse(text);
		again = expr_print(expr);
		if (strcmp(again, text))
			abort();
		free(again);
		expr_free(expr);
	}
	free(text);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	if (!text)
		abort();
	try(expr_parse(text));
	try(expr_parse_list(text));
	free(text);
	return 0;
}
