// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to pages of a file while a driver has pinned them, and who marks pages
 * dirty: in /sys/kernel/debug/gup_mirror/files, and as violations.
 *
 * The file is in the current directory, which has to be on a disk.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include "bench.h"

#define FILES	LAYER_DIR "files"
#define PIN	"tgm_pin_user_pages_fast"

#define NR_PAGES	4

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC	0x58465342
#endif

/* A line of "files" */
struct files_row {
	long write_pages;
	long cleaned;
	long redirtied;
	long lost;
	long replaced;
	long truncated;
	long unmapped;
	long dirtied;
	char fs[64];
};

#define ROW_FORMAT							\
	"pin %*d %ld %ld %ld %ld %ld %ld %ld %ld fs=%63s pin_user_pages_fast %159[^\n]"

/* The line of the module's function that pins; all is 0 if there is none. */
static struct files_row files_row(void)
{
	char *text = read_text(FILES), *rest = text, *line;
	struct files_row row, found = { 0 };
	char site[160];

	while (rest && (line = strsep(&rest, "\n"))) {
		if (sscanf(line, ROW_FORMAT,
			   &row.write_pages, &row.cleaned, &row.redirtied, &row.lost,
			   &row.replaced, &row.truncated, &row.unmapped,
			   &row.dirtied, row.fs, site) == 10 && is_place(site, PIN))
			found = row;
	}
	free(text);
	return found;
}

FIXTURE(files)
{
	struct bench bench;
	struct buffer file;
	long counts[NR_CLASSES];
};

static bool is_on_disk(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && (fs.f_type == EXT4_SUPER_MAGIC ||
				     fs.f_type == XFS_SUPER_MAGIC);
}

FIXTURE_SETUP(files)
{
	const char *why = bench_watch(&self->bench);

	if (!why && summary_number("files") != 1)
		why = "needs gup_mirror=all, or the word files";
	if (!why)
		why = buffer_map(&self->file, BUFFER_FILE, NR_PAGES, NULL);
	if (!why && !is_on_disk(self->file.fd))
		why = "the current directory is not on ext4 or xfs";
	if (why)
		SKIP(return, "%s", why);
	layer_counts(self->counts);
}

FIXTURE_TEARDOWN(files)
{
	buffer_unmap(&self->file);
	bench_unwatch(&self->bench);
}

/* Pin pages of the file, or of anonymous memory. */
static void hold(struct __test_metadata *_metadata, int fd,
		 const struct buffer *buffer, unsigned int flags)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(fd, buffer->addr, NR_PAGES * page_size(),
				 TGM_pin_user_pages_fast, flags, &arg));
	ASSERT_EQ(NR_PAGES, arg.ret);
}

TEST_F(files, cleaned_while_pinned)
{
	int fd = self->bench.fd;
	struct files_row row;

	hold(_metadata, fd, &self->file, TGM_WRITE);
	row = files_row();
	EXPECT_EQ(NR_PAGES, row.write_pages);
	EXPECT_EQ(0, row.cleaned);
	EXPECT_STREQ("-", row.fs);

	ASSERT_EQ(0, fsync(self->file.fd));
	row = files_row();
	EXPECT_EQ(NR_PAGES, row.cleaned);
	EXPECT_EQ(0, row.redirtied);
	EXPECT_STRNE("-", row.fs);

	ASSERT_EQ(0, tgm_device_write(fd));
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages_dirty_lock, TGM_DIRTY, NULL));
	row = files_row();
	EXPECT_EQ(NR_PAGES, row.cleaned);
	EXPECT_EQ(NR_PAGES, row.redirtied);
	EXPECT_EQ(0, row.lost);
	expect_classes(_metadata, self->counts, NULL, 0);
}

TEST_F(files, what_was_written_is_on_no_disk)
{
	int fd = self->bench.fd;
	char *text;

	hold(_metadata, fd, &self->file, TGM_WRITE);
	ASSERT_EQ(0, fsync(self->file.fd));
	ASSERT_EQ(0, tgm_device_write(fd));
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages, 0, NULL));

	expect_classes(_metadata, self->counts, LOST_WRITE, NR_PAGES);
	EXPECT_EQ(NR_PAGES, files_row().lost);
	EXPECT_EQ(1, bench_said(&self->bench,
				"BUG: GUP-MIRROR: lost-write in tgm_unpin_user_pages+"));
	text = read_text(LAYER_DIR "violations");
	ASSERT_NE(NULL, text);
	EXPECT_NE(NULL, strstr(text, "  file: fs="));
	free(text);
}

TEST_F(files, nothing_is_lost)
{
	int fd = self->bench.fd;

	/* Nobody has it written back. */
	hold(_metadata, fd, &self->file, TGM_WRITE);
	ASSERT_EQ(0, tgm_device_write(fd));
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages, 0, NULL));

	/* Nothing is written after that. */
	hold(_metadata, fd, &self->file, TGM_WRITE);
	ASSERT_EQ(0, tgm_device_write(fd));
	ASSERT_EQ(0, fsync(self->file.fd));
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages, 0, NULL));

	/* By a processor */
	memset(self->file.addr, 1, self->file.size);
	hold(_metadata, fd, &self->file, TGM_WRITE);
	ASSERT_EQ(0, fsync(self->file.fd));
	memset(self->file.addr, 2, self->file.size);
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages, 0, NULL));

	EXPECT_EQ(0, files_row().lost);
	expect_classes(_metadata, self->counts, NULL, 0);
}

TEST_F(files, truncated_and_replaced)
{
	struct files_row row;

	hold(_metadata, self->bench.fd, &self->file, TGM_WRITE);
	ASSERT_EQ(0, fallocate(self->file.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       0, page_size()));
	row = files_row();
	EXPECT_EQ(1, row.replaced);
	EXPECT_EQ(0, row.truncated);
	ASSERT_EQ(0, ftruncate(self->file.fd, 0));
	row = files_row();
	EXPECT_EQ(1, row.replaced);
	EXPECT_EQ(NR_PAGES - 1, row.truncated);
	ASSERT_EQ(0, tgm_release(self->bench.fd, TGM_unpin_user_pages, 0, NULL));
	expect_classes(_metadata, self->counts, NULL, 0);
}

TEST_F(files, clear)
{
	hold(_metadata, self->bench.fd, &self->file, TGM_WRITE);
	ASSERT_EQ(0, fsync(self->file.fd));
	EXPECT_EQ(NR_PAGES, files_row().cleaned);
	ASSERT_EQ(0, write_text(LAYER_DIR "clear", "1"));
	EXPECT_EQ(0, files_row().cleaned);
	ASSERT_EQ(0, tgm_release(self->bench.fd, TGM_unpin_user_pages, 0, NULL));
}

TEST_F(files, dirty_by_readonly_pin)
{
	hold(_metadata, self->bench.fd, &self->bench.buffer, 0);
	ASSERT_EQ(0, tgm_release(self->bench.fd, TGM_unpin_user_pages_dirty_lock, TGM_DIRTY,
				 NULL));
	expect_classes(_metadata, self->counts, DIRTY_BY_READONLY_PIN, NR_PAGES);
	EXPECT_EQ(1, bench_said(&self->bench,
				"BUG: GUP-MIRROR: dirty-by-readonly-pin in tgm_unpin_user_"));
}

TEST_F(files, dirty_unpinned)
{
	int fd = self->bench.fd;

	hold(_metadata, fd, &self->bench.buffer, TGM_WRITE);
	ASSERT_EQ(0, tgm_set_dirty(fd));
	expect_classes(_metadata, self->counts, NULL, 0);
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages, TGM_KEEP, NULL));
	ASSERT_EQ(0, tgm_set_dirty(fd));
	expect_classes(_metadata, self->counts, DIRTY_UNPINNED, NR_PAGES);
	EXPECT_EQ(1, bench_said(&self->bench,
				"BUG: GUP-MIRROR: dirty-unpinned in tgm_set_dirty+"));
	/* They are not held any more. */
	ASSERT_EQ(0, tgm_leak(fd));
}

TEST_HARNESS_MAIN
