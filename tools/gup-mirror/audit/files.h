/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which files of a tree are worth a look.
 */
#ifndef GUP_MIRROR_AUDIT_FILES_H
#define GUP_MIRROR_AUDIT_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "audit/directives.h"
#include "audit/map.h"

/* A line of a file that seems to call a GUP function. */
struct mention {
	char *file;
	unsigned int line;
	const char *name;
};

struct audit_file {
	char *name;	/* without the tree in front */
	/* Files of one unit know each other: a driver, or what is taken for one. */
	char *unit;
	bool calls;
	/* What spatch is to read instead, or NULL. */
	char *prepared;
	struct directives directives;
};

struct audit_files {
	char *top;	/* what names begin below, without links */
	struct audit_file *files;	/* sorted */
	size_t nr;
	struct map by_name;
	struct mention *mentions;
	size_t nr_mentions;
	size_t unreadable;
	/* Where prepared files are, or NULL. */
	char *directory;
};

/* Returns 0, or -1 after a complaint. What cannot be read is told and counted. */
int audit_files_find(const char *tree, struct audit_files *found);
void audit_files_free(struct audit_files *found);

/* NULL if it is not known. */
const struct audit_file *files_find(const struct audit_files *files,
				    const char *name);
const char *files_unit(const struct audit_files *files, const char *name);

/*
 * A whole file, with spaces for bytes 0, and whether there were any; NULL, with
 * errno, if it cannot be read.
 */
char *files_text(const char *path, bool *cleaned);

/*
 * Calls of GUP functions in the text of a file, comments and strings aside; a
 * declaration is none.
 */
void mentions_find(const char *file, const char *text,
		   struct audit_files *found);

/* Writes spaces over comments, strings and characters, but keeps the lines. */
void text_blank(char *text);

#endif
