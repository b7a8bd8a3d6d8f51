// SPDX-License-Identifier: GPL-2.0
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "message.h"

static void *checked(void *memory)
{
	if (!memory) {
		complain("out of memory");
		exit(EXIT_BAD);
	}
	return memory;
}

/**
 * xcalloc() - get zeroed memory
 * @nr: number of elements
 * @size: size of one
 *
 * Return: the memory; never NULL, the program ends instead.
 */
void *xcalloc(size_t nr, size_t size)
{
	return checked(calloc(nr ? nr : 1, size));
}

/**
 * xreallocarray() - change the size of an array
 * @memory: the array, or NULL
 * @nr: number of elements
 * @size: size of one
 *
 * Return: the array; never NULL, the program ends instead.
 */
void *xreallocarray(void *memory, size_t nr, size_t size)
{
	return checked(reallocarray(memory, nr ? nr : 1, size));
}

/**
 * xstrdup() - copy a string
 * @string: the string
 *
 * Return: the copy; never NULL, the program ends instead.
 */
char *xstrdup(const char *string)
{
	return checked(strdup(string));
}

/**
 * xvasprintf() - print to a string
 * @fmt: as for vprintf()
 * @args: as for vprintf()
 *
 * Return: the string, for free(); never NULL, the program ends instead.
 */
char *xvasprintf(const char *fmt, va_list args)
{
	char *string;
	int len = vasprintf(&string, fmt, args);

	return checked(len < 0 ? NULL : string);
}

/**
 * xasprintf() - print to a string
 * @fmt: as for printf()
 *
 * Return: the string, for free(); never NULL, the program ends instead.
 */
char *xasprintf(const char *fmt, ...)
{
	char *string;
	va_list args;

	va_start(args, fmt);
	string = xvasprintf(fmt, args);
	va_end(args);
	return string;
}

/**
 * grow() - make room for one element more
 * @array: the array, or NULL; only ever made by this function
 * @nr: number of its elements
 * @size: size of one
 *
 * Return: the array, which has moved if @nr is a power of two.
 */
void *grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	if (nr > SIZE_MAX / 2)
		checked(NULL);
	return xreallocarray(array, nr ? 2 * nr : 1, size);
}
