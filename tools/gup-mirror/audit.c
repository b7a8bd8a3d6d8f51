// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: how code releases the pages that it acquires.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "audit.h"
#include "audit_files.h"
#include "audit_flow.h"

/* Which pages get to a release. */
struct arrival {
	bool kinds[2];		/* by enum kind */
	bool others;
	size_t first;		/* call that acquired them */
	size_t nr;
	const char *through;	/* of the first */
};

/* The way from facts to verdicts. */
struct judge {
	struct audit *audit;
	struct flow flow;
	/* For each call of @flow; of releases only. */
	struct arrival *arrivals;
	/* For each call of @flow that acquires, the number of it in @audit. */
	size_t *numbers;
	/* The same: how much its verdict weighs. */
	unsigned int *weights;
};

static const char *const verdict_names[NR_VERDICTS] = {
	[AUDIT_WRONG] = "wrong",
	[AUDIT_MIXED] = "mixed",
	[AUDIT_RIGHT] = "right",
	[AUDIT_ELSEWHERE] = "elsewhere",
	[AUDIT_NO_PAGES] = "no-pages",
	[AUDIT_UNREAD] = "unread",
};

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict];
}

static bool in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
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
		.function = xstrdup(function),
		.name = acquirer->name, .kind = acquirer->kind,
		.verdict = AUDIT_ELSEWHERE, .coverage = COVER_NEVER,
		.release = xstrdup(""), .seen = xstrdup(""),
	};
	return audit->nr_calls++;
}

static bool same_nodes(const struct graph *graph, const struct nodes *nodes)
{
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		if (graph_reached(graph, nodes->nodes[i]))
			return true;
	}
	return false;
}

static const char *through(const struct graph *graph,
			   const struct nodes *nodes)
{
	const char *label = NULL;
	size_t i;

	for (i = 0; !label && i < nodes->nr; i++)
		label = graph_through(graph, nodes->nodes[i]);
	return label;
}

/* Walks from @starts, and calls @arrived for each release on the way. */
static void walk(struct judge *judge, const struct nodes *starts,
		 void (*arrived)(struct judge *judge, size_t acquire,
				 size_t release), size_t acquire)
{
	struct flow *flow = &judge->flow;
	size_t i;

	graph_walk(flow->graph, starts->nodes, starts->nr);
	for (i = 0; i < flow->nr_calls; i++) {
		if (flow->calls[i].releaser &&
		    same_nodes(flow->graph, &flow->calls[i].nodes))
			arrived(judge, acquire, i);
	}
}

static void others_arrived(struct judge *judge, size_t acquire, size_t release)
{
	(void)acquire;
	judge->arrivals[release].others = true;
}

static void pages_arrived(struct judge *judge, size_t acquire, size_t release)
{
	struct arrival *arrival = &judge->arrivals[release];

	arrival->kinds[judge->flow.calls[acquire].acquirer->kind] = true;
	if (!arrival->nr++) {
		arrival->first = acquire;
		arrival->through = through(judge->flow.graph,
					   &judge->flow.calls[release].nodes);
	}
}

static bool is_right(const struct judge *judge, size_t release)
{
	enum kind kind = judge->flow.calls[release].releaser->kind;

	return judge->arrivals[release].kinds[kind];
}

/* Only pages of the kind that it is not for get there. */
static bool is_wrong(const struct judge *judge, size_t release)
{
	return judge->arrivals[release].nr && !is_right(judge, release) &&
	       !judge->arrivals[release].others;
}

static enum verdict verdict_of(const struct judge *judge, size_t acquire,
			       size_t release)
{
	const struct flow_call *calls = judge->flow.calls;

	if (calls[acquire].acquirer->kind == calls[release].releaser->kind)
		return AUDIT_RIGHT;
	return is_wrong(judge, release) ? AUDIT_WRONG : AUDIT_MIXED;
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

static void judge_call(struct judge *judge, size_t acquire, size_t release)
{
	struct audit_call *call;
	const struct fact *fact = judge->flow.calls[release].fact;
	enum verdict verdict = verdict_of(judge, acquire, release);
	unsigned int heavy = weight(verdict, judge->flow.calls[acquire].fact,
				    fact);

	call = &judge->audit->calls[judge->numbers[acquire]];
	if (heavy <= judge->weights[acquire])
		return;
	judge->weights[acquire] = heavy;
	call->verdict = verdict;
	free(call->release);
	call->release = xasprintf("%s:%u", fact->file, fact->line);
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
	const struct flow *flow = &judge->flow;
	struct audit_call *call;
	size_t i;

	for (i = 0; i < flow->nr_calls; i++) {
		if (!flow->calls[i].acquirer)
			continue;
		judge->numbers[i] = call_at(judge->audit, &flow->calls[i]);
		call = &judge->audit->calls[judge->numbers[i]];
		if (flow->calls[i].no_pages)
			call->verdict = AUDIT_NO_PAGES;
		else if (!*call->function)
			call->verdict = AUDIT_UNREAD;
	}
}

/* What grep sees and Coccinelle does not is in a macro, or was not parsed. */
static void add_unread(struct audit *audit, const struct audit_files *files)
{
	size_t i, j, nr = audit->nr_calls;

	for (i = 0; i < files->nr_mentions; i++) {
		const struct mention *mention = &files->mentions[i];

		for (j = 0; j < nr; j++) {
			if (same_place(&audit->calls[j], mention->file,
				       mention->line, mention->name))
				break;
		}
		if (j < nr)
			continue;
		j = new_call(audit, mention->file, mention->line, "",
			     find_acquirer(mention->name));
		audit->calls[j].verdict = AUDIT_UNREAD;
	}
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

static void add_suspect(struct judge *judge, size_t release)
{
	const struct arrival *arrival = &judge->arrivals[release];
	const struct flow_call *call = &judge->flow.calls[release];
	struct audit *audit = judge->audit;
	struct audit_suspect *suspect;

	audit->suspects = grow(audit->suspects, audit->nr_suspects,
			       sizeof(*suspect));
	suspect = &audit->suspects[audit->nr_suspects++];
	*suspect = (struct audit_suspect){
		.file = xstrdup(call->fact->file), .line = call->fact->line,
		.function = xstrdup(call->fact->function),
		.name = call->releaser->name,
		.what = tidy(call->fact->words[1]),
		.through = xstrdup(arrival->through ?: ""),
		.call = judge->numbers[arrival->first],
		.others = arrival->nr - 1,
	};
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
	struct flow *flow = &judge.flow;
	size_t i;

	judge.audit->tree = xstrdup(tree);
	flow_read(flow, facts);
	judge.arrivals = xcalloc(flow->nr_calls, sizeof(*judge.arrivals));
	judge.numbers = xcalloc(flow->nr_calls, sizeof(*judge.numbers));
	judge.weights = xcalloc(flow->nr_calls, sizeof(*judge.weights));
	add_calls(&judge);
	add_unread(judge.audit, files);

	walk(&judge, &flow->others, others_arrived, 0);
	for (i = 0; i < flow->nr_calls; i++) {
		if (flow->calls[i].acquirer)
			walk(&judge, &flow->calls[i].nodes, pages_arrived, i);
	}
	/* Only now it is known what else gets to a release. */
	for (i = 0; i < flow->nr_calls; i++) {
		if (flow->calls[i].acquirer)
			walk(&judge, &flow->calls[i].nodes, judge_call, i);
	}
	for (i = 0; i < flow->nr_calls; i++) {
		if (flow->calls[i].releaser && is_wrong(&judge, i))
			add_suspect(&judge, i);
	}
	sort(judge.audit);

	free(judge.arrivals);
	free(judge.numbers);
	free(judge.weights);
	flow_free(flow);
	return judge.audit;
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
	free(audit);
}
