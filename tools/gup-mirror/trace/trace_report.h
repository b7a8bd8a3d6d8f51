/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: a report of a file that trace-cmd has recorded.
 */
#ifndef GUP_MIRROR_TRACE_REPORT_H
#define GUP_MIRROR_TRACE_REPORT_H

struct report;

/* @name is what the file is called. Returns NULL after a complaint. */
struct report *trace_report(const char *path, const char *name);

/* The same with nothing between this program and a crash. */
struct report *trace_report_unprotected(const char *path, const char *name);

#endif
