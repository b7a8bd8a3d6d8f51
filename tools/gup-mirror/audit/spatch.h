/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: runs Coccinelle.
 */
#ifndef GUP_MIRROR_AUDIT_SPATCH_H
#define GUP_MIRROR_AUDIT_SPATCH_H

#include <stddef.h>

struct audit_files;
struct facts;

/* Returns 0, or -1 after a complaint. */
int audit_spatch(const struct audit_files *files, unsigned int jobs,
		 struct facts *facts);

#endif
