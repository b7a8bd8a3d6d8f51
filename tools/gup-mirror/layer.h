/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: small questions to the running kernel's GUP mirror.
 */
#ifndef GUP_MIRROR_LAYER_H
#define GUP_MIRROR_LAYER_H

#include <stdint.h>

/* From now on, layer_new_pins() counts. Returns -1 after a complaint. */
int layer_snapshot(void);

/* Pins taken since the snapshot that are still held, or UNKNOWN. */
uint64_t layer_new_pins(void);

/* A number in the summary, or UNKNOWN. */
uint64_t layer_counter(const char *key);

#endif
