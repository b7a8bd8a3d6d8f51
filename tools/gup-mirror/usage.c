// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "message.h"
#include "output.h"
#include "report/table.h"
#include "usage.h"

/* @name is "gup-mirror" or "gup-mirror NAME". */
static void complain_of_usage(const char *name, const char *what)
{
	const char *command = strchr(name, ' ');

	complain("%s%s%s; see %s --help", command ? command + 1 : "",
		 command ? ": " : "", what, name);
}

/**
 * usage_error() - say what is wrong with an option
 * @state: argp's
 * @fmt: as for printf()
 *
 * Return: what the parser is to return.
 */
error_t usage_error(const struct argp_state *state, const char *fmt, ...)
{
	/* argp wants it positive. */
	const error_t error = EINVAL;
	va_list args;
	char *what;

	va_start(args, fmt);
	what = xvasprintf(fmt, args);
	va_end(args);
	complain_of_usage(state->name, what);
	free(what);
	return error;
}

/**
 * usage_number() - read a number
 * @state: argp's
 * @option: the option it belongs to
 * @arg: the word
 * @least: what it must be at least
 * @most: and at most
 * @number: receives it
 *
 * Return: what the parser is to return.
 */
error_t usage_number(const struct argp_state *state, const char *option,
		     const char *arg, unsigned int least, unsigned int most,
		     unsigned int *number)
{
	unsigned long value;
	char *end;

	value = strtoul(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || value < least || value > most)
		return usage_error(state, "%s must be a number from %u to %u, not \"%s\"",
				   option, least, most, arg);
	*number = value;
	return 0;
}

error_t usage_path(const struct argp_state *state, const char **paths, int nr,
		   int form, const char *path)
{
	int i;

	for (i = 0; i < nr; i++) {
		if (i != form && paths[i] && output_is_same(paths[i], path))
			return usage_error(state,
					   "there must be another FILE for each form, not \"%s\" for two",
					   path);
	}
	paths[form] = path;
	return 0;
}

error_t usage_width(const struct argp_state *state, const char *arg)
{
	unsigned int columns = 0;
	error_t error = usage_number(state, "--width", arg, MIN_COLUMNS, 10000,
				     &columns);

	if (!error)
		set_columns(columns);
	return error;
}

/* What belongs to the command, and its words. */
struct line {
	struct words *words;
	void *input;
};

/* argp has -? only. */
static const struct argp_option options[] = {
	{ .key = 'h', .flags = OPTION_HIDDEN },
	{ }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	const struct line *line = state->input;

	(void)arg;
	switch (key) {
	case 'h':
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = line->input;
		/* No hints, and no exit. */
		state->err_stream = NULL;
		return 0;
	case ARGP_KEY_ARGS:
		line->words->list = state->argv + state->next;
		line->words->nr = state->argc - state->next;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int check_words(const char *name, const struct words *words)
{
	char *what;

	if (words->nr >= words->least && words->nr <= words->most)
		return 0;
	what = words->nr ? xasprintf("there must be %s, not %d", words->rule,
				     words->nr) :
			   xasprintf("there must be %s", words->rule);
	complain_of_usage(name, what);
	free(what);
	return -1;
}

/*
 * What argp's getopt says is in @said: "NAME: what is wrong", and nothing if it
 * is not getopt that has found something, which was said then.
 */
static void complain_of_option(const char *name, char *said)
{
	if (strlen(said) <= strlen(name) + 2)
		return;
	said += strlen(name) + 2;
	said[strlen(said) - 1] = '\0';
	complain_of_usage(name, said);
}

/* argp ends the program when it has printed help, whatever came of that. */
static bool in_argp;

static void check_help(void)
{
	if (!in_argp || (!fflush(stdout) && !ferror(stdout)))
		return;
	complain("cannot write standard output: %s", strerror(errno ?: EIO));
	_exit(EXIT_BAD);
}

/**
 * usage_parse() - read a command line
 * @argp: the options
 * @argc: how many words there are
 * @argv: they, with the name of the command before them
 * @words: how many words may be there that are no options; receives them
 * @input: for the parsers of @argp
 *
 * Return: 0, or -1 after a complaint.
 */
int usage_parse(const struct argp *argp, int argc, char **argv,
		struct words *words, void *input)
{
	const struct argp_child children[] = { { .argp = argp }, { } };
	const struct argp all = { .options = options, .parser = parse,
				  .children = children };
	struct line line = { .words = words, .input = input };
	FILE *there = stderr;
	error_t error;
	char *said;
	size_t size;

	/*
	 * getopt takes no other stream than this. What complain() says does not
	 * come here.
	 */
	stderr = atexit(check_help) ? NULL : open_memstream(&said, &size);
	if (!stderr) {
		stderr = there;
		complain("out of memory");
		return -1;
	}
	in_argp = true;
	error = argp_parse(&all, argc, argv, words->rest ? ARGP_IN_ORDER : 0,
			   NULL, &line);
	in_argp = false;
	fclose(stderr);
	stderr = there;

	if (error == ENOMEM)
		complain("out of memory");
	else if (error)
		complain_of_option(argv[0], said);
	free(said);
	return error ? -1 : check_words(argv[0], words);
}
