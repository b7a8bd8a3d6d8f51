// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: suspects as compilers tell theirs, for editors and CI.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "audit/describe.h"

/* So that it can be opened from here. */
static void put_place(FILE *out, const struct audit *audit, const char *file,
		      unsigned int line, const char *what)
{
	char *path = xasprintf("%s/%s", audit->top, file), *clean;
	char *here = get_current_dir_name();
	size_t len = here ? strlen(here) : 0;
	bool below = len && !strncmp(path, here, len) && path[len] == '/';

	clean = printable(below ? path + len + 1 : path);
	fprintf(out, "%s:%u: %s: ", clean, line, what);
	free(clean);
	free(here);
	free(path);
}

static void put_suspect(FILE *out, const struct audit *audit,
			const struct audit_suspect *suspect)
{
	const struct audit_call *call = &audit->calls[suspect->call];
	char *sentence = suspect_sentence(audit, suspect);
	char *words = call_words(call);

	put_place(out, audit, suspect->file, suspect->line, "warning");
	fprintf(out, "%s [%s]\n", sentence, suspect_class_name(suspect->class));
	put_place(out, audit, call->file, call->line, "note");
	fprintf(out, "%s acquires them\n", words);
	free(words);
	free(sentence);
}

static void put_unread(FILE *out, const struct audit *audit,
		       const struct audit_call *call)
{
	char *words = call_words(call), *why = printable(call->why);

	put_place(out, audit, call->file, call->line, "warning");
	fprintf(out, "%s was not understood: %s [%s]\n", words, why,
		verdict_name(call->verdict));
	free(words);
	free(why);
}

int audit_gcc(FILE *out, const void *data)
{
	const struct audit *audit = data;
	size_t i;

	for (i = 0; i < audit->nr_suspects; i++)
		put_suspect(out, audit, &audit->suspects[i]);
	for (i = 0; i < audit->nr_calls; i++) {
		if (audit->calls[i].verdict == AUDIT_UNREAD)
			put_unread(out, audit, &audit->calls[i]);
	}
	return 0;
}
