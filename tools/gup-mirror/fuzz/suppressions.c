// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "../model.h"
#include "../suppress.h"
#include "harness.h"

/* A report that patterns may match. */
static struct report *make_report(void)
{
	struct report *report = report_new("debugfs", "a copy");
	struct violation *v = report_add_violation(report);
	struct holder *holder = report_add_holder(report);
	struct holder *surplus = report_add_surplus(report);

	set_string(&v->class, "put-on-pin");
	set_string(&v->acquired_by, "pin_user_pages");
	set_string(&v->acquired_at, "drv_pin+0x1/0x2 [drv]");
	set_string(&v->released_by, "put_page");
	set_string(&v->released_at, "drv_put+0x1/0x2 [drv]");
	stack_add(&v->acquire, "drv_pin+0x1/0x2 [drv]");
	stack_add(&v->release, "vfs_close+0x1/0x2");
	v->times = 1;
	set_string(&holder->function, "pin_user_pages");
	set_string(&holder->place, "drv_pin+0x1/0x2 [drv]");
	holder->pins = 1;
	set_string(&surplus->function, "get_user_pages");
	set_string(&surplus->place, "drv_get+0x1/0x2 [drv]");
	surplus->pins = 1;
	return report;
}

int fuzz_one(const uint8_t *data, size_t size)
{
	struct report *report = make_report();
	FILE *in = fuzz_open(data, size), *out = fopen("/dev/null", "w");
	struct suppressions *all = suppressions_parse(in, "a file");

	fuzz_close(in, all ? 0 : -1);
	if (!out)
		abort();
	if (all)
		suppressions_apply(all, report);
	suppressions_write(out, report);
	fuzz_report(report);
	suppressions_free(all);
	report_free(report);
	fclose(out);
	return 0;
}
