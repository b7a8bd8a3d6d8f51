/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what becomes of a report, the same for all commands that make one: it
 * is written in several forms, compared with what is known, and judged.
 */
#ifndef GUP_MIRROR_PRESENT_H
#define GUP_MIRROR_PRESENT_H

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>

#include "checks.h"

struct debuginfo;
struct report;
struct suppressions;
struct view_key;
struct words;

enum form {
	FORM_TEXT,
	FORM_JSON,
	FORM_HTML,
	FORM_FOLDED,
	FORM_KTAP,
	FORM_JUNIT,
	FORM_GITHUB,
	FORM_SUPPRESSIONS,
	NR_FORMS,
};

struct present {
	const char *paths[NR_FORMS];	/* NULL if a form is not asked for */
	struct fail_on fail_on;
	bool fail_on_given;
	unsigned int error_status;
	const char *suppressions_path, *baseline_path;
	const char *vmlinux_path, *modules_path;
	const char *module;
	const struct view_key *sort;
	unsigned int limit;
	/* Of present_begin(). */
	struct suppressions *suppressions;
	struct report *baseline;
	struct debuginfo *debuginfo;
	/* Of a command that has text and JSON of its own. */
	void (*own_text)(FILE *out, const void *own);
	int (*own_json)(FILE *out, const void *own);
	const void *own;
};

/*
 * For an argp_child, with a struct present as its input, which present_init() has
 * made ready. @fail_on is what makes the command fail if nobody says anything.
 */
extern const struct argp present_argp;
/* The parser of a command that has no other options, with the same input. */
error_t present_only(int key, char *arg, struct argp_state *state);
void present_init(struct present *present, const char *fail_on);
void present_free(struct present *present);

/* Reads what the report is compared with; returns -1 after a complaint. */
int present_begin(struct present *present);

/* Is a form to be written, beside text? */
bool present_any(const struct present *present);

/*
 * Takes out what is not asked for, marks what is known, so that it does not count, and
 * finds lines of the source.
 */
void present_prepare(const struct present *present, struct report *report);

/* Is there anything that --fail-on asks for? */
bool present_is_bad(const struct present *present, const struct report *report);

/*
 * Writes all forms, text only if it was asked for, and returns the exit status: 0,
 * EXIT_BAD, or that for findings.
 */
int present_write(const struct present *present, const struct report *report);

/*
 * All of that, with text on standard output if nothing was asked for. Frees the
 * report; if it is NULL, there was a complaint, and @failed is the exit status.
 */
int present(struct present *present, struct report *report, int failed);

/*
 * All that a command does which reads a report and has no other options. Returns its
 * exit status.
 */
int present_command(const struct argp *argp, int argc, char **argv,
		    struct words *words,
		    struct report *(*read)(char **words, int nr));

/* The kernel has no layer: tells those who test. Returns EXIT_NO_LAYER. */
int present_skip(const struct present *present);

#endif
