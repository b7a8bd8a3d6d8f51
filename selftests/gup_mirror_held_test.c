// SPDX-License-Identifier: GPL-2.0
/*
 * Who holds what, in /sys/kernel/debug/gup_mirror/outstanding and ages, and what
 * was taken since a snapshot.
 */
#include <sys/wait.h>

#include "bench.h"

#define OUTSTANDING	LAYER_DIR "outstanding"
#define AGES		LAYER_DIR "ages"
#define LONGTERM_MS	"/sys/module/gup_mirror/parameters/longterm_ms"

/* Two functions of the module, each with a stack of its own */
#define PIN		"tgm_pin_user_pages"
#define PIN_FAST	"tgm_pin_user_pages_fast"

FIXTURE(held)
{
	struct bench bench;
	int fd;			/* one more open file of the module */
	long pins;		/* of all that is held in the system */
	long pages;
};

FIXTURE_SETUP(held)
{
	const char *why = bench_watch(&self->bench);

	if (why)
		SKIP(return, "%s", why);
	self->fd = tgm_open();
	ASSERT_LE(0, self->fd);
	self->pins = total_of(OUTSTANDING, "pins");
	self->pages = total_of(OUTSTANDING, "pages");
}

FIXTURE_TEARDOWN(held)
{
	write_text(LONGTERM_MS, "10000");
	close(self->fd);
	bench_unwatch(&self->bench);
}

/* Pin @nr pages of a buffer, from page @first on. */
static void hold(struct __test_metadata *_metadata, const struct bench *bench,
		 int fd, int acquire, unsigned int flags, unsigned int first,
		 unsigned int nr)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(fd, bench->buffer.addr + first * page_size(),
				 nr * page_size(), acquire, flags, &arg));
	ASSERT_EQ(nr, arg.ret);
}

static void give_back(struct __test_metadata *_metadata, int fd)
{
	ASSERT_EQ(0, tgm_release(fd, TGM_unpin_user_pages, 0, NULL));
}

/* The only block for a function of the module; its pins are 0 if there is none */
static struct group_row only_row(struct __test_metadata *_metadata,
				 const char *path, const char *function)
{
	struct group_row rows[2] = {};

	EXPECT_GE(1, group_rows(path, function, rows, ARRAY_SIZE(rows))) {
		TH_LOG("more than one block for %s in %s", function, path);
	}
	return rows[0];
}

TEST_F(held, outstanding_tells_two_stacks_apart)
{
	struct bench *bench = &self->bench;
	struct group_row row;

	EXPECT_EQ(0, only_row(_metadata, OUTSTANDING, PIN).pins);
	hold(_metadata, bench, bench->fd, TGM_pin_user_pages,
	     TGM_WRITE | TGM_LONGTERM, 0, 2);
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 2, 5);

	row = only_row(_metadata, OUTSTANDING, PIN);
	EXPECT_EQ(2, row.pins);
	EXPECT_EQ(2, row.pages);
	EXPECT_STREQ("WRITE|LONGTERM", row.flags);
	EXPECT_FALSE(row.estimate);
	EXPECT_STREQ("pin_user_pages", row.function);
	EXPECT_TRUE(is_place(row.first, PIN)) {
		TH_LOG("first frame: %s", row.first);
	}
	EXPECT_TRUE(row.whole);
	row = only_row(_metadata, OUTSTANDING, PIN_FAST);
	EXPECT_EQ(5, row.pins);
	EXPECT_EQ(5, row.pages);
	EXPECT_STREQ("-", row.flags);
	EXPECT_FALSE(row.estimate);
	EXPECT_STREQ("pin_user_pages_fast", row.function);
	EXPECT_TRUE(is_place(row.first, PIN_FAST)) {
		TH_LOG("first frame: %s", row.first);
	}
	EXPECT_TRUE(row.whole);
	EXPECT_EQ(self->pins + 7, total_of(OUTSTANDING, "pins"));
	EXPECT_EQ(self->pages + 7, total_of(OUTSTANDING, "pages"));

	give_back(_metadata, bench->fd);
	EXPECT_EQ(0, only_row(_metadata, OUTSTANDING, PIN).pins);
	EXPECT_EQ(5, only_row(_metadata, OUTSTANDING, PIN_FAST).pins);
	give_back(_metadata, self->fd);
	EXPECT_EQ(0, only_row(_metadata, OUTSTANDING, PIN_FAST).pins);
	EXPECT_EQ(self->pins, total_of(OUTSTANDING, "pins"));
	EXPECT_EQ(self->pages, total_of(OUTSTANDING, "pages"));
}

/* Flags make groups as well. */
TEST_F(held, outstanding_tells_flags_apart)
{
	static const struct {
		unsigned int flags;
		const char *text;
	} all[] = {
		{ 0, "-" },
		{ TGM_WRITE, "WRITE" },
		{ TGM_LONGTERM, "LONGTERM" },
		{ TGM_WRITE | TGM_LONGTERM, "WRITE|LONGTERM" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		struct group_row row;

		hold(_metadata, &self->bench, self->fd, TGM_pin_user_pages_fast,
		     all[i].flags, 0, 1);
		row = only_row(_metadata, OUTSTANDING, PIN_FAST);
		EXPECT_EQ(1, row.pins);
		EXPECT_STREQ(all[i].text, row.flags);
		give_back(_metadata, self->fd);
	}
}

/* Is each block of the file no bigger than the one before? */
static bool biggest_first(const char *path)
{
	char *text = read_text(path);
	char *line, *rest = text;
	long last = __LONG_MAX__;
	struct group_row row;
	bool sorted = true;
	int nr = 0;

	while (rest && (line = strsep(&rest, "\n"))) {
		if (!parse_group(line, &row))
			continue;
		sorted &= row.pins <= last;
		last = row.pins;
		nr++;
	}
	free(text);
	return sorted && nr > 1;
}

TEST_F(held, outstanding_has_the_biggest_first)
{
	struct bench *bench = &self->bench;

	hold(_metadata, bench, bench->fd, TGM_pin_user_pages, 0, 0, 1);
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 1, 6);
	EXPECT_TRUE(biggest_first(OUTSTANDING));
	give_back(_metadata, bench->fd);
	give_back(_metadata, self->fd);

	/* The other way round, by those who came in the same order */
	hold(_metadata, bench, bench->fd, TGM_pin_user_pages, 0, 0, 6);
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 6, 1);
	EXPECT_TRUE(biggest_first(OUTSTANDING));
}

/* A pin of one page keeps all of its folio where it is. */
TEST_F(held, outstanding_counts_pages_of_folios)
{
	struct bench *bench = &self->bench;
	unsigned int nr = HUGE_SIZE / page_size();
	struct group_row row;
	const char *why;

	buffer_unmap(&bench->buffer);
	why = buffer_map(&bench->buffer, BUFFER_HUGETLB, 1, NULL);
	if (why)
		SKIP(return, "%s", why);
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, TGM_WRITE, 3,
	     2);
	row = only_row(_metadata, OUTSTANDING, PIN_FAST);
	EXPECT_EQ(2, row.pins);
	EXPECT_EQ(nr, row.pages);
	EXPECT_EQ(self->pages + nr, total_of(OUTSTANDING, "pages"));
	row = only_row(_metadata, AGES, PIN_FAST);
	EXPECT_EQ(1, row.folios);
	EXPECT_EQ(2, row.pins);
}

/* Two groups that hold the same page: each has its own. */
TEST_F(held, two_hold_the_same_page)
{
	struct bench *bench = &self->bench;

	hold(_metadata, bench, bench->fd, TGM_pin_user_pages, 0, 0, 1);
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 0, 1);
	EXPECT_EQ(1, only_row(_metadata, OUTSTANDING, PIN).pins);
	EXPECT_EQ(1, only_row(_metadata, OUTSTANDING, PIN_FAST).pins);
	EXPECT_EQ(1, only_row(_metadata, AGES, PIN).pins);
	EXPECT_EQ(1, only_row(_metadata, AGES, PIN_FAST).pins);
	give_back(_metadata, bench->fd);
	EXPECT_EQ(0, only_row(_metadata, OUTSTANDING, PIN).pins);
	EXPECT_EQ(1, only_row(_metadata, OUTSTANDING, PIN_FAST).pins);
	/* Who pinned first holds nothing any more. */
	EXPECT_EQ(0, only_row(_metadata, AGES, PIN).pins);
	EXPECT_EQ(1, only_row(_metadata, AGES, PIN_FAST).pins);
	give_back(_metadata, self->fd);
	EXPECT_EQ(0, only_row(_metadata, AGES, PIN_FAST).pins);
	EXPECT_EQ(self->pins, total_of(OUTSTANDING, "pins"));
	EXPECT_FALSE(only_row(_metadata, OUTSTANDING, PIN).estimate);
}

TEST_F(held, ages_grow)
{
	struct bench *bench = &self->bench;
	struct group_row row, later;
	int i;

	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 0, 3);
	row = only_row(_metadata, AGES, PIN_FAST);
	EXPECT_EQ(3, row.folios);
	EXPECT_EQ(3, row.pins);
	EXPECT_EQ(0, row.orphans);
	EXPECT_STREQ("-", row.flags);
	EXPECT_STREQ("pin_user_pages_fast", row.function);
	EXPECT_TRUE(is_place(row.first, PIN_FAST)) {
		TH_LOG("first frame: %s", row.first);
	}
	EXPECT_TRUE(row.whole);
	EXPECT_EQ(total_of(OUTSTANDING, "pins"), total_of(AGES, "pins"));

	for (i = 0; i < 100; i++) {
		usleep(10000);
		later = only_row(_metadata, AGES, PIN_FAST);
		if (later.oldest_ms > row.oldest_ms)
			break;
	}
	EXPECT_LT(row.oldest_ms, later.oldest_ms);

	give_back(_metadata, self->fd);
	EXPECT_EQ(0, only_row(_metadata, AGES, PIN_FAST).pins);
}

TEST_F(held, who_holds_for_too_long_is_suspect)
{
	struct bench *bench = &self->bench;

	hold(_metadata, bench, bench->fd, TGM_pin_user_pages, TGM_LONGTERM, 0,
	     1);
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 1, 1);
	ASSERT_EQ(0, write_text(LONGTERM_MS, "4294967295"));
	EXPECT_FALSE(only_row(_metadata, AGES, PIN).suspect);
	EXPECT_FALSE(only_row(_metadata, AGES, PIN_FAST).suspect);
	ASSERT_EQ(0, write_text(LONGTERM_MS, "0"));
	EXPECT_FALSE(only_row(_metadata, AGES, PIN).suspect);
	EXPECT_TRUE(only_row(_metadata, AGES, PIN_FAST).suspect);
	/* That is no violation. */
	expect_classes(_metadata, (long [NR_CLASSES]) { 0 }, NULL, 0);
}

/* What is asked of a pin that writes, and is held for so long, is not asked of a get. */
TEST_F(held, a_get_is_no_suspect)
{
	struct bench *bench = &self->bench;

	hold(_metadata, bench, self->fd, TGM_get_user_pages_fast, TGM_WRITE, 0, 1);
	ASSERT_EQ(0, write_text(LONGTERM_MS, "0"));
	EXPECT_FALSE(only_row(_metadata, OUTSTANDING, "tgm_get_user_pages_fast").suspect);
	ASSERT_EQ(0, tgm_release(self->fd, TGM_put_page, 0, NULL));
	expect_classes(_metadata, (long [NR_CLASSES]) { 0 }, NULL, 0);
}

/* A process pins its memory through our open file, and is gone. */
static void pin_and_exit(struct __test_metadata *_metadata, int fd)
{
	struct tgm_acquire arg;
	struct buffer buffer;
	int status;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (buffer_map(&buffer, BUFFER_ANON, 2, NULL) ||
		    tgm_acquire(fd, buffer.addr, buffer.size,
				TGM_pin_user_pages_fast, TGM_WRITE, &arg) ||
		    arg.ret != 2)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
}

TEST_F(held, what_a_dead_process_has_pinned_is_an_orphan)
{
	struct group_row row;
	int i;

	EXPECT_EQ(0, total_of(AGES, "orphans"));
	pin_and_exit(_metadata, self->fd);
	/* Some CPU may have it in a batch for a moment. */
	for (i = 0; i < 100; i++) {
		buffer_settle();
		row = only_row(_metadata, AGES, PIN_FAST);
		if (row.orphans == 2)
			break;
		usleep(10000);
	}
	EXPECT_EQ(2, row.pins);
	EXPECT_EQ(2, row.orphans);
	EXPECT_EQ(2, total_of(AGES, "orphans"));
	EXPECT_EQ(2, summary_number("orphans"));
	EXPECT_EQ(self->pins + 2, total_of(OUTSTANDING, "pins"));

	give_back(_metadata, self->fd);
	EXPECT_EQ(0, total_of(AGES, "orphans"));
	EXPECT_EQ(0, summary_number("orphans"));
	expect_classes(_metadata, (long [NR_CLASSES]) { 0 }, NULL, 0);
}

TEST_F(held, snapshot_counts_what_is_taken_after_it)
{
	struct bench *bench = &self->bench;
	struct group_row row;

	hold(_metadata, bench, bench->fd, TGM_pin_user_pages_fast, 0, 0, 2);
	ASSERT_EQ(0, write_text(LAYER_DIR "snapshot", "1\n"));
	row = only_row(_metadata, OUTSTANDING, PIN_FAST);
	EXPECT_EQ(2, row.pins);
	EXPECT_EQ(0, row.since);
	EXPECT_EQ(0, total_of(OUTSTANDING, "since_snapshot"));

	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 2, 3);
	EXPECT_EQ(3, only_row(_metadata, OUTSTANDING, PIN_FAST).since);
	EXPECT_EQ(5, only_row(_metadata, OUTSTANDING, PIN_FAST).pins);
	EXPECT_EQ(3, total_of(OUTSTANDING, "since_snapshot"));

	/* What was taken before it does not count when it goes. */
	give_back(_metadata, bench->fd);
	EXPECT_EQ(3, only_row(_metadata, OUTSTANDING, PIN_FAST).since);
	EXPECT_EQ(3, only_row(_metadata, OUTSTANDING, PIN_FAST).pins);
	give_back(_metadata, self->fd);
	EXPECT_EQ(0, total_of(OUTSTANDING, "since_snapshot"));

	/* The next one starts over. */
	hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 2, 3);
	EXPECT_EQ(3, total_of(OUTSTANDING, "since_snapshot"));
	ASSERT_EQ(0, write_text(LAYER_DIR "snapshot", "1"));
	EXPECT_EQ(0, total_of(OUTSTANDING, "since_snapshot"));
	give_back(_metadata, self->fd);
	EXPECT_EQ(0, total_of(OUTSTANDING, "since_snapshot"));
}

/* Their numbers are used again after a while. */
TEST_F(held, many_snapshots)
{
	struct bench *bench = &self->bench;
	int i;

	for (i = 0; i < 600; i++) {
		hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 0,
		     2);
		ASSERT_EQ(0, write_text(LAYER_DIR "snapshot", "1"));
		EXPECT_EQ(0, total_of(OUTSTANDING, "since_snapshot"));
		give_back(_metadata, self->fd);
		EXPECT_EQ(0, total_of(OUTSTANDING, "since_snapshot"));
		hold(_metadata, bench, self->fd, TGM_pin_user_pages_fast, 0, 0,
		     1);
		EXPECT_EQ(1, total_of(OUTSTANDING, "since_snapshot"));
		give_back(_metadata, self->fd);
	}
}

TEST_HARNESS_MAIN
