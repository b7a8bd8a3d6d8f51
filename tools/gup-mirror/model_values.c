// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: numbers and strings of a report.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "model.h"

/**
 * add_known() - add a number to another
 * @into: the other; UNKNOWN is like 0
 * @from: the number; UNKNOWN adds nothing
 */
void add_known(uint64_t *into, uint64_t from)
{
	if (from == UNKNOWN)
		return;
	if (*into == UNKNOWN)
		*into = 0;
	if (__builtin_add_overflow(*into, from, into) || *into == UNKNOWN)
		*into = UNKNOWN - 1;
}

/* jansson knows what UTF-8 is. */
static bool is_utf8(const char *value)
{
	json_t *string = json_string(value);
	bool valid = string;

	json_decref(string);
	return valid;
}

/**
 * set_string() - replace a string of a report
 * @string: the string, or a NULL that becomes one
 * @value: what is copied to it
 *
 * A task may call itself anything: control characters, and bytes that are not
 * UTF-8, become question marks, so that all of a report can be shown anywhere.
 */
void set_string(char **string, const char *value)
{
	char *copy = xstrdup(value), *c;
	bool ascii = true, other;

	for (c = copy; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
		ascii &= (unsigned char)*c < 0x80;
	}
	other = !ascii && !is_utf8(copy);
	for (c = copy; other && *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}

	free(*string);
	*string = copy;
}

/**
 * hold_bucket() - find the bucket of a hold time
 * @ms: the time in milliseconds
 *
 * Return: the index in hold_ms.
 */
unsigned int hold_bucket(uint64_t ms)
{
	unsigned int bucket = ms ? 64 - __builtin_clzll(ms) : 0;

	return bucket < HOLD_BUCKETS ? bucket : HOLD_BUCKETS - 1;
}

/**
 * hold_bucket_start() - find the shortest time of a bucket
 * @bucket: the index in hold_ms
 *
 * Return: the time in milliseconds.
 */
uint64_t hold_bucket_start(unsigned int bucket)
{
	return bucket ? 1ULL << (bucket - 1) : 0;
}
