/* SPDX-License-Identifier: GPL-2.0 */
/*
 * GUP mirror: a hash table of records that are found in any context.
 *
 * GUP-fast is called with interrupts off and, by perf, from NMI, and pages are
 * released in any context, so finding a record takes no lock. Making one takes a
 * raw spinlock, inside which nothing sleeps and no other lock is taken but what
 * kallsyms takes.
 *
 * Records lie in arrays and are never freed. One that is unlinked and linked
 * again may lead a reader astray, into the chain of another bucket: it finds
 * nothing there, and looks again under the lock.
 */
#ifndef _MM_GUP_MIRROR_TABLE_H
#define _MM_GUP_MIRROR_TABLE_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/preempt.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

/**
 * struct gup_mirror_table - the table
 * @heads: the buckets
 * @bits: log2 of their number
 * @lock: held to link and to unlink
 */
struct gup_mirror_table {
	struct hlist_head *heads;
	unsigned int bits;
	raw_spinlock_t lock;
};

/**
 * struct gup_mirror_table_ops - what the records are
 * @same: is this the record for @key?
 * @make: a new record for @key, filled in; NULL if there is none left. Called
 *	with the lock held.
 */
struct gup_mirror_table_ops {
	bool (*same)(const struct hlist_node *node, const void *key);
	struct hlist_node *(*make)(const void *key);
};

/**
 * gup_mirror_table_init() - make room
 * @table: the table
 * @nr: how many records there can be
 *
 * Context: Boot. May sleep.
 * Return: 0 or -ENOMEM.
 */
static inline int gup_mirror_table_init(struct gup_mirror_table *table,
					unsigned int nr)
{
	table->bits = ilog2(roundup_pow_of_two(nr));
	raw_spin_lock_init(&table->lock);
	table->heads = kvcalloc(1UL << table->bits, sizeof(*table->heads),
				GFP_KERNEL);
	return table->heads ? 0 : -ENOMEM;
}

/* A record for @key in one bucket, or NULL. */
static __always_inline struct hlist_node *
gup_mirror_table_look(const struct hlist_head *head, const void *key,
		      const struct gup_mirror_table_ops *ops)
{
	struct hlist_node *node;

	for (node = rcu_dereference_raw(hlist_first_rcu(head)); node;
	     node = rcu_dereference_raw(hlist_next_rcu(node))) {
		if (ops->same(node, key))
			break;
	}
	return node;
}

/**
 * gup_mirror_table_find() - find the record for a key
 * @table: the table
 * @hash: of @key, 64 bits
 * @key: what to look for
 * @ops: constant, so that all is inlined
 *
 * Context: Any, NMI included. Takes no lock.
 * Return: The record, or NULL.
 */
static __always_inline struct hlist_node *
gup_mirror_table_find(const struct gup_mirror_table *table, unsigned long hash,
		      const void *key, const struct gup_mirror_table_ops *ops)
{
	return gup_mirror_table_look(&table->heads[hash_long(hash, table->bits)],
				     key, ops);
}

/**
 * gup_mirror_table_make() - find the record for a key, or make one
 * @table: the table
 * @hash: of @key, 64 bits
 * @key: what to look for
 * @ops: what the records are
 *
 * Context: Any. From NMI, nothing is made.
 * Return: The record, or NULL if there is none and none could be made.
 */
static inline struct hlist_node *
gup_mirror_table_make(struct gup_mirror_table *table, unsigned long hash,
		      const void *key, const struct gup_mirror_table_ops *ops)
{
	struct hlist_head *head = &table->heads[hash_long(hash, table->bits)];
	struct hlist_node *node;
	unsigned long flags;

	if (in_nmi())
		return NULL;

	raw_spin_lock_irqsave(&table->lock, flags);
	node = gup_mirror_table_look(head, key, ops);
	if (!node) {
		node = ops->make(key);
		if (node)
			hlist_add_head_rcu(node, head);
	}
	raw_spin_unlock_irqrestore(&table->lock, flags);
	return node;
}

#endif /* _MM_GUP_MIRROR_TABLE_H */
