// SPDX-License-Identifier: GPL-2.0
/*
 * Has the kernel pin or get memory in one of the ways that programs seldom ask for, so
 * that it takes the paths that are seldom taken to give it back.
 *
 *	corner_cases CASE [FILE]
 *
 *	xdp		memory for AF_XDP, all of it there, and a part
 *	buffers		buffers for io_uring, which are given back
 *	partly		a buffer for io_uring, of which a part is there
 *	too-much	a buffer for io_uring, of more than this user may lock
 *	ring		a ring of buffers for io_uring
 *	udmabuf		a DMA buffer of a file in memory
 *	unaligned	a direct write to FILE from a huge page, but not from its start
 *	end		a direct read of FILE far beyond its end
 *	cut-off		a direct read of FILE, of which half a block can be had
 *	odd		a direct read of FILE, partly to where the device cannot write
 *	full-pipe	memory for a pipe in which there is too little room
 *	read-only-futex	a futex in memory that may not be written to
 *	bad-argument	a new program, of whose arguments one cannot be read
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <linux/futex.h>
#include <linux/if_xdp.h>
#include <linux/udmabuf.h>

#include "fixed_buffers.h"
#include "pattern.h"

#define NR_PAGES	16
#define HOLE		11
#define NOBODY		65534
#define DIRECT_BYTES	(64UL << 10)

static const char *file_name;

/* Pages of which one cannot be had. It stays mapped: nobody else gets its place. */
static void *with_hole(void)
{
	char *at = map_pages(NR_PAGES * PAGE_BYTES, MAP_POPULATE);

	if (mprotect(at + HOLE * PAGE_BYTES, PAGE_BYTES, PROT_NONE))
		err(1, "mprotect");
	return at;
}

static int register_xdp(int fd, void *at)
{
	struct xdp_umem_reg umem = {
		.addr = (uintptr_t)at,
		.len = NR_PAGES * PAGE_BYTES,
		.chunk_size = PAGE_BYTES,
	};

	return setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &umem, sizeof(umem));
}

static void xdp(void)
{
	int fd = socket(AF_XDP, SOCK_RAW, 0);

	if (fd < 0)
		err(1, "socket");
	if (!register_xdp(fd, with_hole()))
		errx(1, "memory with a hole was registered");
	if (register_xdp(fd, map_pages(NR_PAGES * PAGE_BYTES, 0)))
		err(1, "XDP_UMEM_REG");
	close(fd);
}

static void buffers(void)
{
	struct iovec buffer = {
		.iov_base = map_pages(NR_PAGES * PAGE_BYTES, 0),
		.iov_len = NR_PAGES * PAGE_BYTES,
	};
	struct fixed_buffers ring;

	fixed_buffers_open(&ring);
	fixed_buffers_register(&ring, &buffer, 1);
	fixed_buffers_unregister(&ring);
}

static void partly(void)
{
	struct iovec buffer = {
		.iov_base = with_hole(),
		.iov_len = NR_PAGES * PAGE_BYTES,
	};
	struct fixed_buffers ring;

	fixed_buffers_open(&ring);
	if (!fixed_buffers_try(&ring, &buffer, 1))
		errx(1, "a buffer with a hole was registered");
	if (errno != EFAULT)
		err(1, "IORING_REGISTER_BUFFERS");
}

static void too_much(void)
{
	struct rlimit limit = { PAGE_BYTES, PAGE_BYTES };
	struct iovec buffer = {
		.iov_base = map_pages(NR_PAGES * PAGE_BYTES, 0),
		.iov_len = NR_PAGES * PAGE_BYTES,
	};
	struct fixed_buffers ring;

	/* Who has privileges has no limit. */
	if (setrlimit(RLIMIT_MEMLOCK, &limit) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		err(1, "giving up privileges");
	fixed_buffers_open(&ring);
	if (!fixed_buffers_try(&ring, &buffer, 1))
		errx(1, "a buffer beyond the limit was registered");
	if (errno != ENOMEM)
		err(1, "IORING_REGISTER_BUFFERS");
}

static void ring_of_buffers(void)
{
	struct io_uring_buf_reg reg = {
		.ring_addr = (uintptr_t)map_pages(2 * PAGE_BYTES, 0),
		.ring_entries = 2 * PAGE_BYTES / sizeof(struct io_uring_buf),
	};
	struct fixed_buffers ring;

	fixed_buffers_open(&ring);
	if (syscall(__NR_io_uring_register, ring.fd, IORING_REGISTER_PBUF_RING,
		    &reg, 1))
		err(1, "IORING_REGISTER_PBUF_RING");
	if (syscall(__NR_io_uring_register, ring.fd,
		    IORING_UNREGISTER_PBUF_RING, &reg, 1))
		err(1, "IORING_UNREGISTER_PBUF_RING");
}

static void dma_buffer(void)
{
	int memfd = open_memfd(MFD_ALLOW_SEALING, NR_PAGES * PAGE_BYTES);
	int device = open("/dev/udmabuf", O_RDWR);
	struct udmabuf_create arg = {
		.memfd = memfd,
		.size = NR_PAGES * PAGE_BYTES,
	};
	int buffer;

	if (device < 0)
		err(1, "/dev/udmabuf");
	if (fcntl(memfd, F_ADD_SEALS, F_SEAL_SHRINK))
		err(1, "F_ADD_SEALS");
	buffer = ioctl(device, UDMABUF_CREATE, &arg);
	if (buffer < 0)
		err(1, "UDMABUF_CREATE");
	close(memfd);
	close(buffer);
	close(device);
}

static int open_direct(int flags)
{
	int fd = open(file_name, flags | O_DIRECT);

	if (fd < 0)
		err(1, "%s", file_name);
	return fd;
}

static void unaligned(void)
{
	char *at = map_pages(HUGE_BYTES, MAP_HUGETLB);
	int fd = open_direct(O_WRONLY);

	pattern_fill(at, 2 * DIRECT_BYTES, 0);
	if (pwrite(fd, at + 512, DIRECT_BYTES, 0) != (ssize_t)DIRECT_BYTES)
		err(1, "%s: write", file_name);
	close(fd);
}

static void end(void)
{
	char *at = map_pages(DIRECT_BYTES, 0);
	int fd = open_direct(O_RDONLY);
	ssize_t got = pread(fd, at, DIRECT_BYTES, 0);

	if (got < 0)
		err(1, "%s: read", file_name);
	if (got >= (ssize_t)(DIRECT_BYTES / 2))
		errx(1, "%s is too large", file_name);
	close(fd);
}

/* A direct read of two pieces, half a page each, of which the second cannot be read to */
static void half_read(void *second, int error)
{
	struct iovec pieces[] = {
		{ map_pages(PAGE_BYTES, MAP_POPULATE), PAGE_BYTES / 2 },
		{ second, PAGE_BYTES / 2 },
	};
	int fd = open_direct(O_RDONLY);

	if (preadv(fd, pieces, ARRAY_SIZE(pieces), 0) >= 0 || errno != error)
		errx(1, "half of what was wanted was read");
	close(fd);
}

/* A block of FILE has at least a page, and is read as a whole or not. */
static void cut_off(void)
{
	half_read(with_hole() + HOLE * PAGE_BYTES, EFAULT);
}

static void odd(void)
{
	half_read(map_pages(PAGE_BYTES, MAP_POPULATE) + 1, EINVAL);
}

/* The pages of a call are got sixteen at a time, which is what there is room for. */
static void full_pipe(void)
{
	struct iovec memory = {
		.iov_base = map_pages(2 * NR_PAGES * PAGE_BYTES, MAP_POPULATE),
		.iov_len = 2 * NR_PAGES * PAGE_BYTES,
	};
	int fds[2];

	if (pipe(fds))
		err(1, "pipe");
	if (vmsplice(fds[1], &memory, 1, SPLICE_F_NONBLOCK) !=
	    (ssize_t)(NR_PAGES * PAGE_BYTES))
		errx(1, "the pipe was not full");
	close(fds[0]);
	close(fds[1]);
}

static void read_only_futex(void)
{
	unsigned int *word = map_pages(PAGE_BYTES, MAP_POPULATE);

	if (mprotect(word, PAGE_BYTES, PROT_READ))
		err(1, "mprotect");
	if (!syscall(SYS_futex, word, FUTEX_WAIT, 1, NULL) || errno != EFAULT)
		errx(1, "a futex that may not be written to was accepted");
}

/* They are read from the last one. */
static void bad_argument(void)
{
	char * const arguments[] = { map_pages(PAGE_BYTES, 0), "some argument", NULL };

	if (mprotect(arguments[0], PAGE_BYTES, PROT_NONE))
		err(1, "mprotect");
	if (!execv("/bin/true", arguments) || errno != EFAULT)
		errx(1, "an argument that cannot be read was accepted");
}

static const struct corner_case {
	const char *name;
	void (*run)(void);
	bool on_file;
} corners[] = {
	{ "xdp", xdp, false },
	{ "buffers", buffers, false },
	{ "partly", partly, false },
	{ "too-much", too_much, false },
	{ "ring", ring_of_buffers, false },
	{ "udmabuf", dma_buffer, false },
	{ "unaligned", unaligned, true },
	{ "end", end, true },
	{ "cut-off", cut_off, true },
	{ "odd", odd, true },
	{ "full-pipe", full_pipe, false },
	{ "read-only-futex", read_only_futex, false },
	{ "bad-argument", bad_argument, false },
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(corners); i++) {
		if (argc >= 2 && !strcmp(argv[1], corners[i].name) &&
		    argc == 2 + corners[i].on_file) {
			file_name = argv[2];
			corners[i].run();
			return 0;
		}
	}
	fprintf(stderr, "usage: corner_cases CASE [FILE]\n");
	for (i = 0; i < ARRAY_SIZE(corners); i++)
		fprintf(stderr, "\t%s%s\n", corners[i].name,
			corners[i].on_file ? " FILE" : "");
	return 2;
}
