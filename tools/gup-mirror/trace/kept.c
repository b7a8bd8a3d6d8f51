// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what a recording does not have, kept behind it in the same file.
 *
 * trace-cmd finds all parts of its files by their offsets, and does not mind what is
 * behind them. So there comes a report as JSON, and then a mark and its length.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "message.h"
#include "model.h"
#include "report/json.h"
#include "trace/kept.h"

static const char mark[] = "\ngup-mirror-run ";

#define MARK_SIZE	(sizeof(mark) - 1)
/* A number of so many digits, and a line end. */
#define DIGITS		16
#define TAIL_SIZE	((long)(MARK_SIZE + DIGITS + 1))

int kept_append(const char *path, const struct report *report)
{
	FILE *out = fopen(path, "ae");
	long start, end;
	int ret;

	if (!out) {
		complain("cannot write %s: %s", path, strerror(errno));
		return -1;
	}
	fseek(out, 0, SEEK_END);
	start = ftell(out);
	ret = json_write(out, report);
	end = ftell(out);
	fprintf(out, "%s%0*ld\n", mark, DIGITS, end - start);
	if (ferror(out))
		ret = -1;
	if (fclose(out))
		ret = -1;
	if (ret)
		complain("cannot write %s: %s", path, strerror(errno ?: EIO));
	return ret;
}

/* Where the report begins, or -1 if there is none. */
static long find_start(FILE *in, long *size)
{
	char tail[TAIL_SIZE + 1] = "", *end;
	long where;

	if (fseek(in, -TAIL_SIZE, SEEK_END))
		return -1;
	where = ftell(in);
	if (fread(tail, TAIL_SIZE, 1, in) != 1 || memcmp(tail, mark, MARK_SIZE))
		return -1;
	*size = strtol(tail + MARK_SIZE, &end, 10);
	if (*end != '\n' || *size <= 0 || *size > where)
		return -1;
	return where - *size;
}

struct report *kept_read(const char *path, const char *name, bool *failed)
{
	FILE *in = fopen(path, "re"), *part = NULL;
	struct report *report = NULL;
	char *text = NULL;
	long start, size;

	*failed = false;
	if (!in)
		return NULL;
	start = find_start(in, &size);
	if (start >= 0 && !fseek(in, start, SEEK_SET)) {
		text = xcalloc(1, size + 1);
		if (fread(text, size, 1, in) == 1)
			part = fmemopen(text, size, "r");
	}
	if (part) {
		report = json_read(part, name);
		*failed = !report;
		fclose(part);
	}
	free(text);
	fclose(in);
	return report;
}
