// SPDX-License-Identifier: GPL-2.0
/*
 * For the tests of what happened between two looks at the kernel:
 *
 *	findings TRACE BEFORE AFTER ENDED-MS [KEEP]
 *
 * TRACE is a recording, BEFORE and AFTER are what gup-mirror report takes. With KEEP,
 * all is kept in TRACE.
 */
#include <stdlib.h>
#include <string.h>

#include "../findings.h"
#include "../message.h"
#include "../model.h"
#include "../report/json.h"
#include "../source.h"
#include "../trace/kept.h"
#include "../trace/trace_report.h"

int main(int argc, char **argv)
{
	struct report *trace, *before, *after;

	if (argc < 5 || argc > 6)
		return EXIT_BAD;
	trace = trace_report(argv[1], argv[1]);
	before = source_read(argv[2]);
	after = source_read(argv[3]);
	if (!trace || !before || !after)
		return EXIT_BAD;
	findings_add(trace, before, after, strtoull(argv[4], NULL, 10));
	set_string(&trace->source, "run");
	json_write(stdout, trace);
	if (argc == 6 && kept_append(argv[1], trace))
		return EXIT_BAD;
	report_free(trace);
	report_free(before);
	report_free(after);
	return 0;
}
