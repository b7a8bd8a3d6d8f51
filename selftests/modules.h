/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Load and unload test_gup_mirror.ko, under its own name or under another.
 */
#ifndef _GUP_MIRROR_MODULES_H
#define _GUP_MIRROR_MODULES_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE	"test_gup_mirror"

/* struct module_image - a module as the kernel is given it, in memory */
struct module_image {
	char name[sizeof(MODULE)];
	char *bytes;
	size_t size;
};

/* Distributions compress modules. The name of one that cannot be found is empty. */
#define MODULE_CAT \
	"file=$(modinfo -n " MODULE " 2> /dev/null);" \
	"case $file in" \
	" *.gz) gzip -dc \"$file\" ;;" \
	" *.xz) xz -dc \"$file\" ;;" \
	" *.zst) zstd -dc \"$file\" ;;" \
	" ?*) cat \"$file\" ;;" \
	"esac"

/**
 * module_read() - read the module's file, from where modprobe takes it
 * @image: to be filled in
 *
 * Return: NULL, or the reason why there is none.
 */
static inline const char *module_read(struct module_image *image)
{
	const size_t step = 1 << 20;
	FILE *file = popen(MODULE_CAT, "r");
	size_t got = step;
	int status;

	*image = (struct module_image) { .name = MODULE };
	while (file && got == step) {
		char *bytes = realloc(image->bytes, image->size + step);

		if (!bytes)
			break;
		image->bytes = bytes;
		got = fread(bytes + image->size, 1, step, file);
		image->size += got;
	}
	status = file ? pclose(file) : -1;
	if (!status && got < step && image->size)
		return NULL;
	free(image->bytes);
	image->bytes = NULL;
	return "cannot read the file that modinfo -n " MODULE " names";
}

static inline void module_free(struct module_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

/* What ends the file of a module that is signed */
#define MODULE_SIGNED	"~Module signature appended~\n"

/*
 * Give an image another name, which is as long: so it is another module, each
 * byte of which is where it was. A kernel that wants no signatures still refuses
 * a wrong one, so that there is none any more.
 */
static inline void module_rename(struct module_image *image, const char *name)
{
	size_t len = strlen(image->name), mark = strlen(MODULE_SIGNED);
	char *at = image->bytes, *end = at + image->size;

	if (image->size > mark && !memcmp(end - mark, MODULE_SIGNED, mark))
		image->size -= mark;
	while ((at = memmem(at, end - at, image->name, len))) {
		memcpy(at, name, len);
		at += len;
	}
	memcpy(image->name, name, len);
}

/* The following return 0 or a negative error. */

static inline int module_load(const struct module_image *image,
			      const char *parameters)
{
	return syscall(SYS_init_module, image->bytes, image->size,
		       parameters) ? -errno : 0;
}

/* For those who come after: it may be loaded. */
static inline int module_load_again(const struct module_image *image)
{
	int err = module_load(image, "");

	return err == -EEXIST ? 0 : err;
}

/* While one of its files is open, a module cannot go. */
static inline int module_unload(const struct module_image *image)
{
	return syscall(SYS_delete_module, image->name, O_NONBLOCK) ? -errno : 0;
}

/* As tgm_open(): a file descriptor, or -1 with errno set */
static inline int module_open(const struct module_image *image)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s", image->name);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* Where a module is; 0 if it is not loaded */
static inline unsigned long module_address(const struct module_image *image)
{
	FILE *file = fopen("/proc/modules", "re");
	unsigned long address = 0, at;
	char name[64];

	while (file && !address &&
	       fscanf(file, "%63s %*s %*s %*s %*s %lx%*[^\n]", name, &at) == 2) {
		if (!strcmp(name, image->name))
			address = at;
	}
	if (file)
		fclose(file);
	return address;
}

#endif /* _GUP_MIRROR_MODULES_H */
