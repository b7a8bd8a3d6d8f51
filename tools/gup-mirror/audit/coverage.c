// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: which calls a kernel with GUP mirror has reached.
 *
 * A site is a return address in some function. It is a call in that function,
 * or in one that was inlined into it: one of the same file that it calls, or that
 * is called there, and so on. If it may be several calls, they are reached only if
 * there are as many sites.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/audit.h"
#include "audit/code.h"
#include "audit/names.h"

/* Calls that the same sites may be. */
struct group {
	size_t *calls;
	size_t nr;
	/* Sites in the report at hand, and the most in one. */
	size_t sites, most;
	bool wrong, right;
	char *seen;
};

struct cover {
	struct audit *audit;
	struct code code;
	/* By file and function: the calls that it makes, as facts. */
	struct map made;
	struct group *groups;
	size_t nr;
};

static const char *const coverage_names[NR_COVERAGES] = {
	[COVER_WRONG] = "wrong",
	[COVER_HELD] = "unreleased",
	[COVER_UNSURE] = "unsure",
	[COVER_GOT] = "got",
	[COVER_INDIRECT] = "indirect",
	[COVER_NEVER] = "never",
	[COVER_RIGHT] = "right",
};

const char *coverage_name(enum coverage coverage)
{
	return coverage_names[coverage];
}

/* Without the offset, and what compilers append to names of variants. */
static char *symbol_of(const char *place)
{
	return strndup(place, strcspn(place, "+. "));
}

static bool is_call_of(const struct audit_call *call, const struct site *site)
{
	const struct acquirer *acquirer = find_acquirer(call->name);

	return !strcmp(call->name, site->function) ||
	       (acquirer->inlined && !strcmp(acquirer->through, site->function));
}

static void add_call(struct group *group, size_t call)
{
	size_t i;

	for (i = 0; i < group->nr; i++) {
		if (group->calls[i] == call)
			return;
	}
	group->calls = grow(group->calls, group->nr, sizeof(*group->calls));
	group->calls[group->nr++] = call;
}

static bool add_calls_in(struct cover *cover, const char *file,
			 const char *function, const struct site *site,
			 struct group *group)
{
	size_t before = group->nr, i;

	for (i = 0; i < cover->audit->nr_calls; i++) {
		const struct audit_call *call = &cover->audit->calls[i];

		if (is_call_of(call, site) && !strcmp(call->function, function) &&
		    (!file || !strcmp(call->file, file)))
			add_call(group, i);
	}
	return group->nr > before;
}

/* Functions that may have been inlined into another, with itself; keys. */
static void add_inlined(struct cover *cover, const struct fact *function,
			const struct fact ***found, size_t *nr)
{
	const struct map_entry *made;
	char *key;
	size_t i;

	for (i = 0; i < *nr; i++) {
		if ((*found)[i] == function)
			return;
	}
	*found = grow(*found, *nr, sizeof(**found));
	(*found)[(*nr)++] = function;

	key = xasprintf("%s\t%s", function->file, function->words[0]);
	made = map_find(&cover->made, key);
	free(key);
	for (i = 0; made && i < made->nr; i++) {
		const struct fact *call = made->values[i];
		const struct fact *callee;

		callee = code_function(&cover->code, call, call->words[0]);
		if (callee && !strcmp(callee->file, function->file))
			add_inlined(cover, callee, found, nr);
	}
}

/* Whether there is any such function. */
static bool add_calls_inlined(struct cover *cover, const struct facts *facts,
			      const char *symbol, const struct site *site,
			      struct group *group)
{
	const struct fact **inlined = NULL;
	size_t nr = 0, i;

	for (i = 0; i < facts->nr; i++) {
		const struct fact *fact = &facts->facts[i];

		if (fact->sort == FACT_FUNCTION &&
		    !strcmp(fact->words[0], symbol))
			add_inlined(cover, fact, &inlined, &nr);
	}
	for (i = 0; i < nr; i++)
		add_calls_in(cover, inlined[i]->file, inlined[i]->words[0],
			     site, group);
	free(inlined);
	return group->nr;
}

static bool same_calls(const struct group *a, const struct group *b)
{
	return a->nr == b->nr &&
	       !memcmp(a->calls, b->calls, a->nr * sizeof(*a->calls));
}

/* The group that is equal to @new, which is used up. */
static struct group *keep_group(struct cover *cover, struct group *new)
{
	size_t i;

	for (i = 0; i < cover->nr; i++) {
		if (same_calls(&cover->groups[i], new)) {
			free(new->calls);
			return &cover->groups[i];
		}
	}
	cover->groups = grow(cover->groups, cover->nr, sizeof(*cover->groups));
	new->seen = xstrdup("");
	cover->groups[cover->nr] = *new;
	return &cover->groups[cover->nr++];
}

/* Lists have ", " between places. */
static void append(char **list, const char *text)
{
	size_t len = strlen(text);
	const char *at = *list;
	char *longer;

	while ((at = strstr(at, text))) {
		if ((at == *list || at[-1] == ' ') &&
		    (!at[len] || at[len] == ','))
			return;
		at++;
	}
	longer = xasprintf("%s%s%s", *list, **list ? ", " : "", text);
	free(*list);
	*list = longer;
}

static void add_stranger(struct audit *audit, const struct site *site)
{
	char *text = xasprintf("%s() at %s", site->function, site->place);
	size_t i;

	for (i = 0; i < audit->nr_strangers; i++) {
		if (!strcmp(audit->strangers[i], text)) {
			free(text);
			return;
		}
	}
	audit->strangers = grow(audit->strangers, audit->nr_strangers,
				sizeof(*audit->strangers));
	audit->strangers[audit->nr_strangers++] = text;
}

static bool was_released(const struct site *site)
{
	/* What was got is laundered if nobody saw who put it. */
	return (site->right && site->right != UNKNOWN) ||
	       (site->kind == KIND_PIN && site->laundered &&
		site->laundered != UNKNOWN);
}

static void add_site(struct cover *cover, const struct facts *facts,
		     const struct site *site)
{
	char *symbol = symbol_of(site->place);
	struct group new = { }, *group;

	/* No function has no name; it is how calls in macros are told apart. */
	if (!*symbol ||
	    (!add_calls_in(cover, NULL, symbol, site, &new) &&
	     !add_calls_inlined(cover, facts, symbol, site, &new))) {
		add_stranger(cover->audit, site);
		free(symbol);
		return;
	}
	free(symbol);
	group = keep_group(cover, &new);
	group->sites++;
	if (site->wrong && site->wrong != UNKNOWN)
		group->wrong = true;
	if (was_released(site))
		group->right = true;
	append(&group->seen, site->place);
}

static enum coverage coverage_of(const struct group *group, enum kind kind)
{
	if (group->nr > 1 && group->most < group->nr)
		return COVER_UNSURE;
	if (group->wrong)
		return COVER_WRONG;
	if (group->right)
		return COVER_RIGHT;
	return kind == KIND_GET ? COVER_GOT : COVER_HELD;
}

/* Of two things that were seen of a call, which counts? */
static unsigned int weight(enum coverage coverage)
{
	static const unsigned int weights[NR_COVERAGES] = {
		[COVER_WRONG] = 4, [COVER_RIGHT] = 3, [COVER_HELD] = 2,
		[COVER_GOT] = 2, [COVER_UNSURE] = 1,
	};

	return weights[coverage];
}

static void cover_calls(struct audit *audit, const struct group *group)
{
	size_t i;

	for (i = 0; i < group->nr; i++) {
		struct audit_call *call = &audit->calls[group->calls[i]];
		enum coverage coverage = coverage_of(group, call->kind);

		if (weight(coverage) > weight(call->coverage))
			call->coverage = coverage;
		append(&call->seen, group->seen);
	}
}

/* Nobody can see these calls as such. */
static void cover_indirect(struct audit_call *call)
{
	const struct acquirer *acquirer = find_acquirer(call->name);
	const struct acquirer *within = find_acquirer(call->function);

	if ((acquirer->through && !acquirer->inlined) ||
	    (within && within->inlined))
		call->coverage = COVER_INDIRECT;
}

/**
 * audit_cover() - find out which calls were reached
 * @audit: the calls
 * @facts: what they were found from
 * @files: where they are
 * @reports: what kernels with GUP mirror saw
 * @nr: number of these
 */
void audit_cover(struct audit *audit, const struct facts *facts,
		 const struct audit_files *files,
		 struct report *const *reports, size_t nr)
{
	struct cover cover = { .audit = audit };
	size_t i, j;

	audit->covered = true;
	code_read(&cover.code, facts, files);
	for (i = 0; i < facts->nr; i++) {
		const struct fact *fact = &facts->facts[i];
		char *key;

		if (fact->sort != FACT_CALL)
			continue;
		key = xasprintf("%s\t%s", fact->file, fact->function);
		map_add(&cover.made, key, fact);
		free(key);
	}
	for (i = 0; i < audit->nr_calls; i++)
		cover_indirect(&audit->calls[i]);

	for (i = 0; i < nr; i++) {
		for (j = 0; j < reports[i]->nr_sites; j++)
			add_site(&cover, facts, &reports[i]->sites[j]);
		for (j = 0; j < cover.nr; j++) {
			struct group *group = &cover.groups[j];

			if (group->sites > group->most)
				group->most = group->sites;
			group->sites = 0;
		}
	}
	for (i = 0; i < cover.nr; i++) {
		cover_calls(audit, &cover.groups[i]);
		free(cover.groups[i].calls);
		free(cover.groups[i].seen);
	}
	free(cover.groups);
	map_free(&cover.made);
	code_free(&cover.code);
}
