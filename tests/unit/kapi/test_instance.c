// SPDX-License-Identifier: GPL-2.0
// Whole kernels: side by side, traps, crashes, the log, modules, the end.
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <CUnit/Basic.h>
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kernel.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "tests/unit/kapi/two_world.h"

#define SPACE (PRIM_BASE + PRIM_RAM)

static struct sim *sim;
static struct side side[2];
static struct kt kt;

/* A guest's device is the host's code: the write runs there on the guest's fiber. */
static void trap_write(void *ctx, u64 pa, u32 width, u64 val)
{
	struct side *guest = ctx;
	struct kernel_frame frame;

	kernel_enter(guest->host->k, &frame);
	CU_ASSERT_PTR_EQUAL(kernel_current(), guest->host->k);
	trap_handle(guest->host);
	kernel_leave(&frame);
	CU_ASSERT_PTR_EQUAL(kernel_current(), guest->k);
}

static const struct kbus_ops trap_bus = {.mmio_write = trap_write};

static struct kernel_cfg config(u32 i)
{
	return (struct kernel_cfg){
		.name = i ? "guest" : "host",
		.phys_base = side[i].base,
		.ram = {{PRIM_BASE, PRIM_RAM}},
		.nr_ram = 1,
		.seed = 3,
		.cost = {PRIM_RELAX, PRIM_SWITCH, PRIM_IRQ, 0},
		.bus = &trap_bus,
		.bus_ctx = &side[i],
	};
}

static void open_world(void)
{
	memset(&kt, 0, sizeof(kt));
	memset(side, 0, sizeof(side));
	sim = kt.sim = sim_new(1);
	for (u32 i = 0; i < 2; i++) {
		struct kernel_cfg cfg;

		side[i].t = &kt;
		side[i].base = mmap(NULL, SPACE, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		assert(side[i].base != MAP_FAILED);
		cfg = config(i);
		side[i].k = kernel_new(sim, &cfg);
		assert(side[i].k);
		side[i].host = &side[0];
	}
}

/* Frees both; how many fibers stood inside. */
static u32 close_world(void)
{
	u32 inside = 0;

	for (u32 i = 0; i < 2; i++)
		inside += kernel_free(side[i].k);
	sim_run(sim, SIM_NEVER);
	sim_free(sim);
	for (u32 i = 0; i < 2; i++)
		munmap(side[i].base, SPACE);
	CU_ASSERT_EQUAL(kt.fails, 0);
	if (kt.fails)
		puts(kt.first);
	return inside;
}

static void run(u32 i, void (*fn)(void *))
{
	CU_ASSERT_EQUAL(kernel_run_on_fiber(side[i].k, fn, &side[i], "test"), 0);
}

static struct kernel_stats stats(u32 i)
{
	struct kernel_stats st;

	kernel_get_stats(side[i].k, &st);
	return st;
}

static void side_by_side(void)
{
	open_world();
	run(0, two_use);
	run(1, two_use);
	sim_run(sim, SIM_NEVER);
	for (u32 i = 0; i < 2; i++) {
		CU_ASSERT_TRUE(side[i].ids[0] == 0 && side[i].ids[1] == 1 && side[i].ids[2] == 2);
		CU_ASSERT_TRUE(side[i].in_own_ram);
		CU_ASSERT_EQUAL(side[i].timer_runs, 1);
		CU_ASSERT_EQUAL(side[i].timer_ps, 16 * PS_PER_MS);
		run(i, two_unuse);
	}
	/* One seed, two names: two streams. */
	CU_ASSERT_NOT_EQUAL(side[0].random, side[1].random);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_EQUAL(stats(0).slab_bytes + stats(1).slab_bytes, 0);
	CU_ASSERT_EQUAL(stats(0).warnings + stats(1).warnings, 0);
	CU_ASSERT_PTR_NULL(kernel_current());
	CU_ASSERT_EQUAL(close_world(), 0);
}

static void traps(void)
{
	open_world();
	run(0, trap_setup);
	run(1, trap_setup);
	sim_run(sim, SIM_NEVER);
	run(1, trap_guest);
	run(1, trap_rival);
	sim_run(sim, sim_now(sim) + PS_PER_MS);
	/* In the middle of the trap: a wake-up of the guest's task must not disturb the host's
	 * sleep. */
	CU_ASSERT_FALSE(side[1].ended);
	run(1, trap_wake);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_TRUE(side[1].ended && side[1].same_task && side[1].woken);
	CU_ASSERT_EQUAL(side[1].trap_end - side[1].trap_begin, 3 * PS_PER_MS + PRIM_SWITCH);
	CU_ASSERT_EQUAL(side[1].other_got, side[1].trap_end);
	CU_ASSERT_EQUAL(stats(1).spin_waits, 1);
	CU_ASSERT_EQUAL(stats(0).warnings, 0);
	CU_ASSERT_EQUAL(stats(1).warnings, 0);
	run(0, trap_cleanup);
	run(1, trap_cleanup);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_EQUAL(close_world(), 0);
}

static void crash(void)
{
	char log[512];

	open_world();
	run(0, crash_main);
	run(0, arm_and_leave);
	run(1, two_use);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_TRUE(kernel_crashed(side[0].k));
	CU_ASSERT_FALSE(side[0].ended);
	CU_ASSERT_EQUAL(stats(0).bugs, 1);
	kernel_log_read(side[0].k, log, sizeof(log));
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "kernel BUG at tests/unit/kapi/kworld_two.c:"));
	CU_ASSERT_PTR_NULL(strstr(log, "late work")); /* its timers are dead */
	CU_ASSERT_EQUAL(side[0].timer_runs, 0);
	kernel_irq(side[0].k, 0x30);
	/* The other goes on. */
	CU_ASSERT_FALSE(kernel_crashed(side[1].k));
	CU_ASSERT_EQUAL(side[1].timer_runs, 1);
	run(1, panic_main);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_TRUE(kernel_crashed(side[1].k));
	kernel_log_read(side[1].k, log, sizeof(log));
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "Kernel panic - not syncing: no init\n"));
	CU_ASSERT_EQUAL(close_world(), 2); /* the two fibers that were stopped */
}

static void the_end(void)
{
	open_world();
	run(0, sleep_for_ever);
	run(0, arm_and_leave);
	run(1, arm_and_leave);
	run(1, arm_and_leave);
	sim_run(sim, PS_PER_MS);
	run(1, sleep_for_ever); /* has not begun when its kernel goes */
	CU_ASSERT_EQUAL(close_world(), 2);
	CU_ASSERT_FALSE(side[0].ended || side[1].ended);
	CU_ASSERT_EQUAL(side[0].timer_runs + side[1].timer_runs, 0);
}

struct seen {
	char text[1024];
	u32 lines;
};

static void hook(void *ctx, struct kernel *k, u64 now, int level, const char *text)
{
	struct seen *s = ctx;
	size_t n = strlen(s->text);

	s->lines++;
	snprintf(s->text + n, sizeof(s->text) - n, "%d:%s|", level, text);
}

static void logging(void)
{
	char *all = malloc(1 << 16), one[8], small[40];
	struct seen seen = {0};
	struct kernel_cfg cfg;
	size_t len;

	open_world();
	CU_ASSERT_EQUAL(kernel_log_read(side[0].k, one, sizeof(one)), 0);
	CU_ASSERT_STRING_EQUAL(one, "");
	kernel_log_hook(side[0].k, hook, &seen);
	run(0, log_levels);
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_STRING_EQUAL(seen.text, "3:e|4:w|4:default|6:two|6:lines|6:no newline|5:n|");
	kernel_log(side[0].k, KERNEL_NOTICE, "from outside %d", 7);
	CU_ASSERT_PTR_NOT_NULL(strstr(seen.text, "5:from outside 7|"));
	/* A small ring keeps the newest lines, whole. */
	kernel_free(side[1].k);
	cfg = config(1);
	cfg.log_bytes = 1024;
	side[1].k = kernel_new(sim, &cfg);
	run(1, log_lines);
	sim_run(sim, SIM_NEVER);
	len = kernel_log_read(side[1].k, all, 1 << 16);
	CU_ASSERT_EQUAL(len, strlen(all));
	CU_ASSERT_PTR_NOT_NULL(strstr(all, "line number 99 of a hundred\n"));
	CU_ASSERT_PTR_NULL(strstr(all, "line number 3 of"));
	CU_ASSERT_EQUAL(stats(1).log_lines, 100);
	CU_ASSERT_TRUE(stats(1).log_lost > 50 && stats(1).log_lost < 100);
	CU_ASSERT_EQUAL(kernel_log_read(side[1].k, small, sizeof(small)), len);
	CU_ASSERT_NSTRING_EQUAL(small, all, sizeof(small) - 1);
	free(all);
	CU_ASSERT_EQUAL(close_world(), 0);
}

static void bad_config(void)
{
	struct kernel_cfg cfg, bad;

	open_world();
	cfg = config(0);
	bad = cfg;
	bad.nr_ram = 0;
	CU_ASSERT_PTR_NULL(kernel_new(sim, &bad));
	bad.nr_ram = KERNEL_NODES_MAX + 1;
	CU_ASSERT_PTR_NULL(kernel_new(sim, &bad));
	bad = cfg;
	bad.ram[0].base += 1;
	CU_ASSERT_PTR_NULL(kernel_new(sim, &bad));
	bad = cfg;
	bad.ram[0].bytes = ~0ull & ~4095ull;
	CU_ASSERT_PTR_NULL(kernel_new(sim, &bad));
	bad = cfg;
	bad.nr_ram = 2;
	bad.ram[1] = (struct kernel_ram){PRIM_BASE + PRIM_RAM - 4096, 8192};
	CU_ASSERT_PTR_NULL(kernel_new(sim, &bad));
	bad = cfg;
	bad.phys_base = NULL;
	CU_ASSERT_PTR_NULL(kernel_new(sim, &bad));
	CU_ASSERT_EQUAL(close_world(), 0);
}

static bool only_test_module(void *ctx, const char *file)
{
	return !strcmp(file, two_module_file);
}

static void ended(void *ctx, int err)
{
	*(int *)ctx = err;
}

static void modules(void)
{
	struct kernel_cfg cfg;
	int rc = 99;

	open_world();
	for (int fail = 0; fail >= -19; fail -= 19) {
		kernel_free(side[0].k);
		cfg = config(0);
		cfg.want_module = only_test_module;
		side[0].k = kernel_new(sim, &cfg);
		kt.trail[0] = 0;
		two_modules_watch(&kt, fail);
		CU_ASSERT_EQUAL(kernel_stop(side[0].k, ended, &rc), -16);
		CU_ASSERT_EQUAL(kernel_start(side[0].k, ended, &rc), 0);
		CU_ASSERT_EQUAL(kernel_start(side[0].k, ended, &rc), -16);
		CU_ASSERT_TRUE(kt_trail_is(&kt, ""));
		sim_run(sim, SIM_NEVER);
		CU_ASSERT_TRUE(kt_trail_is(&kt, "eil"));
		CU_ASSERT_EQUAL(rc, fail);
		CU_ASSERT_EQUAL(kernel_stop(side[0].k, ended, &rc), 0);
		sim_run(sim, SIM_NEVER);
		CU_ASSERT_TRUE(kt_trail_is(&kt, "eilx"));
		CU_ASSERT_EQUAL(rc, 0);
	}
	two_modules_watch(NULL, 0);
	CU_ASSERT_EQUAL(close_world(), 0);
}

/* Hundreds of idle kernels: cheap, and none owns a fiber. */
static void many(void)
{
	enum { N = 256 };
	struct kernel *k[N];
	u8 *mem = mmap(NULL, N * (16ull << 20), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	open_world();
	for (u32 i = 0; i < N; i++) {
		struct kernel_cfg cfg = config(0);

		cfg.phys_base = mem + i * (16ull << 20);
		cfg.ram[0] = (struct kernel_ram){0, 16ull << 20};
		k[i] = kernel_new(sim, &cfg);
		CU_ASSERT_PTR_NOT_NULL_FATAL(k[i]);
	}
	sim_run(sim, SIM_NEVER);
	CU_ASSERT_EQUAL(fiber_count(sim), 0);
	for (u32 i = 0; i < N; i++)
		CU_ASSERT_EQUAL(kernel_free(k[i]), 0);
	munmap(mem, N * (16ull << 20));
	CU_ASSERT_EQUAL(close_world(), 0);
}

int main(void)
{
	unsigned int failed;
	CU_pSuite s;

	CU_initialize_registry();
	s = CU_add_suite("kernels", NULL, NULL);
	CU_add_test(s, "two side by side: ids, timers, memory", side_by_side);
	CU_add_test(s, "a trap runs host code on the guest's fiber", traps);
	CU_add_test(s, "BUG and panic stop one kernel", crash);
	CU_add_test(s, "freed with timers pending and fibers inside", the_end);
	CU_add_test(s, "log: levels, hook, ring", logging);
	CU_add_test(s, "impossible configurations", bad_config);
	CU_add_test(s, "modules: order, errors, exit", modules);
	CU_add_test(s, "256 idle kernels", many);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed ? 1 : 0;
}
