/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: exit statuses, the same for all commands.
 *
 * None of them is one that a command which is run is likely to have itself, but for
 * EXIT_NO_LAYER, which tests have in the same sense. gup-mirror(1) has the table.
 */
#ifndef GUP_MIRROR_STATUS_H
#define GUP_MIRROR_STATUS_H

/* The kernel has no GUP mirror, or it is off: kselftest's "skipped". */
#define EXIT_NO_LAYER	4

/* What --fail-on names was found; --error-exitcode has another one. */
#define EXIT_FINDINGS	121

/* Bad input, usage or environment: nothing was written. As env(1), timeout(1). */
#define EXIT_BAD	125

/* As these and shells do: the command cannot be run, or is not there. */
#define EXIT_NOT_EXECUTABLE	126
#define EXIT_NOT_FOUND		127
/* And the number of the signal that ended it. */
#define EXIT_SIGNAL		128

#endif
