/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: what Coccinelle finds in C code.
 */
#ifndef GUP_MIRROR_AUDIT_FACTS_H
#define GUP_MIRROR_AUDIT_FACTS_H

#include <stddef.h>
#include <stdio.h>

enum fact_sort {
	FACT_FUNCTION,	/* name, type */
	FACT_MACRO,	/* name, parameters */
	FACT_ALIAS,	/* name, other name */
	FACT_PARAMETER,	/* function, number, name, type */
	FACT_VARIABLE,	/* name, type */
	FACT_FIELD,	/* structure, member, type */
	FACT_TABLE,	/* member, function */
	FACT_ASSIGN,	/* to, from */
	FACT_RETURN,	/* value */
	FACT_CALL,	/* function, arguments */
	FACT_INDIRECT,	/* member, arguments */
	FACT_LOOP,	/* macro, arguments */
	FACT_PART,	/* expression, how it is composed, of what */
	/* Pages, or their number, then the acquirer and its line. */
	FACT_LEAK,	/* the line of the fact forgets them */
	FACT_TWICE,	/* and the releaser */
	FACT_COUNT,	/* and "error" or "offset": what the number leaves out */
};

struct fact {
	enum fact_sort sort;
	unsigned int line;
	const char *file, *function;
	const char **words;
	size_t nr_words;
	char *text;
};

struct facts {
	struct fact *facts;
	size_t nr;
};

/* Returns 0, or -1 after a complaint. Lines that are no facts are skipped. */
int facts_read(FILE *in, const char *name, struct facts *facts);
void fact_free(struct fact *fact);
void facts_free(struct facts *facts);

#endif
