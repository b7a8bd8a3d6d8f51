// SPDX-License-Identifier: GPL-2.0
/*
 * C files, as they are made ready for spatch, and their directives.
 */
#include <stdlib.h>
#include <string.h>

#include "../audit/directives.h"
#include "../audit/prepare.h"
#include "harness.h"

static unsigned int count_lines(const char *text)
{
	unsigned int lines = 1;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

int fuzz_one(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct directives directives = { };
	unsigned int lines, i;
	char *prepared;
	size_t j;

	if (!text)
		abort();
	/* Nothing moves to another line. */
	lines = count_lines(text);
	prepared = prepare_text(text);
	if (prepared && count_lines(prepared) != lines)
		abort();
	free(prepared);

	directives_read(text, &directives);
	for (j = 0; j < directives.nr; j++) {
		const struct condition *condition = &directives.conditions[j];

		if (!condition->first || condition->last > lines ||
		    condition->first > condition->last)
			abort();
	}
	for (i = 1; i <= lines && i < 100; i++) {
		directives_macro(&directives, i);
		/* It does not matter which one is asked about. */
		if (directives_agree(&directives, i, &directives, i + 1) !=
		    directives_agree(&directives, i + 1, &directives, i))
			abort();
	}
	directives_free(&directives);
	free(text);
	return 0;
}
