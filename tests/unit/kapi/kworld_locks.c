// SPDX-License-Identifier: GPL-2.0
// Cases: locks of all kinds.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include "tests/unit/kapi/prim_world.h"

struct peer {
	struct kt *t;
	const char *name;
	unsigned long wait_us, hold_us;
	int (*run)(struct peer *p);
	struct completion done;
	int ret;
	spinlock_t *spin;
	struct mutex *mutex;
	struct rw_semaphore *sem;
	struct semaphore *count;
	u64 got_ns;
};

static int peer_main(void *arg)
{
	struct peer *p = arg;

	udelay(p->wait_us);
	p->ret = p->run(p);
	complete(&p->done);
	return 0;
}

static struct task_struct *peer_start(struct peer *p)
{
	init_completion(&p->done);
	return kthread_run(peer_main, p, "%s", p->name);
}

static int take_spin(struct peer *p)
{
	spin_lock(p->spin);
	p->got_ns = ktime_get_ns();
	kt_mark(p->t, p->name);
	KT_CHECK(p->t, in_atomic());
	udelay(p->hold_us);
	spin_unlock(p->spin);
	KT_CHECK(p->t, !in_atomic());
	return 0;
}

/* Who finds a spinlock held waits, and they get it in the order in which they came. */
static void spin_fifo(struct kt *t)
{
	spinlock_t lock;
	struct peer p[4];
	static const char *const names[] = {"a", "b", "c", "d"};

	spin_lock_init(&lock);
	for (int i = 0; i < 4; i++) {
		/* d comes first, then c, b, a; each before the holder is done. */
		p[i] = (struct peer){.t = t, .name = names[i], .spin = &lock, .run = take_spin};
		p[i].wait_us = 10 * (4 - i);
		p[i].hold_us = 100;
		peer_start(&p[i]);
	}
	for (int i = 0; i < 4; i++)
		wait_for_completion(&p[i].done);
	KT_CHECK(t, kt_trail_is(t, "dcba"));
	/* Back to back: no time is lost between holders. */
	KT_CHECK(t, p[2].got_ns - p[3].got_ns == 100000);
	KT_CHECK(t, p[0].got_ns - p[3].got_ns == 300000);
	KT_CHECK(t, spin_trylock(&lock));
	KT_CHECK(t, !spin_trylock(&lock));
	lockdep_assert_held(&lock);
	spin_unlock(&lock);
}

static int take_mutex(struct peer *p)
{
	mutex_lock(p->mutex);
	p->got_ns = ktime_get_ns();
	kt_mark(p->t, p->name);
	usleep_range(p->hold_us, p->hold_us);
	mutex_unlock(p->mutex);
	return 0;
}

static int take_mutex_killable(struct peer *p)
{
	int err = mutex_lock_killable(p->mutex);

	kt_mark(p->t, err ? "k" : "K");
	if (!err)
		mutex_unlock(p->mutex);
	return err;
}

static int try_mutex(struct peer *p)
{
	return mutex_trylock(p->mutex);
}

static void mutex_fifo(struct kt *t)
{
	struct mutex lock;
	struct peer a = {.t = t,
			 .name = "a",
			 .mutex = &lock,
			 .wait_us = 1,
			 .hold_us = 50,
			 .run = take_mutex};
	struct peer b = a, k = a, c = a, try = a;
	struct task_struct *killed;

	b.name = "b";
	b.wait_us = 10;
	k.name = "k";
	k.wait_us = 15;
	k.run = take_mutex_killable;
	c.name = "c";
	c.wait_us = 20;
	try.wait_us = 30;
	try.run = try_mutex;
	mutex_init(&lock);
	peer_start(&a);
	peer_start(&b);
	killed = peer_start(&k);
	peer_start(&c);
	peer_start(&try);
	udelay(40);
	KT_CHECK(t, mutex_is_locked(&lock));
	send_sig(SIGTERM, killed, 0); /* not fatal: no effect on a killable wait */
	udelay(2);
	send_sig(SIGKILL, killed, 0);
	wait_for_completion(&k.done);
	KT_CHECK(t, k.ret == -EINTR);
	wait_for_completion(&a.done);
	wait_for_completion(&b.done);
	wait_for_completion(&c.done);
	wait_for_completion(&try.done);
	KT_CHECK(t, try.ret == 0);
	KT_CHECK(t, kt_trail_is(t, "akbc"));
	KT_CHECK(t, !mutex_is_locked(&lock));
	/* The waiter sleeps: its wake-up costs a context switch. */
	KT_CHECK(t, b.got_ns - a.got_ns >= 51000 && b.got_ns - a.got_ns < 55000);
}

static int reader(struct peer *p)
{
	down_read(p->sem);
	kt_mark(p->t, p->name);
	usleep_range(p->hold_us, p->hold_us);
	kt_mark(p->t, "-");
	up_read(p->sem);
	return 0;
}

static int writer(struct peer *p)
{
	down_write(p->sem);
	kt_mark(p->t, p->name);
	usleep_range(p->hold_us, p->hold_us);
	kt_mark(p->t, "/");
	up_write(p->sem);
	return 0;
}

/* Readers share; a writer waits for them, and later readers wait behind the writer. */
static void rwsem_order(struct kt *t)
{
	struct rw_semaphore sem;
	struct peer r1 = {
		.t = t, .name = "r", .sem = &sem, .wait_us = 1, .hold_us = 100, .run = reader};
	struct peer r2 = r1, w = r1, r3 = r1, r4 = r1;

	r2.name = "s";
	r2.wait_us = 5;
	w.name = "W";
	w.wait_us = 10;
	w.run = writer;
	r3.name = "t";
	r3.wait_us = 15;
	r4.name = "u";
	r4.wait_us = 20;
	init_rwsem(&sem);
	peer_start(&r1);
	peer_start(&r2);
	peer_start(&w);
	peer_start(&r3);
	peer_start(&r4);
	udelay(50);
	KT_CHECK(t, !down_read_trylock(&sem)); /* a writer waits */
	KT_CHECK(t, !down_write_trylock(&sem));
	wait_for_completion(&r4.done);
	wait_for_completion(&r3.done);
	KT_CHECK(t, kt_trail_is(t, "rs--W/tu--"));
	KT_CHECK(t, down_write_trylock(&sem));
	downgrade_write(&sem);
	KT_CHECK(t, down_read_trylock(&sem));
	up_read(&sem);
	up_read(&sem);
	KT_CHECK(t, !rwsem_is_locked(&sem));
}

static int take_count(struct peer *p)
{
	down(p->count);
	kt_mark(p->t, p->name);
	return 0;
}

static void semaphores(struct kt *t)
{
	struct semaphore sem;
	struct peer a = {.t = t, .name = "a", .count = &sem, .wait_us = 5, .run = take_count};
	struct peer b = a;

	b.name = "b";
	b.wait_us = 1;
	sema_init(&sem, 1);
	KT_CHECK(t, down_trylock(&sem) == 0);
	KT_CHECK(t, down_trylock(&sem) == 1);
	KT_CHECK(t, down_timeout(&sem, 2) == -ETIME);
	peer_start(&a);
	peer_start(&b);
	msleep(1);
	up(&sem);
	up(&sem);
	wait_for_completion(&a.done);
	wait_for_completion(&b.done);
	KT_CHECK(t, kt_trail_is(t, "ba"));
	KT_CHECK(t, sem.count == 0);
}

/* Sleeping with a spinlock held, releasing what is not held: reported, not fatal. */
static void lock_reports(struct kt *t)
{
	struct mutex m;
	spinlock_t s;

	mutex_init(&m);
	spin_lock_init(&s);
	spin_lock(&s);
	mutex_lock(&m); /* 1: might sleep */
	mutex_unlock(&m);
	spin_unlock(&s);
	mutex_unlock(&m);	 /* 2: not locked */
	lockdep_assert_held(&s); /* 3 */
	rcu_read_lock();
	might_sleep(); /* 4 */
	rcu_read_unlock();
	t->want_warnings = 4;
	KT_CHECK(t, !in_atomic());
}

/* A static mutex is only a name: the kernel keeps its state elsewhere. */
static DEFINE_MUTEX(static_mutex);
static DEFINE_SPINLOCK(static_spin);

static void static_locks(struct kt *t)
{
	mutex_lock(&static_mutex);
	KT_CHECK(t, !mutex_trylock(&static_mutex));
	KT_CHECK(t, mutex_is_locked(&static_mutex));
	KT_CHECK(t, static_mutex.kl.owner == NULL);
	mutex_unlock(&static_mutex);
	spin_lock(&static_spin);
	lockdep_assert_held(&static_spin);
	KT_CHECK(t, static_spin.kl.owner == NULL);
	spin_unlock(&static_spin);
}

static void refcounts(struct kt *t)
{
	refcount_t r;
	struct mutex m;

	mutex_init(&m);
	refcount_set(&r, 1);
	refcount_inc(&r);
	KT_CHECK(t, refcount_read(&r) == 2);
	KT_CHECK(t, !refcount_dec_and_mutex_lock(&r, &m));
	KT_CHECK(t, refcount_dec_and_mutex_lock(&r, &m));
	mutex_unlock(&m);
	KT_CHECK(t, !refcount_inc_not_zero(&r));
	refcount_inc(&r); /* from 0: reported, saturates */
	KT_CHECK(t, (int)refcount_read(&r) < 0);
	KT_CHECK(t, !refcount_dec_and_test(&r));
	t->want_warnings = 2;
}

const struct kt_case kt_lock_cases[] = {
	{"spinlock: contended, first come first served", spin_fifo},
	{"mutex: order, kill, trylock", mutex_fifo},
	{"rwsem: readers share, writers are not overtaken", rwsem_order},
	{"semaphore: count, time-out, order", semaphores},
	{"misuse is reported", lock_reports},
	{"static locks are names", static_locks},
	{"refcount: saturation, warnings", refcounts},
	{NULL, NULL},
};
