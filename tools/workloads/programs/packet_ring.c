// SPDX-License-Identifier: GPL-2.0
/*
 * Sends and receives packets through rings that are mapped into this process, and
 * has others acquire the pages of the rings.
 *
 *	packet_ring FROM TO
 *
 * What is sent on the interface FROM must come in on the interface TO.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "pattern.h"

/* For experiments in a local network */
#define PROTOCOL	0x88b5

#define FRAME_BYTES	2048
#define NR_FRAMES	32
#define NR_PACKETS	100
#define PACKET_BYTES	1000

struct ring {
	int fd;
	char *at;
	unsigned int next;
};

static void open_ring(struct ring *ring, const char *interface, int type)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(PROTOCOL),
		.sll_ifindex = if_nametoindex(interface),
	};
	struct tpacket_req req = {
		.tp_block_size = 4 * PAGE_BYTES,
		.tp_block_nr = NR_FRAMES * FRAME_BYTES / (4 * PAGE_BYTES),
		.tp_frame_size = FRAME_BYTES,
		.tp_frame_nr = NR_FRAMES,
	};
	int version = TPACKET_V2;

	if (!address.sll_ifindex)
		err(1, "%s", interface);
	ring->fd = socket(AF_PACKET, SOCK_RAW, htons(PROTOCOL));
	if (ring->fd < 0)
		err(1, "socket");
	if (setsockopt(ring->fd, SOL_PACKET, PACKET_VERSION, &version,
		       sizeof(version)))
		err(1, "PACKET_VERSION");
	if (setsockopt(ring->fd, SOL_PACKET, type, &req, sizeof(req)))
		err(1, "ring");
	ring->at = map_shared(ring->fd, NR_FRAMES * FRAME_BYTES);
	if (bind(ring->fd, (void *)&address, sizeof(address)))
		err(1, "bind");
	ring->next = 0;
}

static struct tpacket2_hdr *next_frame(struct ring *ring)
{
	unsigned int frame = ring->next++ % NR_FRAMES;

	return (void *)(ring->at + frame * FRAME_BYTES);
}

static void await(struct ring *ring, struct tpacket2_hdr *frame,
		  unsigned int status, int events)
{
	struct pollfd poll_fd = { .fd = ring->fd, .events = events };
	unsigned int now;
	int i;

	for (i = 0; i < 100; i++) {
		now = __atomic_load_n(&frame->tp_status, __ATOMIC_ACQUIRE);
		if (status ? now & status : now == TP_STATUS_AVAILABLE)
			return;
		poll(&poll_fd, 1, 100);
	}
	errx(1, "a frame of a ring is stuck with status %#x", now);
}

static void send_packet(struct ring *ring, unsigned int seed)
{
	struct tpacket2_hdr *frame = next_frame(ring);
	char *at = (char *)frame + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);
	struct ethhdr *head = (void *)at;

	await(ring, frame, 0, POLLOUT);
	memset(head, 0xff, sizeof(*head));
	head->h_proto = htons(PROTOCOL);
	pattern_fill(head + 1, PACKET_BYTES, seed);
	frame->tp_len = sizeof(*head) + PACKET_BYTES;
	__atomic_store_n(&frame->tp_status, TP_STATUS_SEND_REQUEST,
			 __ATOMIC_RELEASE);
	if (send(ring->fd, NULL, 0, 0) < 0)
		err(1, "send");
}

static void receive_packet(struct ring *ring, unsigned int seed)
{
	struct tpacket2_hdr *frame = next_frame(ring);
	char *packet = (char *)frame, *at, copy[PACKET_BYTES];
	struct iovec local = { copy, sizeof(copy) };
	struct iovec remote;
	int ends[2];

	await(ring, frame, TP_STATUS_USER, POLLIN);
	at = packet + frame->tp_mac + sizeof(struct ethhdr);
	remote = (struct iovec){ at, PACKET_BYTES };
	pattern_check(at, PACKET_BYTES, 0, seed, "a packet");

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != PACKET_BYTES)
		err(1, "process_vm_readv of a ring");
	pattern_check(copy, PACKET_BYTES, 0, seed, "a copy of a packet");
	/* Half of it is left in the pipe. */
	if (pipe(ends))
		err(1, "pipe");
	if (vmsplice(ends[1], &remote, 1, 0) != PACKET_BYTES)
		err(1, "vmsplice of a ring");
	if (read(ends[0], copy, PACKET_BYTES / 2) != PACKET_BYTES / 2)
		err(1, "read from a pipe");
	pattern_check(copy, PACKET_BYTES / 2, 0, seed, "a packet from a pipe");
	close(ends[0]);
	close(ends[1]);
	__atomic_store_n(&frame->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

int main(int argc, char **argv)
{
	struct ring to, from;
	struct iovec iov;
	int ends[2], i;
	char byte;

	if (argc != 3)
		errx(2, "usage: packet_ring FROM TO");
	open_ring(&to, argv[2], PACKET_RX_RING);
	open_ring(&from, argv[1], PACKET_TX_RING);
	for (i = 0; i < NR_PACKETS; i++) {
		send_packet(&from, i);
		receive_packet(&to, i);
	}

	/* A page of the ring outlives it in a pipe. */
	iov = (struct iovec){ to.at, 3 * PAGE_BYTES };
	if (pipe(ends) || vmsplice(ends[1], &iov, 1, 0) <= 0)
		err(1, "vmsplice of a ring");
	munmap(to.at, NR_FRAMES * FRAME_BYTES);
	munmap(from.at, NR_FRAMES * FRAME_BYTES);
	close(to.fd);
	close(from.fd);
	if (read(ends[0], &byte, 1) != 1)
		err(1, "read from a pipe");
	printf("%d packets arrived\n", NR_PACKETS);
	return 0;
}
