/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what parsers of the files in debugfs have in common.
 *
 * They take what the ABI document describes and nothing else: half a report is
 * worse than none.
 */
#ifndef GUP_MIRROR_DEBUGFS_PARSE_H
#define GUP_MIRROR_DEBUGFS_PARSE_H

#include <stdint.h>
#include <stdio.h>

struct lines;
struct report;
struct stack;

/* Reads a file by @read, which returns 0, or -1 after a complaint, as all of these do. */
int debugfs_parse(FILE *in, const char *name, struct report *report,
		  int (*read)(struct lines *lines, struct report *report));
/* The first line: what it is, and in which version, from @oldest to @newest. */
int debugfs_header(struct lines *lines, const char *what, uint64_t oldest,
		   uint64_t newest);
/*
 * The frames of a stack, each after @indent, up to a line that has less than
 * that, which is left in @lines.
 */
int debugfs_stack(struct lines *lines, const char *indent, struct stack *stack,
		  struct stack *puts);

#endif
