/* SPDX-License-Identifier: GPL-2.0 */
/*
 * gup-mirror: names of addresses, with the modules that they are in.
 */
#ifndef GUP_MIRROR_SYMBOLS_H
#define GUP_MIRROR_SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

struct symbols;
struct tep_handle;

/* Returns NULL after a complaint. */
struct symbols *symbols_new(struct tep_handle *tep);
void symbols_free(struct symbols *symbols);

/*
 * What is to be known of modules that come while events are read: an address in the
 * place of one that comes later is none of its functions. symbols_now() makes a
 * number of it that has another name then, which symbols_name() takes.
 */
void symbols_loaded(struct symbols *symbols, const char *module);
uint64_t symbols_now(const struct symbols *symbols, uint64_t address);

/* The name lives as long as @symbols, and is "" for 0. */
const char *symbols_name(struct symbols *symbols, uint64_t address);

/* Are there any names, or was none asked for? */
bool symbols_any(const struct symbols *symbols);

#endif
