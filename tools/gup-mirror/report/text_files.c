// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what happened to files, for people.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "file_uses.h"
#include "model.h"
#include "report/table.h"
#include "report/text_parts.h"
#include "report/units.h"

/* Print a line, and free it. */
static void put_line(FILE *out, size_t indent, char *line)
{
	text_line(out, indent, line);
	free(line);
}

/* What whoever has pinned the pages did not know, in a sentence each. */
static void put_behind(FILE *out, const struct report *r)
{
	uint64_t dirty = report_file_count(r, FILE_REDIRTIED);
	uint64_t lost = report_file_count(r, FILE_LOST);
	uint64_t replaced = report_file_count(r, FILE_REPLACED);
	bool run = !strcmp(r->source, "run");
	char *line;

	if (dirty) {
		line = xasprintf("%s left %llu page%s dirty behind the file system's back: %s",
				 run ? "Your command" : "Somebody",
				 (unsigned long long)dirty, units_plural(dirty),
				 "it had written them back, believed them to be clean, and was not told before a device wrote to them again.");
		put_line(out, 0, line);
	}
	if (lost) {
		line = xasprintf("What was written to %llu page%s is on no disk: %s",
				 (unsigned long long)lost, units_plural(lost),
				 "nobody has marked that dirty.");
		put_line(out, 0, line);
	}
	if (replaced) {
		line = xasprintf("%llu page%s left the page cache while pinned: %s",
				 (unsigned long long)replaced, units_plural(replaced),
				 "what devices have written there since, the file does not have.");
		put_line(out, 0, line);
	}
	if (dirty || lost || replaced)
		fputc('\n', out);
}

static void put_file_event(FILE *out, const struct report *r,
			   const struct file_event *event)
{
	char *line = xasprintf("%s: %llu time%s", event->event,
			       (unsigned long long)event->times,
			       units_plural(event->times));

	put_line(out, 0, line);
	if (*event->fs) {
		line = xasprintf("first: fs=%s dev=%s ino=%llu index=%llu pfn=0x%llx",
				 event->fs, event->dev,
				 (unsigned long long)event->ino,
				 (unsigned long long)event->index,
				 (unsigned long long)event->pfn);
		put_line(out, 2, line);
	}
	text_stack(out, r, "stack:", &event->stack);
	fputc('\n', out);
}

void text_files(FILE *out, const struct report *r)
{
	/* In the order of enum file_count. */
	static const char * const titles[] = {
		"written", "cleaned", "redirtied", "lost", "replaced", "truncated",
		"unmapped", "dirtied", "call site",
	};
	struct table table = { .titles = titles, .columns = NR_FILE_COUNTS + 1 };
	size_t nr = 0, hidden = 0, i, j;

	for (i = 0; i < r->nr_file_uses; i++) {
		const struct file_use *use = &r->file_uses[i];
		char *text, *place;

		if (text_is_over(r, &nr, &hidden))
			continue;
		for (j = 0; j < NR_FILE_COUNTS; j++)
			text_number(&table, use->counts[j]);
		place = text_place(r, use->place);
		text = xasprintf("%s() at %s, on %s", use->function, place, use->fs);
		table_add(&table, text);
		free(text);
		free(place);
	}
	text_table(out, &table, "Pinned pages of files", hidden);

	put_behind(out, r);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < r->file_uses[i].nr_events; j++)
			put_file_event(out, r, &r->file_uses[i].events[j]);
	}
}
