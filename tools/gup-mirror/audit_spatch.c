// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: runs Coccinelle.
 */
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "audit_facts.h"
#include "audit_files.h"
#include "audit_spatch.h"
#include "message.h"

extern char **environ;

/* One process, and what it needs. */
struct run {
	/* Standard input has the names of the files. */
	FILE *in, *out, *err;
	pid_t child;		/* 0 if there is none */
};

/* Installed, it is beside bin/; else beside this file. */
static char *find_rules(void)
{
	char exe[PATH_MAX] = "", here[] = __FILE__;
	char *path;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0) {
		path = xasprintf("%s/../share/gup-mirror/facts.cocci",
				 dirname(exe));
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	path = xasprintf("%s/audit/facts.cocci", dirname(here));
	if (!access(path, R_OK))
		return path;
	free(path);
	complain("facts.cocci is missing: install gup-mirror again");
	return NULL;
}

/* The last line that has anything in it. */
static char *last_line(FILE *in)
{
	char *line = NULL, *last = xstrdup("");
	size_t size = 0;

	rewind(in);
	while (getline(&line, &size, in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!*line)
			continue;
		free(last);
		last = xstrdup(line);
	}
	free(line);
	return last;
}

/*
 * Each of several gets every so manyth file, in a group of its own, which is read
 * by itself.
 */
static int write_list(struct run *run, const char *tree,
		      const struct audit_files *files, size_t first,
		      size_t stride)
{
	size_t i;

	for (i = first; i < files->nr; i += stride)
		fprintf(run->in, "%s/%s\n\n", tree, files->files[i]);
	return fflush(run->in) ? -1 : 0;
}

static int prepare(struct run *run)
{
	run->in = tmpfile();
	run->out = tmpfile();
	run->err = tmpfile();
	return run->in && run->out && run->err ? 0 : -1;
}

/* spatch has -j of its own, but puts all processes on one CPU. */
static int start(struct run *run, const char *rules)
{
	char *const argv[] = {
		"spatch", "--very-quiet", "--no-includes", "--timeout", "120",
		"--sp-file", (char *)rules, "--file-groups", "/dev/stdin", NULL
	};
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(run->in), 0);
	posix_spawn_file_actions_adddup2(&actions, fileno(run->out), 1);
	posix_spawn_file_actions_adddup2(&actions, fileno(run->err), 2);
	err = posix_spawnp(&run->child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);

	if (!err)
		return 0;
	run->child = 0;
	if (err == ENOENT)
		complain("spatch is missing: install the package coccinelle");
	else
		complain("cannot run spatch: %s", strerror(err));
	return -1;
}

static int wait_for(struct run *run, int *status)
{
	while (waitpid(run->child, status, 0) < 0) {
		if (errno != EINTR) {
			complain("cannot wait for spatch: %s", strerror(errno));
			return -1;
		}
	}
	run->child = 0;
	return 0;
}

static int finish(struct run *run)
{
	char *why;
	int status;

	if (wait_for(run, &status))
		return -1;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;

	why = last_line(run->err);
	if (WIFSIGNALED(status))
		complain("spatch was killed by signal %d", WTERMSIG(status));
	else
		complain("spatch failed with status %d%s%s",
			 WEXITSTATUS(status), *why ? ": " : "", why);
	free(why);
	return -1;
}

static void clean(struct run *run)
{
	int status;

	if (run->child > 0) {
		kill(run->child, SIGTERM);
		wait_for(run, &status);
	}
	if (run->in)
		fclose(run->in);
	if (run->out)
		fclose(run->out);
	if (run->err)
		fclose(run->err);
}

static int compare_facts(const void *a, const void *b)
{
	const struct fact *left = a, *right = b;
	int order = strcmp(left->file, right->file);
	unsigned int i;

	if (!order)
		order = (left->line > right->line) - (left->line < right->line);
	if (!order)
		order = (int)left->sort - (int)right->sort;
	for (i = 0; !order && i < FACT_WORDS; i++)
		order = strcmp(left->words[i], right->words[i]);
	return order;
}

/* Forgets what file @name is known of, from @first on. */
static void drop_file(struct facts *facts, size_t first, const char *name)
{
	size_t i, kept = first;

	for (i = first; i < facts->nr; i++) {
		if (strcmp(facts->facts[i].file, name))
			facts->facts[kept++] = facts->facts[i];
		else
			free(facts->facts[i].text);
	}
	facts->nr = kept;
}

/* Of a line "EXN: reason in file": does it speak of the file? If so, cuts it off. */
static bool is_of_file(char *line, const char *name)
{
	size_t len = strlen(line), behind = strlen(name);
	char *at = line + len - behind;

	if (len < behind + strlen(" in ") || strcmp(at, name))
		return false;
	at -= strlen(" in ");
	if (strncmp(at, " in ", strlen(" in ")))
		return false;
	*at = '\0';
	return true;
}

static int drop_unread(char *line, const char *tree,
		       const struct audit_files *files, struct facts *facts,
		       size_t first)
{
	size_t i;

	for (i = 0; i < files->nr; i++) {
		char *name = xasprintf("%s/%s", tree, files->files[i]);
		bool found = is_of_file(line, name);

		if (found) {
			complain("%s was not read: %s", files->files[i], line);
			drop_file(facts, first, name);
		}
		free(name);
		if (found)
			return 0;
	}
	complain("spatch failed: %s", line);
	return -1;
}

/*
 * Where spatch fails in a file, it says so, but goes on with the next one, and its
 * status is 0. Half of the facts would be worse than none: releases would be missing.
 */
static int check_errors(struct run *run, const char *tree,
			const struct audit_files *files, struct facts *facts,
			size_t first)
{
	static const char mark[] = "EXN: ";
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	rewind(run->err);
	while (!ret && getline(&line, &size, run->err) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, mark, strlen(mark)))
			ret = drop_unread(line + strlen(mark), tree, files,
					  facts, first);
	}
	free(line);
	return ret;
}

static int read_facts(struct run *run, const char *tree,
		      const struct audit_files *files, struct facts *facts)
{
	size_t len = strlen(tree) + 1, i = facts->nr;

	rewind(run->out);
	if (facts_read(run->out, "output of spatch", facts) ||
	    check_errors(run, tree, files, facts, i))
		return -1;
	/* Names are shorter without the tree, and tell as much. */
	for (; i < facts->nr; i++) {
		struct fact *fact = &facts->facts[i];

		if (!strncmp(fact->file, tree, len - 1) &&
		    fact->file[len - 1] == '/')
			fact->file += len;
	}
	return 0;
}

static int run_all(struct run *runs, size_t nr, const char *rules,
		   const char *top, const struct audit_files *files,
		   struct facts *facts)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (prepare(&runs[i]) ||
		    write_list(&runs[i], top, files, i, nr)) {
			complain("cannot write a temporary file: %s", strerror(errno));
			return -1;
		}
		if (start(&runs[i], rules))
			return -1;
	}
	for (i = 0; i < nr; i++) {
		if (finish(&runs[i]) || read_facts(&runs[i], top, files, facts))
			return -1;
	}
	return 0;
}

/**
 * audit_spatch() - find the facts
 * @tree: where the files are
 * @files: which of them to look at
 * @jobs: how many processes to use
 * @facts: where to add what was found, sorted
 *
 * Return: 0, or -1 after a complaint.
 */
int audit_spatch(const char *tree, const struct audit_files *files,
		 unsigned int jobs, struct facts *facts)
{
	size_t nr = jobs < files->nr ? jobs : files->nr, i;
	char top[PATH_MAX], *rules;
	struct run *runs;
	int ret;

	/* It prints names without "..", so it gets none. */
	if (!realpath(tree, top)) {
		complain("cannot read %s: %s", tree, strerror(errno));
		return -1;
	}
	rules = find_rules();
	if (!rules)
		return -1;

	runs = xcalloc(nr, sizeof(*runs));
	ret = run_all(runs, nr, rules, top, files, facts);
	for (i = 0; i < nr; i++)
		clean(&runs[i]);
	free(runs);
	free(rules);
	/* The order does not depend on the number of processes. */
	if (!ret && facts->nr)
		qsort(facts->facts, facts->nr, sizeof(*facts->facts),
		      compare_facts);
	return ret;
}
