/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: what is known while releases are paired with acquires. Only who pairs
 * and who reports on it look into this.
 */
#ifndef GUP_MIRROR_PAIRS_STATE_H
#define GUP_MIRROR_PAIRS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "first.h"
#include "model.h"
#include "trace/calls.h"
#include "trace/moments.h"
#include "trace/pins.h"

#define NS_PER_MS	1000000ULL

#define PLACE_BUCKETS	256

/* A site while it is counted. */
struct place {
	uint64_t address;
	bool pin;
	char *function;
	uint64_t pages, wrong, right, laundered, held, most;
	uint64_t hold_ms[HOLD_BUCKETS];
	size_t next;		/* in the bucket; 0 ends it, they count from 1 */
};

/* Pins of one site with the same flags. */
struct group {
	size_t place;
	bool write, longterm;
	bool estimate;
};

/* One sort of violation. */
struct wrong {
	char *class, *acquired, *released;
	uint64_t site, caller;
	uint64_t times;
	struct first first;
};

struct pairs {
	struct pins pins;
	struct place *places;
	size_t nr_places;
	size_t buckets[PLACE_BUCKETS];
	struct group *groups;
	size_t nr_groups;
	struct wrong *wrongs;
	size_t nr_wrongs;
	struct moments moments;
	bool watch_calls;
	uint64_t nr_calls;
	struct calls calls;
	bool begun;
	uint64_t start, now;
	/* Pages released that nobody was seen to pin. */
	uint64_t unmatched;
	/* How often that was a violation. */
	uint64_t excess;
};

#endif
