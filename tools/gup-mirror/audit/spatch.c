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
#include "audit/facts.h"
#include "audit/files.h"
#include "audit/spatch.h"
#include "message.h"

extern char **environ;

/* One process, and what it needs. */
struct run {
	/* Standard input has the names of the files. */
	FILE *in, *out, *err;
	pid_t child;		/* 0 if there is none */
};

/* What one kind of rules is to be looked for with. */
struct task {
	const char *name;	/* of the file with the rules */
	const struct audit_files *files;
	bool callers;		/* only in files with a call */
	struct facts *facts;
};

/* Installed, they are beside bin/; else beside this file. */
static char *find_rules(const char *name)
{
	char exe[PATH_MAX] = "", here[] = __FILE__;
	char *path;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0) {
		path = xasprintf("%s/../share/gup-mirror/%s", dirname(exe),
				 name);
		if (!access(path, R_OK))
			return path;
		free(path);
	}
	path = xasprintf("%s/%s", dirname(here), name);
	if (!access(path, R_OK))
		return path;
	free(path);
	complain("%s is missing: install gup-mirror again", name);
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

/* For free(). */
static char *path_of(const struct audit_files *files,
		     const struct audit_file *file)
{
	return file->prepared ? xstrdup(file->prepared) :
				xasprintf("%s/%s", files->top, file->name);
}

/*
 * Each of several gets every so manyth file, in a group of its own, which is read
 * by itself.
 */
static int write_list(struct run *run, const struct task *task, size_t first,
		      size_t stride)
{
	size_t i, nr = 0;

	for (i = 0; i < task->files->nr; i++) {
		const struct audit_file *file = &task->files->files[i];
		char *path;

		if ((task->callers && !file->calls) || nr++ % stride != first)
			continue;
		path = path_of(task->files, file);
		fprintf(run->in, "%s\n\n", path);
		free(path);
	}
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
	size_t i;

	if (!order)
		order = (left->line > right->line) - (left->line < right->line);
	if (!order)
		order = (int)left->sort - (int)right->sort;
	if (!order)
		order = (left->nr_words > right->nr_words) -
			(left->nr_words < right->nr_words);
	for (i = 0; !order && i < left->nr_words; i++)
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
			fact_free(&facts->facts[i]);
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

static int drop_unread(char *line, const struct task *task, size_t first)
{
	size_t i;

	for (i = 0; i < task->files->nr; i++) {
		const struct audit_file *file = &task->files->files[i];
		char *path = path_of(task->files, file);
		bool found = is_of_file(line, path);

		free(path);
		if (found) {
			complain("%s was not read: %s", file->name, line);
			drop_file(task->facts, first, file->name);
			return 0;
		}
	}
	complain("spatch failed: %s", line);
	return -1;
}

/*
 * Where spatch fails in a file, it says so, but goes on with the next one, and its
 * status is 0. Half of the facts would be worse than none: releases would be missing.
 */
static int check_errors(struct run *run, const struct task *task, size_t first)
{
	static const char mark[] = "EXN: ";
	char *line = NULL;
	size_t size = 0;
	int ret = 0;

	rewind(run->err);
	while (!ret && getline(&line, &size, run->err) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(line, mark, strlen(mark)))
			ret = drop_unread(line + strlen(mark), task, first);
	}
	free(line);
	return ret;
}

/* Names are shorter without the tree, and tell as much. */
static void name_fact(struct fact *fact, const struct map *by_path)
{
	const struct audit_file *file = map_first(by_path, fact->file);
	const char *macro;

	if (!file)
		return;
	fact->file = file->name;
	macro = directives_macro(&file->directives, fact->line);
	if (macro)
		fact->function = macro;
}

static int read_facts(struct run *run, const struct task *task,
		      const struct map *by_path)
{
	size_t first = task->facts->nr, i;

	rewind(run->out);
	if (facts_read(run->out, "output of spatch", task->facts))
		return -1;
	for (i = first; i < task->facts->nr; i++)
		name_fact(&task->facts->facts[i], by_path);
	return check_errors(run, task, first);
}

static int run_all(struct run *runs, size_t nr, const struct task *task,
		   const char *rules, const struct map *by_path)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (prepare(&runs[i]) || write_list(&runs[i], task, i, nr)) {
			complain("cannot write a temporary file: %s", strerror(errno));
			return -1;
		}
		if (start(&runs[i], rules))
			return -1;
	}
	for (i = 0; i < nr; i++) {
		if (finish(&runs[i]) || read_facts(&runs[i], task, by_path))
			return -1;
	}
	return 0;
}

static int run_task(const struct task *task, unsigned int jobs,
		    const struct map *by_path)
{
	char *rules = find_rules(task->name);
	size_t nr = 0, i;
	struct run *runs;
	int ret;

	if (!rules)
		return -1;
	for (i = 0; i < task->files->nr; i++)
		nr += !task->callers || task->files->files[i].calls;
	if (nr > jobs)
		nr = jobs;
	runs = xcalloc(nr, sizeof(*runs));
	ret = run_all(runs, nr, task, rules, by_path);
	for (i = 0; i < nr; i++)
		clean(&runs[i]);
	free(runs);
	free(rules);
	return ret;
}

/**
 * audit_spatch() - find the facts
 * @files: which files to look at
 * @jobs: how many processes to use
 * @facts: where to add what was found, sorted
 *
 * Return: 0, or -1 after a complaint.
 */
int audit_spatch(const struct audit_files *files, unsigned int jobs,
		 struct facts *facts)
{
	const struct task tasks[] = {
		{ "facts.cocci", files, false, facts },
		{ "paths.cocci", files, true, facts },
	};
	struct map by_path = { };
	int ret = 0;
	size_t i;

	for (i = 0; i < files->nr; i++) {
		char *path = path_of(files, &files->files[i]);

		map_add(&by_path, path, &files->files[i]);
		free(path);
	}
	for (i = 0; !ret && i < sizeof(tasks) / sizeof(*tasks); i++)
		ret = run_task(&tasks[i], jobs, &by_path);
	map_free(&by_path);
	/* The order does not depend on the number of processes. */
	if (!ret && facts->nr)
		qsort(facts->facts, facts->nr, sizeof(*facts->facts),
		      compare_facts);
	return ret;
}
