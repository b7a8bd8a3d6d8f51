/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which variable, member or call an expression stands for.
 *
 * What is the same to somebody who follows pages is the same here: a page, its
 * address, an array of pages, each of its elements, and pointers into it.
 */
#ifndef GUP_MIRROR_AUDIT_EXPR_H
#define GUP_MIRROR_AUDIT_EXPR_H

#include <stddef.h>

enum expr_sort {
	EXPR_NONE,	/* a number, a comparison, what was not understood */
	EXPR_NAME,	/* name; "struct name" as an argument of container_of() */
	EXPR_MEMBER,	/* name, of the one argument */
	EXPR_CALL,	/* name, with the arguments */
	EXPR_CAST,	/* to the type name, of the one argument */
	EXPR_EITHER,	/* one of the arguments */
};

struct expr {
	enum expr_sort sort;
	char *name;
	struct expr **arguments;
	size_t nr;
};

/* Never NULL. */
struct expr *expr_parse(const char *text);
/* Expressions with commas between them; the arguments of an EXPR_CALL. */
struct expr *expr_parse_list(const char *text);
void expr_free(struct expr *expr);

/* As C, without what does not matter; "-" for EXPR_NONE. For free(). */
char *expr_print(const struct expr *expr);

#endif
