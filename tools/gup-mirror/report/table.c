// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "report/table.h"

/**
 * table_add() - add a cell to a table
 * @table: the table; all 0 but for the titles and the number of columns
 * @cell: the text, of which there is a copy afterwards
 */
void table_add(struct table *table, const char *cell)
{
	table->cells = grow(table->cells, table->nr, sizeof(*table->cells));
	table->cells[table->nr++] = xstrdup(cell);
}

/* UTF-8: what continues a character takes no place. */
static size_t columns_of(const char *text, size_t bytes)
{
	size_t i, nr = 0;

	for (i = 0; i < bytes; i++)
		nr += (text[i] & 0xc0) != 0x80;
	return nr;
}

/* How many bytes are in the first @columns columns? */
static size_t bytes_of(const char *text, size_t bytes, size_t columns)
{
	size_t i, nr = 0;

	for (i = 0; i < bytes; i++) {
		nr += (text[i] & 0xc0) != 0x80;
		if (nr > columns)
			break;
	}
	return i;
}

/**
 * wrap() - print words in several lines
 * @out: the file
 * @words: the words, with a space between them
 * @at: the column where the first one goes
 * @indent: the column where the other lines begin; less than @width
 * @width: the columns that there are; what is longer by itself is cut in two
 */
void wrap(FILE *out, const char *words, size_t at, size_t indent, size_t width)
{
	bool first = true;

	while (*words) {
		size_t bytes = strcspn(words, " ");
		size_t columns = columns_of(words, bytes);

		if (!first && at + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		first = false;

		while (at + columns > width) {
			size_t part = width > at ? width - at : 0;
			size_t cut = bytes_of(words, bytes, part);

			fprintf(out, "%.*s\n%*s", (int)cut, words, (int)indent,
				"");
			words += cut;
			bytes -= cut;
			columns -= part;
			at = indent;
		}
		fprintf(out, "%.*s", (int)bytes, words);
		at += columns;
		words += bytes;
		words += *words == ' ';
	}
	fputc('\n', out);
}

/**
 * table_print() - print a table
 * @out: the file
 * @table: the table
 * @width: the columns that there are
 */
void table_print(FILE *out, const struct table *table, size_t width)
{
	size_t last = table->columns - 1, indent = 0, i;
	size_t *widths = xcalloc(table->columns, sizeof(*widths));

	for (i = 0; i < last; i++)
		widths[i] = strlen(table->titles[i]);
	for (i = 0; i < table->nr; i++) {
		size_t column = i % table->columns;
		size_t len = strlen(table->cells[i]);

		if (column < last && widths[column] < len)
			widths[column] = len;
	}
	for (i = 0; i < last; i++)
		indent += widths[i] + 2;

	for (i = 0; i < last; i++)
		fprintf(out, "%*s  ", (int)widths[i], table->titles[i]);
	fprintf(out, "%s\n", table->titles[last]);
	for (i = 0; i < table->nr; i++) {
		size_t column = i % table->columns;

		if (column < last)
			fprintf(out, "%*s  ", (int)widths[column],
				table->cells[i]);
		else
			wrap(out, table->cells[i], indent, indent + 2, width);
	}
	free(widths);
}

/**
 * table_free() - free the cells of a table
 * @table: the table
 */
void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->nr; i++)
		free(table->cells[i]);
	free(table->cells);
}
