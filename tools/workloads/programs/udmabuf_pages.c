// SPDX-License-Identifier: GPL-2.0
/*
 * Makes DMA buffers from the pages of memfds.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/dma-buf.h>
#include <linux/udmabuf.h>

#include "pattern.h"

#define SIZE	(2 * HUGE_BYTES)

static int device;

/*
 * Mapped at @at, which reserves huge pages: Linux 6.12 does not do that when it
 * pins pages that a file does not have yet, and with CONFIG_DEBUG_VM stops at the
 * VM_BUG_ON() in alloc_hugetlb_folio_reserve().
 */
static int new_memfd(unsigned int flags, char **at)
{
	int fd = open_memfd(MFD_ALLOW_SEALING | flags, SIZE);

	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK))
		err(1, "F_ADD_SEALS");
	*at = map_shared(fd, SIZE);
	return fd;
}

static int create(int memfd, off_t offset, size_t size)
{
	struct udmabuf_create arg = {
		.memfd = memfd,
		.offset = offset,
		.size = size,
	};

	return ioctl(device, UDMABUF_CREATE, &arg);
}

static void sync_buffer(int buffer, __u64 flags)
{
	struct dma_buf_sync sync = { .flags = flags };

	if (ioctl(buffer, DMA_BUF_IOCTL_SYNC, &sync))
		err(1, "DMA_BUF_IOCTL_SYNC");
}

/* What is written in one place is seen in the other. */
static void look_through(int buffer, char *file, size_t len)
{
	char *view = map_shared(buffer, len);

	pattern_fill(file, len, 1);
	sync_buffer(buffer, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
	pattern_check(view, len, 0, 1, "the buffer");
	pattern_fill(view, len, 2);
	sync_buffer(buffer, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
	pattern_check(file, len, 0, 2, "the memfd");
	munmap(view, len);
}

/* Pages that were written, and pages that are not there yet */
static void whole_buffer(unsigned int flags)
{
	char *file;
	int memfd = new_memfd(flags, &file), buffer;

	memset(file, 1, SIZE / 2);
	buffer = create(memfd, 0, SIZE);
	if (buffer < 0)
		err(1, "UDMABUF_CREATE");
	look_through(buffer, file, SIZE);
	/* The pages are no longer in the file, but still in the buffer. */
	if (fallocate(memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      HUGE_BYTES))
		err(1, "PUNCH_HOLE");
	munmap(file, SIZE);
	close(memfd);
	close(buffer);
}

/* Several buffers of a file, which share pages, and one of several parts */
static void shared_pages(unsigned int flags)
{
	char *file, *other_file;
	int memfd = new_memfd(flags, &file), other = new_memfd(0, &other_file);
	struct {
		struct udmabuf_create_list head;
		struct udmabuf_create_item items[3];
	} list = {
		.head.count = 3,
		.items = {
			{ .memfd = memfd, .size = 8 * PAGE_BYTES },
			{ .memfd = other, .offset = PAGE_BYTES,
			  .size = 4 * PAGE_BYTES },
			{ .memfd = memfd, .offset = HUGE_BYTES,
			  .size = 5 * PAGE_BYTES },
		},
	};
	int buffers[4] = {
		create(memfd, 0, 16 * PAGE_BYTES),
		create(memfd, 3 * PAGE_BYTES, HUGE_BYTES),
		create(memfd, 3 * PAGE_BYTES, PAGE_BYTES),
		ioctl(device, UDMABUF_CREATE_LIST, &list),
	};
	int i;

	for (i = 0; i < 4; i++) {
		if (buffers[i] < 0)
			err(1, "buffer %d", i);
	}
	for (i = 0; i < 4; i++)
		close(buffers[i]);

	/* The last part cannot be had; the others have to be given back. */
	list.items[2].offset = SIZE;
	if (ioctl(device, UDMABUF_CREATE_LIST, &list) >= 0)
		errx(1, "a buffer was made of what is not in the file");
	list.items[2].offset = 0;
	list.items[2].memfd = device;
	if (ioctl(device, UDMABUF_CREATE_LIST, &list) >= 0)
		errx(1, "a buffer was made of what is no memory");
	if (create(memfd, 0, 2 * SIZE) >= 0)
		errx(1, "a buffer was made of more than there is");
	munmap(file, SIZE);
	munmap(other_file, SIZE);
	close(memfd);
	close(other);
}

static void killed(void)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		char *file;
		int memfd = new_memfd(0, &file);
		int buffer = create(memfd, 0, SIZE);

		if (buffer < 0)
			err(1, "UDMABUF_CREATE");
		memset(map_shared(buffer, SIZE), 0, SIZE);
		raise(SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the child ended by itself");
}

int main(void)
{
	device = open("/dev/udmabuf", O_RDWR);
	if (device < 0)
		err(1, "/dev/udmabuf");
	whole_buffer(0);
	whole_buffer(MFD_HUGETLB);
	shared_pages(0);
	shared_pages(MFD_HUGETLB);
	killed();
	printf("the buffers were as expected\n");
	return 0;
}
