// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of a mapped file are the memory that a device reads into, and something is
 * done to the file meanwhile.
 *
 *	pinned_file FILE DEVICE WHAT [large]
 *
 * DEVICE is one of device mapper that is suspended, and full of the letter D. It is
 * resumed when that was done, by "dmsetup resume". Prints on how many pages the
 * mapping and the disk have what the device has, and what fsync() returns at the end.
 *
 * The file is written page by page, or with "large", at once, so that file systems
 * that can make one folio of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pattern.h"

#define NR_PAGES	16
#define LEN		(NR_PAGES * PAGE_BYTES)
#define OUTSTANDING	"/sys/kernel/debug/gup_mirror/outstanding"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

static const char *name;
static int file, device;
static char *map;
static atomic_bool is_read;

static void *read_device(void *arg)
{
	(void)arg;
	if (pread(device, map, LEN, 0) != LEN)
		err(1, "read from the device");
	is_read = true;
	return NULL;
}

/* Pins that were taken since the snapshot */
static long pins(void)
{
	char line[256] = "";
	FILE *f = fopen(OUTSTANDING, "r");
	char *at = NULL;

	if (!f)
		err(1, "%s", OUTSTANDING);
	while (!at && fgets(line, sizeof(line), f))
		at = strstr(line, "since_snapshot=");
	fclose(f);
	if (!at)
		errx(1, "%s has no total", OUTSTANDING);
	return strtol(at + strlen("since_snapshot="), NULL, 10);
}

static int open_direct(int flags)
{
	int fd = open(name, flags | O_DIRECT);

	if (fd < 0)
		err(1, "open %s for direct I/O", name);
	return fd;
}

static int write_direct(void)
{
	char *buf = map_pages(LEN, 0);
	int fd = open_direct(O_WRONLY), ret;

	memset(buf, 'W', LEN);
	ret = pwrite(fd, buf, LEN, 0) == LEN ? 0 : -1;
	close(fd);
	munmap(buf, LEN);
	return ret;
}

static int drop_clean_pages(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	int ret = write(fd, "1", 1) == 1 ? 0 : -1;

	close(fd);
	return ret;
}

static int nothing(void)
{
	return 0;
}

static int do_fsync(void)
{
	return fsync(file);
}

static int do_msync(void)
{
	return msync(map, LEN, MS_SYNC);
}

static int do_sync_file_range(void)
{
	return sync_file_range(file, 0, LEN, SYNC_FILE_RANGE_WAIT_BEFORE |
					     SYNC_FILE_RANGE_WRITE |
					     SYNC_FILE_RANGE_WAIT_AFTER);
}

static int fadvise(void)
{
	return fsync(file) ?: posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
}

static int drop(void)
{
	return fsync(file) ?: drop_clean_pages();
}

static int truncate_file(void)
{
	return ftruncate(file, 0);
}

static int punch(void)
{
	return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, LEN);
}

static int page_out(void)
{
	return madvise(map, LEN, MADV_PAGEOUT);
}

static int dont_need(void)
{
	return madvise(map, LEN, MADV_DONTNEED);
}

static int unmap(void)
{
	return munmap(map, LEN);
}

static const struct {
	const char *name;
	int (*fn)(void);
} things[] = {
	{ "nothing", nothing },
	{ "fsync", do_fsync },
	{ "msync", do_msync },
	{ "sync_file_range", do_sync_file_range },
	{ "fadvise", fadvise },
	{ "drop_caches", drop },
	{ "write_direct", write_direct },
	{ "truncate", truncate_file },
	{ "punch", punch },
	{ "pageout", page_out },
	{ "dontneed", dont_need },
	{ "munmap", unmap },
};

static int do_thing(const char *what)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(things); i++) {
		if (!strcmp(things[i].name, what))
			return things[i].fn();
	}
	errx(2, "unknown thing to do: %s", what);
}

static void make_file(bool large)
{
	static char data[LEN];
	size_t at, step = large ? LEN : PAGE_BYTES;

	unlink(name);
	file = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (file < 0)
		err(1, "%s", name);
	memset(data, 'A', LEN);
	for (at = 0; at < LEN; at += step) {
		if (write(file, data + at, step) != (ssize_t)step)
			err(1, "write");
	}
	if (fsync(file))
		err(1, "fsync");
	map = map_shared(file, LEN);
	for (at = 0; at < LEN; at += PAGE_BYTES)
		map[at] = 'B';
}

/* On how many pages there is what the device has */
static unsigned int count(const char *data, size_t len)
{
	unsigned int nr = 0;
	size_t at;

	for (at = 0; at < len; at += PAGE_BYTES)
		nr += data[at] == 'D';
	return nr;
}

static void let_it_go(const char *path)
{
	char command[256];

	snprintf(command, sizeof(command), "dmsetup resume '%s'", path);
	if (system(command))
		errx(1, "failed: %s", command);
}

int main(int argc, char **argv)
{
	bool is_mapped;
	unsigned int in_mapping = 0, on_disk;
	pthread_t thread;
	const char *what;
	char *buf;
	ssize_t len;
	int fd;

	if (argc != 4 && !(argc == 5 && !strcmp(argv[4], "large")))
		errx(2, "usage: pinned_file FILE DEVICE WHAT [large]");
	name = argv[1];
	what = argv[3];
	device = open(argv[2], O_RDONLY | O_DIRECT);
	if (device < 0)
		err(1, "%s", argv[2]);
	make_file(argc == 5);

	if (pthread_create(&thread, NULL, read_device, NULL))
		errx(1, "no thread");
	while (pins() < NR_PAGES)
		usleep(10000);
	if (do_thing(what))
		err(1, "%s", what);
	if (is_read)
		errx(1, "%s was not suspended", argv[2]);
	let_it_go(argv[2]);
	pthread_join(thread, NULL);
	/* What is done by a work item */
	while (pins())
		usleep(10000);

	is_mapped = strcmp(what, "munmap") && strcmp(what, "truncate");
	if (is_mapped)
		in_mapping = count(map, LEN);
	errno = 0;
	fsync(file);
	printf("mapping=%u fsync=%s", in_mapping, errno ? strerrorname_np(errno) : "0");
	buf = map_pages(LEN, 0);
	fd = open_direct(O_RDONLY);
	len = pread(fd, buf, LEN, 0);
	on_disk = len > 0 ? count(buf, len) : 0;
	printf(" disk=%u\n", on_disk);
	return 0;
}
