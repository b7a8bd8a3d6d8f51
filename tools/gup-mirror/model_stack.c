// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: stacks.
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "model.h"

/**
 * stack_clear() - free what a stack points to
 * @stack: the stack
 */
void stack_clear(struct stack *stack)
{
	size_t i;

	for (i = 0; i < stack->nr; i++)
		free(stack->frames[i]);
	free(stack->frames);
}

/**
 * stack_add() - add a frame to a stack
 * @stack: the stack
 * @frame: the frame, which is called by the one that is added next
 */
void stack_add(struct stack *stack, const char *frame)
{
	stack->frames = grow(stack->frames, stack->nr, sizeof(*stack->frames));
	stack->frames[stack->nr] = NULL;
	set_string(&stack->frames[stack->nr++], frame);
}

/**
 * stack_copy() - add the frames of a stack to another
 * @to: the one that is added to
 * @from: the other
 */
void stack_copy(struct stack *to, const struct stack *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++)
		stack_add(to, from->frames[i]);
}

/**
 * stack_compare_by() - put stacks into an order
 * @a: a stack
 * @b: another
 * @compare: what makes frames differ
 *
 * Return: less than, equal to, or greater than 0, as @compare does.
 */
int stack_compare_by(const struct stack *a, const struct stack *b,
		     int (*compare)(const char *a, const char *b))
{
	size_t i;

	for (i = 0; i < a->nr && i < b->nr; i++) {
		int order = compare(a->frames[i], b->frames[i]);

		if (order)
			return order;
	}
	return (a->nr > b->nr) - (a->nr < b->nr);
}

/**
 * stack_compare() - put stacks into an order
 * @a: a stack
 * @b: another
 *
 * Return: less than, equal to, or greater than 0, as strcmp() does.
 */
int stack_compare(const struct stack *a, const struct stack *b)
{
	return stack_compare_by(a, b, strcmp);
}

/**
 * stack_equal() - are two stacks the same?
 * @a: a stack
 * @b: another
 *
 * Return: true if all frames are the same.
 */
bool stack_equal(const struct stack *a, const struct stack *b)
{
	return a->nr == b->nr && !stack_compare(a, b);
}
