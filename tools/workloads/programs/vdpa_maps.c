// SPDX-License-Identifier: GPL-2.0
/*
 * Maps memory for a vDPA device.
 *
 *	vdpa_maps [-l] /dev/vhost-vdpa-N
 *
 *	-l	nothing but the one thing that makes Linux 6.12 leak pins: memory that
 *		is not contiguous, with a hole behind the 512 pages that are pinned
 *		at a time
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <linux/vhost.h>

#include "dma_maps.h"

static const char *device_name;
static int device;

static void vdpa_open(void)
{
	__u64 features = 1ULL << VHOST_BACKEND_F_IOTLB_MSG_V2;

	device = open(device_name, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "%s", device_name);
	if (ioctl(device, VHOST_SET_OWNER) ||
	    ioctl(device, VHOST_SET_BACKEND_FEATURES, &features))
		err(1, "VHOST_SET_OWNER, VHOST_SET_BACKEND_FEATURES");
}

static void vdpa_close(void)
{
	close(device);
}

static int message(int type, __u64 iova, void *at, size_t len, int permission)
{
	struct vhost_msg_v2 msg = {
		.type = VHOST_IOTLB_MSG_V2,
		.iotlb = {
			.iova = iova,
			.size = len,
			.uaddr = (uintptr_t)at,
			.perm = permission,
			.type = type,
		},
	};

	return write(device, &msg, sizeof(msg)) == sizeof(msg) ? 0 : -1;
}

static int vdpa_map(__u64 iova, void *at, size_t len, bool write)
{
	return message(VHOST_IOTLB_UPDATE, iova, at, len,
		       write ? VHOST_ACCESS_RW : VHOST_ACCESS_RO);
}

static int vdpa_unmap(__u64 iova, size_t len)
{
	return message(VHOST_IOTLB_INVALIDATE, iova, NULL, len, 0);
}

/*
 * What lies together is mapped together; what was pinned for the next such piece is
 * forgotten when pinning fails then.
 */
static void make_it_leak(void)
{
	size_t len = 600 * PAGE_BYTES, pos;
	char *at = map_pages(len, 0);

	madvise(at, len, MADV_NOHUGEPAGE);
	/* So that neighbours are none in memory */
	for (pos = 0; pos < len; pos += 2 * PAGE_BYTES)
		at[pos] = 1;
	for (pos = PAGE_BYTES; pos < len; pos += 2 * PAGE_BYTES)
		at[pos] = 1;
	if (munmap(at + 550 * PAGE_BYTES, PAGE_BYTES))
		err(1, "munmap");
	if (!vdpa_map(FIRST_IOVA, at, len, true))
		errx(1, "memory with a hole was mapped");
}

int main(int argc, char **argv)
{
	const struct dma_maps vdpa = {
		.open = vdpa_open,
		.close = vdpa_close,
		.map = vdpa_map,
		.unmap = vdpa_unmap,
		.hole = 400,
	};
	bool leak = argc > 1 && !strcmp(argv[1], "-l");

	if (argc != 2 + leak)
		errx(2, "usage: vdpa_maps [-l] /dev/vhost-vdpa-N");
	device_name = argv[1 + leak];
	if (leak) {
		vdpa.open();
		dma_no_limit();
		make_it_leak();
		vdpa.close();
	} else {
		dma_maps(&vdpa);
	}
	return 0;
}
