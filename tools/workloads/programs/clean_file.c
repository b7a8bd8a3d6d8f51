// SPDX-License-Identifier: GPL-2.0
/*
 * Somebody writes to a page of a mapped file again and again, and a thread has it
 * written back, until GUP mirror has seen that something was lost, or the time is up.
 *
 *	clean_file FILE SECONDS cpu|remote|alg
 *
 * cpu: stores. remote: process_vm_writev(), to many pages, of which it is the last, so
 * that it is pinned for a while before it is written to. alg: recvmsg() on an AF_ALG socket, which
 * unpins the page and does not mark it dirty. Prints how often the page was clean, and
 * the disk had something else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"

#define SUMMARY		"/sys/kernel/debug/gup_mirror/summary"

enum { KPF_DIRTY = 4, KPF_WRITEBACK = 8 };

/* What process_vm_writev() pins at once, and where the page is. */
#define FILE_BYTES	(512 * PAGE_BYTES)
#define LAST		(FILE_BYTES - PAGE_BYTES)

static int file;
static char *map;
static atomic_bool stop;
static pthread_t thread;

static void *write_back(void *arg)
{
	(void)arg;
	while (!stop) {
		if (sync_file_range(file, LAST, PAGE_BYTES, SYNC_FILE_RANGE_WAIT_BEFORE |
							 SYNC_FILE_RANGE_WRITE |
							 SYNC_FILE_RANGE_WAIT_AFTER))
			err(1, "sync_file_range");
	}
	return NULL;
}

static void start(void)
{
	stop = false;
	if (pthread_create(&thread, NULL, write_back, NULL))
		errx(1, "no thread");
}

static void finish(void)
{
	stop = true;
	pthread_join(thread, NULL);
}

/* The number of a line "lost-write: <n>" */
static long losses(void)
{
	FILE *f = fopen(SUMMARY, "r");
	char line[128];
	long nr = -1;

	if (!f)
		err(1, "%s", SUMMARY);
	while (nr < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "lost-write: %ld", &nr);
	fclose(f);
	if (nr < 0)
		errx(1, "%s has no line lost-write", SUMMARY);
	return nr;
}

static uint64_t word(const char *name, uint64_t n)
{
	int fd = open(name, O_RDONLY);
	uint64_t value;

	if (fd < 0 || pread(fd, &value, sizeof(value), n * sizeof(value)) != sizeof(value))
		err(1, "%s", name);
	close(fd);
	return value;
}

static bool is_clean(uint64_t frame)
{
	return !(word("/proc/kpageflags", frame) &
		 (1 << KPF_DIRTY | 1 << KPF_WRITEBACK));
}

static int open_alg(void)
{
	struct sockaddr_alg addr = {
		.salg_family = AF_ALG,
		.salg_type = "skcipher",
		.salg_name = "cbc(aes)",
	};
	int s = socket(AF_ALG, SOCK_SEQPACKET, 0), ret = -1;

	if (s >= 0 && !bind(s, (void *)&addr, sizeof(addr)) &&
	    !setsockopt(s, SOL_ALG, ALG_SET_KEY, "0123456789abcdef", 16))
		ret = accept(s, NULL, NULL);
	if (ret < 0)
		err(1, "AF_ALG");
	return ret;
}

/* Have a page written that differs from call to call. */
static void encrypt(int s, char *to, long n)
{
	static char zeros[PAGE_BYTES];
	char control[CMSG_SPACE(4) + CMSG_SPACE(sizeof(struct af_alg_iv) + 16)] = {};
	struct iovec iov = { zeros, PAGE_BYTES };
	struct msghdr m = {
		.msg_control = control, .msg_controllen = sizeof(control),
		.msg_iov = &iov, .msg_iovlen = 1,
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	struct af_alg_iv *iv;

	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_OP;
	c->cmsg_len = CMSG_LEN(4);
	*(int *)CMSG_DATA(c) = ALG_OP_ENCRYPT;
	c = CMSG_NXTHDR(&m, c);
	c->cmsg_level = SOL_ALG;
	c->cmsg_type = ALG_SET_IV;
	c->cmsg_len = CMSG_LEN(sizeof(*iv) + 16);
	iv = (void *)CMSG_DATA(c);
	iv->ivlen = 16;
	memcpy(iv->iv, &n, sizeof(n));
	if (sendmsg(s, &m, 0) != PAGE_BYTES || read(s, to, PAGE_BYTES) != PAGE_BYTES)
		err(1, "AF_ALG");
}

/* Page by page, so that no folio is too large to be looked at. */
static void make_file(const char *name, const char *data)
{
	size_t at;

	file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (file < 0)
		err(1, "%s", name);
	for (at = 0; at < FILE_BYTES; at += PAGE_BYTES) {
		if (write(file, data + at, PAGE_BYTES) != PAGE_BYTES)
			err(1, "%s", name);
	}
	if (fsync(file))
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	char *disk = map_pages(PAGE_BYTES, 0), *data = map_pages(FILE_BYTES, 0);
	char *page = data + LAST, *all;
	struct iovec from = { data, FILE_BYTES }, to;
	long writes = 0, clean = 0, lost = 0, before;
	uint64_t frame;
	int s, direct;
	char way;
	time_t end;

	if (argc != 4)
		errx(2, "usage: clean_file FILE SECONDS cpu|remote|alg");
	way = *argv[3];
	s = open_alg();
	before = losses();
	memset(data, 'A', FILE_BYTES);
	make_file(argv[1], data);
	direct = open(argv[1], O_RDONLY | O_DIRECT);
	if (direct < 0)
		err(1, "open for direct I/O");
	all = map_shared(file, FILE_BYTES);
	map = all + LAST;
	map[0] = 'B';
	frame = word("/proc/self/pagemap", (uintptr_t)map / PAGE_BYTES) &
		((1ULL << 55) - 1);
	to = (struct iovec){ all, FILE_BYTES };

	start();
	end = time(NULL) + atoi(argv[2]);
	while (time(NULL) < end && losses() == before) {
		writes++;
		encrypt(s, way == 'a' ? map : page, writes);
		if (way == 'c')
			memcpy(map, page, PAGE_BYTES);
		if (way == 'r' &&
		    process_vm_writev(getpid(), &from, 1, &to, 1, 0) != FILE_BYTES)
			err(1, "process_vm_writev");
		if (!is_clean(frame))
			continue;
		/* Look again when nothing is under way. */
		clean++;
		finish();
		if (is_clean(frame) && pread(direct, disk, PAGE_BYTES, LAST) == PAGE_BYTES)
			lost += !!memcmp(disk, map, PAGE_BYTES);
		start();
	}
	finish();
	printf("%s: %ld writes, clean after %ld, lost on disk %ld, told %ld\n", argv[3],
	       writes, clean, lost, losses() - before);
	return losses() == before ? 3 : 0;
}
