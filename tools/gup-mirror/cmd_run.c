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

#include "alloc.h"
#include "checks.h"
#include "commands.h"
#include "findings.h"
#include "launch.h"
#include "layer.h"
#include "message.h"
#include "model.h"
#include "output.h"
#include "present.h"
#include "report/text.h"
#include "report/units.h"
#include "source.h"
#include "trace/kept.h"
#include "trace/recorder.h"
#include "trace/trace_report.h"
#include "usage.h"

#define SETTLE_MS	1000
#define SETTLE_STEP_MS	20
#define BUFFER_KB	8192

enum {
	OPT_SETTLE = 0x100,
	OPT_CALLS,
};

struct settings {
	const char *file;
	char **command;
	unsigned int settle_ms;
	unsigned int buffer_kb;
	bool quiet;
	bool calls;
	struct present present;
};

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "keep the recording in FILE, for trace-cmd and gup-mirror analyze", 0 },
	{ "settle", OPT_SETTLE, "MS", 0,
	  "how long to wait for releases after the end of COMMAND (default: 1000)", 0 },
	{ "buffer", 'b', "KB", 0, "memory for events, for each CPU (default: 8192)", 0 },
	{ "calls", OPT_CALLS, 0, 0,
	  "record system calls, and tell which of them failed and left pins", 0 },
	{ "quiet", 'q', 0, 0, "print nothing if nothing was found", 0 },
	{ 0 }
};

/* The recording is none of the forms. */
static error_t check_file(const struct settings *settings,
			  const struct argp_state *state)
{
	int i;

	for (i = 0; i < NR_FORMS; i++) {
		const char *path = settings->present.paths[i];

		if (settings->file && path &&
		    output_is_same(settings->file, path))
			return usage_error(state,
					   "there must be another FILE for --output, not \"%s\"",
					   settings->file);
	}
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct settings *settings = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &settings->present;
		return 0;
	case ARGP_KEY_END:
		return check_file(settings, state);
	case 'o':
		settings->file = arg;
		return 0;
	case OPT_SETTLE:
		return usage_number(state, "--settle", arg, 0, 600000,
				    &settings->settle_ms);
	case 'b':
		return usage_number(state, "--buffer", arg, 64, 1048576,
				    &settings->buffer_kb);
	case OPT_CALLS:
		settings->calls = true;
		return 0;
	case 'q':
		settings->quiet = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = { { .argp = &present_argp }, { } };

static const struct argp argp = {
	.options = options,
	.children = children,
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
	uint64_t held = layer_new_pins();
	char events[UNITS_LEN], pins[UNITS_LEN];

	/* So that it is not left a zombie. It complains when it is stopped. */
	recorder_died(progress->recorder);
	if (!progress->on)
		return;
	fprintf(stderr, "\rgup-mirror: %ld s, %s events, %s new pin%s held\033[K",
		(long)(ms_since(&progress->start) / 1000),
		units_number(events, recorder_events(progress->recorder)),
		units_number(pins, held), units_plural(held));
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

/* "COMMAND ARGUMENT..." */
static void set_command(struct origin *origin, char **command, int status)
{
	char *line = xstrdup(*command);

	while (*++command) {
		char *longer = xasprintf("%s %s", line, *command);

		free(line);
		line = longer;
	}
	set_string(&origin->command, line);
	origin->status = status;
	free(line);
}

/* All that is known afterwards, or NULL after a complaint. */
static struct report *collect(const struct settings *settings,
			      struct recorder *recorder,
			      const struct report *before, int status)
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
	report = trace_report(recorder_file(recorder),
			      recorder_file(recorder));
	if (!report)
		goto out;
	set_string(&report->name, settings->command[0]);
	set_command(report_copy_origin(report, &after->origins[0]),
		    settings->command, status);
	set_string(&report->source, "run");
	findings_add(report, before, after, ended_ms);
	if (settings->file &&
	    (kept_append(recorder_file(recorder), report) ||
	     recorder_keep(recorder))) {
		report_free(report);
		report = NULL;
	}
out:
	report_free(after);
	return report;
}

/* Of what is neither a violation nor a pin, that because of which it fails. */
static void print_others(const struct settings *settings,
			 const struct report *report)
{
	static const char * const others[] = {
		CHECK_SURPLUS, CHECK_OVERLONG, CHECK_INCOMPLETE,
	};
	struct checks checks;
	size_t i;

	checks_make(&checks, report, &settings->present.fail_on);
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		const struct check *check = checks_find(&checks, others[i]);

		if (check && check_failed(check))
			fprintf(stderr, ", %s: %llu", check->name,
				(unsigned long long)check->count);
	}
	checks_clear(&checks);
}

static void print_end(const struct settings *settings, int status,
		      const struct report *report)
{
	uint64_t violations = report_violations(report);
	uint64_t pins = report_pins(report);

	fprintf(stderr, "gup-mirror: %s ended with status %d: %llu violation%s, %llu pin%s left",
		settings->command[0], status, (unsigned long long)violations,
		units_plural(violations), (unsigned long long)pins,
		units_plural(pins));
	print_others(settings, report);
	fputc('\n', stderr);
}

/* Tells what was found. Returns the exit status. */
static int judge(const struct settings *settings, struct report *report,
		 const struct recorder *recorder, int status)
{
	const struct present *present = &settings->present;
	unsigned long long lost = recorder_lost(recorder);
	int verdict;
	bool found;

	present_prepare(present, report);
	found = report_violations(report) || report_pins(report) ||
		present_is_bad(present, report);
	if ((!settings->quiet || found) && !present->paths[FORM_TEXT])
		text_report(stderr, report);
	if (lost)
		complain("%llu event%s lost, and pages with %s: use a larger --buffer",
			 lost, lost == 1 ? " was" : "s were",
			 lost == 1 ? "it" : "them");
	if (!settings->quiet || found)
		print_end(settings, status, report);
	verdict = present_write(present, report);
	return verdict ?: status;
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

	report = collect(settings, recorder, before, status);
	if (!report)
		return EXIT_BAD;
	status = judge(settings, report, recorder, status);
	report_free(report);
	return status;
}

static int prepare_and_run(struct settings *settings)
{
	struct recorder *recorder;
	struct report *before;
	int status = EXIT_BAD;

	if (present_begin(&settings->present))
		return EXIT_BAD;
	/* Is there anything to be looked at? */
	before = source_read(NULL);
	if (!before && source_status() == EXIT_NO_LAYER)
		return present_skip(&settings->present);
	if (!before)
		return EXIT_BAD;
	launch_block_signals();
	recorder = recorder_start(settings->file, settings->buffer_kb,
				  settings->calls);
	if (recorder)
		status = run(settings, before, recorder);
	recorder_free(recorder);
	report_free(before);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct settings settings = {
		.settle_ms = SETTLE_MS,
		.buffer_kb = BUFFER_KB,
	};
	struct words words = {
		.rule = "a COMMAND to run",
		.least = 1,
		.most = INT_MAX,
		.rest = true,
	};
	int status = EXIT_BAD;

	present_init(&settings.present, "violation,leak");
	if (!usage_parse(&argp, argc, argv, &words, &settings)) {
		settings.command = words.list;
		status = prepare_and_run(&settings);
	}
	present_free(&settings.present);
	return status;
}
