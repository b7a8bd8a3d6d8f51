// SPDX-License-Identifier: GPL-2.0
#include "../model.h"
#include "../debugfs/parse_debugfs.h"
#include "harness.h"

int fuzz_one(const uint8_t *data, size_t size)
{
	return fuzz_parser(data, size, report_new("debugfs", "a copy"),
			   parse_violations);
}
