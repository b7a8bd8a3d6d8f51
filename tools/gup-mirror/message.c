// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "message.h"

static int where = STDERR_FILENO;

/**
 * complain_to() - have complaints go elsewhere
 * @fd: a file descriptor, which stays open
 */
void complain_to(int fd)
{
	where = fd;
}

/**
 * complain() - say on standard error what is wrong
 * @fmt: as for printf(): one sentence, without a line end
 *
 * Names of files may have any characters: control characters become question
 * marks, so that it stays one line. Who calls this returns an error, and nobody
 * above says anything more.
 */
void complain(const char *fmt, ...)
{
	va_list args;
	char *what, *c;
	int len;

	/* What was printed before is to come before. */
	fflush(stdout);
	va_start(args, fmt);
	len = vasprintf(&what, fmt, args);
	va_end(args);
	if (len < 0) {
		dprintf(where, "gup-mirror: out of memory\n");
		return;
	}
	for (c = what; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	}
	/* All at once, as somebody else may be writing there, too. */
	dprintf(where, "gup-mirror: %s\n", what);
	free(what);
}
