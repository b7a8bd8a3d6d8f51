/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests that go through many ways to acquire pages have in common.
 */
#ifndef _GUP_MIRROR_BENCH_H
#define _GUP_MIRROR_BENCH_H

#include "kselftest_harness.h"

/* In a virtual machine that is emulated, with KASAN, half a minute is soon over. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	300

#include "buffer.h"
#include "layer.h"
#include "tables.h"
#include "tgm.h"

/* How pages of order 0 count pins: GUP_PIN_COUNTING_BIAS */
#define PIN_BIAS	1024

#define SMALL_PAGES	8

#define END	-1

static const int pin_functions[] = {
	TGM_pin_user_pages,
	TGM_pin_user_pages_unlocked,
	TGM_pin_user_pages_fast,
	TGM_pin_user_pages_remote,
	END
};

static const int get_functions[] = {
	TGM_get_user_pages,
	TGM_get_user_pages_unlocked,
	TGM_get_user_pages_fast,
	TGM_get_user_pages_fast_only,
	TGM_get_user_pages_remote,
	END
};

static const int put_functions[] = {
	TGM_put_page,
	TGM_release_pages,
	TGM___free_pages,
	END
};

static const int unpin_functions[] = {
	TGM_unpin_user_page,
	TGM_unpin_user_pages,
	TGM_unpin_user_pages_dirty_lock,
	TGM_unpin_user_page_range_dirty_lock,
	TGM_put_user_page,
	TGM_put_user_pages,
	TGM_put_user_pages_dirty,
	TGM_put_user_pages_dirty_lock,
	END
};

/* What all tests need */
struct bench {
	struct layer layer;
	struct buffer buffer;
	int fd;
	int kmsg;	/* the kernel log, after bench_watch() */
};

static inline const char *bench_open(struct bench *bench)
{
	const char *why;

	buffer_stay_on_cpu();
	why = layer_probe(&bench->layer);
	if (why)
		return why;
	bench->fd = tgm_open();
	if (bench->fd < 0)
		return "cannot open " TGM_PATH "; is the module test_gup_mirror loaded?";
	if (bench->layer.pins && write_text(LAYER_DIR "enabled", "1"))
		return "cannot write to " LAYER_DIR "enabled";
	return NULL;
}

/*
 * What tests need that look for violations: the layer reports them, and has
 * forgotten those that there were, and there are some pages. A reason to skip
 * the test, or NULL.
 */
static inline const char *bench_watch(struct bench *bench)
{
	const char *why = bench_open(bench);

	if (!why && (!bench->layer.pins || bench->layer.panics))
		why = "needs gup_mirror=pin or all, and no panic";
	if (!why)
		why = buffer_map(&bench->buffer, BUFFER_ANON, SMALL_PAGES,
				 NULL);
	if (why)
		return why;
	bench->kmsg = kmsg_open();
	if (bench->kmsg < 0)
		return "cannot read /dev/kmsg";
	if (write_text(LAYER_DIR "clear", "1"))
		return "cannot write to " LAYER_DIR "clear";
	return NULL;
}

static inline void bench_unwatch(struct bench *bench)
{
	write_text(LAYER_DIR "enabled", "1");
	close(bench->kmsg);
	close(bench->fd);
	buffer_unmap(&bench->buffer);
}

static inline unsigned int bench_pages(const struct bench *bench)
{
	return bench->buffer.size / page_size();
}

/*
 * The counts of the first page, for what comes to be compared with them. Writeback
 * holds a reference to a page of a file for as long as the disk takes. So it is
 * written back here: what is dirty is younger then than what writeback comes for. It
 * is made writable again, since not all functions of GUP may do that.
 */
static inline int bench_peek(const struct bench *bench, struct tgm_facts *facts)
{
	const struct buffer *buffer = &bench->buffer;
	size_t i;

	*facts = (struct tgm_facts) { };
	if (buffer->fd >= 0) {
		if (fsync(buffer->fd))
			return -errno;
		for (i = 0; i < buffer->size; i += page_size())
			buffer->addr[i] = 0x5a;
	}
	buffer_settle();
	return tgm_peek(bench->fd, buffer->addr, facts);
}

/* The counts of the first page are as before. */
static inline void expect_counts(struct __test_metadata *_metadata,
				 struct bench *bench,
				 const struct tgm_facts *before)
{
	struct tgm_facts facts = {};
	int i;

	/* Writeback and the like may hold a reference for a moment. */
	for (i = 0; i < 20; i++) {
		buffer_settle();
		ASSERT_EQ(0, tgm_peek(bench->fd, bench->buffer.addr, &facts));
		if (facts.refcount == before->refcount)
			break;
		usleep(10000);
	}
	EXPECT_EQ(before->pfn, facts.pfn);
	EXPECT_EQ(before->refcount, facts.refcount);
	EXPECT_EQ(before->pincount, facts.pincount);
}

/* Acquire @nr pages in one way and release them in another. */
static inline void bench_pair(struct __test_metadata *_metadata,
			      struct bench *bench, int acquire, int release,
			      unsigned int flags, unsigned int nr,
			      struct tgm_facts *held)
{
	struct tgm_acquire arg;

	ASSERT_EQ(0, tgm_acquire(bench->fd, bench->buffer.addr,
				 nr * page_size(), acquire, TGM_WRITE, &arg));
	ASSERT_EQ(nr, arg.ret);
	ASSERT_EQ(0, tgm_release(bench->fd, release, flags, held));
}

/* The same where it is wrong, and will be noticed */
static inline void bench_pair_wrong(struct __test_metadata *_metadata,
				    struct bench *bench, int acquire,
				    int release, struct tgm_facts *held)
{
	bench_pair(_metadata, bench, acquire, release,
		   (bench->layer.repair ? 0 : TGM_BALANCE) | TGM_DIRTY, 1,
		   held);
}

/* Lines in the log since the last call that begin so */
static inline int bench_said(const struct bench *bench, const char *start)
{
	char *text = kmsg_read(bench->kmsg);
	int count = count_lines(text, start);

	free(text);
	return count;
}

static inline int bench_reports(const struct bench *bench)
{
	return bench_said(bench, "BUG: GUP-MIRROR: ");
}

/* All counts of violations are as before, but for @class, which has @nr more. */
static inline void expect_classes(struct __test_metadata *_metadata,
				  const long before[NR_CLASSES],
				  const char *class, long nr)
{
	long now[NR_CLASSES];
	unsigned int i;

	layer_counts(now);
	for (i = 0; i < NR_CLASSES; i++) {
		bool is = class && !strcmp(class, layer_classes[i]);

		EXPECT_EQ(before[i] + (is ? nr : 0), now[i]) {
			TH_LOG("%s", layer_classes[i]);
		}
	}
}

/* What must be true when @nr pages were acquired */
static inline void expect_acquired(struct __test_metadata *_metadata,
				   const struct bench *bench,
				   const struct tgm_acquire *arg,
				   unsigned int nr)
{
	unsigned int kind = TGM_CANONICAL;

	if (tgm_pins(arg->fn) && bench->layer.pins)
		kind = TGM_PIN_VIEW;
	if (!tgm_pins(arg->fn) && bench->layer.gets)
		kind = TGM_GET_VIEW;

	ASSERT_EQ(nr, arg->ret);
	EXPECT_EQ(nr, arg->nr_changed);
	EXPECT_EQ(0, arg->nr_beyond);
	EXPECT_EQ(kind, arg->facts.kind);
	EXPECT_EQ(kind == TGM_CANONICAL ? nr : 0, arg->facts.nr_canonical);
	EXPECT_EQ(kind == TGM_CANONICAL ? 0 : 1, arg->facts.nr_views);
}

/* The counts of the first folio while @nr pages are held, all of them in it */
static inline void expect_held(struct __test_metadata *_metadata, bool pin,
			       const struct tgm_facts *before,
			       const struct tgm_facts *held, int nr)
{
	if (before->folio_pages > 1) {
		EXPECT_EQ(before->refcount + nr, held->refcount);
		EXPECT_EQ(before->pincount + (pin ? nr : 0), held->pincount);
	} else {
		EXPECT_EQ(before->refcount + (pin ? PIN_BIAS : 1),
			  held->refcount);
	}
}

#endif /* _GUP_MIRROR_BENCH_H */
