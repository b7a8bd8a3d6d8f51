/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: tables of numbers, with words in the last column.
 */
#ifndef GUP_MIRROR_TABLE_H
#define GUP_MIRROR_TABLE_H

#include <stdio.h>

struct table {
	const char * const *titles;
	size_t columns;
	/* All cells, row by row. */
	char **cells;
	size_t nr;
};

void table_add(struct table *table, const char *cell);
/* The last column is wrapped so that no line is longer than @width. */
void table_print(FILE *out, const struct table *table, size_t width);
void table_free(struct table *table);

/*
 * Prints words from column @at on, in lines that end before @width and begin,
 * but for the first, at @indent.
 */
void wrap(FILE *out, const char *words, size_t at, size_t indent, size_t width);

#endif
