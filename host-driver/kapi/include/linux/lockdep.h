/* SPDX-License-Identifier: GPL-2.0 */
/* Lock ownership checks. */
#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

#include <linux/bug.h>
#include <linux/spinlock_types.h>

struct lock_class_key {
	char unused;
};

bool kapi_lock_held(const struct kapi_lock *kl);       /* by current, or shared by anyone */
bool kapi_lock_held_write(const struct kapi_lock *kl); /* by current */

#define lockdep_is_held(l)	     kapi_lock_held(&(l)->kl)
#define lockdep_assert_held(l)	     ((void)WARN_ON(!kapi_lock_held(&(l)->kl)))
#define lockdep_assert_held_write(l) ((void)WARN_ON(!kapi_lock_held_write(&(l)->kl)))
#define lockdep_assert_held_read     lockdep_assert_held
#define lockdep_assert_not_held(l)   ((void)WARN_ON(kapi_lock_held_write(&(l)->kl)))
#define lockdep_assert_once(c)	     ((void)WARN_ON_ONCE(!(c)))
#define lockdep_set_class(l, k)	     ((void)(k))
#define lockdep_register_key(k)	     ((void)(k))
#define lockdep_unregister_key(k)    ((void)(k))
#define might_lock(l)		     ((void)(l))
#define SINGLE_DEPTH_NESTING	     1

#endif
