// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks that take turns: in each window, the seed says who goes on.
 */

#include <setjmp.h>
#include <stddef.h>
#include <ucontext.h>

#include "tasks.h"
#include "tasks-impl.h"

#define STACK_SIZE	(64 * 1024)

/* In how many windows, on average, others get their turn once */
#define WINDOWS_PER_TURN	6

static struct {
	char stack[STACK_SIZE];
	ucontext_t context;
	jmp_buf turn;
	bool started;
	bool done;
} tasks[MAX_TASKS];

static unsigned int current_task;
/* Whose turn comes. No local variable, which longjmp() might change. */
static unsigned int next_task;
static ucontext_t outside;
static void (*body)(void);
/* Of run_interrupted(): windows until the second has its turn; 0 once it had. */
static bool interrupting;
static unsigned int countdown;

unsigned int task(void)
{
	return current_task;
}

/* setcontext() would ask the kernel for the mask of signals each time. */
static void go_on(void)
{
	current_task = next_task;
	if (tasks[next_task].started)
		_longjmp(tasks[next_task].turn, 1);
	tasks[next_task].started = true;
	setcontext(&tasks[next_task].context);
}

static unsigned int someone(void)
{
	unsigned int next;

	do {
		next = next_random(MAX_TASKS, nr_tasks);
	} while (tasks[next].done);
	return next;
}

void give_way(void)
{
	if (!nr_tasks)
		return;
	if (interrupting)
		next_task = tasks[!current_task].done ? current_task : !current_task;
	else
		next_task = someone();
	if (next_task != current_task && !_setjmp(tasks[current_task].turn))
		go_on();
}

void window(void)
{
	bool turn;

	if (interrupting)
		turn = !current_task && countdown && !--countdown;
	else
		turn = nr_tasks && !next_random(MAX_TASKS, WINDOWS_PER_TURN);
	if (turn)
		give_way();
}

void meet(void)
{
	static unsigned int arrived, round;
	unsigned int mine = round;

	if (++arrived == nr_tasks) {
		arrived = 0;
		round++;
	}
	while (round == mine)
		give_way();
}

static void start(void)
{
	unsigned int i;

	body();
	tasks[current_task].done = true;
	for (i = 0; i < nr_tasks; i++) {
		if (!tasks[i].done) {
			next_task = someone();
			go_on();
		}
	}
	setcontext(&outside);
}

void run_tasks(unsigned int nr, void (*run)(void))
{
	unsigned int i;

	seed_random();
	body = run;
	for (i = 0; i < nr; i++) {
		getcontext(&tasks[i].context);
		tasks[i].context.uc_stack.ss_sp = tasks[i].stack;
		tasks[i].context.uc_stack.ss_size = STACK_SIZE;
		tasks[i].started = i == 0;
		tasks[i].done = false;
		makecontext(&tasks[i].context, start, 0);
	}
	nr_tasks = nr;
	current_task = 0;
	swapcontext(&outside, &tasks[0].context);
	nr_tasks = 0;
	current_task = 0;
}

static void (*both[2])(void);

static void one_of_two(void)
{
	both[current_task]();
}

bool run_interrupted(void (*first)(void), void (*second)(void),
		     unsigned int nth)
{
	both[0] = first;
	both[1] = second;
	countdown = nth;
	interrupting = true;
	run_tasks(2, one_of_two);
	interrupting = false;
	return !countdown;
}
