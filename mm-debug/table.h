/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: a hash table that finds small numbers, and only grows.
 *
 * What the numbers stand for is in an array of the user's. GUP-fast is called
 * with interrupts off and, by perf, from NMI, pages are released in any context,
 * so neither looking something up nor adding it takes a lock.
 */
#ifndef _MM_GUP_MIRROR_TABLE_H
#define _MM_GUP_MIRROR_TABLE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>

/**
 * struct gup_mirror_table - the table
 * @slots: a number plus 1, or 0 in a free slot; at least half are always free
 * @bits: log2 of the number of slots
 */
struct gup_mirror_table {
	atomic_t *slots;
	unsigned int bits;
};

/**
 * struct gup_mirror_table_ops - what the numbers stand for
 * @same: does this number stand for @key?
 * @make: a new number for @key, with what it stands for filled in; negative if
 *	there is none left
 * @unmake: the number was not needed after all
 */
struct gup_mirror_table_ops {
	bool (*same)(unsigned int number, const void *key);
	int (*make)(const void *key);
	void (*unmake)(unsigned int number);
};

/**
 * gup_mirror_table_init() - make room
 * @table: the table
 * @nr: how many numbers there can be
 *
 * Context: Boot. May sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int gup_mirror_table_init(struct gup_mirror_table *table,
					unsigned int nr)
{
	table->bits = ilog2(roundup_pow_of_two(nr)) + 1;
	table->slots = kvcalloc(1UL << table->bits, sizeof(*table->slots),
				GFP_KERNEL);
	return table->slots ? 0 : -ENOMEM;
}

/**
 * gup_mirror_table_find() - find the number for a key, or make one
 * @table: the table
 * @hash: of @key, 64 bits
 * @key: what to look for
 * @ops: constant, so that all is inlined
 *
 * Context: Any, NMI included, as far as @ops allow it. Takes no lock.
 * Return: The number, or what @ops->make returned if that is negative.
 */
static __always_inline int
gup_mirror_table_find(const struct gup_mirror_table *table, unsigned long hash,
		      const void *key, const struct gup_mirror_table_ops *ops)
{
	unsigned int mask = (1U << table->bits) - 1;
	unsigned int slot = hash_long(hash, table->bits);
	int found, new = -1;

	for (;; slot = (slot + 1) & mask) {
		/* Pairs with the cmpxchg below: what it stands for is there. */
		found = atomic_read_acquire(&table->slots[slot]);
		if (!found) {
			if (new < 0) {
				new = ops->make(key);
				if (new < 0)
					return new;
			}

			/* Publishes the number. Pairs with the acquire above. */
			found = atomic_cmpxchg(&table->slots[slot], 0, new + 1);
			if (!found)
				return new;
		}

		if (ops->same(found - 1, key))
			break;
	}

	/* Somebody was faster with the same key. */
	if (new >= 0)
		ops->unmake(new);
	return found - 1;
}

/**
 * gup_mirror_table_untake() - give a number back, if nobody has taken another
 * @used: how many numbers are taken
 * @number: the number, from 0. It is wasted if it is no longer the last.
 *
 * Context: Any.
 */
static inline void gup_mirror_table_untake(atomic_t *used, int number)
{
	atomic_cmpxchg(used, number + 1, number);
}

#endif /* _MM_GUP_MIRROR_TABLE_H */
