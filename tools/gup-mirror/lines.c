// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "lines.h"
#include "message.h"

/**
 * lines_complain() - say what is wrong with a line
 * @lines: the file, at this line
 * @fmt: as for printf()
 *
 * Return: -1.
 */
int lines_complain(const struct lines *lines, const char *fmt, ...)
{
	char *what;
	va_list args;

	va_start(args, fmt);
	what = xvasprintf(fmt, args);
	va_end(args);
	complain("%s:%lu: %s", lines->name, lines->number, what);
	free(what);
	return -1;
}

/**
 * lines_next() - read a line
 * @lines: the file
 *
 * A line without an end is an error: it is how a file that was cut looks.
 *
 * Return: 1 if there is one, 0 at the end of the file, -1 after a complaint.
 */
int lines_next(struct lines *lines)
{
	ssize_t len;

	errno = 0;
	len = getline(&lines->text, &lines->size, lines->in);
	if (len < 0) {
		if (feof(lines->in) && !ferror(lines->in))
			return 0;
		complain("cannot read %s: %s", lines->name, strerror(errno));
		return -1;
	}

	lines->number++;
	if (lines->text[len - 1] != '\n')
		return lines_complain(lines, "the file ends in the middle of a line");
	lines->text[--len] = '\0';
	if (strlen(lines->text) != (size_t)len)
		return lines_complain(lines, "there is a NUL byte, so this is not text");
	return 1;
}

/**
 * lines_need() - read a line that must be there
 * @lines: the file
 * @what: what is expected
 *
 * Return: 0, or -1 after a complaint.
 */
int lines_need(struct lines *lines, const char *what)
{
	int ret = lines_next(lines);

	if (!ret) {
		/* It would be the next one. */
		lines->number++;
		return lines_complain(lines, "the file ends where there must be %s",
				      what);
	}
	return ret < 0 ? -1 : 0;
}

/**
 * lines_free() - free the line
 * @lines: the file, which stays open
 */
void lines_free(struct lines *lines)
{
	free(lines->text);
}

/**
 * skip_word() - go behind a word
 * @at: where it may be
 * @word: the word
 *
 * Return: true if it was there.
 */
bool skip_word(char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len))
		return false;
	*at += len;
	return true;
}

/**
 * take_number() - read a decimal number
 * @at: where it may be
 * @number: receives it
 *
 * The kernel reads signed counters while they change, so that one may be below
 * 0 for a moment: this is taken for 0.
 *
 * Return: true if there was one.
 */
bool take_number(char **at, uint64_t *number)
{
	char *digits = *at + (**at == '-'), *end;
	long long value;

	if (*digits < '0' || *digits > '9')
		return false;
	errno = 0;
	value = strtoll(*at, &end, 10);
	if (errno)
		return false;
	*number = value < 0 ? 0 : value;
	*at = end;
	return true;
}

/**
 * take_until() - read all that is before a word
 * @at: where it begins
 * @end: the word
 * @word: receives what is before it
 *
 * Return: true if the word was there, with something before it.
 */
bool take_until(char **at, const char *end, char **word)
{
	char *found = strstr(*at, end);

	if (!found || found == *at)
		return false;
	*word = *at;
	*found = '\0';
	*at = found + strlen(end);
	return true;
}
