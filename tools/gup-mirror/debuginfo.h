/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: which line of the source a place is in, by the debug information of
 * the kernel and its modules.
 */
#ifndef GUP_MIRROR_DEBUGINFO_H
#define GUP_MIRROR_DEBUGINFO_H

struct debuginfo;
struct report;

/*
 * @vmlinux is a file, or NULL, and @modules a directory, or NULL. Returns NULL after a
 * complaint.
 */
struct debuginfo *debuginfo_new(const char *vmlinux, const char *modules);
void debuginfo_free(struct debuginfo *info);

/* Adds the lines of all places of a report that it knows, beside those it has. */
void debuginfo_add_lines(struct debuginfo *info, struct report *report);

#endif
