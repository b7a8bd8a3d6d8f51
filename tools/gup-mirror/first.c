// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: the first time that a violation was seen.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "first.h"
#include "lines.h"
#include "model.h"

#define US_PER_S	1000000ULL

void first_init(struct first *first)
{
	*first = (struct first) { .time_us = UNKNOWN };
	set_string(&first->task, "");
}

void first_clear(struct first *first)
{
	free(first->task);
	first->task = NULL;
}

bool first_known(const struct first *first)
{
	return first->time_us != UNKNOWN;
}

void first_copy(struct first *to, const struct first *from)
{
	char *task = to->task;

	*to = *from;
	to->task = task;
	set_string(&to->task, from->task);
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int first_compare(const struct first *a, const struct first *b)
{
	return compare(a->time_us, b->time_us) ?: compare(a->pfn, b->pfn) ?:
	       compare(a->pid, b->pid) ?: compare(a->cpu, b->cpu) ?:
	       strcmp(a->task, b->task);
}

/* "7, CPU 0, at 1.000000s" */
static bool parse_end(struct first *first, char *at)
{
	uint64_t seconds, us;
	char *fraction;

	if (!take_number(&at, &first->pid) || !skip_word(&at, ", CPU ") ||
	    !take_number(&at, &first->cpu) || !skip_word(&at, ", at ") ||
	    !take_number(&at, &seconds) || !skip_word(&at, "."))
		return false;
	fraction = at;
	if (!take_number(&at, &us) || at - fraction != 6 || strcmp(at, "s"))
		return false;
	return !__builtin_mul_overflow(seconds, US_PER_S, &first->time_us) &&
	       !__builtin_add_overflow(first->time_us, us, &first->time_us) &&
	       first->time_us <= INT64_MAX;
}

/**
 * first_parse() - read when a violation was first seen
 * @first: receives it; as first_init() left it
 * @text: the words of the kernel
 *
 * A task may call itself anything, also "a/7, CPU 0": so what is behind the name
 * is looked for from the end.
 *
 * Return: true if it is that; else @first is unknown.
 */
bool first_parse(struct first *first, const char *text)
{
	char *copy = xstrdup(text), *at = copy, *end, *slash;
	bool good = false;

	if (!skip_word(&at, "pfn 0x") || *at == '-' || *at == ' ')
		goto out;
	first->pfn = strtoull(at, &end, 16);
	if (end == at || first->pfn > INT64_MAX)
		goto out;
	at = end;
	slash = strrchr(at, '/');
	if (!skip_word(&at, ", task ") || !slash || slash < at)
		goto out;
	*slash = '\0';
	set_string(&first->task, at);
	good = parse_end(first, slash + 1);
out:
	if (!good) {
		first_clear(first);
		first_init(first);
	}
	free(copy);
	return good;
}

char *first_text(const struct first *first)
{
	return xasprintf("pfn 0x%llx, task %s/%llu, CPU %llu, at %llu.%06llus",
			 (unsigned long long)first->pfn, first->task,
			 (unsigned long long)first->pid,
			 (unsigned long long)first->cpu,
			 (unsigned long long)(first->time_us / US_PER_S),
			 (unsigned long long)(first->time_us % US_PER_S));
}
