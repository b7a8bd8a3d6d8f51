// SPDX-License-Identifier: GPL-2.0
/*
 * Sends packets from one AF_XDP socket to another, each with memory of its own.
 *
 *	xdp_sockets [-h] [-k] FROM TO
 *
 *	-h	memory of huge pages
 *	-k	be killed when half of the packets are there
 *
 * FROM and TO are the ends of a veth pair. A program of a few instructions, which
 * needs no compiler and no library, directs what comes in to the socket.
 */
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>

#include "pattern.h"

#define CHUNK_BYTES	2048
#define NR_CHUNKS	1024
#define MEMORY_BYTES	(NR_CHUNKS * CHUNK_BYTES)
#define RING_SIZE	64
#define NR_PACKETS	200
#define PACKET_BYTES	500
/* What stands before the pattern: any addresses, a protocol of no kind */
#define HEAD_BYTES	14

struct ring {
	void *at;
	size_t len;
	unsigned int *producer;
	unsigned int *consumer;
	void *entries;
};

struct endpoint {
	int fd;
	char *memory;
	struct ring fill, completion, rx, tx;
};

static int memory_flags;

static long sys_bpf(int cmd, union bpf_attr *attr, const char *what)
{
	long ret = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	if (ret < 0)
		err(1, "bpf: %s", what);
	return ret;
}

static struct ring map_ring(int fd, const struct xdp_ring_offset *offset,
			    off_t page, size_t entry)
{
	size_t len = offset->desc + RING_SIZE * entry;
	char *at = mmap(NULL, len, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, fd, page);

	if (at == MAP_FAILED)
		err(1, "mmap of a ring");
	return (struct ring) {
		.at = at,
		.len = len,
		.producer = (void *)(at + offset->producer),
		.consumer = (void *)(at + offset->consumer),
		.entries = at + offset->desc,
	};
}

static void open_endpoint(struct endpoint *end, const char *interface)
{
	struct xdp_umem_reg memory = {
		.len = MEMORY_BYTES,
		.chunk_size = CHUNK_BYTES,
	};
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP,
		.sxdp_ifindex = if_nametoindex(interface),
		.sxdp_flags = XDP_COPY,
	};
	static const int rings[] = { XDP_UMEM_FILL_RING,
		XDP_UMEM_COMPLETION_RING, XDP_RX_RING, XDP_TX_RING };
	struct xdp_mmap_offsets offsets;
	socklen_t len = sizeof(offsets);
	int size = RING_SIZE;
	unsigned int i;

	if (!address.sxdp_ifindex)
		err(1, "%s", interface);
	end->fd = socket(AF_XDP, SOCK_RAW, 0);
	if (end->fd < 0)
		err(1, "socket");
	end->memory = map_pages(MEMORY_BYTES, memory_flags);
	memory.addr = (uintptr_t)end->memory;
	if (setsockopt(end->fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory)))
		err(1, "XDP_UMEM_REG");
	for (i = 0; i < ARRAY_SIZE(rings); i++)
		if (setsockopt(end->fd, SOL_XDP, rings[i], &size, sizeof(size)))
			err(1, "a ring of %u entries", RING_SIZE);
	if (getsockopt(end->fd, SOL_XDP, XDP_MMAP_OFFSETS, &offsets, &len))
		err(1, "XDP_MMAP_OFFSETS");
	end->fill = map_ring(end->fd, &offsets.fr, XDP_UMEM_PGOFF_FILL_RING,
			     sizeof(__u64));
	end->completion = map_ring(end->fd, &offsets.cr,
				   XDP_UMEM_PGOFF_COMPLETION_RING,
				   sizeof(__u64));
	end->rx = map_ring(end->fd, &offsets.rx, XDP_PGOFF_RX_RING,
			   sizeof(struct xdp_desc));
	end->tx = map_ring(end->fd, &offsets.tx, XDP_PGOFF_TX_RING,
			   sizeof(struct xdp_desc));
	/* Whoever had the queue before gives it back a while after the end. */
	for (i = 0; bind(end->fd, (void *)&address, sizeof(address)); i++) {
		if (errno != EBUSY || i == 1000)
			err(1, "bind to %s", interface);
		usleep(10000);
	}
}

static void close_endpoint(struct endpoint *end)
{
	/* As long as they are mapped, the socket is open. */
	munmap(end->fill.at, end->fill.len);
	munmap(end->completion.at, end->completion.len);
	munmap(end->rx.at, end->rx.len);
	munmap(end->tx.at, end->tx.len);
	close(end->fd);
	munmap(end->memory, MEMORY_BYTES);
}

/* Memory that is not all there: what was pinned has to be given back. */
static void refuse_hole(void)
{
	char *at = map_pages(MEMORY_BYTES, 0);
	struct xdp_umem_reg memory = {
		.addr = (uintptr_t)at,
		.len = MEMORY_BYTES,
		.chunk_size = CHUNK_BYTES,
	};
	int fd = socket(AF_XDP, SOCK_RAW, 0);

	munmap(at + MEMORY_BYTES / 2, PAGE_BYTES);
	if (!setsockopt(fd, SOL_XDP, XDP_UMEM_REG, &memory, sizeof(memory)))
		errx(1, "memory with a hole was registered");
	close(fd);
	munmap(at, MEMORY_BYTES);
}

static bool is_empty(const struct ring *ring)
{
	return __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE) ==
	       *ring->consumer;
}

static void put_address(struct ring *ring, __u64 address)
{
	unsigned int at = *ring->producer;

	((__u64 *)ring->entries)[at % RING_SIZE] = address;
	__atomic_store_n(ring->producer, at + 1, __ATOMIC_RELEASE);
}

static void take(struct ring *ring)
{
	__atomic_store_n(ring->consumer, *ring->consumer + 1, __ATOMIC_RELEASE);
}

/* Sends @packet, and waits until its memory may be used again */
static void send_packet(struct endpoint *from, unsigned int packet)
{
	__u64 address = packet % NR_CHUNKS * CHUNK_BYTES;
	char *data = from->memory + address;
	unsigned int at = *from->tx.producer;
	int i;

	memset(data, 0xff, HEAD_BYTES);
	pattern_fill(data + HEAD_BYTES, PACKET_BYTES, packet);
	((struct xdp_desc *)from->tx.entries)[at % RING_SIZE] =
		(struct xdp_desc){ .addr = address, .len = HEAD_BYTES + PACKET_BYTES };
	__atomic_store_n(from->tx.producer, at + 1, __ATOMIC_RELEASE);
	for (i = 0; is_empty(&from->completion); i++) {
		if (i == 1000)
			errx(1, "packet %u was not sent", packet);
		if (sendto(from->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 &&
		    errno != EAGAIN && errno != EBUSY)
			err(1, "sendto");
		if (i)
			usleep(1000);
	}
	take(&from->completion);
}

static void receive_packet(struct endpoint *to, unsigned int packet)
{
	struct pollfd poll_fd = { .fd = to->fd, .events = POLLIN };
	struct xdp_desc desc;

	if (is_empty(&to->rx) && poll(&poll_fd, 1, 10000) != 1)
		errx(1, "packet %u did not arrive", packet);
	desc = ((struct xdp_desc *)to->rx.entries)[*to->rx.consumer % RING_SIZE];
	if (desc.len != HEAD_BYTES + PACKET_BYTES)
		errx(1, "packet %u arrived with %u bytes", packet, desc.len);
	pattern_check(to->memory + desc.addr + HEAD_BYTES, PACKET_BYTES, 0,
		      packet, "a packet");
	take(&to->rx);
	put_address(&to->fill, desc.addr & ~(__u64)(CHUNK_BYTES - 1));
}

/* Directs what comes in on @interface to @fd. The link lasts as long as its fd. */
static int direct(const char *interface, int fd, unsigned int mode)
{
	union bpf_attr map_attr = {
		.map_type = BPF_MAP_TYPE_XSKMAP,
		.key_size = sizeof(int),
		.value_size = sizeof(int),
		.max_entries = 1,
	};
	int map = sys_bpf(BPF_MAP_CREATE, &map_attr, "map");
	int queue = 0;
	union bpf_attr element_attr = {
		.map_fd = map,
		.key = (uintptr_t)&queue,
		.value = (uintptr_t)&fd,
	};
	/* return bpf_redirect_map(map, ctx->rx_queue_index, XDP_PASS); */
	struct bpf_insn insns[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1,
		  .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3,
		  .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr program_attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (uintptr_t)"GPL",
	};
	union bpf_attr link_attr = {
		.link_create = {
			.target_ifindex = if_nametoindex(interface),
			.attach_type = BPF_XDP,
			.flags = mode,
		},
	};
	int link;

	sys_bpf(BPF_MAP_UPDATE_ELEM, &element_attr, "map element");
	link_attr.link_create.prog_fd = sys_bpf(BPF_PROG_LOAD, &program_attr,
						"program");
	link = sys_bpf(BPF_LINK_CREATE, &link_attr, "link");
	close(link_attr.link_create.prog_fd);
	close(map);
	return link;
}

static void exchange(const char *from_name, const char *to_name,
		     unsigned int mode, bool kill)
{
	struct endpoint from, to;
	unsigned int i;
	int link;

	open_endpoint(&to, to_name);
	open_endpoint(&from, from_name);
	link = direct(to_name, to.fd, mode);
	/* From the end of the memory on, as far as it goes */
	for (i = 1; i < RING_SIZE; i++)
		put_address(&to.fill, (NR_CHUNKS - i) * CHUNK_BYTES);
	for (i = 0; i < NR_PACKETS; i++) {
		send_packet(&from, i);
		if (kill && i == NR_PACKETS / 2)
			raise(SIGKILL);
		receive_packet(&to, i);
	}
	/* Unmapped first, or closed first */
	close_endpoint(&from);
	munmap(to.memory, MEMORY_BYTES / 2);
	close(link);
	close_endpoint(&to);
}

static void be_killed(const char *from, const char *to, unsigned int mode)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		exchange(from, to, mode, true);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the child ended by itself");
}

int main(int argc, char **argv)
{
	static const unsigned int modes[] = { XDP_FLAGS_SKB_MODE,
					      XDP_FLAGS_DRV_MODE };
	bool kill = false;
	int option, i;

	while ((option = getopt(argc, argv, "hk")) != -1) {
		switch (option) {
		case 'h':
			memory_flags = MAP_HUGETLB;
			break;
		case 'k':
			kill = true;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2)
		errx(2, "usage: xdp_sockets [-h] [-k] FROM TO");
	refuse_hole();
	for (i = 0; i < 2; i++) {
		if (kill)
			be_killed(argv[optind], argv[optind + 1], modes[i]);
		else
			exchange(argv[optind], argv[optind + 1], modes[i], false);
	}
	printf("everything arrived\n");
	return 0;
}
