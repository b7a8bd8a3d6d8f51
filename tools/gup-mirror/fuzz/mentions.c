// SPDX-License-Identifier: GPL-2.0
/*
 * C files, as they are read before spatch does.
 */
#include <stdlib.h>
#include <string.h>

#include "../audit/files.h"
#include "../audit/names.h"
#include "harness.h"

int fuzz_one(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	struct audit_files found = { };
	unsigned int lines = 1;
	const char *at;
	size_t i;

	if (!text)
		abort();
	for (at = text; *at; at++)
		lines += *at == '\n';
	mentions_find("file.c", text, &found);
	for (i = 0; i < found.nr_mentions; i++) {
		const struct mention *mention = &found.mentions[i];

		/* They are in order, and in the file. */
		if (!mention->line || mention->line > lines ||
		    (i && mention->line < mention[-1].line) ||
		    !find_acquirer(mention->name))
			abort();
	}
	audit_files_free(&found);
	free(text);
	return 0;
}
