// SPDX-License-Identifier: GPL-2.0
/*
 * Who may use the files in /sys/kernel/debug/gup_mirror/, and what becomes of
 * garbage that is written to them.
 */
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bench.h"

FIXTURE(access)
{
	struct bench bench;
};

FIXTURE_SETUP(access)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
}

FIXTURE_TEARDOWN(access)
{
	write_text(LAYER_DIR "filter", "\n");
	bench_unwatch(&self->bench);
}

static const struct {
	const char *path;
	mode_t mode;
} files[] = {
	{ LAYER_DIR "summary", 0400 },
	{ LAYER_DIR "sites", 0400 },
	{ LAYER_DIR "violations", 0400 },
	{ LAYER_DIR "outstanding", 0400 },
	{ LAYER_DIR "ages", 0400 },
	{ LAYER_DIR "files", 0400 },
	{ LAYER_DIR "enabled", 0600 },
	{ LAYER_DIR "filter", 0600 },
	{ LAYER_DIR "snapshot", 0200 },
	{ LAYER_DIR "clear", 0200 },
	{ "/sys/module/gup_mirror/parameters/longterm_ms", 0600 },
	{ "/sys/module/gup_mirror/parameters/strict", 0600 },
	{ TGM_PATH, 0600 },
};

/* All that is in a directory is in the list above. */
TEST_F(access, all_files_are_known)
{
	FILE *list = popen("ls " LAYER_DIR, "r");
	char name[64], path[128];
	unsigned int i, nr = 0;

	ASSERT_NE(NULL, list);
	while (fscanf(list, "%63s", name) == 1) {
		snprintf(path, sizeof(path), LAYER_DIR "%s", name);
		for (i = 0; i < ARRAY_SIZE(files); i++)
			if (!strcmp(files[i].path, path))
				break;
		EXPECT_NE(ARRAY_SIZE(files), i) {
			TH_LOG("%s is not tested", path);
		}
		nr++;
	}
	pclose(list);
	EXPECT_EQ(10, nr);
}

/* As a user without any privilege. Returns the number of what went wrong. */
static int try_as_nobody(void)
{
	unsigned int i;

	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
	    setresuid(65534, 65534, 65534))
		return 1;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (open(files[i].path, O_RDONLY) >= 0 || errno != EACCES)
			return 2;
		if (open(files[i].path, O_WRONLY) >= 0 || errno != EACCES)
			return 3;
		if (open(files[i].path, O_RDWR) >= 0 || errno != EACCES)
			return 4;
	}
	return 0;
}

TEST_F(access, only_root_gets_in)
{
	struct stat st, file;
	unsigned int i;
	int status;
	pid_t pid;

	/* The directory alone would keep others out: let them in for a moment. */
	ASSERT_EQ(0, stat("/sys/kernel/debug", &st));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", 0755));
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, stat(files[i].path, &file));
		EXPECT_EQ(files[i].mode, file.st_mode & 07777) {
			TH_LOG("%s", files[i].path);
		}
		EXPECT_EQ(0, file.st_uid);
	}
	pid = fork();
	if (!pid)
		_exit(try_as_nobody());
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status) {
		TH_LOG("step %d", WEXITSTATUS(status));
	}
	ASSERT_EQ(0, chmod("/sys/kernel/debug", st.st_mode & 07777));
}

/* Root may open anything. What has no write or read function still refuses. */
TEST_F(access, what_is_read_only_cannot_be_written)
{
	unsigned int i;
	char byte;
	int fd;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (files[i].mode == 0400) {
			EXPECT_GT(0, write_text(files[i].path, "1")) {
				TH_LOG("%s", files[i].path);
			}
		} else if (files[i].mode == 0200) {
			fd = open(files[i].path, O_RDONLY | O_CLOEXEC);
			EXPECT_GE(0, fd < 0 ? -1 : read(fd, &byte, 1)) {
				TH_LOG("%s", files[i].path);
			}
			if (fd >= 0)
				close(fd);
		}
	}
}

/* Byte by byte, and once more from the beginning */
TEST_F(access, files_can_be_read_in_parts)
{
	struct tgm_facts held;
	unsigned int i;

	bench_pair_wrong(_metadata, &self->bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	ASSERT_EQ(0, write_text(LAYER_DIR "filter", "test_gup_mirror"));
	for (i = 0; i < 7; i++) {
		char *text = read_text(files[i].path), start[16];
		size_t got;
		int fd;

		/* What changes while it is read is not compared. */
		ASSERT_NE(NULL, text);
		fd = open(files[i].path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, fd);
		for (got = 0; got < sizeof(start); got++)
			if (read(fd, start + got, 1) != 1)
				break;
		EXPECT_EQ(got < sizeof(start) ? strlen(text) : sizeof(start),
			  got) {
			TH_LOG("%s", files[i].path);
		}
		EXPECT_EQ(0, strncmp(text, start, got));

		ASSERT_EQ(0, lseek(fd, 0, SEEK_SET));
		EXPECT_EQ(got, read(fd, start, got));
		EXPECT_EQ(0, strncmp(text, start, got));
		close(fd);
		free(text);
	}
}

/* Bytes that are written to a file, and to which nobody should listen */
struct garbage {
	const char *bytes;
	size_t size;
};

#define GARBAGE(string)	{ string, sizeof(string) - 1 }

static const struct garbage no_switch[] = {
	GARBAGE(""),
	GARBAGE("\n"),
	GARBAGE("2"),
	GARBAGE("-1"),
	GARBAGE("+1"),
	GARBAGE("10"),
	GARBAGE("1x"),
	GARBAGE("0 1"),
	GARBAGE("1\n1\n"),
	GARBAGE("on"),
	GARBAGE("enabled"),
	GARBAGE("1\0"),
	GARBAGE("0\0"),
	GARBAGE("1\0garbage"),
	GARBAGE("\0"),
	GARBAGE("\0001"),
	GARBAGE("\x80\xff\xfe\x7f\n"),
	GARBAGE("0000000000"),
	GARBAGE("00000000000000000000000000000001"),
};

/* Write garbage to a file; it is refused, and one line says what is wrong. */
static void refuse(struct __test_metadata *_metadata, struct bench *bench,
		   const char *name, const struct garbage *garbage, int err)
{
	char path[128], line[128];
	char *text;

	snprintf(path, sizeof(path), LAYER_DIR "%s", name);
	snprintf(line, sizeof(line), "gup_mirror: %s: write ", name);
	EXPECT_EQ(err, write_bytes(path, garbage->bytes, garbage->size)) {
		TH_LOG("%s: %zu bytes: %s", name, garbage->size,
		       garbage->bytes);
	}
	text = kmsg_read(bench->kmsg);
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, count_lines(text, line)) {
		TH_LOG("%s: \"%s\" was answered by: %s", name,
		       garbage->bytes, text);
	}
	EXPECT_EQ(1, count_lines(text, "gup_mirror: "));
	free(text);
}

TEST_F(access, switches_refuse_garbage)
{
	static const struct garbage zero = GARBAGE("0");
	struct bench *bench = &self->bench;
	struct tgm_facts held;
	unsigned int i;

	bench_pair_wrong(_metadata, bench, TGM_pin_user_pages_fast,
			 TGM_put_page, &held);
	ASSERT_EQ(0, write_text(LAYER_DIR "snapshot", "1"));
	bench_reports(bench);
	for (i = 0; i < ARRAY_SIZE(no_switch); i++) {
		refuse(_metadata, bench, "enabled", &no_switch[i], -EINVAL);
		EXPECT_EQ(1, summary_number("enabled"));
		ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "0"));
		refuse(_metadata, bench, "enabled", &no_switch[i], -EINVAL);
		EXPECT_EQ(0, summary_number("enabled"));
		ASSERT_EQ(0, write_text(LAYER_DIR "enabled", "1"));

		refuse(_metadata, bench, "clear", &no_switch[i], -EINVAL);
		EXPECT_EQ(1, summary_number(PUT_ON_PIN));
		refuse(_metadata, bench, "snapshot", &no_switch[i], -EINVAL);
	}
	refuse(_metadata, bench, "clear", &zero, -EINVAL);
	EXPECT_EQ(1, summary_number(PUT_ON_PIN));
	refuse(_metadata, bench, "snapshot", &zero, -EINVAL);
}

/* Garbage is no snapshot: what was taken since the last one still counts. */
TEST_F(access, garbage_is_no_snapshot)
{
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;
	unsigned int i;

	ASSERT_EQ(0, write_text(LAYER_DIR "snapshot", "1"));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages_fast, 0, &arg));
	for (i = 0; i < ARRAY_SIZE(no_switch); i++)
		refuse(_metadata, bench, "snapshot", &no_switch[i], -EINVAL);
	EXPECT_EQ(1, total_of(LAYER_DIR "outstanding", "since_snapshot"));
}

/* A user's pointer that leads nowhere */
TEST_F(access, bad_pointers)
{
	static const char * const names[] = {
		"enabled", "clear", "snapshot", "filter",
	};
	void *nowhere = self->bench.buffer.addr;
	char path[128];
	unsigned int i;

	ASSERT_EQ(0, mprotect(nowhere, page_size(), PROT_NONE));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), LAYER_DIR "%s", names[i]);
		EXPECT_EQ(-EFAULT, write_bytes(path, nowhere, 1)) {
			TH_LOG("%s", path);
		}
	}
}

TEST_F(access, filter_refuses_garbage)
{
	static const char filter[] = "test_gup_mirror,tgm_*";
	static char long_name[256], too_long[70000];
	static const struct {
		struct garbage garbage;
		int err;
	} all[] = {
		{ GARBAGE("a b;c"), -EINVAL },
		{ GARBAGE("put_page()"), -EINVAL },
		{ GARBAGE("test_gup_mirror\0"), -EINVAL },
		{ GARBAGE("\0test_gup_mirror"), -EINVAL },
		{ GARBAGE("\0"), -EINVAL },
		{ GARBAGE("\x80\xff\xfe"), -EINVAL },
		{ GARBAGE("\x01\x02"), -EINVAL },
		{ { long_name, sizeof(long_name) }, -E2BIG },
		{ { too_long, sizeof(too_long) }, -E2BIG },
	};
	unsigned int i;
	char *text;

	memset(long_name, 'a', sizeof(long_name));
	memset(too_long, 'a', sizeof(too_long));
	/* One less is not too long. */
	ASSERT_EQ(0, write_bytes(LAYER_DIR "filter", long_name,
				 sizeof(long_name) - 1));
	ASSERT_EQ(0, write_text(LAYER_DIR "filter", filter));
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		refuse(_metadata, &self->bench, "filter", &all[i].garbage,
		       all[i].err);
		text = read_text(LAYER_DIR "filter");
		ASSERT_NE(NULL, text);
		EXPECT_EQ(0, strncmp(text, filter, sizeof(filter) - 1));
		free(text);
	}
}

TEST_HARNESS_MAIN
