// SPDX-License-Identifier: GPL-2.0
/*
 * GUP mirror: a file system for KUnit tests. It has no disk, and its files are
 * written back only if a test does what writeback would.
 */

#include <kunit/test.h>

#include <linux/backing-dev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/highmem.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pseudo_fs.h>
#include <linux/uaccess.h>
#include <linux/writeback.h>

#include "file_system.h"
#include "kunit.h"

#define MAGIC	0x6d697272

static int read_zeros(struct file *file, struct folio *folio)
{
	folio_zero_range(folio, 0, folio_size(folio));
	folio_mark_uptodate(folio);
	folio_unlock(folio);
	return 0;
}

static int write_nothing(struct address_space *mapping,
			 struct writeback_control *wbc)
{
	return 0;
}

static const struct address_space_operations address_space_ops = {
	.read_folio = read_zeros,
	.writepages = write_nothing,
	.dirty_folio = filemap_dirty_folio,
};

static const struct file_operations file_ops = {
	.mmap = generic_file_mmap,
};

static int init_fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type file_system = {
	.owner = THIS_MODULE,
	.name = TEST_FS,
	.fs_flags = FS_REQUIRES_DEV,
	.init_fs_context = init_fs_context,
	.kill_sb = kill_anon_super,
};

static void unmount(void *mnt)
{
	kern_unmount(mnt);
}

static void put_file(void *file)
{
	fput(file);
}

/**
 * make_file() - a file on a file system that writes back
 * @test: the test; when it ends, both go
 *
 * Return: The file, of NR_PAGES pages.
 */
struct file *make_file(struct kunit *test)
{
	struct vfsmount *mnt = kern_mount(&file_system);
	struct inode *inode;
	struct file *file;

	KUNIT_ASSERT_FALSE(test, IS_ERR(mnt));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unmount, mnt));
	KUNIT_ASSERT_EQ(test, 0, super_setup_bdi(mnt->mnt_sb));

	inode = new_inode(mnt->mnt_sb);
	KUNIT_ASSERT_NOT_NULL(test, inode);
	inode->i_ino = TEST_INO;
	inode->i_mode = S_IFREG | 0600;
	inode->i_flags = S_NOATIME | S_NOCMTIME;
	inode->i_mapping->a_ops = &address_space_ops;
	i_size_write(inode, NR_PAGES * PAGE_SIZE);

	file = alloc_file_pseudo(inode, mnt, "file", O_RDWR, &file_ops);
	if (IS_ERR(file))
		iput(inode);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, put_file, file));
	return file;
}

/**
 * map_file_shared() - map a file, and write to each page
 * @test: the test
 * @file: a file of NR_PAGES pages
 *
 * Return: The address.
 */
unsigned long map_file_shared(struct kunit *test, struct file *file)
{
	unsigned long addr;
	unsigned int i;

	addr = kunit_vm_mmap(test, file, 0, NR_PAGES * PAGE_SIZE,
			     PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL((void *)addr));
	for (i = 0; i < NR_PAGES; i++)
		KUNIT_ASSERT_EQ(test, 0, put_user(i, (int __user *)(addr + i * PAGE_SIZE)));
	return addr;
}

/**
 * clean_page() - do what writeback begins with
 * @test: the test
 * @page: a page
 * @was_dirty: it should be dirty
 */
void clean_page(struct kunit *test, struct page *page, bool was_dirty)
{
	struct folio *folio = page_folio(page);

	folio_lock(folio);
	KUNIT_EXPECT_EQ(test, folio_clear_dirty_for_io(folio), was_dirty);
	folio_unlock(folio);
}

/**
 * make_dirty() - mark a page dirty as a file system does
 * @page: the page
 */
void make_dirty(struct page *page)
{
	struct folio *folio = page_folio(page);

	folio_lock(folio);
	folio_mark_dirty(folio);
	folio_unlock(folio);
}

/**
 * write_back() - do what a file system does to write a page back
 * @test: the test
 * @page: the page, which should be dirty
 */
void write_back(struct kunit *test, struct page *page)
{
	struct folio *folio = page_folio(page);

	folio_lock(folio);
	KUNIT_EXPECT_TRUE(test, folio_clear_dirty_for_io(folio));
	folio_start_writeback(folio);
	folio_unlock(folio);
	folio_end_writeback(folio);
}
