/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what can be wrong in a report, one by one, and which of it makes a job
 * fail.
 */
#ifndef GUP_MIRROR_CHECKS_H
#define GUP_MIRROR_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct report;
struct site;
struct violation;

/* What --fail-on names. */
struct fail_on {
	char **names;
	size_t nr;
	bool violation;		/* of whatever class, also of one that is not known */
};

/* "violation,leak" and the like; returns false if a word is none of them. */
bool fail_on_parse(struct fail_on *fail_on, const char *list);
void fail_on_clear(struct fail_on *fail_on);
/* All that may be named, with ", " between them; the caller frees it. */
char *fail_on_names(void);

/* Pins that a system call left that failed; only a recording with calls tells. */
#define CHECK_FAILED_CALL	"left-by-failed-call"

/* A thing that can be wrong: a class of violations, that one, or one of the next. */
#define CHECK_POSSIBLE		"possible"
#define CHECK_LEAK		"leak"
#define CHECK_SURPLUS		"surplus"
#define CHECK_OVERLONG		"overlong"
#define CHECK_INCOMPLETE	"incomplete"

struct check {
	char *name;
	uint64_t count;		/* UNKNOWN if the report does not tell */
	bool selected;		/* by --fail-on */
};

struct checks {
	struct check *list;
	size_t nr;
};

/* Each class that is known or in the report, and the others. */
void checks_make(struct checks *checks, const struct report *report,
		 const struct fail_on *fail_on);
void checks_clear(struct checks *checks);
/* What a violation counts as: its class, if that is certain. */
const char *violation_check(const struct violation *v);
/* The one with that name, or NULL. */
struct check *checks_find(const struct checks *checks, const char *name);
/* Was it selected, and found? Was anything? */
bool check_failed(const struct check *check);
bool checks_failed(const struct checks *checks);

/* In a sentence, what is missing in a report; NULL if nothing is. To be freed. */
char *report_incomplete(const struct report *report);

/* What counts of a report: what is certain, and not excused. */
uint64_t report_violations(const struct report *report);
uint64_t report_pins(const struct report *report);
/* References that were got, and perhaps not put; UNKNOWN if nobody kept account. */
uint64_t report_surplus(const struct report *report);
/* Does a call site have pins that were held for long, and count? */
bool site_overlong(const struct site *site);
/* Pins that were held for long, as was found when they were released, or later. */
uint64_t report_overlong(const struct report *report);

#endif
