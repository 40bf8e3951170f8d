// SPDX-License-Identifier: GPL-2.0
/* Reference counts with the kernel's warnings (lib/refcount.c), and killable ones. */
#include <linux/mutex.h>
#include <linux/percpu-refcount.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

static void saturate(refcount_t *r, const char *why)
{
	refcount_set(r, REFCOUNT_SATURATED);
	if (kapi_once(why)) /* once for each cause */
		WARN(1, "refcount_t: %s.\n", why);
}

bool refcount_add_not_zero(int i, refcount_t *r)
{
	int old = atomic_read(&r->refs);

	if (!old)
		return false;
	if (old < 0 || old > INT_MAX - i)
		saturate(r, "saturated; leaking memory");
	else
		atomic_set(&r->refs, old + i);
	return true;
}

void refcount_add(int i, refcount_t *r)
{
	if (!atomic_read(&r->refs))
		saturate(r, "addition on 0; use-after-free");
	else
		(void)!refcount_add_not_zero(i, r);
}

bool refcount_sub_and_test(int i, refcount_t *r)
{
	int old = atomic_read(&r->refs);

	if (old < 0 || old < i) {
		saturate(r, "underflow; use-after-free");
		return false;
	}
	atomic_set(&r->refs, old - i);
	return old == i;
}

void refcount_dec(refcount_t *r)
{
	if (atomic_read(&r->refs) <= 1)
		saturate(r, "decrement hit 0; leaking memory");
	else
		atomic_dec(&r->refs);
}

bool refcount_dec_if_one(refcount_t *r)
{
	return atomic_cmpxchg(&r->refs, 1, 0) == 1;
}

bool refcount_dec_not_one(refcount_t *r)
{
	int old = atomic_read(&r->refs);

	if (old == 1)
		return false;
	if (old <= 0) {
		WARN_ONCE(!old, "refcount_t: underflow; use-after-free.\n");
		return true;
	}
	atomic_set(&r->refs, old - 1);
	return true;
}

bool refcount_dec_and_mutex_lock(refcount_t *r, struct mutex *lock)
{
	if (refcount_dec_not_one(r))
		return false;
	mutex_lock(lock);
	if (!refcount_dec_and_test(r)) {
		mutex_unlock(lock);
		return false;
	}
	return true;
}

bool refcount_dec_and_lock(refcount_t *r, spinlock_t *lock)
{
	if (refcount_dec_not_one(r))
		return false;
	spin_lock(lock);
	if (!refcount_dec_and_test(r)) {
		spin_unlock(lock);
		return false;
	}
	return true;
}

/* ---- percpu_ref: one counter is enough where one thread runs at a time
 * ---------------------------- */

int percpu_ref_init(struct percpu_ref *ref, percpu_ref_func_t *release, unsigned int flags,
		    gfp_t gfp)
{
	*ref = (struct percpu_ref){.release = release, .dead = flags & PERCPU_REF_INIT_DEAD};
	atomic_long_set(&ref->count, ref->dead ? 0 : 1);
	return 0;
}

void percpu_ref_exit(struct percpu_ref *ref)
{
	ref->dead = true;
}

void percpu_ref_kill_and_confirm(struct percpu_ref *ref, percpu_ref_func_t *confirm_kill)
{
	if (WARN_ONCE(ref->dead, "percpu_ref_kill called more than once\n"))
		return;
	ref->dead = true;
	if (confirm_kill)
		confirm_kill(ref);
	percpu_ref_put(ref);
}

void percpu_ref_resurrect(struct percpu_ref *ref)
{
	if (WARN_ON_ONCE(!ref->dead))
		return;
	ref->dead = false;
	atomic_long_inc(&ref->count);
}

void percpu_ref_reinit(struct percpu_ref *ref)
{
	WARN_ON_ONCE(!percpu_ref_is_zero(ref));
	percpu_ref_resurrect(ref);
}

void percpu_ref_get(struct percpu_ref *ref)
{
	atomic_long_inc(&ref->count);
}

bool percpu_ref_tryget(struct percpu_ref *ref)
{
	return atomic_long_inc_not_zero(&ref->count);
}

bool percpu_ref_tryget_live(struct percpu_ref *ref)
{
	return !ref->dead && percpu_ref_tryget(ref);
}

void percpu_ref_put(struct percpu_ref *ref)
{
	if (WARN_ON_ONCE(atomic_long_read(&ref->count) <= 0))
		return;
	if (atomic_long_dec_and_test(&ref->count))
		ref->release(ref);
}
