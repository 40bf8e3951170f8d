// SPDX-License-Identifier: GPL-2.0
// Guests with a virtual IOMMU: their kernels' DMA through it, processes that share memory with the
// device, hostile tables and queues, memory on demand.
#include <CUnit/Basic.h>
#include <errno.h>
#include <linux/idxd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "host-driver/process/process.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "model/spec/vtd.h"
#include "sim/configure.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/viommu_kernel.h"

#define DEV    "/sys/bus/dsa/devices/"
#define DRV    "/sys/bus/dsa/drivers/"
#define CONFIG "traces/configs/guests-dwq.json"
#define MIB    (1ull << 20)
#define US     1000000ull

static struct sim *sim;
static struct platform *plat;
static struct system *sys;

/* ---- a host, its guests ---- */

static void fail(const char *what, int rc, const struct cfg_error *err)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, err->text);
	abort();
}

static void boot(void)
{
	struct cfg_error err = {""};
	int rc = platform_load(&plat, "spr", NULL, NULL, 0, &err);

	if (!rc) {
		sim = sim_new(1);
		rc = system_new(sim, plat, &sys, &err);
	}
	if (!rc)
		rc = system_configure(sys, CONFIG, -1, true, &err);
	if (rc)
		fail("boot", rc, &err);
}

static void check_quiet(struct kernel *k)
{
	struct kernel_stats st;

	kernel_get_stats(k, &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
	CU_ASSERT_EQUAL(st.spurious_irqs, 0);
}

static void down(void)
{
	check_quiet(system_host(sys));
	system_free(sys);
	sim_free(sim);
	platform_free(plat);
}

static struct guest *guest_made(const char *name, const char *wq, u32 memory_mode, bool strict)
{
	struct guest_cfg cfg = {.name = name,
				.memory = 64 * MIB,
				.node = -1,
				.nvdevs = 1,
				.memory_mode = memory_mode,
				.sva = true};
	struct kernel_dmar_cfg dmar = {.domain =
					       strict ? KERNEL_DMAR_STRICT : KERNEL_DMAR_IDENTITY};
	struct cfg_error err = {""};
	struct guest *g;
	int rc;

	cfg.vdev[0].wqs[cfg.vdev[0].nwqs++] = wq;
	rc = guest_new(sys, &cfg, &g, &err);
	if (!rc) {
		CU_ASSERT_EQUAL(kernel_dmar_configure(guest_kernel(g), &dmar), 0);
		rc = guest_start(g, &err);
	}
	if (rc)
		fail(name, rc, &err);
	return g;
}

static void run(struct guest *g, int (*body)(void *arg))
{
	CU_ASSERT_EQUAL(guest_call(g, body, g), 0);
}

/* An orderly end. */
static void end(struct guest *g)
{
	check_quiet(guest_kernel(g));
	guest_shut_down(g);
	guest_free(g);
}

static int put(struct kernel *k, const char *path, const char *value)
{
	int n = ksys_write(k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

/* What the host has given out. */
struct possessions {
	struct kernel_stats k;
	struct kernel_dmar_stats dmar;
};

static void count_possessions(struct possessions *p)
{
	kernel_get_stats(system_host(sys), &p->k);
	kernel_dmar_get_stats(system_host(sys), &p->dmar);
}

static void same_possessions(const struct possessions *a, const struct possessions *b)
{
	CU_ASSERT_EQUAL(a->k.pages, b->k.pages);
	CU_ASSERT_EQUAL(a->k.slab_bytes, b->k.slab_bytes);
	CU_ASSERT_EQUAL(a->dmar.pasids, b->dmar.pasids);
}

/* ---- the guest kernel's own DMA ---- */

static void show_log(struct kernel *k)
{
	static char text[65536];

	kernel_log_read(k, text, sizeof(text));
	fprintf(stderr, "%s", text);
}

static void enable_kernel(struct kernel *k)
{
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/type", "kernel"), 0);
	CU_ASSERT_EQUAL(put(k, DEV "wq0.0/name", "dma"), 0);
	if (!ksys_exists(k, DEV "dsa0/driver"))
		if (put(k, DRV "idxd/bind", "dsa0"))
			show_log(k);
	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/bind", "wq0.0"), 0);
}

static int moves(void *arg)
{
	struct vm_stats before, after;
	struct gclient *c;
	u32 i;

	enable_kernel(guest_kernel(arg));
	c = gclient_open("wq0.0");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	guest_vm_stats(arg, &before);
	for (i = 0; i < 50; i++)
		CU_ASSERT_EQUAL(gclient_move(c, 4096 + 64 * i, i, i & 1), 0);
	guest_vm_stats(arg, &after);
	CU_ASSERT_EQUAL(after.exits, before.exits);
	gclient_close(c);
	return 0;
}

static int outside(void *arg)
{
	struct gclient *c = gclient_open("wq0.0");

	(void)arg;
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_NOT_EQUAL(gclient_read_at(c, 0x1000), DSA_COMP_SUCCESS);
	CU_ASSERT_NOT_EQUAL(gclient_read_at(c, 1ull << 33), DSA_COMP_SUCCESS);
	gclient_close(c);
	return 0;
}

static int unbind(void *arg)
{
	struct kernel *k = guest_kernel(arg);

	CU_ASSERT_EQUAL(put(k, DRV "dmaengine/unbind", "wq0.0"), 0);
	CU_ASSERT_EQUAL(put(k, DRV "idxd/unbind", "dsa0"), 0);
	return 0;
}

static void kernel_dma(bool strict)
{
	struct possessions p[2];
	struct vm_stats st;
	struct guest *g;
	u32 i;

	boot();
	/* The second finds what the first left, and leaves as much. */
	for (i = 0; i < 2; i++) {
		g = guest_made("guest0", "wq0.0", SCN_MEMORY_PINNED, strict);
		run(g, moves);
		run(g, outside);
		guest_vm_stats(g, &st);
		CU_ASSERT(st.iommu_exits > 0);
		CU_ASSERT(st.guest_invalidations > 0);
		CU_ASSERT_EQUAL(st.resident_pages, 64 * MIB / 4096);
		CU_ASSERT(st.pin_ps > 0);
		run(g, unbind);
		run(g, moves);
		end(g);
		count_possessions(&p[i]);
	}
	same_possessions(&p[0], &p[1]);
	down();
}

static void test_identity(void)
{
	kernel_dma(false);
}

static void test_strict(void)
{
	kernel_dma(true);
}

int main(void)
{
	CU_pSuite s;
	int failed;

	CU_initialize_registry();
	s = CU_add_suite("guest_sva", NULL, NULL);
	CU_add_test(s, "virtual IOMMU, pass-through", test_identity);
	CU_add_test(s, "virtual IOMMU, translated", test_strict);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
