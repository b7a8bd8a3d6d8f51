// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror run: looks after the pins while a command runs.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "findings.h"
#include "launch.h"
#include "layer.h"
#include "message.h"
#include "model.h"
#include "recorder.h"
#include "source.h"
#include "text.h"
#include "trace_report.h"
#include "units.h"
#include "usage.h"

#define SETTLE_MS	1000
#define SETTLE_STEP_MS	20
#define BUFFER_KB	8192

/* 2 is EXIT_BAD. */
#define STATUS_VIOLATION	1
#define STATUS_LEAK		3

enum {
	OPT_FAIL_ON = 256,
	OPT_SETTLE,
};

struct settings {
	const char *file;
	char **command;
	bool violation, leak;	/* change the exit status */
	unsigned int settle_ms;
	unsigned int buffer_kb;
	bool quiet;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "keep the recording in FILE, for trace-cmd and gup-mirror analyze", 0 },
	{ "fail-on", OPT_FAIL_ON, "LIST", 0,
	  "what changes the exit status: violation (to 1), leak (to 3) or none;\n"
	  "default: violation,leak", 0 },
	{ "settle", OPT_SETTLE, "MS", 0,
	  "how long to wait for releases after the end of COMMAND (default: 1000)", 0 },
	{ "buffer", 'b', "KB", 0, "memory for events, for each CPU (default: 8192)", 0 },
	{ "quiet", 'q', 0, 0, "print nothing if nothing was found", 0 },
	{ 0 }
};

static error_t parse_fail_on(struct settings *settings, const char *arg,
			     const struct argp_state *state)
{
	const char *list = arg;

	settings->violation = false;
	settings->leak = false;
	if (!strcmp(arg, "none"))
		return 0;
	for (;;) {
		size_t size = strcspn(list, ",");

		if (size == strlen("violation") &&
		    !strncmp(list, "violation", size))
			settings->violation = true;
		else if (size == strlen("leak") && !strncmp(list, "leak", size))
			settings->leak = true;
		else
			return usage_error(state,
					   "--fail-on must be violation, leak, both with a comma between them, or none, not \"%s\"",
					   arg);
		if (!list[size])
			return 0;
		list += size + 1;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case 'o':
		settings->file = arg;
		return 0;
	case OPT_FAIL_ON:
		return parse_fail_on(settings, arg, state);
	case OPT_SETTLE:
		return usage_number(state, "--settle", arg, 0, 600000,
				    &settings->settle_ms);
	case 'b':
		return usage_number(state, "--buffer", arg, 64, 1048576,
				    &settings->buffer_kb);
	case 'q':
		settings->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "[--] COMMAND [ARGUMENT...]",
	.doc = "Runs COMMAND, and tells which pages were pinned meanwhile, by whoever\n"
	       "it was, which were released in a wrong way, and which were not.",
};

static uint64_t ms_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000LL +
	       (now.tv_nsec - start->tv_nsec) / 1000000;
}

/*
 * A line that is written over again and again, on a terminal only.
 */
struct progress {
	struct recorder *recorder;
	struct timespec start;
	bool shown, on;
};

static void show_progress(void *data)
{
	struct progress *progress = data;
	char events[UNITS_LEN], pins[UNITS_LEN];

	/* So that it is not left a zombie. It complains when it is stopped. */
	recorder_died(progress->recorder);
	if (!progress->on)
		return;
	fprintf(stderr, "\rgup-mirror: %ld s, %s events, %s new pins held\033[K",
		(long)(ms_since(&progress->start) / 1000),
		units_number(events, recorder_events(progress->recorder)),
		units_number(pins, layer_new_pins()));
	progress->shown = true;
}

static void end_progress(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
}

/*
 * What the kernel knows when the command has ended, or NULL after a complaint.
 *
 * Pages of I/O may be released a little after whoever asked for it has ended. And
 * others do I/O, too: what is held while all is read is looked at again.
 */
static struct report *read_settled(unsigned int settle_ms, uint64_t *ended_ms)
{
	struct report *report;
	struct timespec end;
	unsigned int ms;

	clock_gettime(CLOCK_MONOTONIC, &end);
	for (ms = 0;; ms += SETTLE_STEP_MS) {
		if (ms >= settle_ms || !layer_new_pins()) {
			/* Before it is read: what is younger came later. */
			*ended_ms = ms_since(&end);
			report = source_read(NULL);
			if (!report || ms >= settle_ms ||
			    !findings_new_pins(report, *ended_ms))
				return report;
			report_free(report);
		}
		/* Nobody wants to wait any longer. */
		if (launch_pause(SETTLE_STEP_MS))
			ms = settle_ms;
	}
}

/* All that is known afterwards, or NULL after a complaint. */
static struct report *collect(const struct settings *settings,
			      struct recorder *recorder,
			      const struct report *before)
{
	struct report *report = NULL, *after;
	uint64_t ended_ms;

	/*
	 * Reading has the kernel look for lost pins: that is to be in the
	 * recording, too.
	 */
	after = read_settled(settings->settle_ms, &ended_ms);
	if (recorder_stop(recorder) || !after)
		goto out;
	report = trace_report(recorder_file(recorder));
	if (!report)
		goto out;
	set_string(&report->name, settings->command[0]);
	findings_add(report, before, after, ended_ms);
	if (settings->file && recorder_keep(recorder)) {
		report_free(report);
		report = NULL;
	}
out:
	report_free(after);
	return report;
}

static void print_lost(const struct recorder *recorder)
{
	unsigned long long lost = recorder_lost(recorder);

	if (lost)
		complain("%llu events were lost, and pages with them: use a larger --buffer",
			 lost);
}

static void print_end(const struct settings *settings, int status,
		      uint64_t violations, uint64_t pins)
{
	fprintf(stderr, "gup-mirror: %s ended with status %d: %llu violation%s, %llu pin%s left\n",
		settings->command[0], status, (unsigned long long)violations,
		units_plural(violations), (unsigned long long)pins,
		units_plural(pins));
}

/* Tells what was found. Returns the exit status. */
static int judge(const struct settings *settings, const struct report *report,
		 const struct recorder *recorder, int status)
{
	uint64_t violations = findings_violations(report);
	uint64_t pins = findings_pins(report);

	if (!settings->quiet || violations || pins)
		text_report(stderr, report);
	print_lost(recorder);
	if (!settings->quiet || violations || pins)
		print_end(settings, status, violations, pins);

	if (violations && settings->violation)
		return STATUS_VIOLATION;
	if (pins && settings->leak)
		return STATUS_LEAK;
	return status;
}

static int run(const struct settings *settings, const struct report *before,
	       struct recorder *recorder)
{
	struct progress progress = {
		.recorder = recorder,
		.on = isatty(STDERR_FILENO),
	};
	struct report *report;
	pid_t child;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &progress.start);
	/* As late as can be: trace-cmd pins pages, too. */
	if (layer_snapshot())
		return EXIT_BAD;
	child = launch(settings->command, &status);
	if (child < 0)
		return status;
	status = launch_wait(child, show_progress, &progress);
	end_progress(&progress);

	report = collect(settings, recorder, before);
	if (!report)
		return EXIT_BAD;
	status = judge(settings, report, recorder, status);
	report_free(report);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct settings settings = {
		.violation = true,
		.leak = true,
		.settle_ms = SETTLE_MS,
		.buffer_kb = BUFFER_KB,
	};
	struct words words = {
		.rule = "a COMMAND to run",
		.least = 1,
		.most = INT_MAX,
		.rest = true,
	};
	struct recorder *recorder;
	struct report *before;
	int status = EXIT_BAD;

	if (usage_parse(&argp, argc, argv, &words, &settings))
		return EXIT_BAD;
	settings.command = words.list;

	/* Is there anything to be looked at? */
	before = source_read(NULL);
	if (!before)
		return EXIT_BAD;
	launch_block_signals();
	recorder = recorder_start(settings.file, settings.buffer_kb);
	if (recorder)
		status = run(&settings, before, recorder);
	recorder_free(recorder);
	report_free(before);
	return status;
}
