// SPDX-License-Identifier: GPL-2.0
/*
 * Registers a user event in several sorts of memory, and waits until the kernel
 * has written there that it was switched on, and that it was switched off.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/user_events.h>

#include "pattern.h"

#define TRACING	"/sys/kernel/tracing/"
#define NAME	"gup_mirror_workload"
#define BIT	3

static int data;

static void switch_event(bool on)
{
	int fd = open(TRACING "events/user_events/" NAME "/enable", O_WRONLY);

	if (fd < 0 || write(fd, on ? "1" : "0", 1) != 1)
		err(1, "switching the event");
	close(fd);
}

static void await(unsigned int *at, bool on, const char *what)
{
	int i;

	for (i = 0; !!(__atomic_load_n(at, __ATOMIC_RELAXED) & 1 << BIT) != on;
	     i++) {
		if (i == 1000)
			errx(1, "%s: not switched %s", what, on ? "on" : "off");
		usleep(10000);
	}
}

static void register_event(unsigned int *at)
{
	struct user_reg reg = {
		.size = sizeof(reg),
		.enable_bit = BIT,
		.enable_size = sizeof(*at),
		.enable_addr = (uintptr_t)at,
		.name_args = (uintptr_t)NAME " u32 value",
	};

	if (ioctl(data, DIAG_IOCSREG, &reg))
		err(1, "DIAG_IOCSREG");
}

static void unregister_event(unsigned int *at)
{
	struct user_unreg unreg = {
		.size = sizeof(unreg),
		.disable_bit = BIT,
		.disable_addr = (uintptr_t)at,
	};

	if (ioctl(data, DIAG_IOCSUNREG, &unreg))
		err(1, "DIAG_IOCSUNREG");
}

static void on_and_off(unsigned int *at, const char *what)
{
	register_event(at);
	switch_event(true);
	await(at, true, what);
	/* The kernel has to get it first, which it does later. */
	if (madvise((void *)((uintptr_t)at & ~(PAGE_BYTES - 1)), PAGE_BYTES,
		    MADV_PAGEOUT) && errno != EINVAL)
		err(1, "MADV_PAGEOUT");
	switch_event(false);
	await(at, false, what);
	unregister_event(at);
}

/* The kernel copies registrations when a process forks. */
static void forked(unsigned int *at)
{
	int status;
	pid_t pid;

	register_event(at);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		await(at, true, "in the child");
		/* In a page of its own from here on */
		__atomic_store_n(at + 8, 1, __ATOMIC_RELAXED);
		await(at, false, "in the child");
		_exit(0);
	}
	switch_event(true);
	await(at, true, "in the parent");
	usleep(100000);
	switch_event(false);
	await(at, false, "in the parent");
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the child failed");
	unregister_event(at);
}

/* Gone without a word: the memory first, then the process */
static void left_behind(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		unsigned int *gone = map_pages(PAGE_BYTES, 0);

		register_event(gone);
		register_event(map_pages(PAGE_BYTES, 0));
		munmap(gone, PAGE_BYTES);
		switch_event(true);
		raise(SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the child ended by itself");
	switch_event(false);
}

int main(void)
{
	char *small = map_pages(PAGE_BYTES, 0);
	char *untouched = map_pages(PAGE_BYTES, 0);
	char *huge = map_pages(HUGE_BYTES, MAP_HUGETLB);
	char *thp = map_thp(HUGE_BYTES);
	char *shared = map_memfd(0, PAGE_BYTES);

	data = open(TRACING "user_events_data", O_RDWR | O_CLOEXEC);
	if (data < 0)
		err(1, "user_events_data");

	memset(small, 0, PAGE_BYTES);
	memset(thp, 0, HUGE_BYTES);
	on_and_off((void *)small, "a page");
	on_and_off((void *)(untouched + 64), "a page that was never written");
	on_and_off((void *)(huge + 5 * PAGE_BYTES), "a page of hugetlbfs");
	on_and_off((void *)(thp + 7 * PAGE_BYTES), "a huge page");
	on_and_off((void *)shared, "a page of a file");
	forked((void *)(small + 128));
	left_behind();

	printf("all switches were seen\n");
	return 0;
}
