/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: the subcommands. Each is in a file of its own, cmd_NAME.c.
 */
#ifndef GUP_MIRROR_COMMANDS_H
#define GUP_MIRROR_COMMANDS_H

struct command {
	const char *name;
	const char *summary;
	/* argv[0] is "gup-mirror NAME"; returns the exit status. */
	int (*run)(int argc, char **argv);
};

int cmd_run(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_analyze(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_merge(int argc, char **argv);
int cmd_diff(int argc, char **argv);

#endif
