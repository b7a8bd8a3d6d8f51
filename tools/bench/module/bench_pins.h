/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What tools/bench/pins.c says to bench_pins.ko through /dev/bench_pins
 */
#ifndef _BENCH_PINS_H
#define _BENCH_PINS_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Pages that one call pins, at most */
#define BENCH_PINS_BATCH	512

/* Places in the code that can call */
#define BENCH_PINS_SITES	2000

/**
 * struct bench_pins - pages to pin
 * @addr: where they are, in the calling process
 * @nr: to hold, number of them; otherwise number in a call, up to
 *	BENCH_PINS_BATCH
 * @calls: number of calls to make, each of which pins the same pages and
 *	unpins them, or puts a page
 * @sites: number of places that these calls are to be made from, one after the
 *	other
 * @folio: put the folio, not the page
 */
struct bench_pins {
	__u64 addr;
	__u64 nr;
	__u32 calls;
	__u32 sites;
	__u32 folio;
};

/* Pin, and unpin when the file is closed. */
#define BENCH_PINS_HOLD		_IOW('B', 1, struct bench_pins)
/* Pin and unpin. */
#define BENCH_PINS_CYCLE	_IOW('B', 2, struct bench_pins)
/* Take a reference and put it. */
#define BENCH_PINS_PUT		_IOW('B', 3, struct bench_pins)

#endif /* _BENCH_PINS_H */
