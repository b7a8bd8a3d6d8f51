// SPDX-License-Identifier: GPL-2.0
/*
 * TLS in the kernel, on a TCP connection over the loopback device: records are
 * encrypted from user pages and decrypted into them.
 *
 *	ktls FILE
 *
 * FILE is made anew, and sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tls.h>

#include "pattern.h"

#ifndef TCP_ULP
#define TCP_ULP	31
#endif
#ifndef SOL_TLS
#define SOL_TLS	282
#endif

/* Four records; the sockets' buffers hold that. */
#define SIZE	(16 * PAGE_BYTES)

static void set_option(int fd, int option, const void *value, socklen_t len,
		       const char *what)
{
	if (setsockopt(fd, SOL_TLS, option, value, len))
		err(1, "%s", what);
}

/* From @ends[1] to @ends[0] */
static void connect_tls(int *ends, int version)
{
	struct tls12_crypto_info_aes_gcm_128 crypto = {
		.info.version = version,
		.info.cipher_type = TLS_CIPHER_AES_GCM_128,
		.key = "not a secret",
	};
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int one = 1, i;

	if (bind(listener, (void *)&address, sizeof(address)) ||
	    listen(listener, 1) ||
	    getsockname(listener, (void *)&address, &len))
		err(1, "listener");
	ends[1] = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(ends[1], (void *)&address, sizeof(address)))
		err(1, "connect");
	ends[0] = accept(listener, NULL, NULL);
	if (ends[0] < 0)
		err(1, "accept");
	close(listener);

	for (i = 0; i < 2; i++)
		if (setsockopt(ends[i], IPPROTO_TCP, TCP_ULP, "tls", 4))
			err(1, "TCP_ULP");
	set_option(ends[1], TLS_TX, &crypto, sizeof(crypto), "TLS_TX");
	set_option(ends[0], TLS_RX, &crypto, sizeof(crypto), "TLS_RX");
	set_option(ends[1], TLS_TX_ZEROCOPY_RO, &one, sizeof(one),
		   "TLS_TX_ZEROCOPY_RO");
	/* Or else nothing is decrypted in place. */
	if (version == TLS_1_3_VERSION)
		set_option(ends[0], TLS_RX_EXPECT_NO_PAD, &one, sizeof(one),
			   "TLS_RX_EXPECT_NO_PAD");
}

static void send_all(int fd, const char *at, size_t len, int flags)
{
	while (len) {
		ssize_t ret = send(fd, at, len, flags);

		if (ret < 0)
			err(1, "send");
		at += ret;
		len -= ret;
	}
}

static void expect(int fd, char *at, size_t len, unsigned int seed,
		   const char *what)
{
	size_t done = 0;

	memset(at, 0, len);
	while (done < len) {
		ssize_t ret = recv(fd, at + done, len - done, 0);

		if (ret <= 0)
			err(1, "%s: recv after %zu bytes", what, done);
		done += ret;
	}
	pattern_check(at, len, 0, seed, what);
}

/* Through a pipe, in which the pages of a user are */
static void splice_in(int fd, char *memory, unsigned int seed)
{
	struct iovec iov = { memory, SIZE };
	size_t done = 0;
	int ends[2];

	if (pipe(ends))
		err(1, "pipe");
	pattern_fill(memory, SIZE, seed);
	if (vmsplice(ends[1], &iov, 1, 0) != SIZE)
		err(1, "vmsplice");
	while (done < SIZE) {
		ssize_t ret = splice(ends[0], NULL, fd, NULL, SIZE - done, 0);

		if (ret <= 0)
			err(1, "splice to TLS");
		done += ret;
	}
	close(ends[0]);
	close(ends[1]);
}

static void splice_out(int fd, char *memory, unsigned int seed)
{
	size_t done = 0;
	int ends[2];

	if (pipe(ends))
		err(1, "pipe");
	while (done < SIZE) {
		ssize_t ret = splice(fd, NULL, ends[1], NULL, SIZE - done, 0);

		if (ret <= 0)
			err(1, "splice from TLS");
		if (read(ends[0], memory + done, ret) != ret)
			err(1, "read from a pipe");
		done += ret;
	}
	pattern_check(memory, SIZE, 0, seed, "splice from TLS");
	close(ends[0]);
	close(ends[1]);
}

static void exchange(int version, const char *path)
{
	char *from = map_pages(SIZE + PAGE_BYTES, 0);
	char *to = map_pages(SIZE + PAGE_BYTES, 0);
	int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	int ends[2];
	off_t pos = 0;

	if (file < 0)
		err(1, "%s", path);
	connect_tls(ends, version);

	pattern_fill(from, SIZE, 1);
	send_all(ends[1], from, SIZE, 0);
	expect(ends[0], to, SIZE, 1, "whole pages");
	pattern_fill(from + 100, SIZE - 50, 2);
	send_all(ends[1], from + 100, SIZE - 50, 0);
	expect(ends[0], to + 333, SIZE - 50, 2, "parts of pages");
	/* A record that is not full is copied, and waits for what follows. */
	pattern_fill(from, SIZE, 3);
	send_all(ends[1], from, 5000, MSG_MORE);
	send_all(ends[1], from + 5000, SIZE - 5000, 0);
	expect(ends[0], to, SIZE, 3, "with MSG_MORE");

	splice_in(ends[1], from, 4);
	expect(ends[0], to, SIZE, 4, "splice to TLS");
	pattern_fill(from, SIZE, 5);
	send_all(ends[1], from, SIZE, 0);
	splice_out(ends[0], to, 5);

	if (write(file, from, SIZE) != SIZE)
		err(1, "%s", path);
	while (pos < (off_t)SIZE)
		if (sendfile(ends[1], file, &pos, SIZE - pos) <= 0)
			err(1, "sendfile to TLS");
	expect(ends[0], to, SIZE, 5, "sendfile to TLS");

	/* Into memory that is not there, which must not be left half done */
	send_all(ends[1], from, 4 * PAGE_BYTES, 0);
	munmap(to + 2 * PAGE_BYTES, PAGE_BYTES);
	if (recv(ends[0], to, 4 * PAGE_BYTES, 0) >= 0 || errno != EFAULT)
		errx(1, "received into memory that is not there");

	close(ends[0]);
	close(ends[1]);
	close(file);
	unlink(path);
}

/* Killed while records wait on both sides. */
static void killed(int version)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		char *from = map_pages(SIZE, 0);
		int ends[2];

		connect_tls(ends, version);
		pattern_fill(from, SIZE, 1);
		send_all(ends[1], from, SIZE, 0);
		while (send(ends[1], from, SIZE, MSG_DONTWAIT) > 0)
			;
		raise(SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		errx(1, "the child ended by itself");
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: ktls FILE");
	exchange(TLS_1_2_VERSION, argv[1]);
	exchange(TLS_1_3_VERSION, argv[1]);
	killed(TLS_1_2_VERSION);
	printf("everything arrived\n");
	return 0;
}
