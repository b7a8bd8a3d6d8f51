/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: which release belongs to which acquire.
 */
#ifndef GUP_MIRROR_PAIRS_H
#define GUP_MIRROR_PAIRS_H

struct pairs;
struct report;
struct trace;
struct trace_event;

struct pairs *pairs_new(void);
/* There will be ends of system calls: which of them fail, and leave pins? */
void pairs_watch_calls(struct pairs *pairs);
void pairs_free(struct pairs *pairs);

/* In the order of time. Takes as much memory as there are pins at a time. */
void pairs_event(const struct trace_event *event, void *pairs);

/* A report called @name of all that was seen, which the caller has to free. */
struct report *pairs_report(struct pairs *pairs, struct trace *trace,
			    const char *name);

#endif
