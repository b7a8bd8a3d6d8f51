// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

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

/* Of files, so that they are the same wherever they were written. */
#define FILE_COLUMNS	100

static size_t columns_set;

/**
 * set_columns() - say how many columns text has
 * @columns: at least MIN_COLUMNS
 */
void set_columns(size_t columns)
{
	columns_set = columns;
}

/**
 * columns_of() - find out how many columns text has
 * @out: where it goes
 *
 * Return: at least MIN_COLUMNS.
 */
size_t columns_of(FILE *out)
{
	struct winsize size;

	if (columns_set)
		return columns_set;
	/* Some terminals do not know. */
	if (fileno(out) < 0 || ioctl(fileno(out), TIOCGWINSZ, &size) ||
	    !size.ws_col)
		return FILE_COLUMNS;
	return size.ws_col > MIN_COLUMNS ? size.ws_col : MIN_COLUMNS;
}

/* UTF-8: what continues a character takes no place. */
static size_t columns_in(const char *text, size_t bytes)
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

/* A word that is longer than @width by itself is cut in two. */
static void wrap_at(FILE *out, const char *words, size_t at, size_t indent,
		    size_t width)
{
	bool first = true;

	while (*words) {
		size_t bytes = strcspn(words, " ");
		size_t columns = columns_in(words, bytes);

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
 * wrap() - print words in several lines
 * @out: the file
 * @words: the words, with a space between them
 * @at: the column where the first one goes
 * @indent: the column where the other lines begin; less than MIN_COLUMNS
 */
void wrap(FILE *out, const char *words, size_t at, size_t indent)
{
	wrap_at(out, words, at, indent, columns_of(out));
}

/* What words need at least, behind the columns of numbers. */
#define MIN_WORDS	20

static void put_cells(FILE *out, const char *const *cells, const size_t *widths,
		      size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		fprintf(out, "%s%*s", i ? "  " : "", (int)widths[i], cells[i]);
}

/**
 * table_print() - print a table
 * @out: the file
 * @table: the table
 */
void table_print(FILE *out, const struct table *table)
{
	size_t last = table->columns - 1, indent = 0, i;
	size_t *widths = xcalloc(table->columns, sizeof(*widths));
	size_t width = columns_of(out);
	bool below;

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
	/* Words without room go into lines of their own. */
	below = indent + MIN_WORDS > width;
	if (below)
		indent = 4;

	put_cells(out, table->titles, widths, last);
	fprintf(out, "%s%s\n", below ? "\n    " : "  ", table->titles[last]);
	for (i = 0; i < table->nr; i += table->columns) {
		put_cells(out, (const char *const *)&table->cells[i], widths,
			  last);
		fputs(below ? "\n    " : "  ", out);
		wrap_at(out, table->cells[i + last], indent, indent + 2, width);
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
