/* SPDX-License-Identifier: GPL-2.0 */
/* RCU: read sections are counted, grace periods wait for those that began before. */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
int rcu_read_lock_held(void);
void synchronize_rcu(void);
void rcu_barrier(void);
void call_rcu(struct rcu_head *head, rcu_callback_t func);
void kapi_kfree_rcu(struct rcu_head *head, void *ptr);

#define synchronize_rcu_expedited()	synchronize_rcu()
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_check(p, c)	READ_ONCE(p)
#define rcu_dereference_protected(p, c) (p)
#define rcu_dereference_raw(p)		READ_ONCE(p)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)
#define RCU_INIT_POINTER(p, v)		WRITE_ONCE(p, v)
#define rcu_replace_pointer(p, v, c)                                                               \
	({                                                                                         \
		typeof(p) __old = (p);                                                             \
		rcu_assign_pointer(p, v);                                                          \
		__old;                                                                             \
	})
#define kfree_rcu(ptr, rhf)                                                                        \
	do {                                                                                       \
		typeof(ptr) __kp = (ptr);                                                          \
		if (__kp)                                                                          \
			kapi_kfree_rcu(&__kp->rhf, __kp);                                          \
	} while (0)

#endif
