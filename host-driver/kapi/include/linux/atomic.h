/* SPDX-License-Identifier: GPL-2.0 */
/* Atomic counters: only one fiber runs at a time, so plain arithmetic is atomic. Wraps as in
 * hardware. */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(i)                                                                             \
	{                                                                                          \
		(i)                                                                                \
	}
#define ATOMIC64_INIT(i)                                                                           \
	{                                                                                          \
		(i)                                                                                \
	}
#define ATOMIC_LONG_INIT(i)                                                                        \
	{                                                                                          \
		(i)                                                                                \
	}

static inline int atomic_read(const atomic_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic_set(atomic_t *v, int i)
{
	WRITE_ONCE(v->counter, i);
}

#define atomic_read_acquire atomic_read
#define atomic_set_release  atomic_set

static inline void atomic_add(int i, atomic_t *v)
{
	v->counter = (int)((unsigned int)v->counter + (unsigned int)i);
}

static inline int atomic_fetch_add(int i, atomic_t *v)
{
	int old = v->counter;

	atomic_add(i, v);
	return old;
}

static inline int atomic_add_return(int i, atomic_t *v)
{
	atomic_add(i, v);
	return v->counter;
}

static inline void atomic_sub(int i, atomic_t *v)
{
	v->counter = (int)((unsigned int)v->counter - (unsigned int)i);
}

static inline int atomic_fetch_sub(int i, atomic_t *v)
{
	int old = v->counter;

	atomic_sub(i, v);
	return old;
}

static inline int atomic_sub_return(int i, atomic_t *v)
{
	atomic_sub(i, v);
	return v->counter;
}

static inline void atomic_and(int i, atomic_t *v)
{
	v->counter = v->counter & i;
}

static inline int atomic_fetch_and(int i, atomic_t *v)
{
	int old = v->counter;

	atomic_and(i, v);
	return old;
}

static inline void atomic_or(int i, atomic_t *v)
{
	v->counter = v->counter | i;
}

static inline int atomic_fetch_or(int i, atomic_t *v)
{
	int old = v->counter;

	atomic_or(i, v);
	return old;
}

static inline void atomic_xor(int i, atomic_t *v)
{
	v->counter = v->counter ^ i;
}

static inline int atomic_fetch_xor(int i, atomic_t *v)
{
	int old = v->counter;

	atomic_xor(i, v);
	return old;
}

static inline void atomic_andnot(int i, atomic_t *v)
{
	v->counter = v->counter & ~i;
}

static inline int atomic_fetch_andnot(int i, atomic_t *v)
{
	int old = v->counter;

	atomic_andnot(i, v);
	return old;
}

static inline void atomic_inc(atomic_t *v)
{
	atomic_add(1, v);
}

static inline void atomic_dec(atomic_t *v)
{
	atomic_sub(1, v);
}

static inline int atomic_inc_return(atomic_t *v)
{
	return atomic_add_return(1, v);
}

static inline int atomic_dec_return(atomic_t *v)
{
	return atomic_sub_return(1, v);
}

static inline int atomic_fetch_inc(atomic_t *v)
{
	return atomic_fetch_add(1, v);
}

static inline int atomic_fetch_dec(atomic_t *v)
{
	return atomic_fetch_sub(1, v);
}

static inline bool atomic_inc_and_test(atomic_t *v)
{
	return atomic_inc_return(v) == 0;
}

static inline bool atomic_dec_and_test(atomic_t *v)
{
	return atomic_dec_return(v) == 0;
}

static inline bool atomic_sub_and_test(int i, atomic_t *v)
{
	return atomic_sub_return(i, v) == 0;
}

static inline bool atomic_add_negative(int i, atomic_t *v)
{
	return atomic_add_return(i, v) < 0;
}

static inline int atomic_xchg(atomic_t *v, int new)
{
	int old = v->counter;

	v->counter = new;
	return old;
}

static inline int atomic_cmpxchg(atomic_t *v, int old, int new)
{
	int cur = v->counter;

	if (cur == old)
		v->counter = new;
	return cur;
}

static inline bool atomic_try_cmpxchg(atomic_t *v, int *old, int new)
{
	int cur = atomic_cmpxchg(v, *old, new);

	if (cur == *old)
		return true;
	*old = cur;
	return false;
}

static inline int atomic_fetch_add_unless(atomic_t *v, int a, int u)
{
	int cur = v->counter;

	if (cur != u)
		atomic_add(a, v);
	return cur;
}

static inline bool atomic_add_unless(atomic_t *v, int a, int u)
{
	return atomic_fetch_add_unless(v, a, u) != u;
}

static inline bool atomic_inc_not_zero(atomic_t *v)
{
	return atomic_add_unless(v, 1, 0);
}

static inline int atomic_dec_if_positive(atomic_t *v)
{
	int cur = v->counter - 1;

	if (cur >= 0)
		v->counter = cur;
	return cur;
}

static inline s64 atomic64_read(const atomic64_t *v)
{
	return READ_ONCE(v->counter);
}

static inline void atomic64_set(atomic64_t *v, s64 i)
{
	WRITE_ONCE(v->counter, i);
}

#define atomic64_read_acquire atomic64_read
#define atomic64_set_release  atomic64_set

static inline void atomic64_add(s64 i, atomic64_t *v)
{
	v->counter = (s64)((u64)v->counter + (u64)i);
}

static inline s64 atomic64_fetch_add(s64 i, atomic64_t *v)
{
	s64 old = v->counter;

	atomic64_add(i, v);
	return old;
}

static inline s64 atomic64_add_return(s64 i, atomic64_t *v)
{
	atomic64_add(i, v);
	return v->counter;
}

static inline void atomic64_sub(s64 i, atomic64_t *v)
{
	v->counter = (s64)((u64)v->counter - (u64)i);
}

static inline s64 atomic64_fetch_sub(s64 i, atomic64_t *v)
{
	s64 old = v->counter;

	atomic64_sub(i, v);
	return old;
}

static inline s64 atomic64_sub_return(s64 i, atomic64_t *v)
{
	atomic64_sub(i, v);
	return v->counter;
}

static inline void atomic64_and(s64 i, atomic64_t *v)
{
	v->counter = v->counter & i;
}

static inline s64 atomic64_fetch_and(s64 i, atomic64_t *v)
{
	s64 old = v->counter;

	atomic64_and(i, v);
	return old;
}

static inline void atomic64_or(s64 i, atomic64_t *v)
{
	v->counter = v->counter | i;
}

static inline s64 atomic64_fetch_or(s64 i, atomic64_t *v)
{
	s64 old = v->counter;

	atomic64_or(i, v);
	return old;
}

static inline void atomic64_xor(s64 i, atomic64_t *v)
{
	v->counter = v->counter ^ i;
}

static inline s64 atomic64_fetch_xor(s64 i, atomic64_t *v)
{
	s64 old = v->counter;

	atomic64_xor(i, v);
	return old;
}

static inline void atomic64_andnot(s64 i, atomic64_t *v)
{
	v->counter = v->counter & ~i;
}

static inline s64 atomic64_fetch_andnot(s64 i, atomic64_t *v)
{
	s64 old = v->counter;

	atomic64_andnot(i, v);
	return old;
}

static inline void atomic64_inc(atomic64_t *v)
{
	atomic64_add(1, v);
}

static inline void atomic64_dec(atomic64_t *v)
{
	atomic64_sub(1, v);
}

static inline s64 atomic64_inc_return(atomic64_t *v)
{
	return atomic64_add_return(1, v);
}

static inline s64 atomic64_dec_return(atomic64_t *v)
{
	return atomic64_sub_return(1, v);
}

static inline s64 atomic64_fetch_inc(atomic64_t *v)
{
	return atomic64_fetch_add(1, v);
}

static inline s64 atomic64_fetch_dec(atomic64_t *v)
{
	return atomic64_fetch_sub(1, v);
}

static inline bool atomic64_inc_and_test(atomic64_t *v)
{
	return atomic64_inc_return(v) == 0;
}

static inline bool atomic64_dec_and_test(atomic64_t *v)
{
	return atomic64_dec_return(v) == 0;
}

static inline bool atomic64_sub_and_test(s64 i, atomic64_t *v)
{
	return atomic64_sub_return(i, v) == 0;
}

static inline bool atomic64_add_negative(s64 i, atomic64_t *v)
{
	return atomic64_add_return(i, v) < 0;
}

static inline s64 atomic64_xchg(atomic64_t *v, s64 new)
{
	s64 old = v->counter;

	v->counter = new;
	return old;
}

static inline s64 atomic64_cmpxchg(atomic64_t *v, s64 old, s64 new)
{
	s64 cur = v->counter;

	if (cur == old)
		v->counter = new;
	return cur;
}

static inline bool atomic64_try_cmpxchg(atomic64_t *v, s64 *old, s64 new)
{
	s64 cur = atomic64_cmpxchg(v, *old, new);

	if (cur == *old)
		return true;
	*old = cur;
	return false;
}

static inline s64 atomic64_fetch_add_unless(atomic64_t *v, s64 a, s64 u)
{
	s64 cur = v->counter;

	if (cur != u)
		atomic64_add(a, v);
	return cur;
}

static inline bool atomic64_add_unless(atomic64_t *v, s64 a, s64 u)
{
	return atomic64_fetch_add_unless(v, a, u) != u;
}

static inline bool atomic64_inc_not_zero(atomic64_t *v)
{
	return atomic64_add_unless(v, 1, 0);
}

static inline s64 atomic64_dec_if_positive(atomic64_t *v)
{
	s64 cur = v->counter - 1;

	if (cur >= 0)
		v->counter = cur;
	return cur;
}

#define atomic_long_read	 atomic64_read
#define atomic_long_set		 atomic64_set
#define atomic_long_add		 atomic64_add
#define atomic_long_sub		 atomic64_sub
#define atomic_long_inc		 atomic64_inc
#define atomic_long_dec		 atomic64_dec
#define atomic_long_inc_return	 atomic64_inc_return
#define atomic_long_dec_return	 atomic64_dec_return
#define atomic_long_add_return	 atomic64_add_return
#define atomic_long_sub_return	 atomic64_sub_return
#define atomic_long_inc_and_test atomic64_inc_and_test
#define atomic_long_dec_and_test atomic64_dec_and_test
#define atomic_long_cmpxchg	 atomic64_cmpxchg
#define atomic_long_xchg	 atomic64_xchg
#define atomic_long_or		 atomic64_or
#define atomic_long_and		 atomic64_and
#define atomic_long_andnot	 atomic64_andnot
#define atomic_long_fetch_or	 atomic64_fetch_or
#define atomic_long_fetch_and	 atomic64_fetch_and
#define atomic_long_fetch_add	 atomic64_fetch_add
#define atomic_long_inc_not_zero atomic64_inc_not_zero
#define atomic_long_add_unless	 atomic64_add_unless

#define xchg(ptr, v)                                                                               \
	({                                                                                         \
		typeof(*(ptr)) __xo = *(ptr);                                                      \
		*(ptr) = (v);                                                                      \
		__xo;                                                                              \
	})
#define cmpxchg(ptr, o, n)                                                                         \
	({                                                                                         \
		typeof(*(ptr)) __co = *(ptr);                                                      \
		if (__co == (o))                                                                   \
			*(ptr) = (n);                                                              \
		__co;                                                                              \
	})
#define cmpxchg64 cmpxchg

#endif
