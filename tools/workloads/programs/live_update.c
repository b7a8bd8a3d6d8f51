// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps files in memory for the next kernel: they stay pinned until that is started, or
 * until nobody wants it any more.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/liveupdate.h>

#include "pattern.h"

#define FILE_BYTES	(300 * PAGE_BYTES)
#define NR_FILES	3

static int device;

static int new_session(const char *name)
{
	struct liveupdate_ioctl_create_session session = { .size = sizeof(session) };

	snprintf((char *)session.name, sizeof(session.name), "%s", name);
	if (ioctl(device, LIVEUPDATE_IOCTL_CREATE_SESSION, &session))
		err(1, "a session for %s", name);
	return session.fd;
}

static int new_file(size_t len)
{
	int fd = open_memfd(0, len);
	void *at = map_shared(fd, len);

	/* Half of it is nowhere yet. */
	pattern_fill(at, len / 2, 1);
	munmap(at, len);
	return fd;
}

static int preserve(int session, int file, __u64 token)
{
	struct liveupdate_session_preserve_fd kept = {
		.size = sizeof(kept),
		.fd = file,
		.token = token,
	};

	return ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &kept);
}

static void check_file(int fd)
{
	char *at = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		err(1, "mmap of what was kept");
	pattern_check(at, FILE_BYTES / 2, 0, 1, "what was kept");
	munmap(at, FILE_BYTES);
}

int main(void)
{
	int session, files[NR_FILES], i;

	device = open("/dev/liveupdate", O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "/dev/liveupdate");
	session = new_session("given up");
	for (i = 0; i < NR_FILES; i++) {
		files[i] = new_file(FILE_BYTES);
		if (preserve(session, files[i], i))
			err(1, "PRESERVE_FD");
	}
	if (!preserve(session, files[0], NR_FILES))
		errx(1, "a file was kept twice");
	close(session);
	for (i = 0; i < NR_FILES; i++)
		check_file(files[i]);
	/* What is left to the end of the process */
	if (preserve(new_session("left"), files[0], 0))
		err(1, "PRESERVE_FD, again");
	printf("the files were kept\n");
	return 0;
}
