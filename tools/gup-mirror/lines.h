/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: text files, line by line, and the words in a line.
 */
#ifndef GUP_MIRROR_LINES_H
#define GUP_MIRROR_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "compiler.h"

struct lines {
	FILE *in;
	const char *name;
	unsigned long number;	/* of the line in text, from 1 */
	char *text;		/* without the line end */
	size_t size;
	uint64_t version;	/* of the format, once the first line was read */
};

/* 1 if there is one, 0 at the end of the file, -1 after a complaint. */
int lines_next(struct lines *lines);
/* The same where the file may not end: 0 for a line. */
int lines_need(struct lines *lines, const char *what);
void lines_free(struct lines *lines);

/* Complains of the line; returns -1. */
__printf(2, 3)
int lines_complain(const struct lines *lines, const char *fmt, ...);

/* These move @at behind what they found, or else leave it where it is. */
bool skip_word(char **at, const char *word);
bool take_number(char **at, uint64_t *number);
/* Up to @end, which is overwritten, so that *@word is a string. */
bool take_until(char **at, const char *end, char **word);

#endif
