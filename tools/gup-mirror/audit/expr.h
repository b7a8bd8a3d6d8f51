/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which variable, member or call an expression stands for.
 *
 * Coccinelle takes expressions apart, one step at a time: a FACT_PART says that
 * "a -> b [ i ]" is an element of "a -> b", another one that this is member b of
 * "a". Here, the steps are only put together. The text is a key, which nobody
 * parses.
 */
#ifndef GUP_MIRROR_AUDIT_EXPR_H
#define GUP_MIRROR_AUDIT_EXPR_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/facts.h"
#include "audit/map.h"

enum expr_sort {
	EXPR_NONE,	/* name: a number, a comparison, a type; no pages in it */
	EXPR_NAME,	/* name */
	EXPR_MEMBER,	/* name, of the one argument */
	EXPR_ELEMENT,	/* of the one argument, or what it points to */
	EXPR_ADDRESS,	/* of the one argument */
	EXPR_CALL,	/* name, with the arguments */
	EXPR_INDIRECT,	/* through the member name, with the arguments */
	EXPR_CAST,	/* to the type name, of the one argument */
	EXPR_EITHER,	/* one of the arguments */
};

struct expr {
	enum expr_sort sort;
	char *name;
	struct expr **arguments;
	size_t nr;
};

/* What the expressions of all files are composed of; zeroed at first. */
struct parts {
	struct map by_text;
};

/* @facts must live as long. */
void parts_read(struct parts *parts, const struct facts *facts);
void parts_free(struct parts *parts);

/* An expression in @file. Never NULL; for expr_free(). */
struct expr *expr_find(const struct parts *parts, const char *file,
		       const char *text);
void expr_free(struct expr *expr);

/* As C, without what does not matter; "-" for EXPR_NONE. For free(). */
char *expr_print(const struct expr *expr);

/* Is it one name, and no more? */
bool is_name(const char *text);

#endif
