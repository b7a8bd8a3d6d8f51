// SPDX-License-Identifier: GPL-2.0
#include "../model.h"
#include "../report/json.h"
#include "harness.h"

static int parse(FILE *in, const char *name, struct report *report)
{
	struct report *read = json_read(in, name);

	if (!read)
		return -1;
	fuzz_report(read);
	report_merge(report, read);
	report_free(read);
	return 0;
}

int fuzz_one(const uint8_t *data, size_t size)
{
	return fuzz_parser(data, size, report_new("merge", ""), parse);
}
