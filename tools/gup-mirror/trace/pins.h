/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: a table of the pins that are held, by page frame number.
 */
#ifndef GUP_MIRROR_PINS_H
#define GUP_MIRROR_PINS_H

#include <stddef.h>
#include <stdint.h>

/* There is one of these for each page, and each time it is pinned. */
struct pin {
	struct pin *next;
	uint64_t pfn;
	uint64_t ts;
	uint32_t group;		/* who has pinned it, the caller knows how */
};

/*
 * Pages that are close to each other share a bucket, so that a folio takes few
 * steps to look through. Within a bucket, the oldest pin comes first.
 */
#define PINS_CHUNK_BITS	4
#define PINS_CHUNK	16ULL

struct pins_bucket {
	struct pin *first, **end;
};

struct pins {
	struct pins_bucket *buckets;
	size_t nr_buckets;	/* a power of two */
	size_t nr;
	struct pin *unused;
	struct pins_block *blocks;
};

void pins_init(struct pins *pins);
void pins_free(struct pins *pins);

void pins_add(struct pins *pins, uint64_t pfn, uint64_t ts, uint32_t group);

/* Where the chain begins that has all pins of the chunk of @pfn. */
struct pin **pins_chain(struct pins *pins, uint64_t pfn);

/* Takes away *@where, which is in the chain of its page. */
void pins_remove(struct pins *pins, struct pin **where);

/* All pins, by group and page; the caller frees the array. */
struct pin **pins_sorted(const struct pins *pins);

#endif
