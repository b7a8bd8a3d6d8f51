/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what the fuzzers of all parsers have in common.
 */
#ifndef GUP_MIRROR_FUZZ_HARNESS_H
#define GUP_MIRROR_FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct report;

/* A file that has @data, for a parser. */
FILE *fuzz_open(const uint8_t *data, size_t size);
/* The parser has returned @ret: has it complained, if it had to? */
void fuzz_close(FILE *in, int ret);

/* Parses @data with @parse, then does with the report all that can be done. */
int fuzz_parser(const uint8_t *data, size_t size, struct report *report,
		int (*parse)(FILE *in, const char *name,
			     struct report *report));
/* Writes @report in each form, merges it, and reads it again. */
void fuzz_report(struct report *report);

/* What libFuzzer calls, which has a name for it. */
int fuzz_one(const uint8_t *data, size_t size)
	__asm__("LLVMFuzzerTestOneInput");

#endif
