// SPDX-License-Identifier: GPL-2.0
/*
 * Memory whose memmap no view shows: it came after boot, from far away. Pointers to
 * its pages stay canonical, and all else is as for other memory: the data, the
 * ledger, and the verdicts that need no view.
 *
 * Needs a machine where all new memory comes from there. $GUP_MIRROR_BEYOND is the
 * physical address where that memory begins, $GUP_MIRROR_WITHIN a file in memory
 * that the views show, $GUP_MIRROR_DISK a disk that may be overwritten.
 */
#include "bench.h"
#include "modules.h"
#include "plans.h"

#define OUTSTANDING	LAYER_DIR "outstanding"
#define AGES		LAYER_DIR "ages"

FIXTURE(beyond)
{
	struct bench bench;
	long counts[NR_CLASSES];
	long unmirrored;
	unsigned long first_pfn;	/* of what is beyond */
	enum buffer_type type;
};

FIXTURE_VARIANT(beyond)
{
	enum buffer_type type;
};

FIXTURE_VARIANT_ADD(beyond, anon)
{
	.type = BUFFER_ANON,
};

FIXTURE_VARIANT_ADD(beyond, thp)
{
	.type = BUFFER_THP,
};

FIXTURE_VARIANT_ADD(beyond, memfd)
{
	.type = BUFFER_MEMFD,
};

/* As the process sees it, without the help of the layer or the module */
static unsigned long pfn_of(const void *addr)
{
	const __u64 present = 1ULL << 63, pfn_mask = (1ULL << 55) - 1;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry),
		  (uintptr_t)addr / page_size() * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry & present ? entry & pfn_mask : 0;
}

static unsigned long address_in(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : 0;
}

/* A new buffer, which is beyond */
static void map_beyond(struct __test_metadata *_metadata, struct bench *bench,
		       enum buffer_type type, unsigned long first_pfn)
{
	unsigned int i;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, type, SMALL_PAGES, NULL));
	for (i = 0; i < SMALL_PAGES; i++)
		ASSERT_LE(first_pfn, pfn_of(bench->buffer.addr +
					    i * page_size()));
	buffer_settle();
}

FIXTURE_SETUP(beyond)
{
	const char *why = bench_watch(&self->bench);

	self->first_pfn = address_in("GUP_MIRROR_BEYOND") / page_size();
	if (!why && !self->first_pfn)
		why = "GUP_MIRROR_BEYOND is not set: is there such memory?";
	if (!why && (!self->bench.layer.gets || !self->bench.layer.repair))
		why = "needs gup_mirror=all that repairs";
	if (why)
		SKIP(return, "%s", why);
	buffer_unmap(&self->bench.buffer);
	self->type = variant->type;
	map_beyond(_metadata, &self->bench, self->type, self->first_pfn);
	layer_counts(self->counts);
	self->unmirrored = summary_number("unmirrored");
}

FIXTURE_TEARDOWN(beyond)
{
	EXPECT_EQ(0, summary_number("untracked"));
	EXPECT_EQ(0, summary_number("inconsistent"));
	bench_unwatch(&self->bench);
}

/* Every function that acquires, with the right release */
TEST_F(beyond, pointers_stay_canonical)
{
	static const int * const all[] = { pin_functions, get_functions };
	struct bench *bench = &self->bench;
	struct tgm_facts before;
	struct tgm_acquire arg;
	const int *acquire;
	unsigned int i;
	long nr = 0;

	ASSERT_EQ(0, bench_peek(bench, &before));
	EXPECT_EQ(pfn_of(bench->buffer.addr), before.pfn);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (acquire = all[i]; *acquire != END; acquire++) {
			ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
						 SMALL_PAGES * page_size(),
						 *acquire, TGM_WRITE, &arg));
			ASSERT_EQ(SMALL_PAGES, arg.ret);
			EXPECT_EQ(TGM_CANONICAL, arg.facts.kind);
			EXPECT_EQ(SMALL_PAGES, arg.facts.nr_canonical) {
				TH_LOG("by %s()", tgm_acquire_names[*acquire]);
			}
			EXPECT_EQ(before.pfn, arg.facts.pfn);
			ASSERT_EQ(0, tgm_release(bench->fd, i ? TGM_put_page :
						 TGM_unpin_user_pages, 0,
						 NULL));
			nr += SMALL_PAGES;
		}
	}
	expect_counts(_metadata, bench, &before);
	expect_classes(_metadata, self->counts, NULL, 0);
	/* Others may be in that memory as well. */
	EXPECT_LE(self->unmirrored + nr, summary_number("unmirrored"));
}

TEST_F(beyond, the_ledger_has_them)
{
	long pins = total_of(OUTSTANDING, "pins");
	struct bench *bench = &self->bench;
	struct group_row row = {};
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 3 * page_size(), TGM_pin_user_pages_fast,
				 TGM_WRITE, &arg));
	ASSERT_EQ(3, arg.ret);
	EXPECT_EQ(pins + 3, total_of(OUTSTANDING, "pins"));
	EXPECT_EQ(1, group_rows(OUTSTANDING, "tgm_pin_user_pages_fast", &row,
				1));
	EXPECT_EQ(3, row.pins);
	memset(&row, 0, sizeof(row));
	EXPECT_EQ(1, group_rows(AGES, "tgm_pin_user_pages_fast", &row, 1));
	EXPECT_EQ(3, row.pins);
	EXPECT_EQ(self->type == BUFFER_THP ? 1 : 3, row.folios);

	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	EXPECT_EQ(pins, total_of(OUTSTANDING, "pins"));
	EXPECT_EQ(0, group_rows(AGES, "tgm_pin_user_pages_fast", &row, 1));
	expect_classes(_metadata, self->counts, NULL, 0);
}

/* Without a view, there is no telling whose pin it once was. */
TEST_F(beyond, an_unpin_too_many_is_seen)
{
	struct bench *bench = &self->bench;
	struct tgm_facts before, held;

	ASSERT_EQ(0, bench_peek(bench, &before));
	bench_pair(_metadata, bench, TGM_pin_user_pages_fast,
		   TGM_unpin_user_page, TGM_KEEP, 1, &held);
	expect_classes(_metadata, self->counts, NULL, 0);
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, NULL));
	expect_classes(_metadata, self->counts, UNPIN_UNPINNED, 1);

	bench_pair(_metadata, bench, TGM_get_user_pages_fast,
		   TGM_unpin_user_pages, TGM_KEEP, 3, &held);
	expect_classes(_metadata, self->counts, UNPIN_UNPINNED, 4);
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_put_page, 0, NULL));
	expect_classes(_metadata, self->counts, UNPIN_UNPINNED, 4);
	expect_counts(_metadata, bench, &before);
}

/* What is seen of the page, and not of a pointer to it */
static void follow(struct __test_metadata *_metadata, struct bench *bench,
		   const char *class)
{
	const struct plan *plan = find_plan(class);
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 2 * page_size(), plan->acquire, TGM_WRITE,
				 &arg));
	ASSERT_EQ(2, arg.ret);
	ASSERT_EQ(0, take_steps(bench->fd, plan->wrong, 0, &bench->buffer));
}

TEST_F(beyond, a_lost_pin_is_seen)
{
	follow(_metadata, &self->bench, LOST_PIN);
	expect_classes(_metadata, self->counts, LOST_PIN,
		       self->type == BUFFER_THP ? 1 : 2);
}

TEST_F(beyond, a_free_of_a_pinned_page_is_seen)
{
	follow(_metadata, &self->bench, FREE_WHILE_PINNED);
	expect_classes(_metadata, self->counts, FREE_WHILE_PINNED,
		       self->type == BUFFER_THP ? 1 : 2);
}

/* This loses a page for good, by a function that no other test looks at. */
TEST_F(beyond, a_leak_is_seen)
{
	struct bench *bench = &self->bench;
	struct module_image image;
	struct tgm_acquire arg;
	const char *why;

	why = module_read(&image);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages, TGM_WRITE, &arg));
	ASSERT_EQ(0, tgm_leak(bench->fd));
	close(bench->fd);
	bench->fd = -1;
	ASSERT_EQ(0, module_unload(&image));
	expect_classes(_metadata, self->counts, LEAK_AT_UNLOAD, 1);
	EXPECT_EQ(0, module_load(&image, ""));
	module_free(&image);
}

/* Every second page of the buffer is replaced by one of the file's. */
static void mix(struct __test_metadata *_metadata, struct bench *bench,
		unsigned long first_pfn)
{
	const char *path = getenv("GUP_MIRROR_WITHIN");
	unsigned int i;
	int fd;

	ASSERT_NE(NULL, path);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	for (i = 0; i < SMALL_PAGES; i += 2) {
		char *addr = bench->buffer.addr + i * page_size();

		ASSERT_EQ(addr, mmap(addr, page_size(), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd,
				     i * page_size()));
		ASSERT_NE(0, pfn_of(addr));
		ASSERT_GT(first_pfn, pfn_of(addr));
	}
	close(fd);
}

/* In one call, pages that have a view and pages that have none */
TEST_F(beyond, next_to_pages_with_a_view)
{
	static const int * const all[] = { pin_functions, get_functions };
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;
	const int *acquire;
	long on_get, unpinned;
	unsigned int i;

	mix(_metadata, bench, self->first_pfn);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (acquire = all[i]; *acquire != END; acquire++) {
			ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
						 SMALL_PAGES * page_size(),
						 *acquire, TGM_WRITE, &arg));
			ASSERT_EQ(SMALL_PAGES, arg.ret);
			EXPECT_EQ(i ? TGM_GET_VIEW : TGM_PIN_VIEW,
				  arg.facts.kind);
			EXPECT_EQ(pfn_of(bench->buffer.addr), arg.facts.pfn);
			EXPECT_EQ(SMALL_PAGES / 2, arg.facts.nr_canonical);
			EXPECT_EQ(1, arg.facts.nr_views);
			ASSERT_EQ(0, tgm_release(bench->fd, i ? TGM_put_page :
						 TGM_unpin_user_pages, 0,
						 NULL));
		}
	}
	expect_classes(_metadata, self->counts, NULL, 0);

	/*
	 * Each page is judged for itself. Of those without a view, nobody can tell that
	 * they were gotten: they are lost.
	 */
	on_get = summary_number(UNPIN_ON_GET);
	unpinned = summary_number(UNPIN_UNPINNED);
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 SMALL_PAGES * page_size(),
				 TGM_get_user_pages_fast, TGM_WRITE, &arg));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	EXPECT_EQ(on_get + SMALL_PAGES / 2, summary_number(UNPIN_ON_GET));
	EXPECT_EQ(unpinned + SMALL_PAGES / 2, summary_number(UNPIN_UNPINNED));
}

static void fill(char *buffer, unsigned int seed)
{
	unsigned int i;

	srandom(seed);
	for (i = 0; i < SMALL_PAGES * page_size(); i++)
		buffer[i] = random();
}

/* Both directions; each page that a device reads or writes is the right one. */
static void expect_io(struct __test_metadata *_metadata, char *buffer)
{
	const char *disk = getenv("GUP_MIRROR_DISK");
	size_t size = SMALL_PAGES * page_size();
	char *expected = malloc(size), *seen = malloc(size);
	int direct, buffered;

	ASSERT_NE(NULL, disk);
	ASSERT_NE(NULL, expected);
	ASSERT_NE(NULL, seen);
	direct = open(disk, O_RDWR | O_DIRECT | O_CLOEXEC);
	ASSERT_LE(0, direct);
	buffered = open(disk, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, buffered);

	fill(buffer, 1);
	fill(expected, 1);
	ASSERT_EQ(size, pwrite(direct, buffer, size, 0));
	EXPECT_EQ(0, memcmp(buffer, expected, size)) {
		TH_LOG("a write has changed the buffer");
	}
	ASSERT_EQ(size, pread(buffered, seen, size, 0));
	EXPECT_EQ(0, memcmp(seen, expected, size)) {
		TH_LOG("something else was written to the disk");
	}

	fill(expected, 2);
	ASSERT_EQ(size, pwrite(buffered, expected, size, 0));
	ASSERT_EQ(0, fsync(buffered));
	ASSERT_EQ(size, pread(direct, buffer, size, 0));
	EXPECT_EQ(0, memcmp(buffer, expected, size)) {
		TH_LOG("what was read did not come to the buffer");
	}
	close(buffered);
	close(direct);
	free(expected);
	free(seen);
}

TEST_F(beyond, direct_io)
{
	expect_io(_metadata, self->bench.buffer.addr);
	expect_classes(_metadata, self->counts, NULL, 0);
	EXPECT_LE(self->unmirrored + 2 * SMALL_PAGES,
		  summary_number("unmirrored"));
}

TEST_F(beyond, direct_io_next_to_pages_with_a_view)
{
	mix(_metadata, &self->bench, self->first_pfn);
	expect_io(_metadata, self->bench.buffer.addr);
	expect_classes(_metadata, self->counts, NULL, 0);
	EXPECT_LE(self->unmirrored + SMALL_PAGES, summary_number("unmirrored"));
}

TEST_HARNESS_MAIN
