// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: what is held, as folded stacks: "outer;...;inner pins".
 */
#include <string.h>

#include "model.h"
#include "report/folded.h"

/*
 * Offsets would tell apart what a flame graph is to show as one, and ; separates
 * frames.
 */
static void put_frame(FILE *out, const char *frame)
{
	const char *offset = strstr(frame, "+0x");
	size_t i, len = offset ? (size_t)(offset - frame) : strlen(frame);
	const char *module = offset ? strchr(offset, ' ') : NULL;

	for (i = 0; i < len; i++)
		fputc(frame[i] == ';' ? ':' : frame[i], out);
	for (; module && *module; module++)
		fputc(*module == ';' ? ':' : *module, out);
}

/**
 * folded_report() - print what is held as folded stacks
 * @out: the file
 * @r: the report
 *
 * The GUP function is the innermost frame, and pins are counted.
 */
void folded_report(FILE *out, const struct report *r)
{
	size_t i, j;

	for (i = 0; i < r->nr_holders; i++) {
		const struct holder *holder = &r->holders[i];
		const struct stack *stack = &holder->stack;

		if (!holder->pins)
			continue;
		for (j = stack->nr; j > 0; j--) {
			put_frame(out, stack->frames[j - 1]);
			fputc(';', out);
		}
		/* Without a stack, the place is known all the same. */
		if (!stack->nr) {
			put_frame(out, holder->place);
			fputc(';', out);
		}
		put_frame(out, holder->function);
		fprintf(out, " %llu\n", (unsigned long long)holder->pins);
	}
}
