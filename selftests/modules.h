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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MODULE	"test_gup_mirror"

/* struct module_image - a module as the kernel is given it, in memory */
struct module_image {
	char name[sizeof(MODULE)];
	char *bytes;
	size_t size;
};

/**
 * module_read() - read the module's file, from where modprobe takes it
 * @image: to be filled in
 *
 * Return: NULL, or the reason why there is none.
 */
static inline const char *module_read(struct module_image *image)
{
	FILE *found = popen("modinfo -n " MODULE " 2> /dev/null", "r");
	char path[4096] = "";
	struct stat st;
	FILE *file;

	*image = (struct module_image) { .name = MODULE };
	if (!found)
		return "cannot run modinfo";
	if (fscanf(found, "%4095[^\n]", path) != 1)
		path[0] = '\0';
	pclose(found);
	file = fopen(path, "re");
	if (!file)
		return "modinfo knows no file of " MODULE;
	if (!fstat(fileno(file), &st))
		image->bytes = malloc(st.st_size);
	if (image->bytes)
		image->size = fread(image->bytes, 1, st.st_size, file);
	fclose(file);
	return image->size ? NULL : "cannot read the file of " MODULE;
}

static inline void module_free(struct module_image *image)
{
	free(image->bytes);
	image->bytes = NULL;
}

/*
 * Give an image another name, which is as long: so it is another module, each
 * byte of which is where it was.
 */
static inline void module_rename(struct module_image *image, const char *name)
{
	size_t len = strlen(image->name);
	char *at = image->bytes, *end = at + image->size;

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
