/* SPDX-License-Identifier: GPL-2.0 */
/* Lists read under RCU: one thread runs at a time, so plain list operations do. */
#ifndef _LINUX_RCULIST_H
#define _LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#define list_add_rcu	  list_add
#define list_add_tail_rcu list_add_tail
#define list_del_rcu(entry)                                                                        \
	do {                                                                                       \
		struct list_head *__e = (entry);                                                   \
		__list_del_entry(__e);                                                             \
		__e->prev = LIST_POISON2;                                                          \
	} while (0)
#define list_entry_rcu					list_entry
#define list_first_or_null_rcu				list_first_entry_or_null
#define list_for_each_entry_rcu(pos, head, member, ...) list_for_each_entry (pos, head, member)

#endif
