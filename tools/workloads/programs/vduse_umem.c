// SPDX-License-Identifier: GPL-2.0
/*
 * Is a network device in user space, and gives the kernel memory of its own for the
 * data that go to it and come from it. No packet ever comes.
 *
 *	vduse_umem
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/vduse.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_net.h>

#include "pattern.h"

#define NAME	"workload"
/* The smallest that can be asked for */
#define SIZE	(256 * PAGE_BYTES)

static int device;
static pthread_t thread;

static void run(const char *command)
{
	if (system(command))
		errx(1, "failed: %s", command);
}

/* Whatever the kernel asks, it is all right. */
static void *answer(void *unused)
{
	struct vduse_dev_request request;

	(void)unused;
	for (;;) {
		struct vduse_dev_response response = {
			.result = VDUSE_REQ_RESULT_OK,
		};

		if (read(device, &request, sizeof(request)) != sizeof(request))
			err(1, "a request for the device");
		response.request_id = request.request_id;
		if (request.type == VDUSE_GET_VQ_STATE)
			response.vq_state.index = request.vq_state.index;
		if (write(device, &response, sizeof(response)) != sizeof(response))
			err(1, "what the device says to that");
	}
	return NULL;
}

static void make_device(int control)
{
	struct {
		struct vduse_dev_config config;
		struct virtio_net_config net;
	} new = {
		.config = {
			.name = NAME,
			.device_id = VIRTIO_ID_NET,
			.features = 1ULL << VIRTIO_F_VERSION_1 |
				    1ULL << VIRTIO_F_ACCESS_PLATFORM,
			.vq_num = 2,
			.vq_align = PAGE_BYTES,
			.config_size = sizeof(new.net),
		},
	};
	struct vduse_vq_config queue = { .max_size = 64 };

	if (ioctl(control, VDUSE_CREATE_DEV, &new))
		err(1, "VDUSE_CREATE_DEV");
	device = open("/dev/vduse/" NAME, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "/dev/vduse/" NAME);
	for (; queue.index < 2; queue.index++)
		if (ioctl(device, VDUSE_VQ_SETUP, &queue))
			err(1, "VDUSE_VQ_SETUP");
	if (pthread_create(&thread, NULL, answer, NULL))
		errx(1, "pthread_create");
	run("echo 1048576 > /sys/class/vduse/" NAME "/bounce_size");
	run("vdpa dev add name " NAME " mgmtdev vduse");
	/* With the first buffer for a packet, there is something to replace. */
	run("ip link set $(ls /sys/bus/virtio/drivers/virtio_net/*/net | tail -n 1) up");
}

static int give(void *at)
{
	struct vduse_iova_umem umem = { .uaddr = (uintptr_t)at, .size = SIZE };

	return ioctl(device, VDUSE_IOTLB_REG_UMEM, &umem);
}

static void give_and_take(void *at)
{
	struct vduse_iova_umem umem = { .size = SIZE };

	if (give(at))
		err(1, "VDUSE_IOTLB_REG_UMEM");
	/* There can be only one. */
	if (!give(at) || errno != EEXIST)
		errx(1, "memory was registered twice");
	if (ioctl(device, VDUSE_IOTLB_DEREG_UMEM, &umem))
		err(1, "VDUSE_IOTLB_DEREG_UMEM");
}

int main(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	int control = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);
	char name[VDUSE_NAME_MAX] = NAME;
	__u64 version = VDUSE_API_VERSION;
	char *holed = map_pages(SIZE, 0);

	if (control < 0)
		err(1, "/dev/vduse/control");
	if (setrlimit(RLIMIT_MEMLOCK, &all) ||
	    ioctl(control, VDUSE_SET_API_VERSION, &version))
		err(1, "RLIMIT_MEMLOCK, VDUSE_SET_API_VERSION");
	make_device(control);
	give_and_take(map_pages(SIZE, 0));
	give_and_take(map_thp(HUGE_BYTES));
	give_and_take(map_pages(HUGE_BYTES, MAP_HUGETLB));
	if (munmap(holed + SIZE / 2, PAGE_BYTES))
		err(1, "munmap");
	if (!give(holed))
		errx(1, "memory with a hole was registered");
	/* To be given back when the device is closed */
	if (give(map_pages(SIZE, 0)))
		err(1, "VDUSE_IOTLB_REG_UMEM");
	run("vdpa dev del " NAME);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close(device);
	if (ioctl(control, VDUSE_DESTROY_DEV, name))
		err(1, "VDUSE_DESTROY_DEV");
	return 0;
}
