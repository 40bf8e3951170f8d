// SPDX-License-Identifier: GPL-2.0
// The life of a share of a shared queue, by the functions that a monitor calls.
#include <linux/idxd.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host-driver/process/process.h"
#include "model/dsa/dsa.h"
#include "model/spec/dsa_regs.h"
#include "sim/core/fiber.h"
#include "sim/system.h"
#include "tests/unit/sim/attack_kernel.h"
#include "tests/unit/sim/attack_world.h"
#include "tests/unit/sim/defect_life.h"
#include "vdev/core/vdev_cfg.h"
#include "vdev/core/vdev_traps.h"
#include "vdev/kernel/vdev_device.h"

#define CONFIG	    "traces/configs/tenants-mixed.json"
#define GUEST_PASID 5
#define LIMITED	    0x1000
#define BYTES	    (2 * MIB)

/* The guest's one PASID stands for a process of the host, so that its descriptors move data. */
struct share {
	struct world *w;
	struct findings *f;
	struct vdev_device *d;
	struct process *p;
	u64 va;
	u32 host_pasid;
	u32 maps; /* times that the monitor was told to look at portals anew */
	bool broadcast;
};

static void want(struct share *s, bool good, const char *what)
{
	if (!good)
		finding(s->f, what);
}

static void interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	(void)ctx;
	(void)vector;
	(void)addr;
	(void)data;
}

static void revoked(void *ctx)
{
	(void)ctx;
}

static void portals(void *ctx)
{
	((struct share *)ctx)->maps++;
}

static int host_pasid(void *ctx, u32 pasid, u32 *host)
{
	if (pasid != GUEST_PASID)
		return -ENOENT;
	*host = ((struct share *)ctx)->host_pasid;
	return 0;
}

static int guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	if (host != ((struct share *)ctx)->host_pasid)
		return -ENOENT;
	*pasid = GUEST_PASID;
	return 0;
}

static int next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	if (*pasid > GUEST_PASID)
		return -ENOENT;
	*pasid = GUEST_PASID;
	return host_pasid(ctx, *pasid, host);
}

static const struct vdev_device_ops ops = {
	.interrupt = interrupt,
	.revoked = revoked,
	.portals = portals,
	.host_pasid = host_pasid,
	.guest_pasid = guest_pasid,
	.next_pasid = next_pasid,
};

static u32 command(struct share *s, u32 code, u32 operand)
{
	vdev_device_mmio_write(s->d, DSA_REG_CMD, 4, (u64)code << 20 | operand);
	return SPEC_GET(DSA_CMDSTS_ERR, vdev_device_mmio_read(s->d, DSA_REG_CMDSTS, 4));
}

/* Extended capabilities as a kernel finds them. */
static bool has_capability(struct share *s, u32 id)
{
	u32 at = 0x100, header, n;

	for (n = 0; at && n < 32; n++) {
		header = vdev_device_config_read(s->d, at, 4);
		if ((header & 0xffff) == id)
			return true;
		at = header >> 20;
	}
	return false;
}

static void turn_on(struct share *s)
{
	static const u32 ids[] = {0x0f, 0x13, 0x1b};
	u32 i;

	for (i = 0; i < 3; i++)
		want(s, has_capability(s, ids[i]), "test: a capability is not in the list");
	vdev_device_config_write(s->d, 0x04, 2, 6);
	vdev_device_config_write(s->d, 0x106, 2, 0x8000);
	vdev_device_config_write(s->d, 0x11c, 4, 1);
	vdev_device_config_write(s->d, 0x114, 2, 1);
	vdev_device_config_write(s->d, 0x126, 2, 1);
	vdev_device_mmio_write(s->d, 0x508, 4, DSA_WQCFG2_PASID_EN);
	want(s, !command(s, DSA_CMD_ENABLE_DEVICE, 0), "test: the device can't be enabled");
	want(s, !command(s, DSA_CMD_ENABLE_WQ, 0), "test: the queue can't be enabled");
}

static int copy(struct share *s)
{
	struct dsa_hw_desc d = {.pasid = GUEST_PASID,
				.opcode = DSA_OPCODE_MEMMOVE,
				.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
				.completion_addr = s->va,
				.src_addr = s->va + 4096,
				.dst_addr = s->va + BYTES,
				.xfer_size = BYTES - 4096};

	return vdev_device_portal_enqueue(s->d, LIMITED, &d);
}

static u64 in_flight(struct share *s)
{
	struct dsa_totals t;

	dsa_totals(world_dsa(s->w), &t);
	return t.in_flight;
}

static void open_share(struct share *s)
{
	static const char *const wq[] = {"wq0.5"};
	const struct vdev_cfg cfg = {.sva = true, .error_broadcast = s->broadcast};
	struct process_map buf = {.kind = PROCESS_MAP_ANON,
				  .len = 2 * BYTES,
				  .prot = PROCESS_PROT_READ | PROCESS_PROT_WRITE,
				  .node = -1,
				  .populate = true};
	int rc;

	s->p = process_new(system_host(s->w->sys), "guest", 0);
	want(s, process_open(s->p, "/dev/dsa/wq0.4") >= 0, "test: no PASID");
	s->host_pasid = process_pasid(s->p) & DSA_PASID_MAX;
	s->va = process_mmap(s->p, &buf);
	rc = vdev_device_open(wq, 1, &cfg, &ops, s, &s->d);
	want(s, !rc, "test: a share can't be opened");
	vdev_device_set_pasid(s->d, s->host_pasid);
}

static int live(void *arg)
{
	struct share *s = arg;
	struct vdev_portal_stats st;
	u64 pa;
	u32 maps;

	open_share(s);
	turn_on(s);
	want(s, !vdev_device_portal(s->d, LIMITED, &pa), "test: the limited page is not mapped");
	want(s, vdev_device_portal(s->d, 0, &pa) == -ENOENT, "test: the unlimited page is mapped");

	/* All that was under way has ended when the guest is told that it may forget its handles.
	 */
	want(s, !copy(s) && in_flight(s) == 1, "test: no descriptor under way");
	want(s, !command(s, DSA_CMD_REVOKED_PROCESSED, 0), "test: a command fails");
	want(s, in_flight(s) == 0, "test: descriptors under way after 'revoked handles processed'");

	/* Nothing is lost in a pause. */
	want(s, !vdev_device_pause(s->d), "test: the device can't be paused");
	want(s, !copy(s), "test: a submission is refused in a pause");
	want(s, !vdev_device_resume(s->d), "test: the device can't be resumed");
	vdev_device_portal_stats(s->d, &st);
	want(s, st.queued == 1 && st.resubmitted == 1,
	     "test: what was submitted in a pause is lost");
	fiber_sleep(1000 * US);

	maps = s->maps;
	want(s, !command(s, DSA_CMD_DISABLE_WQ, 1), "test: the queue can't be disabled");
	want(s, s->maps != maps, "test: a disabled queue's page stays mapped");
	want(s, vdev_device_portal(s->d, LIMITED, &pa) == -ENOENT,
	     "test: it would be mapped again");
	vdev_device_close(s->d);
	process_exit(s->p);
	return 0;
}

void life_of_share(u64 seeded, struct findings *f)
{
	struct world w;
	struct share s = {.f = f, .w = &w};
	u32 i;

	world_new(&w, CONFIG, NULL, 0);
	kernel_seed_defects(system_host(w.sys), seeded);
	system_call(w.sys, live, &s);
	for (i = 0; i < w.found.n && i < FINDINGS_MAX; i++)
		finding(f, w.found.text[i]);
	want(&s, world_quiet(system_host(w.sys)), "kernel: a warning");
	world_free(&w);
}

/* ---- a queue that is refused ---- */

static int open_twice(void *arg)
{
	static const char *const wq[] = {"wq0.0"};
	static const struct vdev_cfg cfg;
	struct vdev_device *second;
	struct share *s = arg;

	want(s, !vdev_device_open(wq, 1, &cfg, &ops, s, &s->d), "test: a queue can't be opened");
	want(s, vdev_device_open(wq, 1, &cfg, &ops, s, &second) == -EBUSY,
	     "test: a dedicated queue is opened twice");
	vdev_device_close(s->d);
	return 0;
}

void life_refused(u64 seeded, struct findings *f)
{
	struct world w;
	struct share s = {.f = f, .w = &w};

	world_new(&w, CONFIG, NULL, 0);
	kernel_seed_defects(system_host(w.sys), seeded);
	/* Nothing more happens when somebody waits for ever. */
	want(&s, !system_call(w.sys, open_twice, &s), "test: a call on the queue never returns");
	want(&s, world_quiet(system_host(w.sys)), "kernel: a warning");
	world_free(&w);
}

/* ---- what a shared queue does not keep apart ---- */

struct pair {
	struct share s[2];
	u64 first_error, other_error, abandoned;
};

static void open_pair(struct pair *p)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		open_share(&p->s[i]);
		turn_on(&p->s[i]);
	}
}

static void close_pair(struct pair *p)
{
	u32 i;

	for (i = 0; i < 2; i++) {
		vdev_device_close(p->s[i].d);
		process_exit(p->s[i].p);
	}
}

static int make_error(void *arg)
{
	struct pair *p = arg;
	const struct dsa_hw_desc bad = {.pasid = GUEST_PASID, .opcode = 0xf0};

	open_pair(p);
	vdev_device_portal_enqueue(p->s[0].d, LIMITED, &bad);
	fiber_sleep(1000 * US);
	p->first_error = vdev_device_mmio_read(p->s[0].d, DSA_REG_SWERROR, 8);
	p->other_error = vdev_device_mmio_read(p->s[1].d, DSA_REG_SWERROR, 8);
	close_pair(p);
	return 0;
}

static int abort_queue(void *arg)
{
	struct pair *p = arg;
	struct dsa_totals t;
	u32 i;

	open_pair(p);
	for (i = 0; i < 24; i++)
		copy(&p->s[1]);
	/* The first one's command, were it passed on to the physical queue. */
	atk_abort_queue("wq0.5");
	fiber_sleep(1000 * US);
	dsa_totals(world_dsa(p->s[1].w), &t);
	p->abandoned = t.abandoned;
	close_pair(p);
	return 0;
}

static void run_pair(struct pair *p, bool broadcast, int (*fn)(void *arg))
{
	static struct findings f;
	struct world w;
	u32 i;

	f.n = 0;
	for (i = 0; i < 2; i++)
		p->s[i] = (struct share){.w = &w, .f = &f, .broadcast = broadcast};
	world_new(&w, CONFIG, NULL, 0);
	system_call(w.sys, fn, p);
	world_free(&w);
	for (i = 0; i < f.n && i < FINDINGS_MAX; i++)
		fprintf(stderr, "%s\n", f.text[i]);
}

bool share_tells_errors(bool broadcast)
{
	static struct pair p;

	run_pair(&p, broadcast, make_error);
	return p.first_error && p.other_error;
}

bool share_loses_work(void)
{
	static struct pair p;

	run_pair(&p, false, abort_queue);
	return p.abandoned;
}
