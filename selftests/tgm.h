/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Drive the module that misbehaves on purpose, test_gup_mirror.ko.
 */
#ifndef _GUP_MIRROR_TGM_H
#define _GUP_MIRROR_TGM_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <mm/gup_mirror/test_gup_mirror.h>

#include "layer.h"

#define TGM_PATH	"/sys/kernel/debug/test_gup_mirror"

static const char * const tgm_acquire_names[TGM_NR_ACQUIRE] = {
	[TGM_get_user_pages] = "get_user_pages",
	[TGM_get_user_pages_unlocked] = "get_user_pages_unlocked",
	[TGM_get_user_pages_fast] = "get_user_pages_fast",
	[TGM_get_user_pages_fast_only] = "get_user_pages_fast_only",
	[TGM_get_user_pages_remote] = "get_user_pages_remote",
	[TGM_pin_user_pages] = "pin_user_pages",
	[TGM_pin_user_pages_unlocked] = "pin_user_pages_unlocked",
	[TGM_pin_user_pages_fast] = "pin_user_pages_fast",
	[TGM_pin_user_pages_remote] = "pin_user_pages_remote",
	[TGM_memfd_pin_folios] = "memfd_pin_folios",
};

static const char * const tgm_release_names[TGM_NR_RELEASE] = {
	[TGM_put_page] = "put_page",
	[TGM_release_pages] = "release_pages",
	[TGM___free_pages] = "__free_pages",
	[TGM_folio_put] = "folio_put",
	[TGM_unpin_user_page] = "unpin_user_page",
	[TGM_unpin_user_pages] = "unpin_user_pages",
	[TGM_unpin_user_pages_dirty_lock] = "unpin_user_pages_dirty_lock",
	[TGM_unpin_user_page_range_dirty_lock] =
		"unpin_user_page_range_dirty_lock",
	[TGM_unpin_user_folio] = "unpin_user_folio",
	[TGM_unpin_folio] = "unpin_folio",
	[TGM_unpin_folios] = "unpin_folios",
	[TGM_put_user_page] = "put_user_page",
	[TGM_put_user_pages] = "put_user_pages",
	[TGM_put_user_pages_dirty] = "put_user_pages_dirty",
	[TGM_put_user_pages_dirty_lock] = "put_user_pages_dirty_lock",
};

/* Linux 6.1 has no function that releases folios: the module calls those for pages. */
static inline bool tgm_releases_folios(void)
{
	static int known = -1;
	char *symbols;

	if (known < 0) {
		symbols = read_text("/proc/kallsyms");
		known = symbols && strstr(symbols, " unpin_folio\n");
		free(symbols);
	}
	return known;
}

/* What a report calls the function: the names of 2019 are inline functions. */
static inline const char *tgm_released_by(int release)
{
	switch (release) {
	case TGM_unpin_user_folio:
	case TGM_unpin_folio:
		return tgm_releases_folios() ? tgm_release_names[release] :
					       "unpin_user_page";
	case TGM_unpin_folios:
		return tgm_releases_folios() ? tgm_release_names[release] :
					       "unpin_user_pages";
	case TGM_put_user_page:
	case TGM_put_user_pages_dirty:
		return "unpin_user_page";
	case TGM_put_user_pages:
		return "unpin_user_pages";
	case TGM_put_user_pages_dirty_lock:
		return "unpin_user_pages_dirty_lock";
	default:
		return tgm_release_names[release];
	}
}

static inline bool tgm_pins(int acquire)
{
	return !strncmp(tgm_acquire_names[acquire], "pin_", 4) ||
	       acquire == TGM_memfd_pin_folios;
}

static inline bool tgm_unpins(int release)
{
	return release != TGM_put_page && release != TGM_release_pages &&
	       release != TGM___free_pages && release != TGM_folio_put;
}

/* Returns a file descriptor, or -1 with errno set. */
static inline int tgm_open(void)
{
	return open(TGM_PATH, O_RDWR | O_CLOEXEC);
}

/* The following return 0 or a negative error of the module. */

static inline int tgm_do_acquire(int fd, struct tgm_acquire *arg)
{
	return ioctl(fd, TGM_ACQUIRE, arg) ? -errno : 0;
}

static inline int tgm_acquire(int fd, const void *addr, size_t size, int fn,
			      unsigned int flags, struct tgm_acquire *arg)
{
	*arg = (struct tgm_acquire) {
		.addr = (unsigned long)addr,
		.size = size,
		.fn = fn,
		.flags = flags,
	};
	return tgm_do_acquire(fd, arg);
}

static inline int tgm_release(int fd, int fn, unsigned int flags,
			      struct tgm_facts *facts)
{
	struct tgm_release arg = { .fn = fn, .flags = flags };
	int err = ioctl(fd, TGM_RELEASE, &arg) ? -errno : 0;

	if (facts)
		*facts = arg.facts;
	return err;
}

/* Have the module forget what it holds. */
static inline int tgm_leak(int fd)
{
	return ioctl(fd, TGM_LEAK) ? -errno : 0;
}

static inline int tgm_set_dirty(int fd)
{
	return ioctl(fd, TGM_SET_DIRTY) ? -errno : 0;
}

static inline int tgm_map(int fd)
{
	return ioctl(fd, TGM_MAP) ? -errno : 0;
}

static inline int tgm_unmap(int fd)
{
	return ioctl(fd, TGM_UNMAP) ? -errno : 0;
}

static inline int tgm_device_write(int fd)
{
	return ioctl(fd, TGM_DEVICE_WRITE) ? -errno : 0;
}

/* See TGM_JUDGE. */
static inline int tgm_judge(int fd, struct tgm_judgement *arg)
{
	*arg = (struct tgm_judgement) { };
	return ioctl(fd, TGM_JUDGE, arg) ? -errno : 0;
}

static inline int tgm_peek(int fd, const void *addr, struct tgm_facts *facts)
{
	struct tgm_peek arg = { .addr = (unsigned long)addr };
	int err = ioctl(fd, TGM_PEEK, &arg) ? -errno : 0;

	*facts = arg.facts;
	return err;
}

#endif /* _GUP_MIRROR_TGM_H */
