// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: how code releases the pages that it acquires.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit/audit.h"
#include "audit/files.h"
#include "audit/prepare.h"
#include "audit/reach.h"

/* What is to be said of one acquire. */
struct opinion {
	size_t call;		/* its number in the audit */
	enum verdict verdict;
	unsigned int weight;	/* of the release, 0 without one */
	const struct fact *release;
	const char *why;	/* it is unread, else "" */
};

/* The way from facts to verdicts. */
struct judge {
	struct audit *audit;
	struct reach reach;
	struct opinion *opinions;	/* by acquire */
};

static const char *const verdict_names[NR_VERDICTS] = {
	[AUDIT_WRONG] = "wrong",
	[AUDIT_MIXED] = "mixed",
	[AUDIT_RIGHT] = "right",
	[AUDIT_ELSEWHERE] = "elsewhere",
	[AUDIT_NO_PAGES] = "no-pages",
	[AUDIT_UNREAD] = "unread",
};

static const char *const suspect_class_names[NR_SUSPECT_CLASSES] = {
	[SUSPECT_RELEASE] = "release",
	[SUSPECT_LEAK] = "leak",
	[SUSPECT_TWICE] = "twice",
	[SUSPECT_COUNT] = "count",
};

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

const char *suspect_class_name(enum suspect_class class)
{
	return suspect_class_names[class];
}

/* Not the name that a prepared file has for it. */
static const char *written(const char *function)
{
	size_t len = strlen(CLEANUP_PREFIX);

	return strncmp(function, CLEANUP_PREFIX, len) ? function :
							function + len;
}

static size_t new_call(struct audit *audit, const char *file,
		       unsigned int line, const char *function,
		       const struct acquirer *acquirer)
{
	struct audit_call *call;

	audit->calls = grow(audit->calls, audit->nr_calls, sizeof(*call));
	call = &audit->calls[audit->nr_calls];
	*call = (struct audit_call){
		.file = xstrdup(file), .line = line,
		.function = xstrdup(written(function)),
		.name = acquirer->name, .kind = acquirer->kind,
		.verdict = AUDIT_NO_PAGES, .coverage = COVER_NEVER,
		.release = xstrdup(""), .seen = xstrdup(""), .why = "",
	};
	return audit->nr_calls++;
}

static enum verdict verdict_of(const struct judge *judge, size_t a, size_t r)
{
	const struct reach *reach = &judge->reach;

	if (reach_acquire(reach, a)->acquirer->kind ==
	    reach_release(reach, r)->releaser->kind)
		return AUDIT_RIGHT;
	return reach_is_wrong(reach, a, r) ? AUDIT_WRONG : AUDIT_MIXED;
}

/*
 * Of its releases, the worst counts, but a right one is better than a guess; of
 * equal ones, the nearest is shown.
 */
static unsigned int weight(enum verdict verdict, const struct fact *acquire,
			   const struct fact *release)
{
	static const unsigned int weights[NR_VERDICTS] = {
		[AUDIT_WRONG] = 3, [AUDIT_RIGHT] = 2, [AUDIT_MIXED] = 1,
	};
	bool near = !strcmp(acquire->file, release->file);
	bool nearest = near && !strcmp(acquire->function, release->function);

	return 4 * weights[verdict] + near + nearest;
}

static void judge_release(struct judge *judge, size_t a, size_t r)
{
	const struct fact *release = reach_release(&judge->reach, r)->fact;
	struct opinion *opinion = &judge->opinions[a];
	enum verdict verdict = verdict_of(judge, a, r);
	unsigned int heavy;

	heavy = weight(verdict, reach_acquire(&judge->reach, a)->fact, release);
	if (heavy <= opinion->weight)
		return;
	opinion->weight = heavy;
	opinion->verdict = verdict;
	opinion->release = release;
	opinion->why = "";
}

/*
 * Several acquires may be in one line, which is one call for people. The one that
 * they must look at most is what they are told of.
 */
static void settle_call(struct judge *judge, const struct opinion *opinion)
{
	static const unsigned int urgency[NR_VERDICTS] = {
		[AUDIT_WRONG] = 5, [AUDIT_UNREAD] = 4, [AUDIT_ELSEWHERE] = 3,
		[AUDIT_MIXED] = 2, [AUDIT_RIGHT] = 1, [AUDIT_NO_PAGES] = 0,
	};
	struct audit_call *call = &judge->audit->calls[opinion->call];
	const struct fact *release = opinion->release;

	if (urgency[opinion->verdict] < urgency[call->verdict])
		return;
	call->verdict = opinion->verdict;
	call->why = opinion->why;
	free(call->release);
	call->release = release ? xasprintf("%s:%u", release->file,
					    release->line) : xstrdup("");
}

/* Of what is released elsewhere, the first release of its file may be meant. */
static void hint(const struct judge *judge, struct audit_call *call)
{
	size_t i;

	if (call->verdict != AUDIT_ELSEWHERE)
		return;
	for (i = 0; i < judge->reach.nr_releases; i++) {
		const struct fact *release;

		release = reach_release(&judge->reach, i)->fact;
		if (strcmp(release->file, call->file))
			continue;
		free(call->release);
		call->release = xasprintf("%s:%u", release->file,
					  release->line);
		return;
	}
}

static bool same_place(const struct audit_call *call, const char *file,
		       unsigned int line, const char *name)
{
	return call->line == line && !strcmp(call->name, name) &&
	       !strcmp(call->file, file);
}

/* The number of the call there, or of a new one. */
static size_t call_at(struct audit *audit, const struct flow_call *found)
{
	const struct fact *fact = found->fact;
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		if (same_place(&audit->calls[i], fact->file, fact->line,
			       found->acquirer->name))
			return i;
	}
	return new_call(audit, fact->file, fact->line, fact->function,
			found->acquirer);
}

static void add_calls(struct judge *judge)
{
	size_t i;

	for (i = 0; i < judge->reach.nr_acquires; i++) {
		const struct flow_call *found = reach_acquire(&judge->reach, i);
		struct opinion *opinion = &judge->opinions[i];

		opinion->call = call_at(judge->audit, found);
		opinion->verdict = AUDIT_ELSEWHERE;
		opinion->why = "";
		if (found->no_pages) {
			opinion->verdict = AUDIT_NO_PAGES;
		} else if (!*found->fact->function) {
			opinion->verdict = AUDIT_UNREAD;
			opinion->why = "it is in no function";
		} else if (found->unread) {
			opinion->verdict = AUDIT_UNREAD;
			opinion->why = found->unread;
		}
	}
}

static void judge_calls(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	size_t a, r, i;

	for (a = 0; a < reach->nr_acquires; a++) {
		for (r = 0; r < reach->nr_releases; r++) {
			if (reach_way(reach, a, r)->any)
				judge_release(judge, a, r);
		}
		settle_call(judge, &judge->opinions[a]);
	}
	for (i = 0; i < judge->audit->nr_calls; i++)
		hint(judge, &judge->audit->calls[i]);
}

/* What a name stands for is called where that name is. */
static bool is_alias(const struct facts *facts, const struct mention *mention)
{
	size_t i;

	for (i = 0; i < facts->nr; i++) {
		const struct fact *fact = &facts->facts[i];

		if (fact->sort == FACT_ALIAS && fact->line == mention->line &&
		    !strcmp(fact->words[1], mention->name) &&
		    !strcmp(fact->file, mention->file))
			return true;
	}
	return false;
}

/* What is there by name but not for Coccinelle was not parsed. */
static void add_unread(struct audit *audit, const struct facts *facts,
		       const struct audit_files *files)
{
	size_t i, j, nr = audit->nr_calls;

	for (i = 0; i < files->nr_mentions; i++) {
		const struct mention *mention = &files->mentions[i];

		for (j = 0; j < nr; j++) {
			if (same_place(&audit->calls[j], mention->file,
				       mention->line, mention->name))
				break;
		}
		if (j < nr || is_alias(facts, mention))
			continue;
		j = new_call(audit, mention->file, mention->line, "",
			     find_acquirer(mention->name));
		audit->calls[j].verdict = AUDIT_UNREAD;
		audit->calls[j].why = "Coccinelle did not parse it";
	}
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* As people write it: spatch puts spaces between all words. */
static char *tidy(const char *text)
{
	char *tidied = xstrdup(text), *to = tidied;
	const char *at;

	for (at = text; *at; at++) {
		bool words = at > text && in_name(at[-1]) && in_name(at[1]);

		if (*at == ' ' && !words && (at == text || at[-1] != ','))
			continue;
		*to++ = *at;
	}
	*to = '\0';
	return tidied;
}

/* Valid up to the next one. */
static struct audit_suspect *new_suspect(struct audit *audit,
					 enum suspect_class class,
					 const struct fact *fact,
					 const char *name, const char *what,
					 size_t call)
{
	struct audit_suspect *suspect;

	audit->suspects = grow(audit->suspects, audit->nr_suspects,
			       sizeof(*suspect));
	suspect = &audit->suspects[audit->nr_suspects++];
	*suspect = (struct audit_suspect){
		.class = class, .file = xstrdup(fact->file), .line = fact->line,
		.function = xstrdup(written(fact->function)), .name = name,
		.what = tidy(what), .why = "", .call = call,
		.through = xstrdup(""),
	};
	return suspect;
}

/* Another acquire of the same call gets there as well. */
static bool was_counted(const struct judge *judge, size_t a, size_t r)
{
	size_t i;

	for (i = 0; i < a; i++) {
		if (judge->opinions[i].call == judge->opinions[a].call &&
		    reach_is_wrong(&judge->reach, i, r))
			return true;
	}
	return false;
}

static void add_wrong_releases(struct judge *judge)
{
	const struct reach *reach = &judge->reach;
	size_t a, r;

	for (r = 0; r < reach->nr_releases; r++) {
		const struct flow_call *release = reach_release(reach, r);
		struct audit_suspect *suspect = NULL;

		for (a = 0; a < reach->nr_acquires; a++) {
			if (!reach_is_wrong(reach, a, r) ||
			    was_counted(judge, a, r))
				continue;
			if (suspect) {
				suspect->others++;
				continue;
			}
			suspect = new_suspect(judge->audit, SUSPECT_RELEASE,
					      release->fact,
					      release->releaser->name,
					      release->what,
					      judge->opinions[a].call);
			free(suspect->through);
			suspect->through =
				xstrdup(reach_way(reach, a, r)->through ?: "");
		}
	}
}

static const struct path_sort {
	enum fact_sort sort;
	enum suspect_class class;
} path_sorts[] = {
	{ FACT_LEAK, SUSPECT_LEAK },
	{ FACT_TWICE, SUSPECT_TWICE },
	{ FACT_COUNT, SUSPECT_COUNT },
};

/* A suspect that the order of statements shows, for the call that it is about. */
static void add_path(struct audit *audit, const struct fact *fact,
		     enum suspect_class class)
{
	unsigned int line = strtoul(fact->words[2], NULL, 10);
	const struct releaser *releaser = NULL;
	struct audit_suspect *suspect;
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		if (same_place(&audit->calls[i], fact->file, line,
			       fact->words[1]))
			break;
	}
	if (class == SUSPECT_TWICE)
		releaser = find_releaser(fact->words[3]);
	if (i == audit->nr_calls || (class == SUSPECT_TWICE && !releaser))
		return;
	suspect = new_suspect(audit, class, fact,
			      releaser ? releaser->name : "", fact->words[0],
			      i);
	if (class == SUSPECT_COUNT)
		suspect->why = strcmp(fact->words[3], "error") ?
			       "leaves out where they begin" :
			       "may be an error";
}

static void add_paths(struct audit *audit, const struct facts *facts)
{
	size_t i, j;

	for (i = 0; i < facts->nr; i++) {
		for (j = 0; j < sizeof(path_sorts) / sizeof(*path_sorts); j++) {
			if (facts->facts[i].sort == path_sorts[j].sort)
				add_path(audit, &facts->facts[i],
					 path_sorts[j].class);
		}
	}
}

static int compare_calls(const void *a, const void *b)
{
	const struct audit_call *left = a, *right = b;

	return strcmp(left->file, right->file) ?:
	       (left->line > right->line) - (left->line < right->line) ?:
	       strcmp(left->name, right->name);
}

static int compare_suspects(const void *a, const void *b)
{
	const struct audit_suspect *left = a, *right = b;

	return strcmp(left->file, right->file) ?:
	       (left->line > right->line) - (left->line < right->line) ?:
	       (int)left->class - (int)right->class ?:
	       strcmp(left->what, right->what);
}

/* Suspects know calls by number, so these go along. */
static void sort(struct audit *audit)
{
	struct audit_call *before;
	size_t size = audit->nr_calls * sizeof(*before), i, j;

	before = xcalloc(audit->nr_calls, sizeof(*before));
	if (size) {
		memcpy(before, audit->calls, size);
		qsort(audit->calls, audit->nr_calls, sizeof(*before),
		      compare_calls);
	}
	for (i = 0; i < audit->nr_suspects; i++) {
		const char *file = before[audit->suspects[i].call].file;

		/* Strings stay where they are. */
		for (j = 0; audit->calls[j].file != file; j++)
			;
		audit->suspects[i].call = j;
	}
	free(before);
	if (audit->nr_suspects)
		qsort(audit->suspects, audit->nr_suspects,
		      sizeof(*audit->suspects), compare_suspects);
}

/**
 * audit_judge() - judge all calls of GUP functions
 * @tree: where the code is
 * @facts: what it does
 * @files: what grep found in it
 *
 * Return: for audit_free().
 */
struct audit *audit_judge(const char *tree, const struct facts *facts,
			  const struct audit_files *files)
{
	struct judge judge = { .audit = xcalloc(1, sizeof(struct audit)) };
	struct audit *audit = judge.audit;
	struct flow flow = { };

	audit->tree = xstrdup(tree);
	audit->top = xstrdup(files->top ?: "");
	audit->unreadable = files->unreadable;
	flow_read(&flow, facts, files);
	reach_read(&judge.reach, &flow);
	judge.opinions = xcalloc(judge.reach.nr_acquires,
				 sizeof(*judge.opinions));

	add_calls(&judge);
	judge_calls(&judge);
	add_wrong_releases(&judge);
	add_paths(audit, facts);
	add_unread(audit, facts, files);
	sort(audit);

	free(judge.opinions);
	reach_free(&judge.reach);
	flow_free(&flow);
	return audit;
}

void audit_free(struct audit *audit)
{
	size_t i;

	for (i = 0; i < audit->nr_calls; i++) {
		free(audit->calls[i].file);
		free(audit->calls[i].function);
		free(audit->calls[i].release);
		free(audit->calls[i].seen);
	}
	for (i = 0; i < audit->nr_suspects; i++) {
		free(audit->suspects[i].file);
		free(audit->suspects[i].function);
		free(audit->suspects[i].what);
		free(audit->suspects[i].through);
	}
	for (i = 0; i < audit->nr_strangers; i++)
		free(audit->strangers[i]);
	free(audit->calls);
	free(audit->suspects);
	free(audit->strangers);
	free(audit->tree);
	free(audit->top);
	free(audit);
}
