// SPDX-License-Identifier: GPL-2.0
/*
 * For the tests of gup-mirror audit:
 *
 *	audit-parts expr TEXT	what an expression stands for
 *	audit-parts list TEXT	what arguments stand for
 *	audit-parts facts	the facts on standard input, again
 *	audit-parts mentions	the calls in a text on standard input
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../audit_expr.h"
#include "../audit_facts.h"
#include "../audit_files.h"
#include "../message.h"

static int put_expr(struct expr *expr)
{
	char *text = expr_print(expr);

	puts(text);
	free(text);
	expr_free(expr);
	return 0;
}

static int put_facts(void)
{
	struct facts facts = { };
	int ret = facts_read(stdin, "facts", &facts);
	size_t i;

	for (i = 0; !ret && i < facts.nr; i++) {
		const struct fact *fact = &facts.facts[i];

		printf("%d %s:%u %s: %s|%s|%s\n", fact->sort, fact->file,
		       fact->line, fact->function, fact->words[0],
		       fact->words[1], fact->words[2]);
	}
	facts_free(&facts);
	return ret ? EXIT_BAD : 0;
}

static int put_mentions(void)
{
	struct audit_files found = { };
	size_t size = 0, i;
	char *text = NULL;

	if (getdelim(&text, &size, 0, stdin) > 0)
		mentions_find("file", text, &found);
	for (i = 0; i < found.nr_mentions; i++)
		printf("%u %s\n", found.mentions[i].line,
		       found.mentions[i].name);
	audit_files_free(&found);
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "expr"))
		return put_expr(expr_parse(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "list"))
		return put_expr(expr_parse_list(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "facts"))
		return put_facts();
	if (argc == 2 && !strcmp(argv[1], "mentions"))
		return put_mentions();
	complain("see tests/audit-parts.c for the arguments");
	return EXIT_BAD;
}
