/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which files of a tree are worth a look.
 */
#ifndef GUP_MIRROR_AUDIT_FILES_H
#define GUP_MIRROR_AUDIT_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* A line of a file that seems to call a GUP function. */
struct mention {
	char *file;
	unsigned int line;
	const char *name;
};

struct audit_files {
	/* Without the tree in front; sorted. */
	char **files;
	size_t nr;
	struct mention *mentions;
	size_t nr_mentions;
};

/* Returns 0, or -1 after a complaint. */
int audit_files_find(const char *tree, struct audit_files *found);
void audit_files_free(struct audit_files *found);

/*
 * Calls of GUP functions in the text of a file, comments and strings aside; a
 * declaration is none.
 */
void mentions_find(const char *file, const char *text,
		   struct audit_files *found);

#endif
