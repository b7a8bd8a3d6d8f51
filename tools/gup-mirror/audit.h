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
	AUDIT_ELSEWHERE,	/* none was found in this directory */
	AUDIT_NO_PAGES,		/* asks for none */
	AUDIT_UNREAD,		/* in code that Coccinelle cannot read */
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

struct audit_call {
	char *file, *function;
	unsigned int line;
	const char *name;	/* of the GUP function */
	enum kind kind;
	enum verdict verdict;
	/* The first release that made it so; "" if there is none. */
	char *release;
	enum coverage coverage;
	char *seen;		/* the sites that may be this call */
};

/* A release that is wrong. */
struct audit_suspect {
	char *file, *function;
	unsigned int line;
	const char *name;	/* of the release function */
	char *what;		/* its argument */
	char *through;		/* a member that the pages were in, or "" */
	size_t call;		/* who acquired them */
	size_t others;		/* number of further calls that did */
};

struct audit {
	char *tree;
	struct audit_call *calls;
	size_t nr_calls;
	struct audit_suspect *suspects;
	size_t nr_suspects;
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
		 struct report *const *reports, size_t nr);

/* For people, and for programs. */
int audit_text(FILE *out, const void *audit);
int audit_json(FILE *out, const void *audit);

const char *verdict_name(enum verdict verdict);
const char *coverage_name(enum coverage coverage);

#endif
