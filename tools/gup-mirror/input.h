/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: files to be read, wherever they come from.
 */
#ifndef GUP_MIRROR_INPUT_H
#define GUP_MIRROR_INPUT_H

#include <stdbool.h>
#include <stdio.h>

/* A file that can be opened again and read from any place in it, as no pipe can. */
struct input {
	char *path;
	const char *name;	/* for complaints */
	int fd;			/* of a copy, or -1 */
};

/*
 * "-" is standard input. Returns -1 after a complaint; that a file is not there, who
 * opens it will see.
 */
int input_prepare(struct input *input, const char *path);
void input_finish(struct input *input);

/* Opens it, or returns NULL after a complaint. */
FILE *input_open(const struct input *input);

/* Has trace-cmd made it? Reading is to begin at its start then as before. */
bool input_is_recording(FILE *in);

/* A file without a name, so that nothing is left of it, or -1. */
int input_temporary(void);

#endif
