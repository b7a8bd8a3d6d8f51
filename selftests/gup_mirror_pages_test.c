// SPDX-License-Identifier: GPL-2.0
/*
 * What the functions return that acquire pages: pointers into one view for
 * exactly the pages that were acquired, and nothing else.
 */
#include "bench.h"

FIXTURE(returned)
{
	struct bench bench;
};

FIXTURE_SETUP(returned)
{
	const char *why = bench_open(&self->bench);

	if (why)
		SKIP(return, "%s", why);
	self->bench.buffer.fd = -1;
}

FIXTURE_TEARDOWN(returned)
{
	close(self->bench.fd);
	buffer_unmap(&self->bench.buffer);
}

/* Behind a hole there is nothing, and in the array as well. */
TEST_F(returned, part_of_the_buffer)
{
	static const int * const all[] = { pin_functions, get_functions };
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;
	const int *acquire;
	unsigned int i;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				   NULL));
	ASSERT_EQ(0, munmap(bench->buffer.addr + 3 * page_size(), page_size()));

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (acquire = all[i]; *acquire != END; acquire++) {
			ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
						 bench->buffer.size, *acquire,
						 TGM_WRITE, &arg));
			expect_acquired(_metadata, bench, &arg, 3);
			EXPECT_EQ(0, tgm_release(bench->fd, i ? TGM_put_page :
						 TGM_unpin_user_pages, 0,
						 NULL));
		}
	}
}

TEST_F(returned, nothing_of_the_buffer)
{
	static const int * const all[] = { pin_functions, get_functions };
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;
	const int *acquire;
	unsigned int i;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				   NULL));
	ASSERT_EQ(0, munmap(bench->buffer.addr, page_size()));

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (acquire = all[i]; *acquire != END; acquire++) {
			ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
						 bench->buffer.size, *acquire,
						 TGM_WRITE, &arg));
			EXPECT_GE(0, arg.ret);
			EXPECT_EQ(0, arg.nr_beyond) {
				TH_LOG("by %s()", tgm_acquire_names[*acquire]);
			}
		}
	}
}

TEST_F(returned, no_array)
{
	static const int acquires[] = {
		TGM_get_user_pages,
		TGM_get_user_pages_unlocked,
		TGM_get_user_pages_remote,
		END
	};
	struct bench *bench = &self->bench;
	struct tgm_facts before;
	struct tgm_acquire arg;
	const int *acquire;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				   NULL));
	buffer_settle();
	ASSERT_EQ(0, tgm_peek(bench->fd, bench->buffer.addr, &before));
	for (acquire = acquires; *acquire != END; acquire++) {
		ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
					 bench->buffer.size, *acquire,
					 TGM_NO_PAGES, &arg));
		EXPECT_EQ(SMALL_PAGES, arg.ret);
		EXPECT_EQ(0, arg.nr_changed);
		EXPECT_EQ(-ENOENT, tgm_release(bench->fd, TGM_put_page, 0,
					       NULL));
		expect_counts(_metadata, bench, &before);
	}
}

/*
 * The zero page is not pinned and callers differ in whether they unpin it, so
 * it is never in a view, and no release of it can be wrong.
 */
TEST_F(returned, zero_page)
{
	static const int * const all[] = { pin_functions, get_functions };
	struct bench *bench = &self->bench;
	size_t size = SMALL_PAGES * page_size();
	long put_on_pin = summary_number(PUT_ON_PIN);
	long unpin_on_get = summary_number(UNPIN_ON_GET);
	struct tgm_acquire arg;
	const int *acquire;
	unsigned int i;

	bench->buffer.map = mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, bench->buffer.map);
	bench->buffer.map_size = size;
	madvise(bench->buffer.map, size, MADV_NOHUGEPAGE);

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		for (acquire = all[i]; *acquire != END; acquire++) {
			/* GUP-fast alone has to find them mapped. */
			if (*acquire == TGM_get_user_pages_fast_only)
				ASSERT_EQ(0, *(char *)bench->buffer.map);
			ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.map,
						 size, *acquire, 0, &arg));
			ASSERT_EQ(SMALL_PAGES, arg.ret);
			EXPECT_EQ(SMALL_PAGES, arg.nr_changed);
			EXPECT_EQ(SMALL_PAGES, arg.facts.nr_canonical) {
				TH_LOG("by %s()", tgm_acquire_names[*acquire]);
			}
			EXPECT_EQ(0, tgm_release(bench->fd, i ?
						 TGM_unpin_user_pages :
						 TGM_put_page, TGM_BALANCE,
						 NULL));
		}
	}
	EXPECT_EQ(put_on_pin, summary_number(PUT_ON_PIN));
	EXPECT_EQ(unpin_on_get, summary_number(UNPIN_ON_GET));
}

/* A buffer of which one page is the zero page: the others are mirrored. */
TEST_F(returned, zero_page_among_others)
{
	struct bench *bench = &self->bench;
	struct tgm_acquire arg;

	if (!bench->layer.pins)
		SKIP(return, "needs gup_mirror=pin or all");

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				   NULL));
	ASSERT_EQ(0, madvise(bench->buffer.addr + page_size(), page_size(),
			     MADV_DONTNEED));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 bench->buffer.size, TGM_pin_user_pages_fast, 0,
				 &arg));
	EXPECT_EQ(SMALL_PAGES, arg.ret);
	EXPECT_EQ(1, arg.facts.nr_canonical);
	EXPECT_EQ(1, arg.facts.nr_views);
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
}

/* Folio pointers stay canonical. */
TEST_F(returned, folios)
{
	static const int releases[] = {
		TGM_unpin_folio,
		TGM_unpin_folios,
		TGM_unpin_user_folio,
		END
	};
	struct bench *bench = &self->bench;
	struct tgm_facts before, held;
	struct tgm_acquire arg;
	const int *release;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, BUFFER_MEMFD, SMALL_PAGES,
				   NULL));
	buffer_settle();
	ASSERT_EQ(0, tgm_peek(bench->fd, bench->buffer.addr, &before));
	for (release = releases; *release != END; release++) {
		arg = (struct tgm_acquire) {
			.size = bench->buffer.size,
			.fn = TGM_memfd_pin_folios,
			.fd = bench->buffer.fd,
		};
		ASSERT_EQ(0, tgm_do_acquire(bench->fd, &arg));
		EXPECT_EQ(SMALL_PAGES, arg.ret);
		EXPECT_EQ(SMALL_PAGES, arg.nr_changed);
		EXPECT_EQ(SMALL_PAGES, arg.facts.nr_canonical);
		EXPECT_EQ(before.pfn, arg.facts.pfn);
		EXPECT_EQ(0, tgm_release(bench->fd, *release, 0, &held));
		expect_held(_metadata, true, &before, &held, 1);
		expect_counts(_metadata, bench, &before);
	}
}

TEST_HARNESS_MAIN
