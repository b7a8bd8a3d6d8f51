// SPDX-License-Identifier: GPL-2.0
/*
 * Every way to acquire user pages, with every way to release them: GUP mirror
 * has to report the wrong pairs, and only those, and leave the reference counts
 * right.
 *
 * Needs the module test_gup_mirror, and a kernel booted with gup_mirror=all for
 * all of the tests.
 */
#include "bench.h"

static const int longterm_unpin_functions[] = {
	TGM_unpin_user_page,
	TGM_unpin_user_pages,
	TGM_unpin_user_pages_dirty_lock,
	TGM_unpin_user_page_range_dirty_lock,
	END
};

/* These see a folio, which does not tell how it was acquired. */
static const int put_folio_functions[] = { TGM_folio_put, END };

static const int unpin_folio_functions[] = {
	TGM_unpin_user_folio,
	TGM_unpin_folio,
	END
};

/**
 * struct pairing - an acquire and a release, and what should come of it
 * @acquire: how to acquire
 * @acquire_flags: TGM_ACQUIRE_FLAGS
 * @release: how to release
 * @release_flags: TGM_RELEASE_FLAGS, but for TGM_BALANCE
 * @nr: number of pages
 * @class: the violation that each of the pages is, or NULL
 */
struct pairing {
	int acquire;
	unsigned int acquire_flags;
	int release;
	unsigned int release_flags;
	unsigned int nr;
	const char *class;
};

/*
 * How to release what is still held after the release under test, or -1: a put
 * that nobody could notice has taken a reference that is not the pin's, and an
 * unpin of a page that nobody has pinned takes nothing.
 */
static int release_after(const struct pairing *p)
{
	if (tgm_pins(p->acquire) == tgm_unpins(p->release))
		return -1;
	if (!p->class)
		return TGM_unpin_user_pages;
	return strcmp(p->class, UNPIN_UNPINNED) ? -1 : TGM_put_page;
}

static void check_once(struct __test_metadata *_metadata, struct bench *bench,
		       const struct pairing *p)
{
	unsigned int release_flags = p->release_flags;
	int after = release_after(p);
	struct tgm_facts before, held;
	unsigned int nr = p->nr;
	long counts[NR_CLASSES];
	struct tgm_acquire arg;

	/* Takes the head of a folio only. */
	if (p->release == TGM___free_pages)
		nr = 1;
	if (after >= 0)
		release_flags |= TGM_KEEP;
	if (tgm_pins(p->acquire) != tgm_unpins(p->release) &&
	    (!p->class || !bench->layer.repair))
		release_flags |= TGM_BALANCE;

	layer_counts(counts);
	ASSERT_EQ(0, bench_peek(bench, &before));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 nr * page_size(), p->acquire,
				 p->acquire_flags, &arg));
	if (arg.ret == -EOPNOTSUPP) {
		TH_LOG("this Linux does not let %s() pin for long",
		       tgm_acquire_names[p->acquire]);
		return;
	}
	expect_acquired(_metadata, bench, &arg, nr);
	buffer_settle();
	EXPECT_EQ(0, tgm_release(bench->fd, p->release, release_flags, &held));
	expect_held(_metadata, tgm_pins(p->acquire), &before, &held, nr);
	if (after >= 0) {
		buffer_settle();
		EXPECT_EQ(0, tgm_release(bench->fd, after, 0, &held));
		expect_held(_metadata, tgm_pins(p->acquire), &before, &held,
			    nr);
	}
	expect_counts(_metadata, bench, &before);
	expect_classes(_metadata, counts, p->class, nr);
}

/* What the harness calls the result of a test so far; in Linux 6.1, otherwise. */
#ifdef XFAIL_ADD
#define RESULT		exit_code
#define RESULT_GOOD	KSFT_PASS
#else
#define RESULT		passed
#define RESULT_GOOD	1
#endif

/* Check @p, and say which pair it was if it is not as it should be. */
static void check(struct __test_metadata *_metadata, struct bench *bench,
		  const struct pairing *p)
{
	int earlier = _metadata->RESULT;

	_metadata->RESULT = RESULT_GOOD;
	check_once(_metadata, bench, p);
	if (_metadata->RESULT == RESULT_GOOD)
		_metadata->RESULT = earlier;
	else
		TH_LOG("this was %s() with %s(), flags 0x%x and 0x%x, %u pages",
		       tgm_acquire_names[p->acquire],
		       tgm_release_names[p->release], p->acquire_flags,
		       p->release_flags, p->nr);
}

/* Check all pairs of two lists, otherwise as @p says. */
static void check_all(struct __test_metadata *_metadata, struct bench *bench,
		      const int *acquires, const int *releases,
		      const struct pairing *p)
{
	struct pairing pair = *p;
	const int *acquire, *release;

	for (acquire = acquires; *acquire != END; acquire++) {
		for (release = releases; *release != END; release++) {
			pair.acquire = *acquire;
			pair.release = *release;
			check(_metadata, bench, &pair);
		}
	}
}

FIXTURE(pairing)
{
	struct bench bench;
};

FIXTURE_VARIANT(pairing)
{
	enum buffer_type type;
};

FIXTURE_VARIANT_ADD(pairing, anon)
{
	.type = BUFFER_ANON,
};

FIXTURE_VARIANT_ADD(pairing, thp)
{
	.type = BUFFER_THP,
};

FIXTURE_VARIANT_ADD(pairing, memfd)
{
	.type = BUFFER_MEMFD,
};

FIXTURE_VARIANT_ADD(pairing, file)
{
	.type = BUFFER_FILE,
};

FIXTURE_VARIANT_ADD(pairing, hugetlb)
{
	.type = BUFFER_HUGETLB,
};

FIXTURE_SETUP(pairing)
{
	struct bench *bench = &self->bench;
	struct tgm_facts facts = {};
	const char *why;

	why = bench_open(bench);
	if (!why)
		why = buffer_map(&bench->buffer, variant->type, SMALL_PAGES,
				 NULL);
	if (why)
		SKIP(return, "%s", why);

	ASSERT_EQ(0, tgm_peek(bench->fd, bench->buffer.addr, &facts));
	if (variant->type == BUFFER_THP && facts.folio_pages == 1)
		SKIP(return, "the kernel gave no transparent huge page");
}

FIXTURE_TEARDOWN(pairing)
{
	close(self->bench.fd);
	buffer_unmap(&self->bench.buffer);
}

TEST_F(pairing, pin_and_unpin)
{
	struct pairing p = {
		.acquire_flags = TGM_WRITE,
		.nr = bench_pages(&self->bench),
	};

	check_all(_metadata, &self->bench, pin_functions, unpin_functions, &p);
	check_all(_metadata, &self->bench, pin_functions,
		  unpin_folio_functions, &p);
	p.release_flags = TGM_DIRTY;
	check_all(_metadata, &self->bench, pin_functions, unpin_functions, &p);
}

TEST_F(pairing, longterm_pin_and_unpin)
{
	struct pairing p = {
		.acquire_flags = TGM_LONGTERM,
		.nr = bench_pages(&self->bench),
	};

	/* Where pages are written back, no pin for writing may last. */
	if (variant->type != BUFFER_FILE)
		p.acquire_flags |= TGM_WRITE;
	check_all(_metadata, &self->bench, pin_functions,
		  longterm_unpin_functions, &p);
}

TEST_F(pairing, get_and_put)
{
	struct pairing p = {
		.acquire_flags = TGM_WRITE,
		.nr = bench_pages(&self->bench),
	};

	check_all(_metadata, &self->bench, get_functions, put_functions, &p);
	check_all(_metadata, &self->bench, get_functions, put_folio_functions,
		  &p);
}

TEST_F(pairing, put_on_pin)
{
	struct pairing p = { .nr = 1, .class = PUT_ON_PIN };

	if (!self->bench.layer.pins || self->bench.layer.panics)
		SKIP(return, "needs gup_mirror=pin or all, and no panic");

	check_all(_metadata, &self->bench, pin_functions, put_functions, &p);
	p.nr = 5;
	check_all(_metadata, &self->bench, pin_functions, put_functions, &p);
	p.acquire_flags = TGM_WRITE;
	p.nr = bench_pages(&self->bench);
	check_all(_metadata, &self->bench, pin_functions, put_functions, &p);
}

TEST_F(pairing, unpin_on_get)
{
	struct pairing p = {
		.acquire_flags = TGM_WRITE,
		.nr = 1,
		.class = UNPIN_ON_GET,
	};

	if (!self->bench.layer.gets || self->bench.layer.panics)
		SKIP(return, "needs gup_mirror=all, and no panic");

	check_all(_metadata, &self->bench, get_functions, unpin_functions, &p);
	p.nr = 5;
	check_all(_metadata, &self->bench, get_functions, unpin_functions, &p);
	p.release_flags = TGM_DIRTY;
	p.nr = bench_pages(&self->bench);
	check_all(_metadata, &self->bench, get_functions, unpin_functions, &p);
}

/* A pointer that has lost its view does not tell, but the ledger does. */
TEST_F(pairing, laundered)
{
	struct pairing p = {
		.acquire_flags = TGM_WRITE,
		.release_flags = TGM_LAUNDER,
		.nr = 1,
	};

	check_all(_metadata, &self->bench, pin_functions, unpin_functions, &p);
	check_all(_metadata, &self->bench, get_functions, put_functions, &p);
	/* Whose reference this is, nobody can tell. */
	check_all(_metadata, &self->bench, pin_functions, put_functions, &p);

	if (!self->bench.layer.pins || self->bench.layer.panics)
		SKIP(return, "needs gup_mirror=pin or all, and no panic");
	p.class = UNPIN_UNPINNED;
	check_all(_metadata, &self->bench, get_functions, unpin_functions, &p);
}

/* Nor does a folio tell. */
TEST_F(pairing, folio)
{
	struct pairing p = { .nr = 1 };

	check_all(_metadata, &self->bench, pin_functions, put_folio_functions,
		  &p);

	if (!self->bench.layer.pins || self->bench.layer.panics)
		SKIP(return, "needs gup_mirror=pin or all, and no panic");
	p.class = UNPIN_UNPINNED;
	check_all(_metadata, &self->bench, get_functions,
		  unpin_folio_functions, &p);
}

/* A reference taken through the pointer may be put through it, but once. */
TEST_F(pairing, extra_get_makes_one_put_right)
{
	struct bench *bench = &self->bench;
	unsigned int flags = bench->layer.repair ? 0 : TGM_BALANCE;
	struct tgm_facts before, held;
	struct tgm_acquire arg;
	const int *put;
	long seen;

	if (!bench->layer.pins || bench->layer.panics)
		SKIP(return, "needs gup_mirror=pin or all, and no panic");

	for (put = put_functions; *put != END; put++) {
		seen = summary_number(PUT_ON_PIN);
		ASSERT_EQ(0, bench_peek(bench, &before));
		ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
					 page_size(), TGM_pin_user_pages_fast,
					 TGM_EXTRA_GET, &arg));
		ASSERT_EQ(1, arg.ret);

		EXPECT_EQ(0, tgm_release(bench->fd, *put, TGM_EXTRA, NULL));
		EXPECT_EQ(seen, summary_number(PUT_ON_PIN)) {
			TH_LOG("by %s()", tgm_release_names[*put]);
		}
		EXPECT_EQ(0, tgm_release(bench->fd, *put, flags, &held));
		EXPECT_EQ(seen + 1, summary_number(PUT_ON_PIN)) {
			TH_LOG("by %s()", tgm_release_names[*put]);
		}
		expect_held(_metadata, true, &before, &held, 1);
		expect_counts(_metadata, bench, &before);
	}
}

TEST_F(pairing, extra_get_outlives_the_pin)
{
	struct bench *bench = &self->bench;
	long seen = summary_number(PUT_ON_PIN);
	struct tgm_facts before, held;
	struct tgm_acquire arg;

	ASSERT_EQ(0, bench_peek(bench, &before));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages_fast, TGM_EXTRA_GET, &arg));
	ASSERT_EQ(1, arg.ret);
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, NULL));
	EXPECT_EQ(0, tgm_release(bench->fd, TGM_put_page, TGM_EXTRA, &held));
	expect_held(_metadata, false, &before, &held, 1);
	expect_counts(_metadata, bench, &before);
	EXPECT_EQ(seen, summary_number(PUT_ON_PIN));
}

/* The module gives back what a dead process held, or later tests are off. */
TEST_F(pairing, close_gives_back)
{
	static const int acquires[] = {
		TGM_pin_user_pages_fast,
		TGM_get_user_pages_fast,
		END
	};
	struct bench *bench = &self->bench;
	struct tgm_facts before;
	long counts[NR_CLASSES];
	struct tgm_acquire arg;
	const int *acquire;

	layer_counts(counts);
	ASSERT_EQ(0, bench_peek(bench, &before));
	for (acquire = acquires; *acquire != END; acquire++) {
		ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
					 bench->buffer.size, *acquire,
					 TGM_EXTRA_GET, &arg));
		ASSERT_EQ(bench_pages(bench), arg.ret);
		close(bench->fd);
		bench->fd = tgm_open();
		ASSERT_LE(0, bench->fd);
		expect_counts(_metadata, bench, &before);
	}
	expect_classes(_metadata, counts, NULL, 0);
}

TEST_HARNESS_MAIN
