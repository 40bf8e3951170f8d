// SPDX-License-Identifier: GPL-2.0
// A host with guests for the attacks: building, watching, counting.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/sysfs_user.h"
#include "model/machine.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/event.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"
#include "sim/configure.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_world.h"

static void fail(const char *what, int rc, const struct cfg_error *err)
{
	fprintf(stderr, "%s: %d %s\n", what, rc, err->text);
	abort();
}

/* ---- the host ---- */

void finding(struct findings *f, const char *text)
{
	if (f->n < FINDINGS_MAX)
		snprintf(f->text[f->n], sizeof(f->text[0]), "%s", text);
	f->n++;
}

static void violation(void *ctx, struct dsa *dsa, const char *text)
{
	(void)dsa;
	finding(ctx, text);
}

struct dsa *world_dsa(struct world *w)
{
	return machine_dsa(system_machine(w->sys), 0);
}

void world_new(struct world *w, const char *config, const char *const *sets, u32 nsets)
{
	struct dsa_observer obs = {.violation = violation, .ctx = &w->found};
	struct cfg_error err = {""};
	int rc;

	memset(w, 0, sizeof(*w));
	rc = platform_load(&w->plat, "spr", NULL, sets, nsets, &err);
	if (!rc) {
		w->sim = sim_new(1);
		rc = system_new(w->sim, w->plat, &w->sys, &err);
	}
	if (!rc)
		rc = system_configure(w->sys, config, -1, true, &err);
	if (rc)
		fail(config, rc, &err);
	dsa_set_observer(world_dsa(w), &obs);
}

void world_free(struct world *w)
{
	system_free(w->sys);
	sim_free(w->sim);
	platform_free(w->plat);
}

/* ---- guests ---- */

struct guest *world_try_guest(struct world *w, const char *name, u64 memory, const char *const *wqs,
			      const struct guest_cfg *like, struct cfg_error *err)
{
	struct guest_cfg cfg = {.node = -1};
	struct guest *g;
	u32 i;

	if (like)
		cfg = *like;
	cfg.name = name;
	cfg.memory = memory;
	cfg.nvdevs = 1;
	for (i = 0; wqs[i]; i++)
		cfg.vdev[0].wqs[i] = wqs[i];
	cfg.vdev[0].nwqs = i;
	if (guest_new(w->sys, &cfg, &g, err))
		return NULL;
	if (guest_start(g, err)) {
		guest_free(g);
		return NULL;
	}
	return g;
}

struct guest *world_guest(struct world *w, const char *name, u64 memory, const char *const *wqs,
			  const struct guest_cfg *like)
{
	struct cfg_error err = {""};
	struct guest *g = world_try_guest(w, name, memory, wqs, like, &err);

	if (!g)
		fail(name, 0, &err);
	return g;
}

void world_end_guest(struct guest *g)
{
	guest_shut_down(g);
	guest_free(g);
}

int sysfs_put(struct kernel *k, const char *path, const char *value)
{
	int n = ksys_write(k, path, value, strlen(value));

	return n == (int)strlen(value) ? 0 : n;
}

int world_enable_as(struct kernel *k, const char *wq, const char *type)
{
	char path[64];
	int rc;

	snprintf(path, sizeof(path), DEV "%s/type", wq);
	rc = sysfs_put(k, path, type);
	snprintf(path, sizeof(path), DEV "%s/name", wq);
	if (!rc)
		rc = sysfs_put(k, path, "dma");
	if (!rc && !ksys_exists(k, DEV "dsa0/driver"))
		rc = sysfs_put(k, DRV "idxd/bind", "dsa0");
	snprintf(path, sizeof(path), DRV "%s/bind", strcmp(type, "user") ? "dmaengine" : "user");
	return rc ? rc : sysfs_put(k, path, wq);
}

int world_enable(struct kernel *k, const char *wq)
{
	return world_enable_as(k, wq, "kernel");
}

/* ---- watching ---- */

bool world_quiet(struct kernel *k)
{
	struct kernel_stats st;

	kernel_get_stats(k, &st);
	if (st.warnings || st.bugs || st.slab_errors || st.spurious_irqs)
		fprintf(stderr, "%s: %llu warnings, %llu bugs, %llu slab errors, %llu spurious\n",
			kernel_name(k), st.warnings, st.bugs, st.slab_errors, st.spurious_irqs);
	return !st.warnings && !st.bugs && !st.slab_errors && !st.spurious_irqs;
}

bool world_conserved(struct world *w)
{
	struct dsa_totals t;

	dsa_totals(world_dsa(w), &t);
	return t.accepted + t.fetched == t.completed + t.abandoned + t.in_flight;
}

static void count_queues(struct world *w, struct possessions *p)
{
	struct dsa *dsa = world_dsa(w);
	u64 offs = dsa_mmio_read(dsa, DSA_REG_OFFSETS, 8);
	u64 wqcap = dsa_mmio_read(dsa, DSA_REG_WQCAP, 8);
	u64 base = SPEC_GET(DSA_OFFSETS0_WQCFG, offs) * DSA_OFFSET_UNIT;
	u64 stride = 1ull << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, wqcap) + DSA_WQCFG_MIN_SHIFT);
	u32 i;

	for (i = 0; i < SPEC_GET(DSA_WQCAP_NUM_WQS, wqcap); i++) {
		u64 at = base + i * stride;
		u32 mode = dsa_mmio_read(dsa, at + 4 * DSA_WQCFG_DW_MODE, 4);
		u32 status = dsa_mmio_read(dsa, at + 4 * DSA_WQCFG_DW_STATUS, 4);

		p->queue[i] = SPEC_GET(DSA_WQCFG6_STATE, status) << 30 |
			      (mode & (DSA_WQCFG2_PASID_EN | DSA_WQCFG2_PASID | DSA_WQCFG2_PRIV));
	}
}

static int count_slots(void *arg)
{
	struct possessions *p = arg;

	p->ims_slots = atk_ims_slots();
	return 0;
}

void world_count(struct world *w, struct possessions *p)
{
	struct kernel_stats st;
	struct kernel_dmar_stats dmar;

	memset(p, 0, sizeof(*p));
	kernel_get_stats(system_host(w->sys), &st);
	kernel_dmar_get_stats(system_host(w->sys), &dmar);
	p->pages = st.pages - st.slab_spare;
	p->slab_bytes = st.slab_bytes;
	p->pasids = dmar.pasids;
	system_call(w->sys, count_slots, p);
	count_queues(w, p);
}

bool possessions_equal(const struct possessions *a, const struct possessions *b)
{
	bool same = !memcmp(a, b, sizeof(*a));

	if (!same)
		fprintf(stderr,
			"pages %llu -> %llu, slab bytes %llu -> %llu, PASIDs %llu -> %llu, slots "
			"%llu "
			"-> %llu, queues%s the same\n",
			a->pages, b->pages, a->slab_bytes, b->slab_bytes, a->pasids, b->pasids,
			a->ims_slots, b->ims_slots,
			memcmp(a->queue, b->queue, sizeof(a->queue)) ? " not" : "");
	return same;
}
