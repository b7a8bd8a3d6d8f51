// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror run: looks after the pins while a command runs.
 */
#include <argp.h>
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

static void parse_fail_on(struct settings *settings, const char *arg,
			  struct argp_state *state)
{
	const char *list = arg;

	settings->violation = false;
	settings->leak = false;
	if (!strcmp(arg, "none"))
		return;
	for (;;) {
		size_t size = strcspn(list, ",");

		if (size == strlen("violation") &&
		    !strncmp(list, "violation", size))
			settings->violation = true;
		else if (size == strlen("leak") && !strncmp(list, "leak", size))
			settings->leak = true;
		else
			argp_error(state, "--fail-on: \"%s\" is not violation, leak, both or none",
				   arg);
		if (!list[size])
			return;
		list += size + 1;
	}
}

static unsigned int parse_number(const char *arg, const char *option,
				 unsigned long least, unsigned long most,
				 struct argp_state *state)
{
	unsigned long number;
	char *end;

	number = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || number < least || number > most)
		argp_error(state, "%s must be %lu to %lu", option, least, most);
	return number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case 'o':
		settings->file = arg;
		return 0;
	case OPT_FAIL_ON:
		parse_fail_on(settings, arg, state);
		return 0;
	case OPT_SETTLE:
		settings->settle_ms = parse_number(arg, "--settle", 0, 600000,
						   state);
		return 0;
	case 'b':
		settings->buffer_kb = parse_number(arg, "--buffer", 64, 1048576,
						   state);
		return 0;
	case 'q':
		settings->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		/* What follows is the command's. */
		settings->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command given");
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
	struct timespec now;

	/* So that it is not left a zombie. It complains when it is stopped. */
	recorder_died(progress->recorder);
	if (!progress->on)
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	fprintf(stderr, "\rgup-mirror: %ld s, %llu events, %llu new pins held\033[K",
		(long)(now.tv_sec - progress->start.tv_sec),
		(unsigned long long)recorder_events(progress->recorder),
		(unsigned long long)layer_new_pins());
	progress->shown = true;
}

static void end_progress(struct progress *progress)
{
	if (progress->shown)
		fprintf(stderr, "\r\033[K");
	progress->shown = false;
}

/* Pages of I/O may be released a little after whoever asked for it has ended. */
static void settle(unsigned int settle_ms)
{
	unsigned int ms;

	for (ms = 0; ms < settle_ms && layer_new_pins(); ms += SETTLE_STEP_MS)
		if (launch_pause(SETTLE_STEP_MS))
			break;
}

/* All that is known afterwards, or NULL after a complaint. */
static struct report *collect(const struct settings *settings,
			      struct recorder *recorder,
			      const struct report *before)
{
	struct report *report = NULL, *after;

	/*
	 * Reading has the kernel look for lost pins: that is to be in the
	 * recording, too.
	 */
	after = source_read(NULL);
	if (recorder_stop(recorder) || !after)
		goto out;
	report = trace_report(recorder_file(recorder));
	if (!report)
		goto out;
	set_string(&report->name, settings->command[0]);
	findings_add(report, before, after);
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

static const char *plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}

static void print_end(const struct settings *settings, int status,
		      uint64_t violations, uint64_t pins)
{
	fprintf(stderr, "gup-mirror: %s ended with status %d: %llu violation%s, %llu pin%s left\n",
		settings->command[0], status, (unsigned long long)violations,
		plural(violations), (unsigned long long)pins, plural(pins));
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
	settle(settings->settle_ms);

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
	struct recorder *recorder;
	struct report *before;
	int status = EXIT_BAD;

	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &settings))
		return EXIT_BAD;

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
