// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror audit: runs Coccinelle.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
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

/* What is needed to run it, to be closed and freed in any case. */
struct run {
	char *rules, *list;
	FILE *files, *out, *err;
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

/* A group of its own for each file, so that they can be shared out. */
static int write_list(struct run *run, const char *tree,
		      const struct audit_files *files)
{
	size_t i;

	for (i = 0; i < files->nr; i++)
		fprintf(run->files, "%s/%s\n\n", tree, files->files[i]);
	return fflush(run->files) ? -1 : 0;
}

static int start(struct run *run, unsigned int jobs, pid_t *child)
{
	char *number = xasprintf("%u", jobs);
	char *const argv[] = {
		"spatch", "--very-quiet", "--no-includes", "--timeout", "120",
		"-j", number, "--sp-file", run->rules, "--file-groups",
		run->list, NULL
	};
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fileno(run->out), 1);
	posix_spawn_file_actions_adddup2(&actions, fileno(run->err), 2);
	err = posix_spawnp(child, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	free(number);

	if (err == ENOENT)
		complain("spatch is missing: install the package coccinelle");
	else if (err)
		complain("cannot run spatch: %s", strerror(err));
	return err ? -1 : 0;
}

static int finish(struct run *run, pid_t child)
{
	char *why;
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR) {
			complain("cannot wait for spatch: %s", strerror(errno));
			return -1;
		}
	}
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

static int read_facts(struct run *run, const char *tree, struct facts *facts)
{
	size_t len = strlen(tree) + 1, i;

	rewind(run->out);
	if (facts_read(run->out, "output of spatch", facts))
		return -1;
	/* Names are shorter without the tree, and tell as much. */
	for (i = 0; i < facts->nr; i++) {
		struct fact *fact = &facts->facts[i];

		if (!strncmp(fact->file, tree, len - 1) &&
		    fact->file[len - 1] == '/')
			fact->file += len;
	}
	return 0;
}

/**
 * audit_spatch() - find the facts
 * @tree: where the files are
 * @files: which of them to look at
 * @jobs: how many processes to use
 * @facts: where to add what was found
 *
 * Return: 0, or -1 after a complaint.
 */
int audit_spatch(const char *tree, const struct audit_files *files,
		 unsigned int jobs, struct facts *facts)
{
	char list[] = "/tmp/gup-mirror.XXXXXX";
	struct run run = { };
	char top[PATH_MAX];
	pid_t child;
	int fd, ret = -1;

	/* It prints names without "..", so it gets none. */
	if (!realpath(tree, top)) {
		complain("cannot read %s: %s", tree, strerror(errno));
		return -1;
	}
	run.rules = find_rules();
	if (!run.rules)
		return -1;
	fd = mkostemp(list, O_CLOEXEC);
	if (fd >= 0) {
		run.list = list;
		run.files = fdopen(fd, "w");
	}
	run.out = tmpfile();
	run.err = tmpfile();
	if (!run.files || !run.out || !run.err ||
	    write_list(&run, top, files))
		complain("cannot write to /tmp: %s", strerror(errno));
	else if (!start(&run, jobs, &child) && !finish(&run, child))
		ret = read_facts(&run, top, facts);

	if (run.list)
		unlink(run.list);
	if (run.files)
		fclose(run.files);
	if (run.out)
		fclose(run.out);
	if (run.err)
		fclose(run.err);
	free(run.rules);
	return ret;
}
