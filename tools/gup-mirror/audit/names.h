/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror audit: the functions that acquire, release or pass on pages.
 */
#ifndef GUP_MIRROR_AUDIT_NAMES_H
#define GUP_MIRROR_AUDIT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "model.h"

/* The pages are what the function returns. */
#define RETURNED (-1)
/* Nobody has ever called it with so many arguments. */
#define NO_ARGUMENT (-2)

struct acquirer {
	const char *name;
	enum kind kind;
	int pages;	/* number of the argument, or RETURNED */
	/* The GUP function that it calls for its caller; else NULL. */
	const char *through;
	/* It does so inline, so that its caller is the site. */
	bool inlined;
};

struct releaser {
	const char *name;
	enum kind kind;	/* of the pages that it is right for */
};

/* NULL if it is none. */
const struct acquirer *find_acquirer(const char *name);
const struct releaser *find_releaser(const char *name);

/*
 * Which argument has the pages, of a call with @nr arguments: kernels before 6.5
 * have other ones. RETURNED, or NO_ARGUMENT.
 */
int acquirer_pages(const struct acquirer *acquirer, size_t nr);

/* All of them, to look for in a file. */
extern const struct acquirer acquirers[];
extern const size_t nr_acquirers;

/* What is in argument @from is in @to afterwards, as the first is called. */
struct mover {
	const char *name;
	int from, to;
};

/* The next one with this name behind @after, which is NULL for the first. */
const struct mover *find_mover(const char *name, const struct mover *after);

/* The number of the argument that the function returns, or -1. */
int passed_argument(const char *name);

/*
 * What such a function returns, or a loop yields, is of unknown origin, unless
 * pages are known to be in what it is taken from.
 */
bool takes_out(const char *name);

/* Takes one more reference to the page in its first argument. */
bool takes_reference(const char *name);

/* Returns the page that an object itself is in, not one that it lists. */
bool finds_own_page(const char *name);

/* Does it look like something that returns or fills in pages of another sort? */
bool names_pages(const char *name);

/* A member that stands for the structure that it is in. */
bool is_content(const char *member);
/* Lists and maps that pages of a whole directory are in. */
bool is_container(const char *tag);

#endif
