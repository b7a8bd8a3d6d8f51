// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: runs Coccinelle.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "alloc.h"
#include "audit/facts.h"
#include "audit/files.h"
#include "audit/spatch.h"
#include "launch.h"
#include "message.h"

/* One process, and what it needs. */
struct run {
	/* Standard input has the names of the files. */
	FILE *in, *out, *err;
	pid_t child;		/* 0 if there is none */
	size_t files;
};

/* What one kind of rules is to be looked for with. */
struct task {
	const char *name;	/* of the file with the rules */
	const struct audit_files *files;
	bool callers;		/* only in files with a call */
	struct facts *facts;
	const struct map *by_path;	/* @files */
	char *rules;			/* the path of that file */
};

/* What is said on a terminal. */
struct progress {
	size_t done, all;	/* files, once for each task */
	bool on;
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
 * by itself. Returns how many, or -1.
 */
static int write_list(struct run *run, const struct task *task, size_t first,
		      size_t stride)
{
	size_t i, nr = 0;
	int written = 0;

	for (i = 0; i < task->files->nr; i++) {
		const struct audit_file *file = &task->files->files[i];
		char *path;

		if ((task->callers && !file->calls) || nr++ % stride != first)
			continue;
		path = path_of(task->files, file);
		fprintf(run->in, "%s\n\n", path);
		free(path);
		written++;
	}
	return fflush(run->in) ? -1 : written;
}

static int prepare(struct run *run)
{
	run->in = tmpfile();
	run->out = tmpfile();
	run->err = tmpfile();
	return run->in && run->out && run->err ? 0 : -1;
}

/* In the process that becomes spatch; it tells @tell why it does not. */
static void become_spatch(const struct run *run, const char *rules,
			  pid_t parent, int tell)
{
	char *const argv[] = {
		"spatch", "--very-quiet", "--no-includes", "--timeout", "120",
		"--sp-file", (char *)rules, "--file-groups", "/dev/stdin", NULL
	};
	int error;

	/* Nobody wants the result of one whose parent has ended. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_BAD);
	if (dup2(fileno(run->in), 0) >= 0 && dup2(fileno(run->out), 1) >= 0 &&
	    dup2(fileno(run->err), 2) >= 0)
		execvp(argv[0], argv);
	error = errno;
	if (write(tell, &error, sizeof(error)) < 0)
		_exit(EXIT_BAD);
	_exit(EXIT_BAD);
}

/* spatch has -j of its own, but puts all processes on one CPU. */
static int start(struct run *run, const char *rules)
{
	pid_t parent = getpid();
	int error, fds[2];

	/* It closes when spatch begins. */
	if (pipe2(fds, O_CLOEXEC)) {
		complain("cannot run spatch: %s", strerror(errno));
		return -1;
	}
	fflush(NULL);
	run->child = fork();
	if (!run->child)
		become_spatch(run, rules, parent, fds[1]);
	error = launch_error(fds, run->child < 0 ? errno : 0);

	if (!error)
		return 0;
	if (error == ENOENT)
		complain("spatch is missing: install the package coccinelle");
	else
		complain("cannot run spatch: %s", strerror(error));
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

/* One that has ended, which is still to be waited for; NULL after a complaint. */
static struct run *wait_for_any(struct run *runs, size_t nr)
{
	siginfo_t info = { };
	size_t i;

	while (waitid(P_ALL, 0, &info, WEXITED | WNOWAIT)) {
		if (errno != EINTR) {
			complain("cannot wait for spatch: %s", strerror(errno));
			return NULL;
		}
	}
	for (i = 0; i < nr; i++) {
		if (runs[i].child == info.si_pid)
			return &runs[i];
	}
	complain("cannot wait for spatch: another process has ended");
	return NULL;
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
	/* Debian's coccinelle does not depend on it. */
	if (strstr(why, "unable to find the Python library"))
		complain("spatch finds no Python: install the package libpython3-dev");
	else if (WIFSIGNALED(status))
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
	*run = (struct run){ };
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
		order = strcmp(left->function, right->function);
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

static int read_facts(struct run *run, const struct task *task)
{
	size_t first = task->facts->nr, i;

	rewind(run->out);
	if (facts_read(run->out, "output of spatch", task->facts))
		return -1;
	for (i = first; i < task->facts->nr; i++)
		name_fact(&task->facts->facts[i], task->by_path);
	return check_errors(run, task, first);
}

static void show_progress(const struct progress *progress)
{
	if (progress->on)
		fprintf(stderr, "\rgup-mirror: %zu of %zu files read\033[K",
			progress->done, progress->all);
}

static void end_progress(const struct progress *progress)
{
	if (progress->on)
		fputs("\r\033[K", stderr);
}

static int begin(struct run *run, const struct task *task, size_t batch,
		 size_t batches)
{
	int files = -1;

	if (!prepare(run))
		files = write_list(run, task, batch, batches);
	if (files < 0) {
		complain("cannot write a temporary file: %s", strerror(errno));
		return -1;
	}
	run->files = files;
	return start(run, task->rules);
}

/*
 * Files are read in batches, so that all processes have something to do up to the
 * end, and somebody who waits sees how far it is.
 */
static int run_all(struct run *runs, size_t nr, const struct task *task,
		   size_t batches, struct progress *progress)
{
	size_t begun = 0, ended = 0, i;

	for (i = 0; i < nr && begun < batches; i++) {
		if (begin(&runs[i], task, begun++, batches))
			return -1;
	}
	for (; ended < batches; ended++) {
		struct run *run = wait_for_any(runs, nr);

		end_progress(progress);
		if (!run || finish(run) || read_facts(run, task))
			return -1;
		progress->done += run->files;
		show_progress(progress);
		clean(run);
		if (begun < batches && begin(run, task, begun++, batches))
			return -1;
	}
	return 0;
}

static size_t count_files(const struct task *task)
{
	size_t nr = 0, i;

	for (i = 0; i < task->files->nr; i++)
		nr += !task->callers || task->files->files[i].calls;
	return nr;
}

/* spatch needs a fraction of a second to begin. */
#define BATCH	32

static int run_task(struct task *task, unsigned int jobs,
		    struct progress *progress)
{
	size_t nr = count_files(task), batches, i;
	struct run *runs;
	int ret;

	task->rules = find_rules(task->name);
	if (!task->rules)
		return -1;
	/* Few files are for all processes as well. */
	batches = (nr + BATCH - 1) / BATCH;
	if (batches < jobs)
		batches = nr < jobs ? nr : jobs;
	runs = xcalloc(jobs, sizeof(*runs));
	ret = run_all(runs, jobs, task, batches, progress);
	for (i = 0; i < jobs; i++)
		clean(&runs[i]);
	free(runs);
	free(task->rules);
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
	struct map by_path = { };
	struct task tasks[] = {
		{ "facts.cocci", files, false, facts, &by_path, NULL },
		{ "leaks.cocci", files, true, facts, &by_path, NULL },
		{ "paths.cocci", files, true, facts, &by_path, NULL },
	};
	const size_t nr = sizeof(tasks) / sizeof(*tasks);
	struct progress progress = { .on = isatty(STDERR_FILENO) };
	int ret = 0;
	size_t i;

	for (i = 0; i < files->nr; i++) {
		char *path = path_of(files, &files->files[i]);

		map_add(&by_path, path, &files->files[i]);
		free(path);
	}
	for (i = 0; i < nr; i++)
		progress.all += count_files(&tasks[i]);
	show_progress(&progress);
	for (i = 0; !ret && i < nr; i++)
		ret = run_task(&tasks[i], jobs, &progress);
	end_progress(&progress);
	map_free(&by_path);
	/* The order does not depend on the number of processes. */
	if (!ret && facts->nr)
		qsort(facts->facts, facts->nr, sizeof(*facts->facts),
		      compare_facts);
	return ret;
}
