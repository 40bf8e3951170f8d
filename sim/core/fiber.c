// SPDX-License-Identifier: GPL-2.0
/*
 * Fibers: the event loop switches to a fiber when its event fires, the fiber switches back when it
 * blocks. One event per fiber serves start, wake and time-out.
 *
 * A stack is one mapping with a guard page below; struct fiber lies at its top, so that a suspended
 * fiber costs two pages. Stacks are kept until the simulation ends (making one costs 7-20 us).
 */
#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "sim/core/fiber.h"
#include "sim/core/fiber_switch.h"
#include "sim/core/sim_priv.h"

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
/* Leak checking must see what only a suspended fiber points to. */
#define stack_known(p, n) __lsan_register_root_region(p, n)
#define stack_unknown(p, n)                                                                        \
	(__lsan_unregister_root_region(p, n), __asan_unpoison_memory_region(p, n))
#define stack_clean(p, n)		  __asan_unpoison_memory_region(p, n)
#define switch_begins(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define switch_done(fake, bottom, size)	  __sanitizer_finish_switch_fiber(fake, bottom, size)
#else
#define stack_known(p, n)		  ((void)(p))
#define stack_unknown(p, n)		  ((void)(p))
#define stack_clean(p, n)		  ((void)(p))
#define switch_begins(save, bottom, size) ((void)0)
#define switch_done(fake, bottom, size)	  ((void)0)
#endif

#ifdef SIM_VALGRIND /* build with -DSIM_VALGRIND where valgrind's headers are installed */
#include <valgrind/valgrind.h>
#define stack_register(lo, hi) VALGRIND_STACK_REGISTER(lo, hi)
#define stack_deregister(id)   VALGRIND_STACK_DEREGISTER(id)
#else
#define stack_register(lo, hi) 0
#define stack_deregister(id)   ((void)(id))
#endif

/* Four times the kernel's; sanitizers have larger frames. */
#if defined(FIBER_ASAN) || defined(__SANITIZE_THREAD__)
#define STACK_BYTES (256u * 1024)
#else
#define STACK_BYTES (64u * 1024)
#endif

enum fiber_state {
	FIBER_FREE,
	FIBER_READY, /* its event will start it */
	FIBER_RUNNING,
	FIBER_PARKED,	/* waits for a wake, its event (if queued) is the time limit */
	FIBER_SLEEPING, /* waits for its event, wakes only leave the token */
	FIBER_DEAD,	/* its function has returned */
};

struct fiber {
	struct sim_event ev;
	void *sp;
	struct sim *sim;
	void *local;
	const char *name;
	fiber_fn *fn;
	void *arg;
	enum fiber_state state;
	bool token;
	int valgrind_id;
	char *map; /* guard page, then the stack */
	size_t map_bytes;
	void *fake; /* AddressSanitizer's view of this stack */
	struct fiber *next_all, *next_free;
	ucontext_t uctx; /* portable switch only */
};

static __thread struct fiber *current;

/* ---- switching ------------------------------------------------------------------------------ */

static void stack_of(const struct fiber *f, const void **bottom, size_t *size)
{
	size_t guard = f->map_bytes - STACK_BYTES;

	*bottom = f->map + guard;
	*size = STACK_BYTES;
}

static void switch_to_fiber(struct fiber *f)
{
	struct fiber_pool *p = &f->sim->fibers;
	const void *bottom;
	size_t size;

	stack_of(f, &bottom, &size);
	current = f;
	f->state = FIBER_RUNNING;
	switch_begins(&p->loop_fake, bottom, size);
#if FIBER_SWITCH_NATIVE
	if (!p->portable)
		fiber_switch(&p->loop_sp, f->sp);
	else
#endif
		swapcontext(p->loop_uctx, &f->uctx);
	switch_done(p->loop_fake, NULL, NULL);
	current = NULL;
}

static void switch_to_loop(struct fiber *f)
{
	struct fiber_pool *p = &f->sim->fibers;

	switch_begins(f->state == FIBER_DEAD ? NULL : &f->fake, p->loop_bottom, p->loop_size);
#if FIBER_SWITCH_NATIVE
	if (!p->portable)
		fiber_switch(&f->sp, p->loop_sp);
	else
#endif
		swapcontext(&f->uctx, p->loop_uctx);
	switch_done(f->fake, &p->loop_bottom, &p->loop_size);
}

void fiber_main(void *arg)
{
	struct fiber *f = arg;

	switch_done(NULL, &f->sim->fibers.loop_bottom, &f->sim->fibers.loop_size);
	f->fn(f->arg);
	f->state = FIBER_DEAD;
	switch_to_loop(f);
	abort();
}

static void fiber_main_split(unsigned int hi, unsigned int lo)
{
	fiber_main((void *)(uintptr_t)((u64)hi << 32 | lo));
}

/* Makes the next switch to @f call fiber_main(f). */
static void fiber_prepare(struct fiber *f)
{
	uintptr_t arg = (uintptr_t)f;

#if FIBER_SWITCH_NATIVE
	if (!f->sim->fibers.portable) {
		uintptr_t *sp = (uintptr_t *)((uintptr_t)f & ~(uintptr_t)15);
#ifdef __x86_64__
		*--sp = 0; /* so that the stack is aligned as after a call when the entry is reached
			    */
		*--sp = 0;
		*--sp = (uintptr_t)fiber_entry;
		sp -= 6; /* r15 r14 r13 r12 rbx rbp */
		sp[3] = arg;
#else
		sp -= 20; /* x19..x30, d8..d15 */
		sp[0] = arg;
		sp[11] = (uintptr_t)fiber_entry;
#endif
		f->sp = sp;
		return;
	}
#endif
	getcontext(&f->uctx);
	f->uctx.uc_link = NULL;
	f->uctx.uc_stack.ss_sp = f->map + (f->map_bytes - STACK_BYTES);
	f->uctx.uc_stack.ss_size = (size_t)((char *)f - (char *)f->uctx.uc_stack.ss_sp);
	makecontext(&f->uctx, (void (*)(void))fiber_main_split, 2, (unsigned int)((u64)arg >> 32),
		    (unsigned int)arg);
}

/* ---- stacks ---------------------------------------------------------------------------------- */

static struct fiber *stack_new(struct sim *sim)
{
	struct fiber_pool *p = &sim->fibers;
	size_t guard = (size_t)sysconf(_SC_PAGESIZE), bytes = guard + STACK_BYTES;
	/* Tops at equal offsets would all compete for the same cache sets. */
	size_t colour = p->made % 16 * 128;
	struct fiber *f;
	char *map;

	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		   -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	if (mprotect(map, guard, PROT_NONE)) {
		munmap(map, bytes);
		errno = ENOMEM; /* too many mappings: about 32,700 stacks a process by default */
		return NULL;
	}
	f = (struct fiber *)(map + bytes - (sizeof(*f) + 63) / 64 * 64 - colour);
	f->sim = sim;
	f->map = map;
	f->map_bytes = bytes;
	f->valgrind_id = stack_register(map + guard, map + bytes);
	stack_known(map + guard, STACK_BYTES);
	f->next_all = p->all;
	p->all = f;
	p->made++;
	return f;
}

static void stack_free(struct fiber *f)
{
	char *map = f->map;
	size_t bytes = f->map_bytes;

	stack_deregister(f->valgrind_id);
	stack_unknown(map + bytes - STACK_BYTES, STACK_BYTES);
	munmap(map, bytes);
}

int sim_fibers_init(struct sim *sim)
{
	return FIBER_SWITCH_NATIVE ? 0 : sim_fibers_portable(sim);
}

int sim_fibers_portable(struct sim *sim)
{
	assert(!sim->fibers.made);
	if (!sim->fibers.loop_uctx)
		sim->fibers.loop_uctx = malloc(sizeof(ucontext_t));
	if (!sim->fibers.loop_uctx)
		return -ENOMEM;
	sim->fibers.portable = true;
	return 0;
}

void sim_fibers_free(struct sim *sim)
{
	struct fiber *f = sim->fibers.all, *next;

	assert(!current || current->sim != sim);
	for (; f; f = next) {
		next = f->next_all;
		stack_free(f);
	}
	free(sim->fibers.loop_uctx);
}

/* ---- the public side ------------------------------------------------------------------------- */

/* The fiber's event: start, wake or time-out. */
static void fiber_run(struct sim *sim, struct sim_event *ev)
{
	struct fiber *f = (struct fiber *)ev; /* first member */

	assert(!current);
	switch_to_fiber(f);
	if (f->state == FIBER_DEAD) {
		f->state = FIBER_FREE;
		f->next_free = sim->fibers.free;
		sim->fibers.free = f;
		sim->fibers.alive--;
	}
}

struct fiber *fiber_spawn(struct sim *sim, fiber_fn *fn, void *arg, const char *name)
{
	struct fiber_pool *p = &sim->fibers;
	struct fiber *f = p->free;
	const void *bottom;
	size_t size;

	if (f)
		p->free = f->next_free;
	else
		f = stack_new(sim);
	if (!f)
		return NULL;
	/* The last frames of the previous user never returned. */
	stack_of(f, &bottom, &size);
	stack_clean(bottom, size);
	f->fn = fn;
	f->arg = arg;
	f->name = name;
	f->local = NULL;
	f->token = false;
	f->fake = NULL;
	f->state = FIBER_READY;
	fiber_prepare(f);
	sim_event_init(&f->ev, fiber_run);
	sim_after(sim, &f->ev, 0, SIM_PRIO_SUBMIT);
	if (++p->alive > p->peak)
		p->peak = p->alive;
	return f;
}

struct fiber *fiber_current(void)
{
	return current;
}

static u64 later(const struct sim *sim, u64 ps)
{
	u64 now = sim_now(sim);

	return ps < SIM_NEVER - now ? now + ps : SIM_NEVER;
}

bool fiber_park_timeout(u64 ps)
{
	struct fiber *f = current;
	u64 limit;
	bool woken;

	assert(f);
	if (!f->token) {
		limit = later(f->sim, ps);
		if (limit != SIM_NEVER)
			sim_at(f->sim, &f->ev, limit, SIM_PRIO_SUBMIT);
		f->state = FIBER_PARKED;
		switch_to_loop(f);
	}
	woken = f->token;
	f->token = false;
	return woken;
}

void fiber_park(void)
{
	fiber_park_timeout(SIM_NEVER);
}

void fiber_sleep(u64 ps)
{
	struct fiber *f = current;
	u64 end;

	assert(f);
	end = later(f->sim, ps);
	if (end != SIM_NEVER)
		sim_at(f->sim, &f->ev, end, SIM_PRIO_SUBMIT);
	f->state = FIBER_SLEEPING;
	switch_to_loop(f);
}

void fiber_wake(struct fiber *f)
{
	assert(f->state != FIBER_FREE && f->state != FIBER_DEAD);
	f->token = true;
	if (f->state != FIBER_PARKED)
		return;
	f->state = FIBER_READY;
	sim_after(f->sim, &f->ev, 0, SIM_PRIO_SUBMIT);
}

void fiber_set_local(struct fiber *f, void *local)
{
	f->local = local;
}

void *fiber_local(const struct fiber *f)
{
	return f->local;
}

const char *fiber_name(const struct fiber *f)
{
	return f->name;
}

struct sim *fiber_sim(const struct fiber *f)
{
	return f->sim;
}

u64 fiber_count(const struct sim *sim)
{
	return sim->fibers.alive;
}

u64 fiber_peak(const struct sim *sim)
{
	return sim->fibers.peak;
}
