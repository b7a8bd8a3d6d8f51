/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: what is said of calls and suspects, the same in all forms.
 */
#ifndef GUP_MIRROR_AUDIT_DESCRIBE_H
#define GUP_MIRROR_AUDIT_DESCRIBE_H

#include "audit/audit.h"

const char *verdict_meaning(enum verdict verdict);
const char *work_meaning(enum work work);
const char *suspects_title(enum suspect_class class);

/* The caller frees what these return; it has no control characters. */

/* "f() calls put_page(page) for pages of pin_user_pages() in g() at a.c:7" */
char *suspect_sentence(const struct audit *audit,
		       const struct audit_suspect *suspect);
/* "pin_user_pages() in g()" */
char *call_words(const struct audit_call *call);
/* What is known of how its pages are released, or why nothing is; maybe "". */
char *call_release(const struct audit_call *call);
/* A copy of a name, which may have any characters. */
char *printable(const char *text);

#endif
