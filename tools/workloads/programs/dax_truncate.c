// SPDX-License-Identifier: GPL-2.0
/*
 * Truncates a file on a DAX file system, or punches a hole into it, while direct
 * I/O from its mapped memory is on the way. That has to wait for the I/O.
 *
 *	dax_truncate FILE DEVICE
 *
 *	FILE	on a file system that is mounted with -o dax
 *	DEVICE	a block device that takes two seconds for what is written to it
 */
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "pattern.h"

#define LEN	(64 * PAGE_BYTES)

static int file, device;
static char *at;
static atomic_bool began, done;

static void *slow_write(void *unused)
{
	(void)unused;
	began = true;
	if (pwrite(device, at, LEN, 0) != (ssize_t)LEN)
		err(1, "direct write from DAX memory");
	done = true;
	return NULL;
}

/* Returns false if the machine was too busy: the I/O was through too early. */
static bool try_truncate(bool punch)
{
	pthread_t thread;
	int ret, i;

	if (ftruncate(file, LEN))
		err(1, "ftruncate");
	pattern_fill(at, LEN, 1);
	began = false;
	done = false;
	if (pthread_create(&thread, NULL, slow_write, NULL))
		errx(1, "pthread_create");
	while (!began)
		usleep(1000);
	usleep(100000);
	if (done) {
		pthread_join(thread, NULL);
		return false;
	}
	if (punch)
		ret = fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				0, LEN);
	else
		ret = ftruncate(file, 0);
	if (ret)
		err(1, "%s", punch ? "PUNCH_HOLE" : "ftruncate");
	/* The thread may not have been told yet. */
	for (i = 0; i < 10 && !done; i++)
		usleep(100000);
	if (!done)
		errx(1, "blocks were taken away while they were written from");
	pthread_join(thread, NULL);
	return true;
}

static void truncate_while_written(bool punch)
{
	int i;

	for (i = 0; i < 10; i++)
		if (try_truncate(punch))
			return;
	errx(1, "the device is too fast");
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: dax_truncate FILE DEVICE");
	file = open(argv[1], O_RDWR | O_CREAT, 0600);
	device = open(argv[2], O_RDWR | O_DIRECT);
	if (file < 0 || device < 0)
		err(1, "open");
	at = map_shared(file, LEN);
	truncate_while_written(false);
	truncate_while_written(true);
	return 0;
}
