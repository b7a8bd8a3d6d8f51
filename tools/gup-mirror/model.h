/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what is known of pins, wherever it comes from: debugfs, a copy of
 * it, a recorded trace, JSON, or several of these.
 *
 * A report owns all that it points to. Strings are never NULL, unless it says
 * so; what is not known is "", or UNKNOWN for a number.
 */
#ifndef GUP_MIRROR_MODEL_H
#define GUP_MIRROR_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "first.h"

#define UNKNOWN UINT64_MAX

/* Hold times: pins held for at least 2^(i-1) ms, less than 2^i; 0 is below 1. */
#define HOLD_BUCKETS 20

enum kind {
	KIND_PIN,
	KIND_GET,
};

/* "function+0x10/0x20 [module]", as the kernel writes it. */
struct stack {
	char **frames;
	size_t nr;
};

/* A place in the code that calls a GUP function. */
struct site {
	enum kind kind;
	char *function;		/* the GUP function */
	char *place;
	uint64_t calls;		/* UNKNOWN from a trace, which has runs of pages */
	uint64_t pages, wrong;
	/* Of pins only; UNKNOWN for gets. */
	uint64_t right, laundered, held, overlong;
	uint64_t most;		/* UNKNOWN from layers that do not count it */
	uint64_t hold_ms[HOLD_BUCKETS];
	char *excused;		/* why @overlong does not count, or "" */
};

/* Who held pins of a page when it was found, beside the one that is named. */
struct other {
	char *function, *place;
	uint64_t pins;
	struct stack stack;
};

/* One sort of violation. */
struct violation {
	char *class;
	uint64_t times;
	char *acquired_by, *acquired_at;
	char *released_by, *released_at;
	char *before_by, *before_at;
	struct first first;
	struct stack acquire, before, release;
	/* What kind of stack @acquire is, "first seen"; "" if it is the page's. */
	char *acquire_note;
	/* Lines that this program does not know, as the kernel wrote them. */
	struct stack notes;
	struct other *others;
	size_t nr_others;
	char *uncertain;	/* why it is only possible, or "" */
	struct stack machines;	/* that it was seen on; only of a merged report */
	char *excused;		/* why it does not count, or "" */
};

/* What is held by one site with one stack and one set of flags. */
struct holder {
	char *function;
	char *place;
	char *flags;
	bool estimate;
	uint64_t pins, pages, since_snapshot;
	uint64_t oldest_ms;	/* UNKNOWN without ages or a trace */
	uint64_t orphans;	/* folios that nobody else has; 0 without ages */
	bool suspect;		/* held for long without FOLL_LONGTERM */
	bool on_file;		/* to write to a file, where GUP refuses the flag */
	struct stack stack;
	/* Who put references of the first orphan, "function() at place: n". */
	struct stack puts;
	struct stack machines;
	char *excused;
};

struct file_use;	/* see file_uses.h */

/* Pins that were held at a time, for a curve; only from a trace. */
struct moment {
	uint64_t ms;		/* since the first event */
	uint64_t pins;
};

/* Where and how what is reported came about; "" is not known. */
struct origin {
	char *name;		/* of the report that has it */
	char *machine, *release, *architecture;
	char *mode;		/* of the layer */
	char *command;		/* that was run meanwhile */
	uint64_t status;	/* of it, or UNKNOWN */
	char *date;		/* as ISO 8601 has it, in UTC */
};

/* The line of the source that a place is in. */
struct line {
	char *place;
	char *line;		/* "file:line" */
};

struct counter {
	char *key;
	char *value;
};

struct report {
	/* Where it comes from, "debugfs", "trace" or "merge", and a name of it. */
	char *source, *name;
	struct origin *origins;
	size_t nr_origins;
	/* Lines of summary, in their order; of a trace, its events and losses. */
	struct counter *summary;
	size_t nr_summary;
	struct site *sites;
	size_t nr_sites;
	struct violation *violations;
	size_t nr_violations;
	struct holder *holders;
	size_t nr_holders;
	/* References that were got, and perhaps not put: no pins, but as many. */
	struct holder *surpluses;
	size_t nr_surpluses;
	/* Only if the layer looks at files. */
	struct file_use *file_uses;
	size_t nr_file_uses;
	struct moment *moments;
	size_t nr_moments;
	/* Only if debug information was at hand; sorted by place. */
	struct line *lines;
	size_t nr_lines;
	/* Rows of each table for people, or 0 for all. */
	unsigned int limit;
};

/* UNKNOWN says nothing, and is never the sum: a damaged file may have any number. */
void add_known(uint64_t *into, uint64_t from);

/* For the order of numbers: more comes first, and what is unknown is like 0. */
int more_first(uint64_t a, uint64_t b);

struct report *report_new(const char *source, const char *name);
void report_free(struct report *report);

/* Append an element, zeroed, with empty strings; it may move at the next call. */
struct site *report_add_site(struct report *report);
struct violation *report_add_violation(struct report *report);
struct holder *report_add_holder(struct report *report);
struct holder *report_add_surplus(struct report *report);
struct moment *report_add_moment(struct report *report);
struct origin *report_add_origin(struct report *report);
/* A copy of an element. */
struct violation *report_copy_violation(struct report *report,
					const struct violation *from);
void report_add_counter(struct report *report, const char *key,
			const char *value);
struct other *violation_add_other(struct violation *violation);
/* NULL if there is none. */
const char *report_counter(const struct report *report, const char *key);

/* Lines are found only after they were sorted; "" if there is none. */
void report_add_line(struct report *report, const char *place, const char *line);
void report_sort_lines(struct report *report);
const char *report_line(const struct report *report, const char *place);
void report_clear_lines(struct report *report);

void stack_add(struct stack *stack, const char *frame);
void stack_clear(struct stack *stack);
void stack_copy(struct stack *to, const struct stack *from);
bool stack_equal(const struct stack *a, const struct stack *b);
/* As strcmp(), or as @compare does with their frames. */
int stack_compare(const struct stack *a, const struct stack *b);
int stack_compare_by(const struct stack *a, const struct stack *b,
		     int (*compare)(const char *a, const char *b));

/* For qsort(): by who holds, but not how much. */
int holder_compare(const void *a, const void *b);

struct holder *report_copy_holder(struct report *report,
				  const struct holder *from);
struct holder *report_copy_surplus(struct report *report,
				   const struct holder *from);
struct origin *report_copy_origin(struct report *report,
				  const struct origin *from);

/* Free what an element points to, which is then taken out of its array. */
void site_clear(struct site *site);
void violation_clear(struct violation *violation);
void holder_clear(struct holder *holder);

/*
 * Replaces a string of a report by a copy of another, in which control characters
 * and what is not UTF-8 have become question marks.
 */
void set_string(char **string, const char *value);

/* The bucket of hold_ms for a time. */
unsigned int hold_bucket(uint64_t ms);
/* Its lower end in milliseconds. */
uint64_t hold_bucket_start(unsigned int bucket);

/* Sorts everything: most pins, most violations, most pages first; by name then. */
void report_sort(struct report *report);

/*
 * Adds what is in @from to @into, keyed by call site (function, place without
 * offsets, which differ between kernels, kind), class and both ends, and stack.
 */
void report_merge(struct report *into, const struct report *from);

#endif
