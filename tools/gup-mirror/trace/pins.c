// SPDX-License-Identifier: GPL-2.0
/*
 * gup-mirror: a table of the pins that are held, by page frame number.
 *
 * It grows with the number of pins, and takes back what it has given out, so
 * that its size depends on the most that were held, not on how many there were.
 */
#include <stdlib.h>

#include "alloc.h"
#include "trace/pins.h"

#define FEW_BUCKETS	1024
#define PINS_IN_BLOCK	1024

struct pins_block {
	struct pins_block *next;
	struct pin pins[PINS_IN_BLOCK];
};

static void make_buckets(struct pins *pins, size_t nr)
{
	size_t i;

	pins->buckets = xcalloc(nr, sizeof(*pins->buckets));
	pins->nr_buckets = nr;
	for (i = 0; i < nr; i++)
		pins->buckets[i].end = &pins->buckets[i].first;
}

void pins_init(struct pins *pins)
{
	*pins = (struct pins) { };
	make_buckets(pins, FEW_BUCKETS);
}

void pins_free(struct pins *pins)
{
	while (pins->blocks) {
		struct pins_block *block = pins->blocks;

		pins->blocks = block->next;
		free(block);
	}
	free(pins->buckets);
}

static struct pins_bucket *bucket_of(const struct pins *pins, uint64_t pfn)
{
	uint64_t hash = (pfn >> PINS_CHUNK_BITS) * 0x9e3779b97f4a7c15ULL;

	return &pins->buckets[(hash >> 32) & (pins->nr_buckets - 1)];
}

static void append(struct pins_bucket *bucket, struct pin *pin)
{
	pin->next = NULL;
	*bucket->end = pin;
	bucket->end = &pin->next;
}

/* The order of the pins of a page stays what it was. */
static void more_buckets(struct pins *pins)
{
	struct pins_bucket *old = pins->buckets;
	size_t i, nr = pins->nr_buckets;

	make_buckets(pins, nr * 2);
	for (i = 0; i < nr; i++) {
		struct pin *pin, *next;

		for (pin = old[i].first; pin; pin = next) {
			next = pin->next;
			append(bucket_of(pins, pin->pfn), pin);
		}
	}
	free(old);
}

static struct pin *new_pin(struct pins *pins)
{
	struct pins_block *block;
	struct pin *pin;
	size_t i;

	if (!pins->unused) {
		block = xcalloc(1, sizeof(*block));
		block->next = pins->blocks;
		pins->blocks = block;
		for (i = 0; i < PINS_IN_BLOCK; i++) {
			block->pins[i].next = pins->unused;
			pins->unused = &block->pins[i];
		}
	}
	pin = pins->unused;
	pins->unused = pin->next;
	return pin;
}

void pins_add(struct pins *pins, uint64_t pfn, uint64_t ts, uint32_t group)
{
	struct pin *pin = new_pin(pins);

	pin->pfn = pfn;
	pin->ts = ts;
	pin->group = group;
	append(bucket_of(pins, pfn), pin);
	if (++pins->nr > pins->nr_buckets * 4)
		more_buckets(pins);
}

struct pin **pins_chain(struct pins *pins, uint64_t pfn)
{
	return &bucket_of(pins, pfn)->first;
}

void pins_remove(struct pins *pins, struct pin **where)
{
	struct pin *pin = *where;
	struct pins_bucket *bucket = bucket_of(pins, pin->pfn);

	*where = pin->next;
	if (bucket->end == &pin->next)
		bucket->end = where;
	pin->next = pins->unused;
	pins->unused = pin;
	pins->nr--;
}

static int compare(const void *a, const void *b)
{
	const struct pin *x = *(struct pin **)a, *y = *(struct pin **)b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

struct pin **pins_sorted(const struct pins *pins)
{
	struct pin **all = xcalloc(pins->nr + 1, sizeof(*all)), *pin;
	size_t i, nr = 0;

	for (i = 0; i < pins->nr_buckets; i++)
		for (pin = pins->buckets[i].first; pin; pin = pin->next)
			all[nr++] = pin;
	qsort(all, nr, sizeof(*all), compare);
	return all;
}
