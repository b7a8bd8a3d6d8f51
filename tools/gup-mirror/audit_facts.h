/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: what audit/facts.cocci finds in C code.
 */
#ifndef GUP_MIRROR_AUDIT_FACTS_H
#define GUP_MIRROR_AUDIT_FACTS_H

#include <stddef.h>
#include <stdio.h>

enum fact_sort {
	FACT_FUNCTION,	/* name, type, parameters */
	FACT_VARIABLE,	/* name, type */
	FACT_FIELD,	/* structure, member, type */
	FACT_TABLE,	/* member, function */
	FACT_ASSIGN,	/* to, from */
	FACT_RETURN,	/* value */
	FACT_CALL,	/* function, arguments */
	FACT_INDIRECT,	/* member, arguments */
	FACT_LOOP,	/* macro, arguments */
};

#define FACT_WORDS 3

struct fact {
	enum fact_sort sort;
	unsigned int line;
	const char *file, *function;
	/* "" where a sort has fewer. */
	const char *words[FACT_WORDS];
	char *text;
};

struct facts {
	struct fact *facts;
	size_t nr;
};

/* Returns 0, or -1 after a complaint. Lines that are no facts are skipped. */
int facts_read(FILE *in, const char *name, struct facts *facts);
void facts_free(struct facts *facts);

#endif
