/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: the events of GUP mirror in a file that trace-cmd has recorded.
 */
#ifndef GUP_MIRROR_TRACE_H
#define GUP_MIRROR_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct trace;

enum trace_event_type {
	TRACE_ACQUIRE,
	TRACE_RELEASE,
	TRACE_VIOLATION,
	TRACE_CALL,		/* the end of a system call; few recordings have it */
	TRACE_MODULE,		/* is loaded; the same, and nobody else sees it */
	TRACE_NR_TYPES,
};

/* What an event does not have is 0 or "". Strings last as long as the call. */
struct trace_event {
	enum trace_event_type type;
	uint64_t ts;		/* ns */
	int cpu;
	int pid;
	const char *comm;
	uint64_t site;		/* address that acquired, 0 if not known */
	uint64_t caller;	/* address that released */
	uint64_t pfn;
	uint64_t nr;		/* of a violation: pages or pins, at least 1 */
	bool pin;		/* not get */
	bool write, longterm;	/* of the FOLL_* flags */
	const char *function;	/* that was called to acquire or to release */
	/* Of violations only. */
	const char *class;
	const char *acquired;
	const char *released;
	/* Of system calls only. */
	int64_t ret;
};

/* What is known when all events were seen. */
struct trace_totals {
	uint64_t events[TRACE_NR_TYPES];
	/* Of all kinds of events; where the buffer overflowed, it is not said
	 * how many there were.
	 */
	uint64_t lost;
	uint64_t lost_times;	/* gaps of unknown size */
	uint64_t damaged;	/* events that could not be read */
	uint64_t first_ts, last_ts;
	unsigned int cpus;
};

/*
 * @name is what the file is called in complaints.
 * trace_open() and trace_iterate() complain and return NULL or -1 if they fail.
 * The libraries that read the file do not stand all that a damaged file may
 * have in it: call them where a crash does no harm.
 */
struct trace *trace_open(const char *path, const char *name);
void trace_close(struct trace *trace);

int trace_iterate(struct trace *trace,
		  void (*event)(const struct trace_event *event, void *data),
		  void *data);
/* Does it tell of system calls? */
bool trace_has_calls(const struct trace *trace);
const struct trace_totals *trace_totals(const struct trace *trace);

/*
 * "function+0x10/0x20 [module]", the number if there is no name, "" for 0. It
 * lives as long as the trace.
 */
const char *trace_symbol(struct trace *trace, uint64_t address);

/* Are there names of functions, or was none asked for? */
bool trace_has_symbols(const struct trace *trace);

#endif
