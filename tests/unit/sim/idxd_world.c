// SPDX-License-Identifier: GPL-2.0
// What the tests of the host driver share: a booted kernel with a device, and sysfs by text.
#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/core/fiber.h"
#include "sim/guest.h"
#include "sim/monitor.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "tests/unit/sim/guest_kernel.h"
#include "tests/unit/sim/idxd_world.h"

static void die(const char *what, int rc, const char *text)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, text);
	abort();
}

static int read_caps(void *arg)
{
	struct world *w = arg;

	caps_read(&w->caps);
	w->caps.probed = ksys_exists(w->k, DEV "dsa0");
	w->caps.pasids = !strcmp(world_get(w, DEV "dsa0/pasid_enabled"), "1");
	return 0;
}

void world_look(struct world *w)
{
	CU_ASSERT_EQUAL(world_call(w, read_caps, w), 0);
}

void world_boot(struct world *w, const char *platform, const char *const *sets, u32 nsets)
{
	struct cfg_error err = {""};
	int rc;

	memset(w, 0, sizeof(*w));
	rc = platform_load(&w->plat, platform ? platform : "spr", NULL, sets, nsets, &err);
	if (!rc) {
		w->sim = sim_new(1);
		rc = system_new(w->sim, w->plat, &w->sys, &err);
	}
	if (rc)
		die("boot", rc, err.text);
	w->k = system_host(w->sys);
	w->m = system_machine(w->sys);
	world_look(w);
}

/* ---- a guest ---- */

/* Queues of the host for one virtual device. */
struct given {
	struct world *w;
	const struct world_guest *how;
	bool dedicated[GUEST_WQS_MAX];
	u32 size[GUEST_WQS_MAX];
	u32 n, sets;
};

static void give(struct given *g, bool dedicated, u32 size)
{
	g->dedicated[g->n] = dedicated;
	g->size[g->n++] = size;
}

static void name_queues(struct given *g)
{
	u32 set, i;

	g->w->nqueues = g->n;
	for (set = 0; set < g->sets; set++)
		for (i = 0; i < g->n; i++)
			snprintf(g->w->queue[set][i], sizeof(g->w->queue[0][0]), "wq0.%u",
				 set * g->n + i);
}

/* As many of the wanted queues as such a device can be made of. */
static void choose(struct given *g, const char *queues)
{
	u32 most = g->how->home == SCN_HOME_KERNEL_MDEV ? 1 : GUEST_WQS_MAX;

	for (; *queues && g->n < most; queues++)
		if (*queues == 'd' || *queues == 's')
			give(g, !g->how->sva || *queues == 'd', atoi(queues + 1));
}

static void host_put(struct world *w, const char *wq, const char *attr, const char *value)
{
	char path[96];
	int rc;

	snprintf(path, sizeof(path), "%s/%s", wq, attr);
	rc = world_put(w, path, value);
	if (rc)
		die(path, rc, value);
}

static void give_queue(struct given *g, const char *name, u32 i)
{
	char wq[64], size[16];

	snprintf(wq, sizeof(wq), DEV "%s", name);
	snprintf(size, sizeof(size), "%u", g->size[i]);
	host_put(g->w, wq, "group_id", "0");
	host_put(g->w, wq, "mode", g->dedicated[i] ? "dedicated" : "shared");
	host_put(g->w, wq, "size", size);
	host_put(g->w, wq, "priority", "10");
	if (!g->dedicated[i])
		host_put(g->w, wq, "threshold", "6");
	host_put(g->w, wq, "type", "mdev");
	host_put(g->w, wq, "name", "guest");
	host_put(g->w, wq, "driver_name", "mdev");
}

static int give_queues(void *arg)
{
	struct given *g = arg;
	u32 set, i;

	host_put(g->w, DEV "engine0.0", "group_id", "0");
	for (set = 0; set < g->sets; set++)
		for (i = 0; i < g->n; i++)
			give_queue(g, g->w->queue[set][i], i);
	host_put(g->w, DRV "idxd", "bind", "dsa0");
	for (set = 0; set < g->sets; set++)
		for (i = 0; i < g->n; i++)
			host_put(g->w, DRV "mdev", "bind", g->w->queue[set][i]);
	return 0;
}

static struct guest_vdev_cfg queues_of(const struct world *w, u32 set)
{
	struct guest_vdev_cfg cfg = {.nwqs = w->nqueues};
	u32 i;

	for (i = 0; i < w->nqueues; i++)
		cfg.wqs[i] = w->queue[set][i];
	return cfg;
}

void world_boot_guest(struct world *w, const struct world_cfg *cfg, const struct world_guest *how)
{
	struct guest_cfg guest = {.name = "guest",
				  .memory = 64ull << 20,
				  .node = -1,
				  .home = how->home,
				  .memory_mode = how->memory_mode,
				  .interrupts = how->interrupts,
				  .sva = how->sva,
				  .nvdevs = 1};
	struct cfg_error err = {""};
	struct given g = {.w = w, .how = how, .sets = cfg->spare ? 2 : 1};
	int rc;

	/* Of a physical device that the host's driver can't use nothing is composed. */
	world_boot(w, cfg->platform, cfg->sets, cfg->needs & NEED_PROBE_FAILS ? 0 : cfg->nsets);
	choose(&g, cfg->queues ? cfg->queues : "s8 d8");
	name_queues(&g);
	world_call(w, give_queues, &g);
	guest.vdev[0] = queues_of(w, 0);
	rc = guest_new(w->sys, &guest, &w->guest, &err);
	if (rc)
		die("guest", rc, err.text);
	w->k = guest_kernel(w->guest);
	w->node = -1;
	if (cfg->recorded)
		record_guest(w);
	rc = guest_start(w->guest, &err);
	if (rc)
		die("guest", rc, err.text);
	world_look(w);
}

static void check_quiet(struct kernel *k)
{
	struct kernel_stats st;

	kernel_get_stats(k, &st);
	CU_ASSERT_EQUAL(st.warnings, 0);
	CU_ASSERT_EQUAL(st.bugs, 0);
	CU_ASSERT_EQUAL(st.slab_errors, 0);
}

/* The guest's end; nothing of it is left with the host. */
static void guest_down(struct world *w)
{
	u32 i;

	check_quiet(w->k);
	guest_shut_down(w->guest);
	guest_free(w->guest);
	w->guest = NULL;
	w->k = system_host(w->sys);
	check_quiet(w->k);
	for (i = 0; i < CAPS_WQS; i++) {
		char path[64];

		snprintf(path, sizeof(path), DEV "wq0.%u/clients", i);
		if (ksys_exists(w->k, path))
			CU_ASSERT_STRING_EQUAL(world_get(w, path), "0");
	}
}

void world_down(struct world *w)
{
	if (w->guest)
		guest_down(w);
	record_free(w);
	if (w->sys)
		system_free(w->sys);
	sim_free(w->sim);
	platform_free(w->plat);
}

/* ---- calls ---- */

struct call {
	int (*fn)(void *arg);
	void *arg;
	int ret;
	bool done;
};

static void call_fiber(void *arg)
{
	struct call *c = arg;

	c->ret = c->fn(c->arg);
	c->done = true;
}

int world_call(struct world *w, int (*fn)(void *arg), void *arg)
{
	struct call c = {.fn = fn, .arg = arg};
	int ret = kernel_run_on_fiber(w->k, call_fiber, &c, "test");

	while (!ret && !c.done)
		if (!sim_step(w->sim))
			ret = -ETIMEDOUT;
	return ret ? ret : c.ret;
}

/* ---- what happens to the device ---- */

u32 world_bdf(struct world *w)
{
	return w->guest ? GUEST_DEVFN(0) : machine_dsa_sid(w->m, 0);
}

u64 world_portals(struct world *w)
{
	(void)w;
	return (u64)gclient_config(0x1c, 4) << 32 | (gclient_config(0x18, 4) & ~15u);
}

void world_halt(struct world *w, u32 type)
{
	dsa_halt(machine_dsa(w->m, 0), type);
	/* A virtual one has it from the host's driver. */
	if (w->guest)
		fiber_sleep(20 * US);
}

bool world_halted(struct world *w)
{
	u32 sts;

	/* The host resets its device whatever its guests do. */
	if (w->guest)
		fiber_sleep(300000 * US);
	sts = machine_mmio_read(w->m, MACHINE_DEVICE_BASE + DSA_REG_GENSTS, 4);
	return SPEC_GET(DSA_GENSTS_STATE, sts) == DSA_STATE_HALT;
}

void world_mask_vector0(struct world *w, bool mask)
{
	gclient_reg_write(w->caps.msix_table + 12, 4, mask);
}

static int revoke_virtual(void *arg)
{
	return monitor_revoke_handles(guest_vdev_monitor(((struct world *)arg)->guest, 0));
}

/* From a fiber of the guest. */
static int on_host(struct world *w, struct call *c)
{
	int rc = kernel_run_on_fiber(system_host(w->sys), call_fiber, c, "host");

	while (!rc && !c->done)
		fiber_sleep(US / 10);
	return rc ? rc : c->ret;
}

void world_revoke_physical(struct world *w)
{
	dsa_revoke_handles(machine_dsa(w->m, 0));
}

void world_revoke(struct world *w)
{
	struct call c = {.fn = revoke_virtual, .arg = w};

	if (!w->guest) {
		world_revoke_physical(w);
		return;
	}
	CU_ASSERT_EQUAL(on_host(w, &c), 0);
}

struct pause {
	struct world *w;
	u64 ps;
};

static int pause_virtual(void *arg)
{
	struct pause *p = arg;
	struct monitor_dev *d = guest_vdev_monitor(p->w->guest, 0);
	int rc = monitor_pause(d);

	if (rc)
		return rc;
	fiber_sleep(p->ps);
	return monitor_resume(d);
}

void world_pause(struct world *w, u64 ps)
{
	struct pause p = {w, ps};
	struct call c = {.fn = pause_virtual, .arg = &p};

	if (w->guest)
		CU_ASSERT_EQUAL(on_host(w, &c), 0);
}

static int move_virtual(void *arg)
{
	struct world *w = arg;
	struct guest_vdev_cfg to = queues_of(w, !w->on);
	int rc = monitor_move(guest_vdev_monitor(w->guest, 0), &to);

	w->on ^= !rc;
	return rc;
}

void world_move(struct world *w)
{
	struct call c = {.fn = move_virtual, .arg = w};

	if (w->guest)
		CU_ASSERT_EQUAL(on_host(w, &c), 0);
}

/* What lies behind a guest-physical page, and a guest's PASID, for who is no driver. */
static int post_from_guest(struct world *w, u64 gpa, u32 *desc, bool enqcmd)
{
	struct vm *vm = guest_vm(w->guest);
	struct vm_store st;
	u32 pasid;
	int rc;

	if (enqcmd) {
		if (vm_pasid_translate(vm, desc[0] & DSA_PASID_MAX, &pasid))
			return -EFAULT;
		desc[0] = (desc[0] & ~(u32)DSA_PASID_MAX) | pasid;
	}
	rc = vm_store_begin(vm, gpa, &st);
	if (rc)
		return rc;
	rc = machine_write64(w->m, st.hpa, desc, enqcmd, NULL);
	vm_store_end(vm, &st);
	return rc;
}

int world_post(struct world *w, u32 wq, const void *desc, bool enqcmd)
{
	u64 portal = wq * DSA_PORTAL_WQ_STRIDE + DSA_PORTAL_LIMITED_MSIX;
	u32 copy[16];

	memcpy(copy, desc, sizeof(copy));
	portal += world_portals(w);
	if (w->guest)
		return post_from_guest(w, portal, copy, enqcmd);
	return machine_write64(w->m, portal, copy, enqcmd, NULL);
}

/* ---- attributes ---- */

const char *world_get(struct world *w, const char *path)
{
	static char text[4097];
	int n = ksys_read(w->k, path, text, sizeof(text) - 1);

	if (n < 0) {
		snprintf(text, sizeof(text), "E%d", -n);
		return text;
	}
	text[n] = 0;
	if (n && text[n - 1] == '\n')
		text[n - 1] = 0;
	return text;
}

int world_put(struct world *w, const char *path, const char *value)
{
	int n = ksys_write(w->k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

bool world_configure(struct world *w, const char *path, const char *value)
{
	int want = caps_put_result(&w->caps, path, value, 0);

	return world_put(w, path, value) == want;
}

void world_expect(struct world *w, const char *path, const char *want, int line)
{
	const char *got = world_get(w, path), *says;
	char buf[256];

	says = caps_text(&w->caps, path, buf, sizeof(buf));
	/* The physical device's registers are the platform's, and the test knows the platform. */
	if (says && w->guest)
		want = says;
	if (strcmp(got, want))
		fprintf(stderr, "\nline %d: %s: \"%s\", not \"%s\"\n", line, path, got, want);
	CU_ASSERT_STRING_EQUAL(got, want);
}

void world_expect_put(struct world *w, const char *path, const char *value, int want, int line)
{
	int got = world_put(w, path, value);

	want = caps_put_result(&w->caps, path, value, want);
	if (got != want)
		fprintf(stderr, "\nline %d: write %s = \"%s\": %d, not %d\n", line, path, value,
			got, want);
	CU_ASSERT_EQUAL(got, want);
}
