// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: finds page pins that are released in a wrong way, or never.
 *
 * This file finds the subcommand; cmd_NAME.c does the work.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "commands.h"
#include "message.h"
#include "usage.h"

const char *argp_program_version = PROGRAM " " VERSION;

static const struct command commands[] = {
	{ "run", "look after page pins while a command runs", cmd_run },
	{ "report", "show what the kernel knows of pins, or a saved copy of it",
	  cmd_report },
	{ "analyze", "tell what a recorded trace has of page pins", cmd_analyze },
	{ "audit", "find calls of GUP functions in a kernel tree, and their releases",
	  cmd_audit },
	{ "merge", "make one report of those of several machines", cmd_merge },
	{ "diff", "tell what is new in a report, and what is gone", cmd_diff },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(*commands))

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
	.args_doc = "COMMAND [OPTION...]",
	.doc =
	"Finds page pins that are released in a wrong way, or never, with the GUP mirror of the Linux kernel.\v ",
	.help_filter = list_commands,
};

/* "help COMMAND" is "COMMAND --help", and "help" is "--help". */
static void turn_help(int *argc, char **argv)
{
	/* argp does not write to its words. */
	char *option = (char *)"--help";

	argv[1] = *argc > 2 ? argv[2] : option;
	if (*argc == 2)
		return;
	argv[2] = option;
	*argc = 3;
}

/*
 * If one of these is closed, the next file would come into its place, and be mixed
 * with what is printed. They stay of no use: reading and writing still fails.
 */
static void keep_streams_apart(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_WRONLY);
		if (fd == STDOUT_FILENO) {
			close(fd);
			fd = open("/dev/null", O_RDONLY);
		}
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static char program[] = PROGRAM;
	struct words words = {
		.rule = "a COMMAND",
		.least = 1,
		.most = INT_MAX,
		.rest = true,
	};
	size_t i;

	keep_streams_apart();
	argv[0] = program;
	if (argc > 1 && !strcmp(argv[1], "help"))
		turn_help(&argc, argv);
	if (usage_parse(&argp, argc, argv, &words, NULL))
		return EXIT_BAD;

	for (i = 0; i < NR_COMMANDS; i++) {
		const struct command *command = &commands[i];
		char *name;
		int ret;

		if (strcmp(command->name, words.list[0]))
			continue;
		/* argp takes the name in its messages from here. */
		name = xasprintf(PROGRAM " %s", command->name);
		words.list[0] = name;
		ret = command->run(words.nr, words.list);
		free(name);
		return ret;
	}

	complain("there is no command \"%s\"; see " PROGRAM " --help",
		 words.list[0]);
	return EXIT_BAD;
}
