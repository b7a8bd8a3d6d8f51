// SPDX-License-Identifier: GPL-2.0
/*
 * Is a vDPA device in user space, and gives the kernel memory of its own for the
 * data that go to it and come from it.
 *
 *	vduse_umem
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vduse.h>
#include <linux/virtio_blk.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include "pattern.h"

#define NAME	"workload"
/* The smallest that can be asked for */
#define SIZE	(1UL << 20)

static int device;

static void run(const char *command)
{
	if (system(command))
		errx(1, "failed: %s", command);
}

static void make_device(int control)
{
	struct {
		struct vduse_dev_config config;
		struct virtio_blk_config block;
	} new = {
		.config = {
			.name = NAME,
			.device_id = VIRTIO_ID_BLOCK,
			.features = 1ULL << VIRTIO_F_VERSION_1 |
				    1ULL << VIRTIO_F_ACCESS_PLATFORM,
			.vq_num = 1,
			.vq_align = PAGE_BYTES,
			.config_size = sizeof(new.block),
		},
	};
	struct vduse_vq_config queue = { .max_size = 64 };

	if (ioctl(control, VDUSE_CREATE_DEV, &new))
		err(1, "VDUSE_CREATE_DEV");
	device = open("/dev/vduse/" NAME, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "/dev/vduse/" NAME);
	if (ioctl(device, VDUSE_VQ_SETUP, &queue))
		err(1, "VDUSE_VQ_SETUP");
	run("echo 1048576 > /sys/class/vduse/" NAME "/bounce_size");
	run("vdpa dev add name " NAME " mgmtdev vduse");
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

static void die_with_memory(void)
{
	int status;
	pid_t pid;

	/* Only one process may have the device open. */
	close(device);
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (!pid) {
		device = open("/dev/vduse/" NAME, O_RDWR | O_CLOEXEC);
		if (device < 0 || give(map_pages(SIZE, 0)))
			err(1, "in the child");
		raise(SIGKILL);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGKILL)
		errx(1, "the child ended with status %#x", status);
	device = open("/dev/vduse/" NAME, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "/dev/vduse/" NAME);
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
	die_with_memory();
	give_and_take(map_pages(SIZE, 0));
	run("vdpa dev del " NAME);
	close(device);
	if (ioctl(control, VDUSE_DESTROY_DEV, name))
		err(1, "VDUSE_DESTROY_DEV");
	return 0;
}
