// SPDX-License-Identifier: GPL-2.0
/*
 * Plays a disk behind vDPA, with memory of its own registered for what is read and
 * written: the kernel copies it there, page by page.
 *
 *	vduse_disk NAME BLOCK-DEVICE
 *
 * BLOCK-DEVICE is what the disk will be, when virtio_vdpa has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <linux/vduse.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "dma_maps.h"

/* What the kernel may map at a time; memory is registered for all of it, at once. */
#define SIZE		HUGE_BYTES
#define DISK_BYTES	(256 * PAGE_BYTES)
#define IO_BYTES	(64 * PAGE_BYTES)
#define QUEUE_SIZE	64
#define SECTOR_BYTES	512

static char device_name[VDUSE_NAME_MAX];
static char disk[DISK_BYTES];
static int device, kick, block;

/* Held while a request is served, and while memory is registered, or no longer is. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *registered;
static bool running;
static __u16 seen;

/*
 * The device's side
 */

/* What the driver has at @iova, which unmap_iova() gives back */
static char *map_iova(__u64 iova, size_t len, bool write)
{
	struct vduse_iotlb_entry entry = { .start = iova, .last = iova + len - 1 };
	size_t within = iova % PAGE_BYTES;
	char *at;
	int fd;

	if (registered && iova < SIZE)
		return registered + iova;
	fd = ioctl(device, VDUSE_IOTLB_GET_FD, &entry);
	if (fd < 0 || entry.start > iova || entry.last < iova + len - 1)
		err(1, "VDUSE_IOTLB_GET_FD");
	at = mmap(NULL, within + len, PROT_READ | (write ? PROT_WRITE : 0),
		  MAP_SHARED, fd, entry.offset + iova - within - entry.start);
	if (at == MAP_FAILED)
		err(1, "mmap of what the driver mapped");
	close(fd);
	return at + within;
}

static void unmap_iova(char *at, __u64 iova, size_t len)
{
	size_t within = iova % PAGE_BYTES;

	if (registered && iova < SIZE)
		return;
	if (munmap(at - within, within + len))
		err(1, "munmap");
}

static void copy_from_iova(void *to, __u64 iova, size_t len)
{
	char *at = map_iova(iova, len, false);

	memcpy(to, at, len);
	unmap_iova(at, iova, len);
}

static void copy_to_iova(__u64 iova, const void *from, size_t len)
{
	char *at = map_iova(iova, len, true);

	memcpy(at, from, len);
	unmap_iova(at, iova, len);
}

/* The descriptors from @head on: header, data, status. Returns what was written. */
static __u32 serve_request(const struct vring_desc *table, __u16 head)
{
	const struct vring_desc *desc = &table[head];
	struct virtio_blk_outhdr header;
	__u8 status = VIRTIO_BLK_S_OK;
	__u32 written = 0;
	size_t pos;

	copy_from_iova(&header, desc->addr, sizeof(header));
	pos = header.sector * SECTOR_BYTES;
	while (desc->flags & VRING_DESC_F_NEXT) {
		desc = &table[desc->next];
		if (!(desc->flags & VRING_DESC_F_NEXT))
			break;
		if (header.type > VIRTIO_BLK_T_OUT || pos > DISK_BYTES ||
		    desc->len > DISK_BYTES - pos) {
			status = VIRTIO_BLK_S_UNSUPP;
		} else if (header.type == VIRTIO_BLK_T_OUT) {
			copy_from_iova(disk + pos, desc->addr, desc->len);
		} else {
			copy_to_iova(desc->addr, disk + pos, desc->len);
			written += desc->len;
		}
		pos += desc->len;
	}
	copy_to_iova(desc->addr, &status, sizeof(status));
	return written + sizeof(status);
}

static void serve_queue(void)
{
	size_t avail_len = sizeof(struct vring_avail) + QUEUE_SIZE * sizeof(__u16);
	size_t used_len = sizeof(struct vring_used) +
			  QUEUE_SIZE * sizeof(struct vring_used_elem);
	struct vduse_vq_info info = { 0 };
	struct vring_desc table[QUEUE_SIZE];
	struct vring_avail *avail;
	struct vring_used *used;
	__u32 queue = 0;

	if (ioctl(device, VDUSE_VQ_GET_INFO, &info))
		err(1, "VDUSE_VQ_GET_INFO");
	if (!info.ready || info.num != QUEUE_SIZE)
		return;
	avail = (void *)map_iova(info.driver_addr, avail_len, false);
	used = (void *)map_iova(info.device_addr, used_len, true);
	/* Pairs with the driver's barrier ahead of the index. */
	while (seen != __atomic_load_n(&avail->idx, __ATOMIC_ACQUIRE)) {
		struct vring_used_elem *elem = &used->ring[seen % QUEUE_SIZE];

		copy_from_iova(table, info.desc_addr, sizeof(table));
		elem->id = avail->ring[seen % QUEUE_SIZE];
		elem->len = serve_request(table, elem->id);
		seen++;
		__atomic_store_n(&used->idx, seen, __ATOMIC_RELEASE);
		if (ioctl(device, VDUSE_VQ_INJECT_IRQ, &queue))
			err(1, "VDUSE_VQ_INJECT_IRQ");
	}
	unmap_iova((char *)avail, info.driver_addr, avail_len);
	unmap_iova((char *)used, info.device_addr, used_len);
}

static void serve_message(void)
{
	struct vduse_vq_eventfd event = { .fd = kick };
	struct vduse_dev_request request;
	struct vduse_dev_response response = { .result = VDUSE_REQ_RESULT_OK };

	if (read(device, &request, sizeof(request)) != sizeof(request)) {
		if (errno == EAGAIN)
			return;
		err(1, "reading a message of the kernel");
	}
	if (request.type == VDUSE_SET_STATUS) {
		running = request.s.status & VIRTIO_CONFIG_S_DRIVER_OK;
		/* A reset has forgotten it. */
		if (running && ioctl(device, VDUSE_VQ_SETUP_KICKFD, &event))
			err(1, "VDUSE_VQ_SETUP_KICKFD");
		if (!request.s.status)
			seen = 0;
	} else if (request.type == VDUSE_GET_VQ_STATE) {
		response.vq_state.split.avail_index = seen;
	}
	response.request_id = request.request_id;
	if (write(device, &response, sizeof(response)) != sizeof(response))
		err(1, "answering the kernel");
}

/* Never sleeps in the kernel with the device, so that closing it releases it. */
static void *serve(void *unused)
{
	eventfd_t kicks;

	(void)unused;
	for (;;) {
		pthread_mutex_lock(&lock);
		serve_message();
		if (running && !eventfd_read(kick, &kicks))
			serve_queue();
		pthread_mutex_unlock(&lock);
		usleep(500);
	}
	return NULL;
}

static int open_vduse(const char *name)
{
	char path[VDUSE_NAME_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "/dev/vduse/%s", name);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

static int open_control(void)
{
	int control = open_vduse("control");
	__u64 version = VDUSE_API_VERSION;

	if (ioctl(control, VDUSE_SET_API_VERSION, &version))
		err(1, "VDUSE_SET_API_VERSION");
	return control;
}

static void run(const char *format, ...)
{
	char command[2 * VDUSE_NAME_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command))
		errx(1, "failed: %s", command);
}

static void start(void)
{
	struct virtio_blk_config blk = { .capacity = DISK_BYTES / SECTOR_BYTES };
	struct vduse_dev_config *config = calloc(1, sizeof(*config) + sizeof(blk));
	struct vduse_vq_config queue = { .max_size = QUEUE_SIZE };
	int control = open_control();
	pthread_t server;

	if (!config)
		err(1, "calloc");
	memcpy(config->name, device_name, sizeof(device_name));
	config->device_id = VIRTIO_ID_BLOCK;
	config->features = 1ULL << VIRTIO_F_ACCESS_PLATFORM |
			   1ULL << VIRTIO_F_VERSION_1;
	config->vq_num = 1;
	config->vq_align = PAGE_BYTES;
	config->config_size = sizeof(blk);
	memcpy(config->config, &blk, sizeof(blk));
	if (ioctl(control, VDUSE_CREATE_DEV, config))
		err(1, "VDUSE_CREATE_DEV");
	free(config);
	close(control);

	run("echo %lu > /sys/class/vduse/%s/bounce_size", SIZE, device_name);
	device = open_vduse(device_name);
	kick = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (kick < 0 || ioctl(device, VDUSE_VQ_SETUP, &queue))
		err(1, "VDUSE_VQ_SETUP");
	errno = pthread_create(&server, NULL, serve, NULL);
	if (errno)
		err(1, "pthread_create");
	run("vdpa dev add name %s mgmtdev vduse", device_name);
}

static void stop(void)
{
	int control = open_control();

	close(block);
	run("vdpa dev del %s", device_name);
	pthread_mutex_lock(&lock);
	close(device);
	if (ioctl(control, VDUSE_DESTROY_DEV, device_name))
		err(1, "VDUSE_DESTROY_DEV");
}

/*
 * Memory
 */

static int try_register(void *at)
{
	struct vduse_iova_umem memory = {
		.uaddr = (uintptr_t)at,
		.size = SIZE,
	};

	return ioctl(device, VDUSE_IOTLB_REG_UMEM, &memory);
}

static void register_memory(char *at)
{
	pthread_mutex_lock(&lock);
	if (try_register(at))
		err(1, "VDUSE_IOTLB_REG_UMEM");
	registered = at;
	pthread_mutex_unlock(&lock);
}

static void deregister_memory(void)
{
	struct vduse_iova_umem memory = { .size = SIZE };

	pthread_mutex_lock(&lock);
	if (ioctl(device, VDUSE_IOTLB_DEREG_UMEM, &memory))
		err(1, "VDUSE_IOTLB_DEREG_UMEM");
	registered = NULL;
	pthread_mutex_unlock(&lock);
}

/* Writes to the disk and reads it again. */
static void use_disk(unsigned int seed)
{
	char *at = map_pages(IO_BYTES, 0);

	pattern_fill(at, IO_BYTES, seed);
	if (pwrite(block, at, IO_BYTES, 0) != IO_BYTES)
		err(1, "writing to the disk");
	memset(at, 0, IO_BYTES);
	if (pread(block, at, IO_BYTES, 0) != IO_BYTES)
		err(1, "reading from the disk");
	pattern_check(at, IO_BYTES, 0, seed, "the disk");
	munmap(at, IO_BYTES);
}

static bool was_written(const char *at)
{
	size_t pos;

	for (pos = 0; pos < SIZE; pos++)
		if (at[pos])
			return true;
	return false;
}

/* @at goes away before it is given back. */
static void with_memory(char *at, const char *what)
{
	memset(at, 0, SIZE);
	register_memory(at);
	if (!try_register(at) || errno != EEXIST)
		errx(1, "%s: registered as well", what);
	use_disk(1);
	if (!was_written(at))
		errx(1, "%s: nothing came by", what);
	deregister_memory();
	use_disk(2);
	register_memory(at);
	if (munmap(at, SIZE))
		err(1, "munmap");
	deregister_memory();
}

/* What was pinned ahead of the hole has to be given back. */
static void with_a_hole(void)
{
	char *at = map_pages(SIZE, 0);

	if (mprotect(at + 300 * PAGE_BYTES, PAGE_BYTES, PROT_READ))
		err(1, "mprotect");
	if (!try_register(at))
		errx(1, "memory that is read-only was registered");
	if (munmap(at + 300 * PAGE_BYTES, PAGE_BYTES))
		err(1, "munmap");
	if (!try_register(at))
		errx(1, "memory with a hole was registered");
	munmap(at, SIZE);
}

/* Registered, and no longer, while somebody else uses the disk */
static void meanwhile(void)
{
	char *at = map_pages(SIZE, 0);
	int i, status;
	pid_t pid;

	register_memory(at);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		for (i = 0; i < 50; i++)
			use_disk(i);
		_exit(0);
	}
	for (i = 0; !waitpid(pid, &status, WNOHANG); i++) {
		usleep(1000);
		deregister_memory();
		usleep(1000);
		register_memory(at);
	}
	if (status)
		errx(1, "the child ended with status %#x", status);
	printf("registered %d times while the disk was used\n", i);
	deregister_memory();
	munmap(at, SIZE);
}

/* Closed, or the last who has it open is killed, with memory registered */
static void closed(bool by_kill)
{
	int status;
	pid_t pid;

	pthread_mutex_lock(&lock);
	if (!by_kill && try_register(map_pages(SIZE, 0)))
		err(1, "VDUSE_IOTLB_REG_UMEM");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		if (!by_kill)
			_exit(0);
		/* The parent closes it meanwhile. */
		usleep(100000);
		if (try_register(map_pages(SIZE, 0)))
			_exit(1);
		raise(SIGKILL);
	}
	close(device);
	if (waitpid(pid, &status, 0) != pid ||
	    (by_kill ? !WIFSIGNALED(status) : status))
		errx(1, "the child ended with status %#x", status);
	device = open_vduse(device_name);
	pthread_mutex_unlock(&lock);
	use_disk(3);
}

int main(int argc, char **argv)
{
	if (argc != 3)
		errx(2, "usage: vduse_disk NAME BLOCK-DEVICE");
	snprintf(device_name, sizeof(device_name), "%s", argv[1]);
	dma_no_limit();
	start();
	block = open(argv[2], O_RDWR | O_DIRECT | O_CLOEXEC);
	if (block < 0)
		err(1, "%s", argv[2]);
	use_disk(0);
	with_memory(map_pages(SIZE, 0), "small pages");
	with_memory(map_thp(SIZE), "a huge page");
	with_memory(map_pages(SIZE, MAP_HUGETLB), "a page of hugetlbfs");
	with_memory(map_memfd(0, SIZE), "a memfd");
	with_a_hole();
	meanwhile();
	closed(false);
	closed(true);
	stop();
	return 0;
}
