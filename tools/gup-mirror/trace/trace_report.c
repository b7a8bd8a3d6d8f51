// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a report of a file that trace-cmd has recorded.
 *
 * libtracecmd (3.1.6) crashes on some files that are cut off or damaged. So a
 * process of its own reads the file, and hands over the report as JSON.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"
#include "model.h"
#include "report/json.h"
#include "trace/pairs.h"
#include "trace/trace.h"
#include "trace/trace_report.h"

/* Of a file where nothing can be read, nothing can be said. */
static int check_events(const struct trace_totals *totals, const char *name)
{
	int i;

	for (i = 0; i < TRACE_NR_TYPES; i++) {
		if (totals->events[i])
			return 0;
	}
	if (!totals->damaged)
		return 0;
	complain("%s: the file is damaged: not one of its events can be read",
		 name);
	return -1;
}

struct report *trace_report_unprotected(const char *path, const char *name)
{
	struct report *report = NULL;
	struct pairs *pairs;
	struct trace *trace;

	trace = trace_open(path, name);
	if (!trace)
		return NULL;

	pairs = pairs_new();
	if (trace_has_calls(trace))
		pairs_watch_calls(pairs);
	if (!trace_iterate(trace, pairs_event, pairs) &&
	    !check_events(trace_totals(trace), name))
		report = pairs_report(pairs, trace, name);
	if (report && !trace_has_symbols(trace)) {
		complain("%s: no names of functions in it: record as root",
			 name);
		report_free(report);
		report = NULL;
	}
	pairs_free(pairs);
	trace_close(trace);
	return report;
}

/*
 * The libraries print what they think of a file, for which there are our complaints:
 * one sentence.
 */
static int silence_libraries(void)
{
	int here = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (here < 0 || null < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0) {
		complain("cannot open /dev/null: %s", strerror(errno));
		return -1;
	}
	close(null);
	complain_to(here);
	return 0;
}

/* Leaves the report in @out, for the other process. */
static int read_for_other(const char *path, const char *name, FILE *out)
{
	const struct rlimit no_core = { };
	struct report *report;
	int ret;

	/* A crash is dealt with: nobody has to look into it. */
	setrlimit(RLIMIT_CORE, &no_core);
	if (silence_libraries())
		return EXIT_BAD;
	report = trace_report_unprotected(path, name);
	if (!report)
		return EXIT_BAD;
	ret = json_write(out, report) || fflush(out) ? EXIT_BAD : 0;
	report_free(report);
	return ret;
}

static struct report *wait_for_report(const char *name, pid_t child, FILE *in)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno == EINTR)
			continue;
		complain("cannot wait for a process: %s", strerror(errno));
		return NULL;
	}
	if (WIFSIGNALED(status)) {
		complain("%s: the file is truncated or damaged (%s while it was read)",
			 name, strsignal(WTERMSIG(status)));
		return NULL;
	}
	/* It has complained. */
	if (WEXITSTATUS(status))
		return NULL;
	rewind(in);
	return json_read(in, name);
}

struct report *trace_report(const char *path, const char *name)
{
	struct report *report = NULL;
	FILE *file = NULL;
	pid_t child;
	int fd;

	fd = memfd_create("report", MFD_CLOEXEC);
	if (fd >= 0)
		file = fdopen(fd, "w+");
	if (!file) {
		complain("cannot make a file in memory: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}

	fflush(NULL);
	child = fork();
	if (child < 0)
		complain("cannot start a process: %s", strerror(errno));
	else if (!child)
		exit(read_for_other(path, name, file));
	else
		report = wait_for_report(name, child, file);
	fclose(file);
	return report;
}
