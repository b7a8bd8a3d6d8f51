// SPDX-License-Identifier: GPL-2.0
/*
 * Registers memory with an RDMA device and looks for trouble: gives it up while
 * it is registered, forks, is killed, and registers what is not all there.
 *
 *	rdma_regions /dev/infiniband/uverbsN
 *
 * Speaks to the kernel without a library, in the old way of write(), which knows
 * all that is needed here.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rdma/ib_user_ioctl_verbs.h>
#include <rdma/ib_user_verbs.h>

#include "pattern.h"

#define RIGHTS	(IB_UVERBS_ACCESS_LOCAL_WRITE | IB_UVERBS_ACCESS_REMOTE_READ | \
		 IB_UVERBS_ACCESS_REMOTE_WRITE)

/* Some drivers read and write something of their own behind the command. */
#define OWN_WORDS	4

static const char *device;
static int uverbs;
static __u32 domain;

/* Returns 0, or -1 with errno set. */
static int command(unsigned int nr, void *cmd, size_t cmd_size,
		   void *response, size_t response_size)
{
	struct {
		struct ib_uverbs_cmd_hdr head;
		__u32 words[64];
	} packet = { .head.command = nr };
	__u64 words[64] = { 0 };
	__u64 address = (uintptr_t)words;
	size_t size;

	if (response_size) {
		size = response_size + OWN_WORDS * 4;
		packet.head.out_words = size / 4;
		/* Every command with a response starts with its address. */
		memcpy(cmd, &address, sizeof(address));
	}
	size = sizeof(packet.head) + cmd_size + OWN_WORDS * 4;
	packet.head.in_words = size / 4;
	memcpy(packet.words, cmd, cmd_size);
	if (write(uverbs, &packet, size) != (ssize_t)size)
		return -1;
	memcpy(response, words, response_size);
	return 0;
}

static void open_device(void)
{
	struct ib_uverbs_get_context context = { 0 };
	struct ib_uverbs_get_context_resp context_response;
	struct ib_uverbs_alloc_pd pd = { 0 };
	struct ib_uverbs_alloc_pd_resp pd_response;

	uverbs = open(device, O_RDWR | O_CLOEXEC);
	if (uverbs < 0)
		err(1, "%s", device);
	if (command(IB_USER_VERBS_CMD_GET_CONTEXT, &context, sizeof(context),
		    &context_response, sizeof(context_response)))
		err(1, "GET_CONTEXT");
	if (command(IB_USER_VERBS_CMD_ALLOC_PD, &pd, sizeof(pd), &pd_response,
		    sizeof(pd_response)))
		err(1, "ALLOC_PD");
	domain = pd_response.pd_handle;
}

/* Returns a handle, or -1 with errno set. */
static long try_to_register(void *at, size_t len, unsigned int rights)
{
	struct ib_uverbs_reg_mr region = {
		.start = (uintptr_t)at,
		.length = len,
		.hca_va = (uintptr_t)at,
		.pd_handle = domain,
		.access_flags = rights,
	};
	struct ib_uverbs_reg_mr_resp response;

	if (command(IB_USER_VERBS_CMD_REG_MR, &region, sizeof(region),
		    &response, sizeof(response)))
		return -1;
	return response.mr_handle;
}

static __u32 register_region(void *at, size_t len, unsigned int rights)
{
	long handle = try_to_register(at, len, rights);

	if (handle < 0)
		err(1, "REG_MR of %zu bytes", len);
	return handle;
}

static void deregister(__u32 handle)
{
	struct ib_uverbs_dereg_mr region = { .mr_handle = handle };

	if (command(IB_USER_VERBS_CMD_DEREG_MR, &region, sizeof(region), NULL, 0))
		err(1, "DEREG_MR");
}

/* A registered region may lose its memory; the device keeps the pages. */
static void every_sort_of_memory(void)
{
	char *small = map_pages(16 * PAGE_BYTES, 0);
	char *huge = map_pages(2 * HUGE_BYTES, MAP_HUGETLB);
	char *thp = map_thp(2 * HUGE_BYTES);
	int file = open_memfd(0, 8 * PAGE_BYTES);
	char *shared = map_shared(file, 8 * PAGE_BYTES);
	__u32 handles[8];
	int i;

	/* Nothing was written: these are the zero page, which is never pinned. */
	handles[0] = register_region(small, 16 * PAGE_BYTES, 0);
	/* Not from the start of a page on, and a page in two regions. */
	handles[1] = register_region(small + 100, 5 * PAGE_BYTES, RIGHTS);
	handles[2] = register_region(huge, 2 * HUGE_BYTES, RIGHTS);
	handles[3] = register_region(huge + PAGE_BYTES, HUGE_BYTES, RIGHTS);
	handles[4] = register_region(thp, 2 * HUGE_BYTES, RIGHTS);
	handles[5] = register_region(thp + 3 * PAGE_BYTES, 600 * PAGE_BYTES, RIGHTS);
	handles[6] = register_region(shared, 8 * PAGE_BYTES, RIGHTS);
	handles[7] = register_region(shared, PAGE_BYTES, 0);

	if (madvise(small, 4 * PAGE_BYTES, MADV_DONTNEED) ||
	    madvise(thp, PAGE_BYTES, MADV_DONTNEED) ||
	    mprotect(thp + HUGE_BYTES, PAGE_BYTES, PROT_READ) ||
	    munmap(thp + HUGE_BYTES + 8 * PAGE_BYTES, 8 * PAGE_BYTES))
		err(1, "madvise, mprotect, munmap");
	if (fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		      4 * PAGE_BYTES))
		err(1, "PUNCH_HOLE");
	munmap(small, 16 * PAGE_BYTES);
	munmap(huge, HUGE_BYTES);

	for (i = 0; i < 8; i++)
		deregister(handles[i]);
	munmap(huge + HUGE_BYTES, HUGE_BYTES);
	munmap(shared, 8 * PAGE_BYTES);
	close(file);
}

/* What was pinned ahead of the hole has to be given back. */
static void memory_with_a_hole(void)
{
	char *at = map_pages(1024 * PAGE_BYTES, 0);
	char *readonly = map_pages(8 * PAGE_BYTES, 0);

	munmap(at + 700 * PAGE_BYTES, PAGE_BYTES);
	if (try_to_register(at, 1024 * PAGE_BYTES, RIGHTS) >= 0)
		errx(1, "memory with a hole was registered");
	if (mprotect(readonly + 4 * PAGE_BYTES, PAGE_BYTES, PROT_READ))
		err(1, "mprotect");
	if (try_to_register(readonly, 8 * PAGE_BYTES, RIGHTS) >= 0)
		errx(1, "memory that is read-only was registered for writing");
	deregister(register_region(at, 700 * PAGE_BYTES, RIGHTS));
}

/* Pinned pages are copied when the process forks, not later. */
static void fork_with_region(void)
{
	char *at = map_pages(64 * PAGE_BYTES, 0);
	char *thp = map_thp(HUGE_BYTES);
	__u32 handles[2];
	int status;
	pid_t pid;

	pattern_fill(at, 64 * PAGE_BYTES, 1);
	pattern_fill(thp, HUGE_BYTES, 2);
	handles[0] = register_region(at, 64 * PAGE_BYTES, RIGHTS);
	handles[1] = register_region(thp, HUGE_BYTES, RIGHTS);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		pattern_check(at, 64 * PAGE_BYTES, 0, 1, "in the child");
		pattern_check(thp, HUGE_BYTES, 0, 2, "in the child");
		memset(at, 0, 32 * PAGE_BYTES);
		memset(thp, 0, HUGE_BYTES / 2);
		_exit(0);
	}
	memset(at + 32 * PAGE_BYTES, 0, 32 * PAGE_BYTES);
	if (waitpid(pid, &status, 0) != pid || status)
		errx(1, "the child failed");
	pattern_check(at, 32 * PAGE_BYTES, 0, 1, "in the parent");
	deregister(handles[0]);
	deregister(handles[1]);
}

/* The kernel has to clean up when the last who has the device open goes. */
static void die_with_region(int sig)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		char *huge = map_pages(HUGE_BYTES, MAP_HUGETLB);
		char *thp = map_thp(HUGE_BYTES);

		open_device();
		register_region(map_pages(300 * PAGE_BYTES, 0), 300 * PAGE_BYTES,
				RIGHTS);
		register_region(huge, HUGE_BYTES, RIGHTS);
		register_region(thp, HUGE_BYTES, RIGHTS);
		if (sig)
			raise(sig);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "waitpid");
	if (sig ? !WIFSIGNALED(status) || WTERMSIG(status) != sig : status)
		errx(1, "the child ended with status %#x", status);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: rdma_regions /dev/infiniband/uverbsN");
	device = argv[1];
	open_device();
	every_sort_of_memory();
	memory_with_a_hole();
	fork_with_region();
	die_with_region(0);
	die_with_region(SIGKILL);
	printf("all regions were as expected\n");
	return 0;
}
