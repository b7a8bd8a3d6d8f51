// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: records the events of GUP mirror while something runs.
 *
 * libtracecmd (3.1.6) has no public function that writes a file, so trace-cmd
 * does it. The trace instance is made here, so that it is surely gone afterwards,
 * and so that its files tell when recording has begun and what was lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <tracefs.h>

#include "alloc.h"
#include "message.h"
#include "trace/recorder.h"

#define START_SECONDS	60
#define POLL_MS		10

struct recorder {
	struct tracefs_instance *instance;
	char *path;		/* NULL if it is not to be kept */
	char *dir;		/* of our own, with the next two files */
	char *file;
	char *log;
	pid_t pid;		/* 0 if it does not run */
	int status;
	uint64_t lost;
};

static void sleep_ms(unsigned int ms)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	nanosleep(&time, NULL);
}

/* So that the file can be renamed, the directory is where it is to be. */
static int make_dir(struct recorder *recorder)
{
	const char *tmp = getenv("TMPDIR");

	if (recorder->path)
		recorder->dir = xasprintf("%s.XXXXXX", recorder->path);
	else
		recorder->dir = xasprintf("%s/gup-mirror.XXXXXX",
					  tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(recorder->dir)) {
		complain("cannot make the directory %s: %s", recorder->dir,
			 strerror(errno));
		free(recorder->dir);
		recorder->dir = NULL;
		return -1;
	}
	recorder->file = xasprintf("%s/trace.dat", recorder->dir);
	recorder->log = xasprintf("%s/log", recorder->dir);
	return 0;
}

static int make_instance(struct recorder *recorder)
{
	char *name = xasprintf("gup-mirror-%d", getpid());

	recorder->instance = tracefs_instance_create(name);
	if (!recorder->instance)
		complain("cannot make the trace instance %s: %s", name,
			 strerror(errno));
	free(name);
	if (!recorder->instance)
		return -1;
	/* When it is on, trace-cmd has begun. */
	if (tracefs_trace_off(recorder->instance)) {
		complain("cannot use the trace instance %s: %s",
			 tracefs_instance_get_name(recorder->instance),
			 strerror(errno));
		return -1;
	}
	return 0;
}

static void add_event(const char **argv, const char *event)
{
	while (*argv)
		argv++;
	argv[0] = "-e";
	argv[1] = event;
}

/* In the new process. */
static void run_trace_cmd(const struct recorder *recorder, const char *buffer,
			  bool calls)
{
	/*
	 * A clock that is the same on all CPUs. The buffer is not to be reset,
	 * so that what was lost can be read when it is done. What is compressed
	 * the library (3.1.6) keeps in memory once it has read it. Behind these
	 * is room for further events, and an end.
	 */
	const char *argv[24] = {
		"trace-cmd", "record", "-q", "-k", "--compression", "none",
		"-B", tracefs_instance_get_name(recorder->instance),
		"-C", "mono", "-b", buffer, "-o", recorder->file,
		"-e", "gup_mirror",
	};
	sigset_t none;
	int in, out;

	/* A terminal's ^C is for the command, and not to go on without us. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGINT);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);

	in = open("/dev/null", O_RDONLY);
	out = open(recorder->log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		_exit(126);
	/* A kernel without modules has none of it. */
	if (tracefs_dir_exists(NULL, "events/module/module_load"))
		add_event(argv, "module:module_load");
	if (calls)
		add_event(argv, "raw_syscalls:sys_exit");
	execvp(argv[0], (char **)argv);
	_exit(errno == ENOENT ? 127 : 126);
}

/* The last line of what trace-cmd has said; the caller frees it. */
static char *last_words(const struct recorder *recorder)
{
	FILE *in = fopen(recorder->log, "re");
	char *line = NULL, *last = xstrdup("");
	size_t size = 0;

	if (!in)
		return last;
	while (getline(&line, &size, in) > 0) {
		char *start = line + strspn(line, " \t");

		start[strcspn(start, "\n")] = '\0';
		if (*start) {
			free(last);
			last = xstrdup(start);
		}
	}
	free(line);
	fclose(in);
	return last;
}

static void complain_of_trace_cmd(const struct recorder *recorder)
{
	char *said;

	if (WIFEXITED(recorder->status) &&
	    WEXITSTATUS(recorder->status) == 127) {
		complain("cannot run trace-cmd, which records: is it installed?");
		return;
	}
	said = last_words(recorder);
	if (WIFSIGNALED(recorder->status))
		complain("trace-cmd was killed: %s",
			 strsignal(WTERMSIG(recorder->status)));
	else
		complain("trace-cmd failed with status %d%s%s",
			 WEXITSTATUS(recorder->status), *said ? ": " : "", said);
	free(said);
}

bool recorder_died(struct recorder *recorder)
{
	if (!recorder->pid)
		return true;
	if (waitpid(recorder->pid, &recorder->status, WNOHANG) !=
	    recorder->pid)
		return false;
	recorder->pid = 0;
	return true;
}

static bool has_begun(const struct recorder *recorder)
{
	return tracefs_trace_is_on(recorder->instance) > 0 &&
	       tracefs_event_is_enabled(recorder->instance, "gup_mirror",
					NULL) == TRACEFS_ALL_ENABLED;
}

static int wait_for_begin(struct recorder *recorder)
{
	unsigned int ms;

	for (ms = 0; ms < START_SECONDS * 1000; ms += POLL_MS) {
		if (recorder_died(recorder)) {
			complain_of_trace_cmd(recorder);
			return -1;
		}
		if (has_begun(recorder))
			return 0;
		sleep_ms(POLL_MS);
	}
	complain("trace-cmd has not begun to record in %d seconds",
		 START_SECONDS);
	return -1;
}

/**
 * recorder_start() - begin to record
 * @path: how the file is to be called, or NULL if nobody needs it
 * @buffer_kb: memory for each CPU
 * @calls: the ends of system calls, too
 *
 * Return: the recorder, or NULL after a complaint.
 */
struct recorder *recorder_start(const char *path, unsigned int buffer_kb,
				bool calls)
{
	struct recorder *recorder = xcalloc(1, sizeof(*recorder));
	char *buffer;
	pid_t pid;

	tracefs_set_loglevel(TEP_LOG_NONE);
	recorder->path = path ? xstrdup(path) : NULL;
	if (make_dir(recorder) || make_instance(recorder))
		goto fail;

	buffer = xasprintf("%u", buffer_kb);
	fflush(NULL);
	pid = fork();
	if (!pid)
		run_trace_cmd(recorder, buffer, calls);
	free(buffer);
	if (pid < 0) {
		complain("cannot start a process: %s", strerror(errno));
		goto fail;
	}
	recorder->pid = pid;
	if (!wait_for_begin(recorder))
		return recorder;
fail:
	recorder_free(recorder);
	return NULL;
}

/* Sums a line of the statistics of all CPUs. */
static uint64_t sum_stats(const struct recorder *recorder, const char *key)
{
	long i, cpus = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t sum = 0;

	for (i = 0; i < cpus; i++) {
		char *name = xasprintf("per_cpu/cpu%ld/stats", i);
		char *stats, *line;

		stats = tracefs_instance_file_read(recorder->instance, name,
						   NULL);
		free(name);
		if (!stats)
			continue;
		for (line = stats; line; line = strchr(line, '\n')) {
			line += *line == '\n';
			if (!strncmp(line, key, strlen(key)))
				sum += strtoull(line + strlen(key), NULL, 10);
		}
		free(stats);
	}
	return sum;
}

uint64_t recorder_events(const struct recorder *recorder)
{
	return sum_stats(recorder, "entries: ") +
	       sum_stats(recorder, "overrun: ") +
	       sum_stats(recorder, "read events: ");
}

/**
 * recorder_stop() - have the file completed
 * @recorder: the recorder
 *
 * Return: 0, or -1 after a complaint if there is none.
 */
int recorder_stop(struct recorder *recorder)
{
	if (recorder->pid) {
		kill(recorder->pid, SIGINT);
		while (waitpid(recorder->pid, &recorder->status, 0) < 0 &&
		       errno == EINTR)
			continue;
		recorder->pid = 0;
	}
	recorder->lost = sum_stats(recorder, "overrun: ") +
			 sum_stats(recorder, "dropped events: ");
	if (recorder->status || access(recorder->file, R_OK)) {
		complain_of_trace_cmd(recorder);
		return -1;
	}
	return 0;
}

const char *recorder_file(const struct recorder *recorder)
{
	return recorder->file;
}

uint64_t recorder_lost(const struct recorder *recorder)
{
	return recorder->lost;
}

/**
 * recorder_keep() - give the file the name that was asked for
 * @recorder: the recorder, which was stopped
 *
 * Return: 0, or -1 after a complaint.
 */
int recorder_keep(struct recorder *recorder)
{
	if (!recorder->path || !rename(recorder->file, recorder->path))
		return 0;
	complain("cannot write %s: %s", recorder->path, strerror(errno));
	return -1;
}

/* While it records, trace-cmd has a file for each CPU. */
static void remove_dir(const struct recorder *recorder)
{
	long i, cpus = sysconf(_SC_NPROCESSORS_CONF);

	for (i = 0; i < cpus; i++) {
		const char *instance =
			tracefs_instance_get_name(recorder->instance);
		char *name;

		name = xasprintf("%s.%s.cpu%ld", recorder->file, instance, i);
		unlink(name);
		free(name);
	}
	unlink(recorder->file);
	unlink(recorder->log);
	if (rmdir(recorder->dir))
		complain("cannot remove %s: %s", recorder->dir,
			 strerror(errno));
}

/* It is busy as long as trace-cmd has its files open. */
static void destroy_instance(struct tracefs_instance *instance)
{
	tracefs_trace_off(instance);
	if (tracefs_instance_destroy(instance))
		complain("cannot remove the trace instance %s: %s",
			 tracefs_instance_get_name(instance), strerror(errno));
	tracefs_instance_free(instance);
}

/*
 * trace-cmd has a process for each CPU, and these may be about to make their
 * files. They are waited for, too: as orphans they come to the next subreaper.
 */
static void kill_trace_cmd(struct recorder *recorder)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	kill(-recorder->pid, SIGKILL);
	while (waitpid(-recorder->pid, NULL, 0) > 0 || errno == EINTR)
		continue;
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	recorder->pid = 0;
}

/**
 * recorder_free() - end it all
 * @recorder: the recorder, in whatever state, or NULL
 */
void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->pid)
		kill_trace_cmd(recorder);
	if (recorder->dir && recorder->instance)
		remove_dir(recorder);
	else if (recorder->dir)
		rmdir(recorder->dir);
	if (recorder->instance)
		destroy_instance(recorder->instance);
	free(recorder->path);
	free(recorder->dir);
	free(recorder->file);
	free(recorder->log);
	free(recorder);
}
