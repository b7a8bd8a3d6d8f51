// SPDX-License-Identifier: GPL-2.0
/*
 * A file system in user space with one file, whose daemon moves everything
 * through pipes: requests by splice(), answers by vmsplice() and splice().
 *
 *	fuse_splice DIRECTORY
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "pattern.h"

#define FILE_BYTES	(1024UL << 10)
#define WRITE_BYTES	(128UL << 10)
#define REQUEST_BYTES	(WRITE_BYTES + PAGE_BYTES)
#define PIPE_BYTES	(512 << 10)
#define NODE_FILE	2

static int device, in_pipe[2], out_pipe[2];
static char *content, *request_memory;

static void reply(__u64 unique, int error, const void *head, size_t head_len,
		  const void *data, size_t data_len)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + head_len + data_len,
		.error = error,
		.unique = unique,
	};
	struct iovec parts[3] = {
		{ &header, sizeof(header) },
		{ (void *)head, head_len },
		{ (void *)data, data_len },
	};

	if (vmsplice(out_pipe[1], parts, 3, 0) != header.len)
		err(1, "vmsplice");
	if (splice(out_pipe[0], NULL, device, NULL, header.len,
		   SPLICE_F_MOVE) != header.len)
		err(1, "splice of an answer");
}

static struct fuse_attr attributes(__u64 node)
{
	return (struct fuse_attr) {
		.ino = node,
		.size = node == NODE_FILE ? FILE_BYTES : 0,
		.mode = node == NODE_FILE ? S_IFREG | 0600 : S_IFDIR | 0700,
		.nlink = 1,
		.blksize = PAGE_BYTES,
	};
}

static void serve(const struct fuse_in_header *header, const void *body)
{
	switch (header->opcode) {
	case FUSE_INIT: {
		struct fuse_init_out out = {
			.major = FUSE_KERNEL_VERSION,
			.minor = FUSE_KERNEL_MINOR_VERSION,
			.max_readahead = WRITE_BYTES,
			.flags = FUSE_BIG_WRITES | FUSE_MAX_PAGES,
			.max_pages = WRITE_BYTES / PAGE_BYTES,
			.max_write = WRITE_BYTES,
			.time_gran = 1,
		};

		reply(header->unique, 0, &out, sizeof(out), NULL, 0);
		break;
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out = {
			.nodeid = NODE_FILE,
			.entry_valid = 60,
			.attr_valid = 60,
			.attr = attributes(NODE_FILE),
		};

		reply(header->unique, 0, &out, sizeof(out), NULL, 0);
		break;
	}
	case FUSE_GETATTR:
	case FUSE_SETATTR: {
		struct fuse_attr_out out = {
			.attr_valid = 60,
			.attr = attributes(header->nodeid),
		};

		reply(header->unique, 0, &out, sizeof(out), NULL, 0);
		break;
	}
	case FUSE_OPEN: {
		struct fuse_open_out out = { .fh = 1 };

		reply(header->unique, 0, &out, sizeof(out), NULL, 0);
		break;
	}
	case FUSE_READ: {
		const struct fuse_read_in *in = body;
		size_t len = in->size;

		if (in->offset >= FILE_BYTES)
			len = 0;
		else if (len > FILE_BYTES - in->offset)
			len = FILE_BYTES - in->offset;
		reply(header->unique, 0, NULL, 0, content + in->offset, len);
		break;
	}
	case FUSE_WRITE: {
		const struct fuse_write_in *in = body;
		struct fuse_write_out out = { .size = in->size };

		if (in->offset > FILE_BYTES ||
		    in->size > FILE_BYTES - in->offset) {
			reply(header->unique, -EFBIG, NULL, 0, NULL, 0);
			break;
		}
		memcpy(content + in->offset, in + 1, in->size);
		reply(header->unique, 0, &out, sizeof(out), NULL, 0);
		break;
	}
	case FUSE_RELEASE:
	case FUSE_FLUSH:
	case FUSE_FSYNC:
		reply(header->unique, 0, NULL, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		reply(header->unique, -EOPNOTSUPP, NULL, 0, NULL, 0);
	}
}

static void run_daemon(void)
{
	for (;;) {
		struct fuse_in_header *header = (void *)request_memory;
		ssize_t len = splice(device, NULL, in_pipe[1], NULL,
				     REQUEST_BYTES, 0);
		ssize_t done = 0;

		if (len < 0 && errno == ENODEV)
			_exit(0);
		if (len < 0)
			err(1, "splice of a request");
		while (done < len) {
			ssize_t ret = read(in_pipe[0], request_memory + done,
					   len - done);

			if (ret <= 0)
				err(1, "read of a request");
			done += ret;
		}
		serve(header, header + 1);
	}
}

/* Everything is written one way, and read the other. */
static void use(const char *path, int write_flags, int read_flags, int memory_flags,
		unsigned int seed)
{
	size_t skipped = 5 * PAGE_BYTES;
	char *memory = map_pages(HUGE_BYTES, memory_flags);
	int fd = open(path, O_RDWR | write_flags);

	if (fd < 0)
		err(1, "%s", path);
	pattern_fill(memory + skipped, FILE_BYTES, seed);
	if (pwrite(fd, memory + skipped, FILE_BYTES, 0) != FILE_BYTES)
		err(1, "write");
	close(fd);

	memset(memory, 0, HUGE_BYTES);
	fd = open(path, O_RDWR | read_flags);
	if (fd < 0)
		err(1, "%s", path);
	if (pread(fd, memory + skipped, FILE_BYTES, 0) != FILE_BYTES)
		err(1, "read");
	pattern_check(memory + skipped, FILE_BYTES, 0, seed, "the file");
	close(fd);
	munmap(memory, HUGE_BYTES);
}

int main(int argc, char **argv)
{
	static const int memory_flags[] = { 0, MAP_HUGETLB };
	char options[100], path[4096];
	unsigned int i, seed = 0;
	int status;
	pid_t pid;

	if (argc != 2)
		errx(2, "usage: fuse_splice DIRECTORY");
	device = open("/dev/fuse", O_RDWR);
	if (device < 0)
		err(1, "/dev/fuse");
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40700,user_id=0,group_id=0", device);
	if (mount("fuse_splice", argv[1], "fuse", 0, options))
		err(1, "mount");
	if (pipe(in_pipe) || pipe(out_pipe))
		err(1, "pipe");
	if (fcntl(in_pipe[0], F_SETPIPE_SZ, PIPE_BYTES) < 0 ||
	    fcntl(out_pipe[0], F_SETPIPE_SZ, PIPE_BYTES) < 0)
		err(1, "F_SETPIPE_SZ");
	content = map_pages(FILE_BYTES, 0);
	request_memory = map_pages(REQUEST_BYTES, 0);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid)
		run_daemon();
	close(device);

	snprintf(path, sizeof(path), "%s/file", argv[1]);
	for (i = 0; i < ARRAY_SIZE(memory_flags); i++) {
		use(path, O_DIRECT, O_DIRECT, memory_flags[i], ++seed);
		use(path, O_DIRECT, 0, memory_flags[i], ++seed);
		use(path, 0, O_DIRECT, memory_flags[i], ++seed);
		use(path, 0, 0, memory_flags[i], ++seed);
	}
	if (umount(argv[1]))
		err(1, "umount");
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the daemon failed");
	printf("the file was as expected\n");
	return 0;
}
