/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: which lines are compiled under which condition, and which are
 * in a macro. spatch reads both sides of an #ifdef, and does not tell.
 */
#ifndef GUP_MIRROR_AUDIT_DIRECTIVES_H
#define GUP_MIRROR_AUDIT_DIRECTIVES_H

#include <stdbool.h>
#include <stddef.h>

struct condition {
	unsigned int first, last;	/* lines */
	char *text;
	bool not;
};

struct macro_lines {
	unsigned int first, last;
	char *name;
};

struct directives {
	struct condition *conditions;
	size_t nr;
	struct macro_lines *macros;
	size_t nr_macros;
};

void directives_read(const char *text, struct directives *directives);
void directives_free(struct directives *directives);

/* The macro that a line belongs to, or NULL. */
const char *directives_macro(const struct directives *directives,
			     unsigned int line);

/* Can there be a kernel with both lines? NULL: a file without conditions. */
bool directives_agree(const struct directives *a, unsigned int line_a,
		      const struct directives *b, unsigned int line_b);

#endif
