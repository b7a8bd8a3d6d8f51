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
	ASSERT_EQ(0, bench_peek(bench, &before));
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
			/* GUP-fast leaves special entries to the others. */
			if (*acquire == TGM_get_user_pages_fast_only)
				continue;
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
	ASSERT_EQ(0, bench_peek(bench, &before));
	for (release = releases; *release != END; release++) {
		arg = (struct tgm_acquire) {
			.size = bench->buffer.size,
			.fn = TGM_memfd_pin_folios,
			.fd = bench->buffer.fd,
		};
		ASSERT_EQ(0, tgm_do_acquire(bench->fd, &arg));
		if (arg.ret == -EOPNOTSUPP)
			SKIP(return, "this Linux has no memfd_pin_folios()");
		EXPECT_EQ(SMALL_PAGES, arg.ret);
		EXPECT_EQ(SMALL_PAGES, arg.nr_changed);
		EXPECT_EQ(SMALL_PAGES, arg.facts.nr_canonical);
		EXPECT_EQ(before.pfn, arg.facts.pfn);
		EXPECT_EQ(0, tgm_release(bench->fd, *release, 0, &held));
		expect_held(_metadata, true, &before, &held, 1);
		expect_counts(_metadata, bench, &before);
	}
}

/* The module believes nobody: it is there to be called wrongly. */
TEST_F(returned, bad_requests)
{
	struct bench *bench = &self->bench;
	const size_t page = page_size();
	const struct {
		unsigned long addr;
		size_t size;
		int fn;
		unsigned int flags;
	} bad[] = {
		{ page, page, TGM_NR_ACQUIRE, 0 },
		{ page, page, -1, 0 },
		{ page, page, TGM_pin_user_pages, 0x10 },
		{ page + 1, page, TGM_pin_user_pages, 0 },
		{ page, page + 1, TGM_pin_user_pages, 0 },
		{ page, 0, TGM_pin_user_pages, 0 },
		{ page, (TGM_MAX_PAGES + 1) * page, TGM_pin_user_pages, 0 },
		{ -page, 2 * page, TGM_pin_user_pages, 0 },
		{ page, page, TGM_get_user_pages, TGM_LONGTERM },
		{ page, page, TGM_pin_user_pages, TGM_NO_PAGES },
		{ page, page, TGM_get_user_pages_fast, TGM_NO_PAGES },
	};
	struct tgm_acquire arg;
	struct tgm_facts facts;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, tgm_acquire(bench->fd, (void *)bad[i].addr,
					       bad[i].size, bad[i].fn,
					       bad[i].flags, &arg)) {
			TH_LOG("request %u", i);
		}
	}
	EXPECT_EQ(-EINVAL, tgm_peek(bench->fd, (void *)1, &facts));
	EXPECT_EQ(-EFAULT, tgm_peek(bench->fd, NULL, &facts));
	EXPECT_EQ(-1, ioctl(bench->fd, TGM_ACQUIRE, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(bench->fd, _IO('G', 99), NULL));
	EXPECT_EQ(ENOTTY, errno);
	arg = (struct tgm_acquire) {
		.size = page,
		.fn = TGM_memfd_pin_folios,
		.fd = -1,
	};
	EXPECT_EQ(-EBADF, tgm_do_acquire(bench->fd, &arg));

	EXPECT_EQ(-ENOENT, tgm_release(bench->fd, TGM_put_page, 0, NULL));
	ASSERT_EQ(NULL, buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				   NULL));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page,
				 TGM_pin_user_pages, TGM_EXTRA_GET, &arg));
	EXPECT_EQ(-EBUSY, tgm_acquire(bench->fd, bench->buffer.addr, page,
				      TGM_pin_user_pages, 0, &arg));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_NR_RELEASE, 0, NULL));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_put_page, 0x40, NULL));
	/* Wrong while there is an extra reference, which would make it right */
	EXPECT_EQ(-EBUSY, tgm_release(bench->fd, TGM_put_page, 0, NULL));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_unpin_user_page,
				       TGM_EXTRA, NULL));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_unpin_user_page,
				       TGM_BALANCE, NULL));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_unpin_user_page,
				       TGM_KEEP, NULL));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_unpin_folios, 0, NULL));
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_put_page, TGM_EXTRA, NULL));
	EXPECT_EQ(-ENOENT, tgm_release(bench->fd, TGM_put_page, TGM_EXTRA,
				       NULL));
	/* Only a function that puts can steal, and nothing else meanwhile. */
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_unpin_user_page,
				       TGM_STEAL, NULL));
	EXPECT_EQ(-EINVAL, tgm_release(bench->fd, TGM_put_page,
				       TGM_STEAL | TGM_LAUNDER, NULL));
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, NULL));
	EXPECT_EQ(-ENOENT, tgm_release(bench->fd, TGM_unpin_user_page, 0,
				       NULL));
	EXPECT_EQ(-ENOENT, tgm_leak(bench->fd));
}

TEST_HARNESS_MAIN
