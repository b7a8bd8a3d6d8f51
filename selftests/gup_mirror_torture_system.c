// SPDX-License-Identifier: GPL-2.0
/*
 * Workers that make the kernel's own users of GUP work on the same pages as the
 * module, that read debugfs, and that write to it and stir up the memory.
 */
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "gup_mirror_torture.h"

#define LONGTERM_MS	"/sys/module/gup_mirror/parameters/longterm_ms"

/* Bytes of one direct read or write */
#define DIRECT_SIZE	(64 << 10)

/**
 * struct driver - what a driver has open
 * @file: a file for direct I/O
 * @pipe: both ends of a pipe
 * @ring: an io_uring with registered buffers, or -1
 */
struct driver {
	int file;
	int pipe[2];
	int ring;
};

static int uring_register(const struct driver *driver, unsigned int what,
			  const struct iovec *iov, unsigned int nr)
{
	return syscall(__NR_io_uring_register, driver->ring, what, iov, nr);
}

static void drive_uring(struct driver *driver, struct iovec *iov)
{
	struct io_uring_params params = {};

	if (driver->ring < 0)
		driver->ring = syscall(__NR_io_uring_setup, 4, &params);
	if (driver->ring < 0)
		return;
	/* What is registered remains for some operations of others. */
	if (uring_register(driver, IORING_UNREGISTER_BUFFERS, NULL, 0))
		uring_register(driver, IORING_REGISTER_BUFFERS, iov, 1);
}

/* Pages in a pipe are held until they are read. */
static void drive_vmsplice(const struct driver *driver, const struct iovec *iov)
{
	char sink[4096];

	vmsplice(driver->pipe[1], iov, 1, SPLICE_F_NONBLOCK);
	while (read(driver->pipe[0], sink, sizeof(sink)) > 0)
		;
}

static void drive(const struct worker *worker, struct driver *driver,
		  const struct buffer *buffer)
{
	const struct choice *c = &worker->choice;
	size_t page = c->offset % (buffer->size / page_size());
	char here[4096];
	struct iovec iov = {
		.iov_base = buffer->addr + page * page_size(),
		.iov_len = buffer->size - page * page_size(),
	};
	struct iovec local = { here, sizeof(here) };
	size_t len = iov.iov_len < DIRECT_SIZE ? iov.iov_len : DIRECT_SIZE;
	off_t at = (off_t)(c->number % 16) * DIRECT_SIZE;
	ssize_t done = 0;

	switch (c->user) {
	case USER_DIRECT_READ:
		done = pread(driver->file, iov.iov_base, len, at);
		break;
	case USER_DIRECT_WRITE:
		done = pwrite(driver->file, iov.iov_base, len, at);
		break;
	case USER_VMSPLICE:
		drive_vmsplice(driver, &iov);
		break;
	case USER_PROCESS_VM:
		done = process_vm_readv(getpid(), &local, 1, &iov, 1, 0);
		break;
	case USER_URING:
		drive_uring(driver, &iov);
		break;
	default:
		break;
	}
	if (done < 0 && errno != ENOMEM)
		complain(worker, "kind %d of I/O failed: %s", c->user,
			 strerror(errno));
}

void work_as_driver(struct worker *worker)
{
	struct driver driver = { .ring = -1, .pipe = { -1, -1 } };
	char path[] = "torture.XXXXXX";

	driver.file = mkostemp(path, O_DIRECT);
	unlink(path);
	if (driver.file < 0 || ftruncate(driver.file, 16 * DIRECT_SIZE) ||
	    pipe2(driver.pipe, O_NONBLOCK))
		complain(worker, "cannot open files: %s", strerror(errno));

	while (next_choice(worker)) {
		const struct buffer *buffer = &common[worker->choice.buffer];

		if (buffer->addr)
			drive(worker, &driver, buffer);
	}
	if (driver.ring >= 0)
		close(driver.ring);
	close(driver.pipe[0]);
	close(driver.pipe[1]);
	close(driver.file);
}

void work_as_reader(struct worker *worker)
{
	static const char * const files[] = {
		"summary", "sites", "violations", "outstanding", "ages",
		"enabled", "filter",
	};
	char buf[4096];

	while (next_choice(worker)) {
		unsigned int number = worker->choice.number;
		const char *file = files[number % (sizeof(files) / sizeof(*files))];
		size_t size = 1 + (number >> 8) % sizeof(buf);
		char path[64];
		ssize_t got;
		int fd;

		snprintf(path, sizeof(path), LAYER_DIR "%s", file);
		fd = open(path, O_RDONLY);
		if (fd < 0) {
			complain(worker, "cannot open %s: %s", path,
				 strerror(errno));
			continue;
		}
		while ((got = read(fd, buf, size)) > 0)
			size = sizeof(buf);
		if (got < 0 && errno != ENOMEM)
			complain(worker, "cannot read %s: %s", path,
				 strerror(errno));
		close(fd);
	}
}

static void set(const struct worker *worker, const char *path,
		const char *value)
{
	int err = write_text(path, value);

	if (err)
		complain(worker, "cannot write %s to %s: %s", value, path,
			 strerror(-err));
}

/* With the lock held for writing: no violation is in the making. */
static void change_judgement(const struct worker *worker)
{
	switch (worker->choice.control) {
	case CONTROL_ENABLED:
		shared->enabled = !shared->enabled;
		set(worker, LAYER_DIR "enabled", shared->enabled ? "1" : "0");
		break;
	case CONTROL_FILTER:
		shared->hides = !shared->hides;
		set(worker, LAYER_DIR "filter", shared->hides ?
		    "no_such_function,no_such_module" : "nothing, tgm_*");
		break;
	default:
		totals_add_cleared();
		set(worker, LAYER_DIR "clear", "1");
		break;
	}
}

static void stir(const struct worker *worker)
{
	unsigned int number = worker->choice.number;
	char text[16];
	int i;

	switch (worker->choice.control) {
	case CONTROL_SNAPSHOTS:
		/* Their numbers start over after 255. */
		for (i = 0; i < 60; i++)
			set(worker, LAYER_DIR "snapshot", "1");
		break;
	case CONTROL_SNAPSHOT:
		set(worker, LAYER_DIR "snapshot", "1");
		break;
	case CONTROL_COMPACT:
		set(worker, "/proc/sys/vm/compact_memory", "1");
		break;
	case CONTROL_DROP_CACHES:
		set(worker, "/proc/sys/vm/drop_caches", "1");
		break;
	case CONTROL_LONGTERM:
		snprintf(text, sizeof(text), "%u", number % 20000);
		set(worker, LONGTERM_MS, text);
		break;
	default:
		break;
	}
}

void work_as_controller(struct worker *worker)
{
	while (next_choice(worker)) {
		struct choice *c = &worker->choice;

		switch (c->control) {
		case CONTROL_ENABLED:
		case CONTROL_FILTER:
		case CONTROL_CLEAR:
			pthread_rwlock_wrlock(&shared->lock);
			change_judgement(worker);
			pthread_rwlock_unlock(&shared->lock);
			/* Most of the time, violations are to be seen. */
			if (!shared->enabled || shared->hides) {
				usleep(c->number % 30000);
				pthread_rwlock_wrlock(&shared->lock);
				c->control = shared->hides ? CONTROL_FILTER :
							     CONTROL_ENABLED;
				change_judgement(worker);
				pthread_rwlock_unlock(&shared->lock);
			}
			break;
		default:
			stir(worker);
			break;
		}
		usleep(c->number % 100000);
	}
}
