// SPDX-License-Identifier: GPL-2.0
// The driver disturbed, in the host and in guests: at every moment of a device's life something
// else happens to it. It ends in a sane state, nothing leaks, and the next life is a full one.
#include <CUnit/Basic.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "tests/unit/sim/idxd_client_kernel.h"
#include "tests/unit/sim/idxd_life.h"
#include "tests/unit/sim/idxd_place.h"
#include "tests/unit/sim/idxd_world.h"

#define MOMENTS 120 /* a life is looked at as so many */

static struct world w;
static u64 life_ps;

/* ---- what happens ---- */

static void halt_software(void)
{
	world_halt(&w, DSA_RESET_SOFTWARE);
}

static void halt_flr(void)
{
	world_halt(&w, DSA_RESET_FLR);
}

static void halt_cold(void)
{
	world_halt(&w, DSA_RESET_COLD);
}

static void unbind_pci(void)
{
	life_pci(&w, "unbind");
}

static void unbind_device(void)
{
	world_put(&w, DRV "idxd/unbind", "dsa0");
}

static void unbind_queues(void)
{
	world_put(&w, DRV "user/unbind", "wq0.0");
	world_put(&w, DRV "dmaengine/unbind", "wq0.1");
}

static void revoke(void)
{
	world_revoke(&w);
}

static void revoke_physical(void)
{
	world_revoke_physical(&w);
}

static void pause_resume(void)
{
	world_pause(&w, 30 * US);
}

static void move(void)
{
	world_move(&w);
}

/* A device that is disabled has no queue that is in use. */
static void check_state(void)
{
	char path[64];
	u32 i;

	if (strcmp(world_get(&w, DEV "dsa0/state"), "disabled"))
		return;
	CU_ASSERT(!ksys_exists(w.k, DEV "dsa0/driver"));
	CU_ASSERT(!ksys_exists(w.k, "/dev/dsa/wq0.0"));
	EXPECT_TEXT(DEV "dsa0/clients", "0");
	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), DEV "wq0.%u/driver", i);
		CU_ASSERT(!ksys_exists(w.k, path));
		snprintf(path, sizeof(path), DEV "wq0.%u/state", i);
		EXPECT_TEXT(path, "disabled");
	}
}

/* ---- at a moment ---- */

struct disturbance {
	u64 after;
	void (*event)(void);
	bool done;
};

static void disturb(void *arg)
{
	struct disturbance *d = arg;

	fiber_sleep(d->after);
	d->event();
	d->done = true;
}

static u32 disturbed_life(void (*event)(void), u32 moment)
{
	struct disturbance d = {.after = life_ps / MOMENTS * moment + 1, .event = event};

	u32 done;

	CU_ASSERT_EQUAL_FATAL(kernel_run_on_fiber(w.k, disturb, &d, "event"), 0);
	done = life_run(&w, NULL);
	while (!d.done)
		fiber_sleep(US);
	/* What recovers does so by itself. */
	fiber_sleep(20000 * US);
	check_state();
	life_end(&w);
	return done;
}

/* Two good lives: for what the kernel keeps, and for how long one takes. */
static void warm_up(struct kernel_stats *before)
{
	u64 start;

	CU_ASSERT_EQUAL(life_pci(&w, "unbind"), 0);
	CU_ASSERT_EQUAL_FATAL(life_run(&w, NULL), life_all(&w));
	life_end(&w);
	start = sim_now(w.sim);
	CU_ASSERT_EQUAL_FATAL(life_run(&w, NULL), life_all(&w));
	life_ps = sim_now(w.sim) - start;
	life_end(&w);
	kernel_get_stats(w.k, before);
}

struct plan {
	void (*event)(void);
	u32 first, last; /* moments */
	u32 dead;	 /* lives after which the device was still halted */
	bool unnoticed;	 /* each life is a full one nevertheless */
};

static int disturbed(void *arg)
{
	struct plan *plan = arg;
	struct kernel_stats before, now;
	u32 i, done;

	warm_up(&before);
	for (i = plan->first; i <= plan->last; i++) {
		done = disturbed_life(plan->event, i);
		if (plan->unnoticed && done != life_all(&w))
			fprintf(stderr, "\nmoment %u: parts %#x of %#x\n", i, done, life_all(&w));
		CU_ASSERT(!plan->unnoticed || done == life_all(&w));
		kernel_get_stats(w.k, &now);
		/* The kernel may keep what it needed for the first time; a leak would go on. */
		if (now.slab_bytes != before.slab_bytes && !world_halted(&w)) {
			before = now;
			disturbed_life(plan->event, i);
		}
		life_check_same(&w, &before, i);
		if (world_halted(&w)) {
			plan->dead++;
			return 0;
		}
		CU_ASSERT_EQUAL_FATAL(life_run(&w, NULL), life_all(&w));
		life_end(&w);
		life_check_same(&w, &before, i);
	}
	return 0;
}

static const char *const v2[] = {"dsa.version=0x200", "dsa.event_log=64", "dsa.gencap=0x4090940117",
				 "dsa.wqcap=0x00ff000001040010"};
#define V2 .sets = v2, .nsets = 4

static void sweep(const char *name, struct plan *plan, struct world_cfg cfg)
{
	struct place_body body = {name, cfg, .fn = {disturbed}, .arg = plan};

	body.cfg.platform = "tiny";
	place_run(&w, &body);
}

static void at_all_moments(const char *name, void (*event)(void), struct world_cfg cfg)
{
	struct plan plan = {event, 0, MOMENTS, 0, event == pause_resume || event == move};

	sweep(name, &plan, cfg);
	CU_ASSERT_EQUAL(plan.dead, 0);
}

/*
 * A device that stays halted needs a new machine: one for each moment, for each fourth where that
 * includes a guest. Returns how often it did, of *@lives.
 */
static u32 at_all_moments_alone(const char *name, void (*event)(void), struct world_cfg cfg,
				u32 *lives)
{
	struct plan plan = {event, 0, 0, 0, false};

	for (*lives = 0; plan.first <= MOMENTS; ++*lives) {
		sweep(name, &plan, cfg);
		plan.first += place_is_guest() ? 4 : 1;
		plan.last = plan.first;
	}
	return plan.dead;
}

/* ---- a queue is bound while its device is unbound ---- */

static void bind_queue(void)
{
	world_put(&w, DRV "user/bind", "wq0.0");
}

static void set_up_wq(const char *wq)
{
	static const char *const set[][2] = {{"group_id", "0"}, {"mode", "dedicated"},
					     {"size", "8"},	{"priority", "1"},
					     {"type", "user"},	{"name", "q"}};
	char path[64];
	u32 i;

	for (i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), DEV "%s/%s", wq, set[i][0]);
		EXPECT_PUT(path, set[i][1], 0);
	}
}

static int bind_unbind(void *arg)
{
	struct disturbance d;
	u32 i;

	for (i = 0; i < 200; i++) {
		EXPECT_PUT(DEV "engine0.0/group_id", "0", 0);
		set_up_wq("wq0.0");
		set_up_wq("wq0.1");
		EXPECT_PUT(DRV "idxd/bind", "dsa0", 0);
		/* While this one is being released the other may come. */
		EXPECT_PUT(DRV "user/bind", "wq0.1", 0);
		/* From before the unbinding to after it, a quarter of a microsecond a step. */
		d = (struct disturbance){.after = i * US / 4, .event = bind_queue};
		CU_ASSERT_EQUAL_FATAL(kernel_run_on_fiber(w.k, disturb, &d, "bind"), 0);
		fiber_sleep(25 * US);
		EXPECT_PUT(DRV "idxd/unbind", "dsa0", 0);
		while (!d.done)
			fiber_sleep(US);
		EXPECT_TEXT(DEV "dsa0/state", "disabled");
		check_state();
	}
	return 0;
}

static void test_bind_unbind(void)
{
	static const struct place_body body = {
		"a queue bound while its device is unbound",
		{.platform = "tiny", .queues = "d8 d8", .needs = NEED_PASIDS},
		.fn = {bind_unbind}};

	place_run(&w, &body);
}

static void test_unbinding(void)
{
	/* Twice what two queues of eight need. */
	static const char *const queues[] = {"dsa.wqs=4", "dsa.wq_entries=32"};

	at_all_moments("function unbound at any moment", unbind_pci, (struct world_cfg){0});
	at_all_moments("device unbound at any moment", unbind_device, (struct world_cfg){V2});
	at_all_moments("queues unbound at any moment", unbind_queues, (struct world_cfg){0});
	at_all_moments("handles revoked at any moment", revoke,
		       (struct world_cfg){V2, .needs = NEED_HANDLES});
	at_all_moments("device paused at any moment", pause_resume, (struct world_cfg){0});
	at_all_moments("device moved at any moment", move,
		       (struct world_cfg){.sets = queues, .nsets = 2, .spare = true});
	at_all_moments("physical handles revoked at any moment", revoke_physical,
		       (struct world_cfg){V2, .needs = NEED_HANDLES});
}

/* Halted before the driver could hear of it, it stays so; later the driver brings it back. */
static void test_halt(void)
{
	u32 lives, dead;

	dead = at_all_moments_alone("software reset at any moment", halt_software,
				    (struct world_cfg){V2}, &lives);
	CU_ASSERT(dead < lives / 2);
	dead = at_all_moments_alone("function reset at any moment", halt_flr, (struct world_cfg){0},
				    &lives);
	CU_ASSERT(dead < lives / 2);
	dead = at_all_moments_alone("dead at any moment", halt_cold, (struct world_cfg){0}, &lives);
	CU_ASSERT_EQUAL(dead, lives);
}

int main(int argc, char **argv)
{
	static const struct place_test tests[] = {{"unbound and revoked", test_unbinding},
						  {"bound while unbound", test_bind_unbind},
						  {"halted", test_halt}};

	return place_main(argc, argv, "disturbed", tests, 3);
}
