// SPDX-License-Identifier: GPL-2.0
/*
 * Provokes each class of violation on each sort of memory, through pointers into
 * a view and through laundered ones, and does each time what would have been
 * right as well: exactly the one is reported, and nothing is left held.
 */
#include "bench.h"
#include "plans.h"

/* How it was before the test */
struct start {
	long counts[NR_CLASSES];
	long held;
};

FIXTURE(verdicts)
{
	struct bench bench;
	struct start start;
};

FIXTURE_VARIANT(verdicts)
{
	enum buffer_type type;
};

FIXTURE_VARIANT_ADD(verdicts, anon)
{
	.type = BUFFER_ANON,
};

FIXTURE_VARIANT_ADD(verdicts, thp)
{
	.type = BUFFER_THP,
};

FIXTURE_VARIANT_ADD(verdicts, memfd)
{
	.type = BUFFER_MEMFD,
};

FIXTURE_VARIANT_ADD(verdicts, file)
{
	.type = BUFFER_FILE,
};

FIXTURE_VARIANT_ADD(verdicts, hugetlb)
{
	.type = BUFFER_HUGETLB,
};

FIXTURE_SETUP(verdicts)
{
	struct bench *bench = &self->bench;
	const char *why = bench_open(bench);
	struct tgm_facts facts;

	if (!why && (!bench->layer.gets || !bench->layer.repair ||
		     bench->layer.panics))
		why = "needs gup_mirror=all that repairs, and no panic";
	if (!why)
		why = buffer_map(&bench->buffer, variant->type, SMALL_PAGES,
				 NULL);
	if (why)
		SKIP(return, "%s", why);
	ASSERT_EQ(0, tgm_peek(bench->fd, bench->buffer.addr, &facts));
	if (variant->type == BUFFER_THP && facts.folio_pages == 1)
		SKIP(return, "the kernel gave no transparent huge page");
	/* Every time a new one, since it may have to be freed. */
	buffer_unmap(&bench->buffer);
	layer_counts(self->start.counts);
	self->start.held = total_of(LAYER_DIR "outstanding", "pins");
	ASSERT_LE(0, self->start.held);
}

FIXTURE_TEARDOWN(verdicts)
{
	close(self->bench.fd);
	buffer_unmap(&self->bench.buffer);
}

/* One plan, or what is right instead of it, on @nr new pages */
static void follow(struct __test_metadata *_metadata, struct bench *bench,
		   const struct plan *plan, enum buffer_type type, bool wrong,
		   unsigned int flags, unsigned int nr)
{
	const struct step *steps = wrong ? plan->wrong : plan->right;
	struct tgm_facts before;
	struct tgm_acquire arg;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, type, SMALL_PAGES, NULL));
	ASSERT_EQ(0, bench_peek(bench, &before));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 nr * page_size(), plan->acquire, TGM_WRITE,
				 &arg));
	ASSERT_EQ(nr, arg.ret);
	EXPECT_EQ(0, take_steps(bench->fd, steps, flags, &bench->buffer));
	/* All that was acquired has been released. */
	EXPECT_EQ(-ENOENT, tgm_leak(bench->fd));
	if (bench->buffer.map)
		expect_counts(_metadata, bench, &before);
	buffer_unmap(&bench->buffer);
}

/* How many violations a plan makes */
static long violations(const struct plan *plan, enum buffer_type type,
		       unsigned int nr)
{
	bool is_large = type == BUFFER_THP || type == BUFFER_HUGETLB;

	if (!is_large)
		return nr;
	return plan->by_folio ? 1 : nr;
}

static void provoke(struct __test_metadata *_metadata, struct bench *bench,
		    const struct start *start, const char *class,
		    enum buffer_type type)
{
	static const unsigned int numbers[] = { 1, 3 };
	const struct plan *plan = find_plan(class);
	unsigned int i, launder;
	long expected = 0;

	ASSERT_NE(NULL, plan);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		for (launder = 0; launder <= TGM_LAUNDER;
		     launder += TGM_LAUNDER) {
			if (!launder || plan->launders) {
				follow(_metadata, bench, plan, type,
				       true, launder, numbers[i]);
				expected += violations(plan, type, numbers[i]);
			}
			expect_classes(_metadata, start->counts, class,
				       expected);
			follow(_metadata, bench, plan, type, false,
			       launder, numbers[i]);
			expect_classes(_metadata, start->counts, class,
				       expected);
		}
	}
	EXPECT_EQ(start->held, total_of(LAYER_DIR "outstanding", "pins"));
	EXPECT_EQ(0, summary_number("inconsistent"));
}

TEST_F(verdicts, put_on_pin)
{
	provoke(_metadata, &self->bench, &self->start, PUT_ON_PIN,
		variant->type);
}

TEST_F(verdicts, unpin_on_get)
{
	provoke(_metadata, &self->bench, &self->start, UNPIN_ON_GET,
		variant->type);
}

TEST_F(verdicts, double_unpin)
{
	provoke(_metadata, &self->bench, &self->start, DOUBLE_UNPIN,
		variant->type);
}

TEST_F(verdicts, double_put)
{
	provoke(_metadata, &self->bench, &self->start, DOUBLE_PUT,
		variant->type);
}

TEST_F(verdicts, unpin_unpinned)
{
	provoke(_metadata, &self->bench, &self->start, UNPIN_UNPINNED,
		variant->type);
}

/* Pages of hugetlb go back to their pool. */
TEST_F(verdicts, free_while_pinned)
{
	long before = free_hugepages();

	provoke(_metadata, &self->bench, &self->start, FREE_WHILE_PINNED,
		variant->type);
	EXPECT_EQ(before, free_hugepages());
}

TEST_F(verdicts, lost_pin)
{
	provoke(_metadata, &self->bench, &self->start, LOST_PIN,
		variant->type);
}

/* The kept page is that of the pin: what is in it is still there. */
TEST_F(verdicts, freed_page_stays_until_it_is_unpinned)
{
	struct bench *bench = &self->bench;
	struct tgm_facts before, held;
	struct tgm_acquire arg;

	ASSERT_EQ(NULL, buffer_map(&bench->buffer, variant->type, 1, NULL));
	ASSERT_EQ(0, bench_peek(bench, &before));
	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr, page_size(),
				 TGM_pin_user_pages_fast, TGM_WRITE, &arg));
	ASSERT_EQ(1, arg.ret);
	if (bench->buffer.fd >= 0)
		ASSERT_EQ(0, ftruncate(bench->buffer.fd, 0));
	buffer_unmap(&bench->buffer);
	EXPECT_EQ(self->start.held + 1, summary_number("pins"));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_put_page, TGM_STEAL, NULL));
	expect_classes(_metadata, self->start.counts, FREE_WHILE_PINNED, 1);
	EXPECT_EQ(self->start.held + 1, total_of(LAYER_DIR "outstanding", "pins"));

	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_page, 0, &held));
	EXPECT_EQ(before.pfn, held.pfn);
	EXPECT_EQ(before.folio_pages, held.folio_pages);
	EXPECT_EQ(before.folio_pages > 1 ? 1 : PIN_BIAS, held.refcount);
	EXPECT_EQ(before.folio_pages > 1 ? 1 : 0, held.pincount);
	EXPECT_EQ(self->start.held, total_of(LAYER_DIR "outstanding", "pins"));
	expect_classes(_metadata, self->start.counts, FREE_WHILE_PINNED, 1);
}

#define MAPPED_PAGES	2

static void pin_and_map(struct __test_metadata *_metadata, const struct bench *bench)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 MAPPED_PAGES * page_size(),
				 TGM_pin_user_pages_fast, TGM_WRITE, &arg));
	ASSERT_EQ(MAPPED_PAGES, arg.ret);
	ASSERT_EQ(0, tgm_map(bench->fd));
}

/* A device still has what is unpinned; or not any more. */
TEST_F(verdicts, unpinned_while_mapped)
{
	struct bench *bench = &self->bench;

	if (summary_number("dma") != 1)
		SKIP(return, "needs gup_mirror=all, or the word dma");
	ASSERT_EQ(NULL, buffer_map(&bench->buffer, variant->type, MAPPED_PAGES, NULL));

	pin_and_map(_metadata, bench);
	ASSERT_EQ(0, tgm_unmap(bench->fd));
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, 0, NULL));
	expect_classes(_metadata, self->start.counts, NULL, 0);

	pin_and_map(_metadata, bench);
	ASSERT_EQ(0, tgm_release(bench->fd, TGM_unpin_user_pages, TGM_KEEP, NULL));
	expect_classes(_metadata, self->start.counts, UNPIN_WHILE_MAPPED, MAPPED_PAGES);
	ASSERT_EQ(0, tgm_unmap(bench->fd));
	/* They are not held any more. */
	ASSERT_EQ(0, tgm_leak(bench->fd));
	expect_classes(_metadata, self->start.counts, UNPIN_WHILE_MAPPED, MAPPED_PAGES);
}

TEST_HARNESS_MAIN
