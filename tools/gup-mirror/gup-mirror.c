// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: finds page pins that are released in a wrong way, or never.
 *
 * This file finds the subcommand; cmd_NAME.c does the work.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "commands.h"
#include "message.h"

const char *argp_program_version = "gup-mirror " VERSION;

static const struct command commands[] = {
	{ "run", "look after page pins while a command runs", cmd_run },
	{ "report", "show what the kernel knows of pins, or a saved copy of it",
	  cmd_report },
	{ "analyze", "tell what a recorded trace has of page pins", cmd_analyze },
	{ "audit", "find calls of GUP functions in a kernel tree, and their releases",
	  cmd_audit },
	{ "merge", "make one report of those of several machines", cmd_merge },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(*commands))

/* The number of the word that is the subcommand, or 0. */
struct choice {
	int word;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct choice *choice = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_ARG:
		choice->word = state->next - 1;
		/* What follows is not ours. */
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The list of subcommands comes from the table. */
static char *list_commands(int key, const char *text, void *input)
{
	char *list;
	size_t i;

	(void)input;
	if (key != ARGP_KEY_HELP_POST_DOC)
		return (char *)text;

	list = xstrdup("Commands:\n");
	for (i = 0; i < NR_COMMANDS; i++) {
		char *longer = xasprintf("%s  %-8s  %s\n", list, commands[i].name,
					 commands[i].summary);

		free(list);
		list = longer;
	}
	return list;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [OPTION...]",
	.doc =
	"Finds page pins that are released in a wrong way, or never, with the GUP mirror of the Linux kernel.\v ",
	.help_filter = list_commands,
};

int main(int argc, char **argv)
{
	struct choice choice = { };
	size_t i;

	argp_err_exit_status = EXIT_BAD;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice))
		return EXIT_BAD;

	for (i = 0; i < NR_COMMANDS; i++) {
		const struct command *command = &commands[i];
		char *name;
		int ret;

		if (strcmp(command->name, argv[choice.word]))
			continue;
		/* argp takes the name in its messages from here. */
		name = xasprintf("gup-mirror %s", command->name);
		argv[choice.word] = name;
		ret = command->run(argc - choice.word, argv + choice.word);
		free(name);
		return ret;
	}

	complain("there is no command \"%s\", see gup-mirror --help",
		 argv[choice.word]);
	return EXIT_BAD;
}
