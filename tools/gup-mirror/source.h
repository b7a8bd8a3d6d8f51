/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: reports from where they are.
 */
#ifndef GUP_MIRROR_SOURCE_H
#define GUP_MIRROR_SOURCE_H

struct report;

/*
 * @path is a directory with a copy of the debugfs files, or a file with JSON;
 * NULL stands for the running kernel. Returns NULL after a complaint. The report
 * is sorted.
 */
struct report *source_read(const char *path);

/* The running kernel, with debugfs mounted elsewhere. */
struct report *source_read_live(const char *debugfs);

/*
 * After a complaint: EXIT_NO_LAYER if it was that the running kernel has no layer,
 * or has it off, else EXIT_BAD.
 */
int source_status(void);

#endif
