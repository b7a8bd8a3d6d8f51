/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lists with one head.
 */
#ifndef _KERNEL_LIST_H
#define _KERNEL_LIST_H

struct hlist_node {
	struct hlist_node *next, **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

#define HLIST_HEAD(name)	struct hlist_head name = { }

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !head->first;
}

/* For readers without a lock, too: the node is complete before it is seen. */
static inline void hlist_add_head(struct hlist_node *node,
				  struct hlist_head *head)
{
	node->next = head->first;
	node->pprev = &head->first;
	if (head->first)
		head->first->pprev = &node->next;
	__atomic_store_n(&head->first, node, __ATOMIC_RELEASE);
}

static inline void hlist_add_behind(struct hlist_node *node,
				    struct hlist_node *prev)
{
	node->next = prev->next;
	node->pprev = &prev->next;
	if (prev->next)
		prev->next->pprev = &node->next;
	__atomic_store_n(&prev->next, node, __ATOMIC_RELEASE);
}

static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
}

#define hlist_add_head_rcu(node, head)	hlist_add_head(node, head)
#define hlist_first_rcu(head)		((head)->first)
#define hlist_next_rcu(node)		((node)->next)
#define rcu_dereference_raw(p)		__atomic_load_n(&(p), __ATOMIC_ACQUIRE)

#define hlist_entry(ptr, type, member)	container_of(ptr, type, member)

#define hlist_entry_or_null(ptr, type, member)				\
({									\
	struct hlist_node *__node = (ptr);				\
									\
	__node ? hlist_entry(__node, type, member) : NULL;		\
})

#define hlist_for_each_entry(pos, head, member)				\
	for (pos = hlist_entry_or_null((head)->first, __typeof__(*pos),	\
				       member);				\
	     pos;							\
	     pos = hlist_entry_or_null(pos->member.next,		\
				       __typeof__(*pos), member))

#define hlist_for_each_entry_safe(pos, n, head, member)			\
	for (pos = hlist_entry_or_null((head)->first, __typeof__(*pos),	\
				       member);				\
	     pos && ({ n = pos->member.next; true; });			\
	     pos = hlist_entry_or_null(n, __typeof__(*pos), member))

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD(name)		struct llist_head name

static inline void llist_add(struct llist_node *node, struct llist_head *head)
{
	node->next = __atomic_load_n(&head->first, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&head->first, &node->next, node, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, NULL, __ATOMIC_ACQUIRE);
}

#define llist_for_each_safe(pos, n, node)				\
	for (pos = (node); pos && ({ n = pos->next; true; }); pos = n)

#endif /* _KERNEL_LIST_H */
