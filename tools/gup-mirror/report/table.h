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
/* The last column is wrapped so that no line is longer than columns_of(). */
void table_print(FILE *out, const struct table *table);
void table_free(struct table *table);

/*
 * Prints words from column @at on, in lines that end before columns_of() and begin,
 * but for the first, at @indent.
 */
void wrap(FILE *out, const char *words, size_t at, size_t indent);

/*
 * How many columns text has there: those that were set, or else those of a terminal,
 * or else 100.
 */
size_t columns_of(FILE *out);
void set_columns(size_t columns);
/* A terminal may have less, but that would be no table. */
#define MIN_COLUMNS 60

#endif
