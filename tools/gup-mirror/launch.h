/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: runs the command of the user.
 */
#ifndef GUP_MIRROR_LAUNCH_H
#define GUP_MIRROR_LAUNCH_H

#include <sys/types.h>

/*
 * Signals wait from now on, until launch_wait() passes them on, so that none
 * ends this program before it has cleaned up.
 */
void launch_block_signals(void);

/*
 * Waits until a child has begun its command, which closes the pipe that it has, or
 * has written why not. Returns that error, or @error if the child is not there; 0 if
 * there is none.
 */
int launch_error(const int fds[2], int error);

/* Returns -1 after a complaint, with the exit status for it in @status. */
pid_t launch(char **argv, int *status);

/*
 * Waits for the end of the command, and calls @tick about every 500 ms until
 * then. Returns what a shell would call its exit status.
 */
int launch_wait(pid_t child, void (*tick)(void *data), void *data);

/* Waits so long, or until a signal wants it to be over; then it is true. */
int launch_pause(unsigned int ms);

#endif
