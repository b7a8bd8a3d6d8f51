// SPDX-License-Identifier: GPL-2.0
/*
 * Registers memory with a block device that user space plays, so that requests which
 * have their data there need no copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/io_uring.h>
#include <linux/ublk_cmd.h>

#include "pattern.h"

#define NR_PAGES	100
#define HOLE		70
#define RING_BYTES	(4 * PAGE_BYTES)

/* A ring of requests that have room for a command, of which there is one at a time */
static struct io_uring_params ring = { .flags = IORING_SETUP_SQE128 };
static char *queues, *requests;
static int ring_fd, control;

static void open_ring(void)
{
	ring_fd = syscall(SYS_io_uring_setup, 4, &ring);
	if (ring_fd < 0)
		err(1, "io_uring_setup");
	queues = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_POPULATE, ring_fd, IORING_OFF_SQ_RING);
	requests = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, ring_fd, IORING_OFF_SQES);
	if (queues == MAP_FAILED || requests == MAP_FAILED)
		err(1, "mmap of a ring");
}

static unsigned int *queue_word(__u32 offset)
{
	return (unsigned int *)(queues + offset);
}

/* Returns what the command comes to: an error is negative. */
static int command(unsigned int op, __u32 device, void *at, size_t len, __u64 data)
{
	struct io_uring_sqe *sqe = (struct io_uring_sqe *)requests;
	struct ublksrv_ctrl_cmd *cmd = (struct ublksrv_ctrl_cmd *)sqe->cmd;
	const struct io_uring_cqe *cqes =
		(const struct io_uring_cqe *)(queues + ring.cq_off.cqes);
	unsigned int *head = queue_word(ring.cq_off.head);
	int result;

	memset(sqe, 0, 2 * sizeof(*sqe));
	sqe->opcode = IORING_OP_URING_CMD;
	sqe->fd = control;
	sqe->cmd_op = op;
	cmd->dev_id = device;
	cmd->queue_id = -1;
	cmd->addr = (uintptr_t)at;
	cmd->len = len;
	cmd->data[0] = data;
	queue_word(ring.sq_off.array)[*queue_word(ring.sq_off.tail) &
				      (ring.sq_entries - 1)] = 0;
	__atomic_fetch_add(queue_word(ring.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring_fd, 1, 1, IORING_ENTER_GETEVENTS,
		    NULL, 0) != 1)
		err(1, "io_uring_enter");
	result = cqes[*head & (ring.cq_entries - 1)].res;
	__atomic_fetch_add(head, 1, __ATOMIC_RELEASE);
	return result;
}

static int add_buffer(__u32 device, void *at, size_t len, __u32 flags)
{
	struct ublk_shmem_buf_reg buffer = {
		.addr = (uintptr_t)at,
		.len = len,
		.flags = flags,
	};

	return command(UBLK_U_CMD_REG_BUF, device, &buffer, sizeof(buffer), 0);
}

static void expect(const char *what, int result, int wanted)
{
	if (result != wanted)
		errx(1, "%s: %d instead of %d", what, result, wanted);
}

int main(void)
{
	struct ublksrv_ctrl_dev_info info = {
		.nr_hw_queues = 1,
		.queue_depth = 4,
		.max_io_buf_bytes = 64 * PAGE_BYTES,
		.dev_id = -1,
		.ublksrv_pid = getpid(),
		.flags = UBLK_F_SHMEM_ZC | UBLK_F_CMD_IOCTL_ENCODE,
	};
	size_t len = NR_PAGES * PAGE_BYTES;
	char *shared, *huge, *hole;

	control = open("/dev/ublk-control", O_RDWR);
	if (control < 0)
		err(1, "/dev/ublk-control");
	open_ring();
	expect("ADD_DEV", command(UBLK_U_CMD_ADD_DEV, -1, &info, sizeof(info), 0), 0);

	shared = map_memfd(0, len);
	huge = map_memfd(MFD_HUGETLB, HUGE_BYTES);
	expect("REG_BUF", add_buffer(info.dev_id, shared, len, 0), 0);
	expect("REG_BUF, huge pages", add_buffer(info.dev_id, huge, HUGE_BYTES, 0), 1);
	expect("REG_BUF, to read only", add_buffer(info.dev_id, map_memfd(0, len), len,
						   UBLK_SHMEM_BUF_READ_ONLY), 2);
	/* The pages ahead of the hole have to be given back. */
	hole = map_memfd(0, len);
	if (munmap(hole + HOLE * PAGE_BYTES, PAGE_BYTES))
		err(1, "munmap");
	expect("REG_BUF with a hole", add_buffer(info.dev_id, hole, len, 0), -EFAULT);
	/* So have those that are there already. */
	expect("REG_BUF, again", add_buffer(info.dev_id, shared + PAGE_BYTES, PAGE_BYTES, 0),
	       -EEXIST);

	munmap(shared, len);
	expect("UNREG_BUF", command(UBLK_U_CMD_UNREG_BUF, info.dev_id, NULL, 0, 0), 0);
	munmap(huge, HUGE_BYTES);
	/* The others go with the device. */
	expect("DEL_DEV", command(UBLK_U_CMD_DEL_DEV, info.dev_id, NULL, 0, 0), 0);
	printf("the buffers were registered\n");
	return 0;
}
