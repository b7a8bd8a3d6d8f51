// SPDX-License-Identifier: GPL-2.0
/*
 * Maps memory through iommufd, for a device of VFIO, or for one that the kernel
 * plays (CONFIG_IOMMUFD_TEST).
 *
 *	iommufd_maps [/dev/vfio/devices/vfioN]
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include "dma_maps.h"

/*
 * What the kernel has for tests is no interface that its headers tell of: see
 * drivers/iommu/iommufd/iommufd_test.h.
 */
#define TEST_COMMAND	_IO(IOMMUFD_TYPE, IOMMUFD_CMD_BASE + 32)
#define TEST_DOMAIN	2
#define TEST_ACCESS	5
#define TEST_UNPIN	6
#define TEST_PIN	7
#define TEST_RW		8

#define ACCESS_PINS	1
#define PIN_FOR_WRITE	1

struct test_command {
	__u32 size;
	__u32 op;
	__u32 id;
	__u32 reserved;
	union {
		__u32 out[3];
		struct {
			__u32 access_fd;
			__u32 access_flags;
		};
		struct {
			__u32 pin_flags;
			__u32 pin_id;
			__u64 pin_iova;
			__u64 pin_length;
			__u64 pin_at;
		};
		struct {
			__u64 rw_iova;
			__u64 rw_length;
			__u64 rw_at;
			__u32 rw_flags;
		};
		__u64 room[6];
	};
	__u32 last;
};

static const char *device_name;
static int iommufd, device = -1;
static __u32 space;

static void test_command(int fd, struct test_command *command, const char *what)
{
	command->size = sizeof(*command);
	if (ioctl(fd, TEST_COMMAND, command))
		err(1, "%s", what);
}

static void attach_device(void)
{
	struct vfio_device_bind_iommufd bind = {
		.argsz = sizeof(bind),
		.iommufd = iommufd,
	};
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = space,
	};

	device = open(device_name, O_RDWR | O_CLOEXEC);
	if (device < 0)
		err(1, "%s", device_name);
	if (ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind) ||
	    ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		err(1, "%s and iommufd", device_name);
}

static void iommufd_open(void)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };

	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommufd < 0)
		err(1, "/dev/iommu");
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		err(1, "IOAS_ALLOC");
	space = alloc.out_ioas_id;
	if (device_name) {
		attach_device();
	} else {
		struct test_command domain = { .op = TEST_DOMAIN, .id = space };

		test_command(iommufd, &domain, "a device that is none");
	}
}

static void iommufd_close(void)
{
	if (device >= 0)
		close(device);
	close(iommufd);
}

static int iommufd_map(__u64 iova, void *at, size_t len, bool write)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 (write ? IOMMU_IOAS_MAP_WRITEABLE : 0),
		.ioas_id = space,
		.user_va = (uintptr_t)at,
		.length = len,
		.iova = iova,
	};

	return ioctl(iommufd, IOMMU_IOAS_MAP, &map);
}

static int iommufd_unmap(__u64 iova, size_t len)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = space,
		.iova = iova,
		.length = len,
	};

	return ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap);
}

/* One mapping in two places: the pages are pinned once. */
static void copy_mapping(void)
{
	size_t len = 50 * PAGE_BYTES;
	char *at = map_pages(len, 0);
	struct iommu_ioas_copy copy = {
		.size = sizeof(copy),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.dst_ioas_id = space,
		.src_ioas_id = space,
		.length = len - PAGE_BYTES,
		.dst_iova = FIRST_IOVA + IOVA_STEP,
		.src_iova = FIRST_IOVA + PAGE_BYTES,
	};

	if (iommufd_map(FIRST_IOVA, at, len, true))
		err(1, "IOAS_MAP");
	if (ioctl(iommufd, IOMMU_IOAS_COPY, &copy))
		err(1, "IOAS_COPY");
	if (iommufd_unmap(FIRST_IOVA, len) ||
	    iommufd_unmap(copy.dst_iova, copy.length))
		err(1, "IOAS_UNMAP");
	munmap(at, len);
}

#ifdef IOMMU_IOAS_MAP_FILE
/* Without an address: folios are pinned, and more pins are added to large ones. */
static void map_file(unsigned int flags, size_t start, size_t len)
{
	int fd = open_memfd(flags, 2 * HUGE_BYTES);
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = space,
		.fd = fd,
		.start = start,
		.length = len,
		.iova = FIRST_IOVA,
	};

	if (ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map))
		err(1, "IOAS_MAP_FILE");
	close(fd);
	if (iommufd_unmap(FIRST_IOVA, len))
		err(1, "IOAS_UNMAP of a file");
}

static void map_files(void)
{
	map_file(0, 0, 2 * HUGE_BYTES);
	map_file(0, 3 * PAGE_BYTES, PAGE_BYTES);
	map_file(MFD_HUGETLB, 0, 2 * HUGE_BYTES);
	/* Neither from the start of a folio nor to its end */
	map_file(MFD_HUGETLB, 3 * PAGE_BYTES, 700 * PAGE_BYTES);
}
#else
static void map_files(void)
{
	printf("mapping of files is later than these headers\n");
}
#endif

/* What the kernel does for a device that it emulates */
static void kernel_access(void)
{
	size_t len = 600 * PAGE_BYTES;
	char *at = map_thp(2 * HUGE_BYTES), *copy = map_pages(len, 0);
	struct test_command access = {
		.op = TEST_ACCESS,
		.id = space,
		.access_flags = ACCESS_PINS,
	};
	struct test_command pins[2], unpin, rw;
	int i;

	pattern_fill(at, len, 1);
	test_command(iommufd, &access, "access by the kernel");
	if (iommufd_map(FIRST_IOVA, at, len, true))
		err(1, "IOAS_MAP");
	for (i = 0; i < 2; i++) {
		pins[i] = (struct test_command) {
			.op = TEST_PIN,
			.pin_flags = PIN_FOR_WRITE,
			.pin_iova = FIRST_IOVA + i * PAGE_BYTES,
			.pin_length = len - i * PAGE_BYTES,
			.pin_at = (uintptr_t)at + i * PAGE_BYTES,
		};
		pins[i].id = access.access_fd;
		test_command(iommufd, &pins[i], "pages for the kernel");
	}
	rw = (struct test_command) {
		.op = TEST_RW,
		.id = access.access_fd,
		.rw_iova = FIRST_IOVA + 10,
		.rw_length = len - 10,
		.rw_at = (uintptr_t)copy,
	};
	test_command(iommufd, &rw, "a read by the kernel");
	pattern_check(copy, len - 10, 10, 1, "what the kernel read");
	for (i = 0; i < 2; i++) {
		unpin = (struct test_command) { .op = TEST_UNPIN };
		unpin.id = access.access_fd;
		unpin.out[0] = pins[i].pin_id;
		test_command(iommufd, &unpin, "unpinning");
	}
	if (iommufd_unmap(FIRST_IOVA, len))
		err(1, "IOAS_UNMAP");
	close(access.access_fd);
	munmap(at, 2 * HUGE_BYTES);
	munmap(copy, len);
}

int main(int argc, char **argv)
{
	const struct dma_maps maps = {
		.open = iommufd_open,
		.close = iommufd_close,
		.map = iommufd_map,
		.unmap = iommufd_unmap,
		.hole = 700,
	};

	if (argc > 2)
		errx(2, "usage: iommufd_maps [/dev/vfio/devices/vfioN]");
	device_name = argv[1];
	dma_maps(&maps);
	iommufd_open();
	copy_mapping();
	map_files();
	if (!device_name)
		kernel_access();
	iommufd_close();
	return 0;
}
