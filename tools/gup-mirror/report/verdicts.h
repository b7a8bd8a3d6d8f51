/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: verdicts for programs that run tests: KTAP, JUnit's XML, and what
 * GitHub shows beside a change.
 */
#ifndef GUP_MIRROR_VERDICTS_H
#define GUP_MIRROR_VERDICTS_H

#include <stdio.h>

struct checks;
struct report;

void ktap_write(FILE *out, const struct report *report,
		const struct checks *checks);
void junit_write(FILE *out, const struct report *report,
		 const struct checks *checks);
void github_write(FILE *out, const struct report *report,
		  const struct checks *checks);

/* Where nothing could be tested, and @why. */
void ktap_write_skip(FILE *out, const char *why);
void junit_write_skip(FILE *out, const char *why);
void github_write_skip(FILE *out, const char *why);

#endif
