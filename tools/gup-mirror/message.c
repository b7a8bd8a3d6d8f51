// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>

#include "message.h"

/**
 * complain() - say on standard error what is wrong
 * @fmt: as for printf(): one sentence, without a line end
 *
 * Who calls this returns an error, and nobody above says anything more.
 */
void complain(const char *fmt, ...)
{
	va_list args;

	/* What was printed before is to come before. */
	fflush(stdout);
	flockfile(stderr);
	fputs("gup-mirror: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	funlockfile(stderr);
}
