/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: how code releases the pages that it acquires.
 */
#ifndef GUP_MIRROR_AUDIT_H
#define GUP_MIRROR_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "model.h"

struct audit_files;
struct facts;
struct report;

enum verdict {
	AUDIT_WRONG,		/* a release is wrong for its pages */
	AUDIT_MIXED,		/* a release gets pages of both kinds */
	AUDIT_RIGHT,		/* all that was found are right */
	AUDIT_ELSEWHERE,	/* none was found in this unit */
	AUDIT_NO_PAGES,		/* asks for none */
	AUDIT_UNREAD,		/* was not understood */
	NR_VERDICTS,
};

/* What a kernel with GUP mirror saw of a call. */
enum coverage {
	COVER_WRONG,		/* a wrong release */
	COVER_HELD,		/* reached, but nothing was released */
	COVER_UNSURE,		/* several calls may have been meant */
	COVER_GOT,		/* reached; pages that are got have no account */
	COVER_INDIRECT,		/* seen under the name of another function */
	COVER_NEVER,		/* not reached */
	COVER_RIGHT,		/* released rightly */
	NR_COVERAGES,
};

/* What is left to be done with a call, the most urgent first. */
enum work {
	WORK_WRONG,
	WORK_NEVER,		/* reached, and not right by the text either */
	WORK_REACHED,		/* but not released rightly */
	WORK_TEXT,		/* right by the text only */
	WORK_NO_PAGES,
	WORK_RIGHT,		/* in a run */
	NR_WORKS,
};

struct audit_call {
	char *file, *function;
	unsigned int line;
	const char *name;	/* of the GUP function */
	enum kind kind;
	enum verdict verdict;
	/*
	 * The release that made it so; of one that is released elsewhere, a
	 * release in the same file that may be meant. "" if there is none.
	 */
	char *release;
	const char *why;	/* it is unread, else "" */
	enum coverage coverage;
	char *seen;		/* the sites that may be this call */
};

enum suspect_class {
	SUSPECT_RELEASE,	/* by a function that is not for these pages */
	SUSPECT_LEAK,		/* a return without a release */
	SUSPECT_TWICE,		/* a release after a release */
	SUSPECT_COUNT,		/* a number that is not that of the pages */
	NR_SUSPECT_CLASSES,
};

/* A place where something is wrong with pages. */
struct audit_suspect {
	enum suspect_class class;
	char *file, *function;
	unsigned int line;
	const char *name;	/* of the release function, or "" */
	char *what;		/* the pages, or their number */
	const char *why;	/* that is not theirs, else "" */
	char *through;		/* a member that the pages were in, or "" */
	size_t call;		/* who acquired them */
	size_t others;		/* number of further calls that did */
};

struct audit {
	char *tree;
	char *top;		/* what names of files begin below */
	struct audit_call *calls;
	size_t nr_calls;
	struct audit_suspect *suspects;
	size_t nr_suspects;
	size_t unreadable;	/* files */
	bool covered;
	/* Sites that were seen, but are not in the tree. */
	char **strangers;
	size_t nr_strangers;
};

/* Never NULL. Sorted by file and line. */
struct audit *audit_judge(const char *tree, const struct facts *facts,
			  const struct audit_files *files);
void audit_free(struct audit *audit);

/* Finds out which of the calls are the sites of reports. */
void audit_cover(struct audit *audit, const struct facts *facts,
		 const struct audit_files *files,
		 struct report *const *reports, size_t nr);

enum work audit_work(const struct audit_call *call);

/* For people, and for programs. */
int audit_text(FILE *out, const void *audit);
int audit_json(FILE *out, const void *audit);
int audit_html(FILE *out, const void *audit);
int audit_gcc(FILE *out, const void *audit);

const char *verdict_name(enum verdict verdict);
const char *coverage_name(enum coverage coverage);
const char *work_name(enum work work);
const char *suspect_class_name(enum suspect_class class);

#endif
