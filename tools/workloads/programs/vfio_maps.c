// SPDX-License-Identifier: GPL-2.0
/*
 * Maps memory for a PCI device through the old interface of VFIO.
 *
 *	vfio_maps GROUP DEVICE
 *
 *	GROUP	number of the device's IOMMU group
 *	DEVICE	address of the device, which must belong to vfio-pci
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <linux/vfio.h>

#include "dma_maps.h"

static const char *device_name;
static char group_name[64];
static int container, group, device;

static void vfio_open(void)
{
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	group = open(group_name, O_RDWR | O_CLOEXEC);
	if (container < 0 || group < 0)
		err(1, "%s", group_name);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) ||
	    ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		err(1, "%s has no type 1 IOMMU", group_name);
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, device_name);
	if (device < 0)
		err(1, "%s", device_name);
}

static void vfio_close(void)
{
	close(device);
	close(group);
	close(container);
}

static int vfio_map(__u64 iova, void *at, size_t len, bool write)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ |
			 (write ? VFIO_DMA_MAP_FLAG_WRITE : 0),
		.vaddr = (uintptr_t)at,
		.iova = iova,
		.size = len,
	};

	return ioctl(container, VFIO_IOMMU_MAP_DMA, &map);
}

static int vfio_unmap(__u64 iova, size_t len)
{
	struct vfio_iommu_type1_dma_unmap unmap = {
		.argsz = sizeof(unmap),
		.iova = iova,
		.size = len,
	};

	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &unmap))
		return -1;
	if (unmap.size != len)
		errx(1, "%llu bytes were unmapped", unmap.size);
	return 0;
}

int main(int argc, char **argv)
{
	const struct dma_maps vfio = {
		.open = vfio_open,
		.close = vfio_close,
		.map = vfio_map,
		.unmap = vfio_unmap,
		.hole = 700,
	};

	if (argc != 3)
		errx(2, "usage: vfio_maps GROUP DEVICE");
	snprintf(group_name, sizeof(group_name), "/dev/vfio/%s", argv[1]);
	device_name = argv[2];
	dma_maps(&vfio);
	return 0;
}
