// SPDX-License-Identifier: GPL-2.0
/*
 * For the tests of gup-mirror audit; what is read comes from standard input:
 *
 *	audit-parts expr TEXT	what an expression stands for, by facts of a.c
 *	audit-parts facts	the facts, again
 *	audit-parts mentions	the calls in a text
 *	audit-parts prepare	the text as Coccinelle can read it
 *	audit-parts agree A B	can two lines be in one kernel? "yes" or "no"
 *	audit-parts macro LINE	the macro that a line is in
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../alloc.h"
#include "../audit/expr.h"
#include "../audit/facts.h"
#include "../audit/files.h"
#include "../audit/prepare.h"
#include "../message.h"

static int put_expr(const char *text)
{
	struct facts facts = { };
	struct parts parts = { };
	struct expr *expr;
	char *printed;

	if (facts_read(stdin, "facts", &facts))
		return EXIT_BAD;
	parts_read(&parts, &facts);
	expr = expr_find(&parts, "a.c", text);
	printed = expr_print(expr);
	puts(printed);
	free(printed);
	expr_free(expr);
	parts_free(&parts);
	facts_free(&facts);
	return 0;
}

static int put_facts(void)
{
	struct facts facts = { };
	int ret = facts_read(stdin, "facts", &facts);
	size_t i, j;

	for (i = 0; !ret && i < facts.nr; i++) {
		const struct fact *fact = &facts.facts[i];

		printf("%d %s:%u %s:", fact->sort, fact->file, fact->line,
		       fact->function);
		for (j = 0; j < fact->nr_words; j++)
			printf(" %s|", fact->words[j]);
		putchar('\n');
	}
	facts_free(&facts);
	return ret ? EXIT_BAD : 0;
}

static char *read_input(void)
{
	size_t size = 0;
	char *text = NULL;

	if (getdelim(&text, &size, 0, stdin) > 0)
		return text;
	free(text);
	return xstrdup("");
}

static int put_mentions(void)
{
	struct audit_files found = { };
	char *text = read_input();
	size_t i;

	mentions_find("file", text, &found);
	for (i = 0; i < found.nr_mentions; i++)
		printf("%u %s\n", found.mentions[i].line,
		       found.mentions[i].name);
	audit_files_free(&found);
	free(text);
	return 0;
}

static int put_prepared(void)
{
	char *text = read_input(), *prepared = prepare_text(text);

	fputs(prepared ?: text, stdout);
	free(prepared);
	free(text);
	return 0;
}

static int put_lines(const char *a, const char *b)
{
	unsigned int first = strtoul(a, NULL, 10);
	struct directives directives = { };
	char *text = read_input();

	directives_read(text, &directives);
	if (b)
		puts(directives_agree(&directives, first, &directives,
				      strtoul(b, NULL, 10)) ? "yes" : "no");
	else
		puts(directives_macro(&directives, first) ?: "none");
	directives_free(&directives);
	free(text);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 3 && !strcmp(what, "expr"))
		return put_expr(argv[2]);
	if (argc == 2 && !strcmp(what, "facts"))
		return put_facts();
	if (argc == 2 && !strcmp(what, "mentions"))
		return put_mentions();
	if (argc == 2 && !strcmp(what, "prepare"))
		return put_prepared();
	if (argc == 4 && !strcmp(what, "agree"))
		return put_lines(argv[2], argv[3]);
	if (argc == 3 && !strcmp(what, "macro"))
		return put_lines(argv[2], NULL);
	complain("see tests/audit-parts.c for the arguments");
	return EXIT_BAD;
}
