// SPDX-License-Identifier: GPL-2.0
#include "../model.h"
#include "../debugfs/parse_debugfs.h"
#include "harness.h"

/* Ages are joined with what is held, so that something must be. */
int fuzz_one(const uint8_t *data, size_t size)
{
	struct report *report = report_new("debugfs", "a copy");
	struct holder *holder = report_add_holder(report);

	set_string(&holder->function, "f");
	set_string(&holder->place, "g");
	set_string(&holder->flags, "-");
	stack_add(&holder->stack, "h");
	return fuzz_parser(data, size, report, parse_ages);
}
