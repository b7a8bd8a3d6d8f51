// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: runs the command of the user.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launch.h"
#include "message.h"

#define TICK_MS		500

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define NR_PASSED_ON	(sizeof(passed_on) / sizeof(*passed_on))

static sigset_t before;

static void waited_for(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	for (i = 0; i < NR_PASSED_ON; i++)
		sigaddset(set, passed_on[i]);
	sigaddset(set, SIGCHLD);
}

/**
 * launch_block_signals() - have signals wait
 */
void launch_block_signals(void)
{
	sigset_t set;

	waited_for(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
}

/**
 * launch_error() - wait until a child has begun its command
 * @fds: a pipe: it closes with the beginning, or the child writes why there is none
 * @error: why there is no child, or 0
 *
 * Return: why there is no command, or 0.
 */
int launch_error(const int fds[2], int error)
{
	ssize_t size;

	close(fds[1]);
	do {
		size = read(fds[0], &error, sizeof(error));
	} while (size < 0 && errno == EINTR);
	close(fds[0]);
	return error;
}

/**
 * launch() - start the command
 * @argv: it and its arguments
 * @status: the exit status if it cannot be started
 *
 * Return: its process, or -1 after a complaint.
 */
pid_t launch(char **argv, int *status)
{
	int error, fds[2];
	pid_t child;

	/* It closes when the command begins; else it tells why not. */
	if (pipe2(fds, O_CLOEXEC)) {
		complain("cannot make a pipe: %s", strerror(errno));
		*status = EXIT_BAD;
		return -1;
	}
	fflush(NULL);
	child = fork();
	if (!child) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(argv[0], argv);
		error = errno;
		if (write(fds[1], &error, sizeof(error)) < 0)
			_exit(EXIT_NOT_FOUND);
		_exit(EXIT_NOT_FOUND);
	}
	error = launch_error(fds, child < 0 ? errno : 0);
	if (!error)
		return child;

	complain("cannot run %s: %s", argv[0], strerror(error));
	*status = EXIT_BAD;
	if (child < 0)
		return -1;
	*status = error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
	waitpid(child, NULL, 0);
	return -1;
}

/* A signal that comes in time, or 0. */
static int next_signal(unsigned int ms, siginfo_t *info)
{
	const struct timespec time = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	sigset_t set;
	int number;

	waited_for(&set);
	number = sigtimedwait(&set, info, &time);
	return number > 0 ? number : 0;
}

/**
 * launch_wait() - wait for the end of the command
 * @child: the command
 * @tick: called now and then
 * @data: for @tick
 *
 * Return: its exit status, or 128 and the number of the signal that ended it.
 */
int launch_wait(pid_t child, void (*tick)(void *data), void *data)
{
	siginfo_t info;
	int number, status;

	while (waitpid(child, &status, WNOHANG) != child) {
		number = next_signal(TICK_MS, &info);
		/* What a terminal sends, it has sent to the command, too. */
		if (number && number != SIGCHLD && info.si_code != SI_KERNEL)
			kill(child, number);
		if (!number)
			tick(data);
	}
	if (WIFSIGNALED(status))
		return EXIT_SIGNAL + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/**
 * launch_pause() - wait a while
 * @ms: how long
 *
 * Return: nonzero if somebody is tired of waiting.
 */
int launch_pause(unsigned int ms)
{
	siginfo_t info;
	int number = next_signal(ms, &info);

	return number && number != SIGCHLD;
}
