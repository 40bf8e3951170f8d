/* SPDX-License-Identifier: GPL-2.0 */
/* Spinlocks: who finds one held waits in a queue; nobody spins in host time. */
#ifndef _LINUX_SPINLOCK_H
#define _LINUX_SPINLOCK_H

#include <asm/barrier.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/spinlock_types.h>

void kapi_spin_lock(struct kapi_lock *kl);
bool kapi_spin_trylock(struct kapi_lock *kl);
void kapi_spin_unlock(struct kapi_lock *kl);
void kapi_read_lock(struct kapi_lock *kl);
void kapi_read_unlock(struct kapi_lock *kl);

#define spin_lock_init(l)     ((l)->kl = (struct kapi_lock){.owner = NULL})
#define spin_is_locked(l)     ((l)->kl.owner != NULL)
#define spin_is_contended(l)  ((l)->kl.first != NULL)
#define assert_spin_locked(l) ((void)WARN_ON(!spin_is_locked(l)))

#define spin_lock(l)	       kapi_spin_lock(&(l)->kl)
#define spin_lock_nested(l, c) kapi_spin_lock(&(l)->kl)
#define spin_trylock(l)	       kapi_spin_trylock(&(l)->kl)
#define spin_unlock(l)	       kapi_spin_unlock(&(l)->kl)

#define spin_lock_irq(l)                                                                           \
	do {                                                                                       \
		local_irq_disable();                                                               \
		spin_lock(l);                                                                      \
	} while (0)
#define spin_unlock_irq(l)                                                                         \
	do {                                                                                       \
		spin_unlock(l);                                                                    \
		local_irq_enable();                                                                \
	} while (0)
#define spin_lock_irqsave(l, flags)                                                                \
	do {                                                                                       \
		local_irq_save(flags);                                                             \
		spin_lock(l);                                                                      \
	} while (0)
#define spin_lock_irqsave_nested(l, flags, c) spin_lock_irqsave(l, flags)
#define spin_unlock_irqrestore(l, flags)                                                           \
	do {                                                                                       \
		spin_unlock(l);                                                                    \
		local_irq_restore(flags);                                                          \
	} while (0)
#define spin_trylock_irqsave(l, flags)                                                             \
	({                                                                                         \
		bool __got;                                                                        \
		local_irq_save(flags);                                                             \
		__got = spin_trylock(l);                                                           \
		if (!__got)                                                                        \
			local_irq_restore(flags);                                                  \
		__got;                                                                             \
	})
#define spin_lock_bh(l)                                                                            \
	do {                                                                                       \
		local_bh_disable();                                                                \
		spin_lock(l);                                                                      \
	} while (0)
#define spin_unlock_bh(l)                                                                          \
	do {                                                                                       \
		spin_unlock(l);                                                                    \
		local_bh_enable();                                                                 \
	} while (0)

#define raw_spin_lock_init	   spin_lock_init
#define raw_spin_lock		   spin_lock
#define raw_spin_trylock	   spin_trylock
#define raw_spin_unlock		   spin_unlock
#define raw_spin_lock_irq	   spin_lock_irq
#define raw_spin_unlock_irq	   spin_unlock_irq
#define raw_spin_lock_irqsave	   spin_lock_irqsave
#define raw_spin_unlock_irqrestore spin_unlock_irqrestore

#define rwlock_init(l)	 spin_lock_init(l)
#define read_lock(l)	 kapi_read_lock(&(l)->kl)
#define read_unlock(l)	 kapi_read_unlock(&(l)->kl)
#define write_lock(l)	 kapi_spin_lock(&(l)->kl)
#define write_trylock(l) kapi_spin_trylock(&(l)->kl)
#define write_unlock(l)	 kapi_spin_unlock(&(l)->kl)
#define read_lock_irqsave(l, flags)                                                                \
	do {                                                                                       \
		local_irq_save(flags);                                                             \
		read_lock(l);                                                                      \
	} while (0)
#define read_unlock_irqrestore(l, flags)                                                           \
	do {                                                                                       \
		read_unlock(l);                                                                    \
		local_irq_restore(flags);                                                          \
	} while (0)
#define write_lock_irqsave(l, flags)                                                               \
	do {                                                                                       \
		local_irq_save(flags);                                                             \
		write_lock(l);                                                                     \
	} while (0)
#define write_unlock_irqrestore(l, flags)                                                          \
	do {                                                                                       \
		write_unlock(l);                                                                   \
		local_irq_restore(flags);                                                          \
	} while (0)

#define atomic_dec_and_lock(cnt, l)                                                                \
	({                                                                                         \
		bool __zero = false;                                                               \
		if (!atomic_add_unless(cnt, -1, 1)) {                                              \
			spin_lock(l);                                                              \
			__zero = atomic_dec_and_test(cnt);                                         \
			if (!__zero)                                                               \
				spin_unlock(l);                                                    \
		}                                                                                  \
		__zero;                                                                            \
	})

#endif
