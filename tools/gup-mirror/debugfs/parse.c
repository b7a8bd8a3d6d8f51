// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what parsers of the files in debugfs have in common.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "debugfs/parse.h"
#include "lines.h"
#include "message.h"
#include "model.h"

int debugfs_parse(FILE *in, const char *name, struct report *report,
		  int (*read)(struct lines *lines, struct report *report))
{
	struct lines lines = { .in = in, .name = name };
	int ret = read(&lines, report);

	lines_free(&lines);
	return ret;
}

int debugfs_header(struct lines *lines, const char *what, uint64_t oldest,
		   uint64_t newest)
{
	uint64_t version;
	char *known;
	char *at;
	int ret;

	ret = lines_next(lines);
	if (ret < 0)
		return -1;
	at = lines->text;
	if (!ret || !skip_word(&at, "gup_mirror ") || !skip_word(&at, what) ||
	    !skip_word(&at, " - version: ") || !take_number(&at, &version) ||
	    *at) {
		complain("%s is not a \"%s\" of GUP mirror, by its first line",
			 lines->name, what);
		return -1;
	}
	lines->version = version;
	if (version >= oldest && version <= newest)
		return 0;
	known = oldest == newest ?
		xasprintf("%llu", (unsigned long long)newest) :
		xasprintf("%llu to %llu", (unsigned long long)oldest,
			  (unsigned long long)newest);
	complain("%s has version %llu, this program knows %s", lines->name,
		 (unsigned long long)version, known);
	free(known);
	return -1;
}

int debugfs_stack(struct lines *lines, const char *indent, struct stack *stack,
		  struct stack *puts)
{
	size_t nr = 0;

	for (;; nr++) {
		char *at;

		if (lines_need(lines, "a stack, and an empty line"))
			return -1;
		at = lines->text;
		if (!skip_word(&at, indent))
			break;
		if (!*at || *at == ' ')
			return lines_complain(lines, "not a frame of a stack");
		if (puts && nr && skip_word(&at, "put while pinned by ")) {
			stack_add(puts, at);
			nr--;
			continue;
		}
		if (!strcmp(at, "not recorded"))
			continue;
		stack_add(stack, at);
	}
	if (!nr)
		return lines_complain(lines, "no stack, not even \"not recorded\"");
	if (stack->nr && stack->nr != nr)
		return lines_complain(lines, "a stack that is recorded and is not");
	return 0;
}
