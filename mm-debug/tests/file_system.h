/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: a file system for KUnit tests.
 */
#ifndef _MM_GUP_MIRROR_TESTS_FILE_SYSTEM_H
#define _MM_GUP_MIRROR_TESTS_FILE_SYSTEM_H

#include <linux/types.h>

#define TEST_FS		"gup_mirror_fs"
#define TEST_INO	0x1234

struct file;
struct kunit;
struct page;

struct file *make_file(struct kunit *test);
unsigned long map_file_shared(struct kunit *test, struct file *file);
void clean_page(struct kunit *test, struct page *page, bool was_dirty);
void make_dirty(struct page *page);
void write_back(struct kunit *test, struct page *page);

#endif /* _MM_GUP_MIRROR_TESTS_FILE_SYSTEM_H */
