/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: copies of the few files that Coccinelle cannot read as they
 * are.
 */
#ifndef GUP_MIRROR_AUDIT_PREPARE_H
#define GUP_MIRROR_AUDIT_PREPARE_H

struct audit_files;

/* What a prepared file calls where a variable has __free(). */
#define CLEANUP_CALL	"gup_mirror_free"
/* And what DEFINE_FREE() is in it, with the name behind that. */
#define CLEANUP_PREFIX	"gup_mirror_free_"

/* Reads each file, and writes copies where they are needed. 0, or -1. */
int audit_prepare(struct audit_files *files);

/* The text as Coccinelle can read it, with the same lines, or NULL if it is so. */
char *prepare_text(const char *text);

#endif
