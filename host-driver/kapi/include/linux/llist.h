/* SPDX-License-Identifier: GPL-2.0 */
/* Lists that interrupt handlers fill and threads empty: newest first (include/linux/llist.h). */
#ifndef _LINUX_LLIST_H
#define _LINUX_LLIST_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/types.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name)                                                                      \
	{                                                                                          \
		NULL                                                                               \
	}
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return READ_ONCE(head->first) == NULL;
}

static inline struct llist_node *llist_next(struct llist_node *node)
{
	return node->next;
}

static inline bool llist_add_batch(struct llist_node *first, struct llist_node *last,
				   struct llist_head *head)
{
	bool was_empty = !head->first;

	last->next = head->first;
	head->first = first;
	return was_empty;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	struct llist_node *first = head->first;

	head->first = NULL;
	return first;
}

static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = head->first;

	if (first)
		head->first = first->next;
	return first;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *out = NULL, *next;

	for (; head; head = next) {
		next = head->next;
		head->next = out;
		out = head;
	}
	return out;
}

#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define __llist_entry_or_null(node, type, member)                                                  \
	({                                                                                         \
		struct llist_node *__n = (node);                                                   \
		__n ? llist_entry(__n, type, member) : NULL;                                       \
	})
#define llist_for_each(pos, node) for ((pos) = (node); pos; (pos) = (pos)->next)
#define llist_for_each_entry(pos, node, member)                                                    \
	for (pos = __llist_entry_or_null((node), typeof(*(pos)), member); pos;                     \
	     pos = __llist_entry_or_null((pos)->member.next, typeof(*(pos)), member))
#define llist_for_each_entry_safe(pos, n, node, member)                                            \
	for (pos = __llist_entry_or_null((node), typeof(*(pos)), member);                          \
	     pos && (n = __llist_entry_or_null((pos)->member.next, typeof(*(pos)), member), true); \
	     pos = n)

#endif
