/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that pin, each calling from an address of its own. What make-sites
 * writes has them.
 */
#ifndef _BENCH_PINS_SITES_H
#define _BENCH_PINS_SITES_H

#include <linux/mm_types.h>

#include "bench_pins.h"

typedef int (*bench_pins_site)(unsigned long addr, int nr, struct page **pages);

extern const bench_pins_site bench_pins_sites[BENCH_PINS_SITES];

#endif /* _BENCH_PINS_SITES_H */
