// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "model.h"
#include "report/units.h"

/**
 * units_number() - print a number in at most 7 columns
 * @text: receives it
 * @number: the number, or UNKNOWN
 *
 * Return: @text.
 */
char *units_number(char *text, uint64_t number)
{
	static const char units[] = "kMGTPE";
	double value = number;
	unsigned int i = 0;

	if (number == UNKNOWN) {
		snprintf(text, UNITS_LEN, "-");
	} else if (number < 10000000) {
		snprintf(text, UNITS_LEN, "%llu", (unsigned long long)number);
	} else {
		for (value /= 1000; value >= 999.95; value /= 1000)
			i++;
		snprintf(text, UNITS_LEN, "%.1f%c", value, units[i]);
	}
	return text;
}

/**
 * units_ms() - print a time
 * @text: receives it
 * @ms: the time in milliseconds, or UNKNOWN
 *
 * Return: @text.
 */
char *units_ms(char *text, uint64_t ms)
{
	if (ms == UNKNOWN)
		snprintf(text, UNITS_LEN, "-");
	else if (ms < 1000)
		snprintf(text, UNITS_LEN, "%u ms", (unsigned int)ms);
	else if (ms < 60000)
		snprintf(text, UNITS_LEN, "%.1f s", ms / 1000.0);
	else if (ms < 3600000)
		snprintf(text, UNITS_LEN, "%.1f min", ms / 60000.0);
	else
		snprintf(text, UNITS_LEN, "%.1f h", ms / 3600000.0);
	return text;
}

/**
 * units_hold() - print how long pins were held
 * @text: receives it
 * @site: the site
 * @percent: of the pins that were released, so many were not held for longer
 *
 * Return: @text; it reads "< 8 ms", as it is known to a power of two.
 */
char *units_hold(char *text, const struct site *site, unsigned int percent)
{
	char ms[UNITS_LEN];
	double total = 0, sum = 0;
	unsigned int i;

	for (i = 0; i < HOLD_BUCKETS; i++)
		total += site->hold_ms[i];
	if (total == 0) {
		snprintf(text, UNITS_LEN, "-");
		return text;
	}
	for (i = 0; i < HOLD_BUCKETS; i++) {
		sum += site->hold_ms[i];
		if (sum >= total * percent / 100)
			break;
	}
	if (i >= HOLD_BUCKETS - 1)
		snprintf(text, UNITS_LEN, ">= %.24s",
			 units_ms(ms, hold_bucket_start(HOLD_BUCKETS - 1)));
	else
		snprintf(text, UNITS_LEN, "< %.24s",
			 units_ms(ms, hold_bucket_start(i + 1)));
	return text;
}

/**
 * units_plural() - the end of a word that is counted
 * @number: how many
 *
 * Return: "s", or "" for one.
 */
const char *units_plural(uint64_t number)
{
	return number == 1 ? "" : "s";
}
