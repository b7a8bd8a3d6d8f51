// SPDX-License-Identifier: GPL-2.0
/*
 * Maps memory for a vDPA device.
 *
 *	vdpa_maps /dev/vhost-vdpa-N
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

int main(int argc, char **argv)
{
	const struct dma_maps vdpa = {
		.open = vdpa_open,
		.close = vdpa_close,
		.map = vdpa_map,
		.unmap = vdpa_unmap,
	};

	if (argc != 2)
		errx(2, "usage: vdpa_maps /dev/vhost-vdpa-N");
	device_name = argv[1];
	dma_maps(&vdpa);
	return 0;
}
