// SPDX-License-Identifier: GPL-2.0
// The recording backend and monitor of the virtual device's cases.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "tests/unit/vdev/kworld_fake.h"

const struct vdev_cfg fake_plain = {};
const struct vdev_cfg fake_sva = {.sva = true};

static struct fake *to_fake(struct vdev_backend *be)
{
	return container_of(be, struct fake, be);
}

__printf(2, 3) static void say(struct fake *f, const char *fmt, ...)
{
	size_t n = strlen(f->log);
	va_list args;

	if (f->quiet)
		return;
	va_start(args, fmt);
	vsnprintf(f->log + n, sizeof(f->log) - n, fmt, args);
	va_end(args);
}

const char *fake_log(struct fake *f)
{
	strscpy(f->said, f->log, sizeof(f->said));
	f->log[0] = 0;
	return f->said;
}

/* ---- the physical device ---- */

static void device_facts(struct vdev_backend *be, struct vdev_device_facts *facts)
{
	*facts = to_fake(be)->facts;
}

static void wq_facts(struct vdev_backend *be, u32 wq, struct vdev_wq_facts *facts)
{
	*facts = to_fake(be)->wq[wq].facts;
}

static int answer(struct fake *f, u32 *error)
{
	int rc = f->fail;

	if (f->command_us)
		usleep_range(f->command_us, f->command_us);
	*error = f->error;
	f->fail = 0;
	f->error = 0;
	return rc;
}

static int wq_command(struct vdev_backend *be, u32 wq, enum vdev_wq_op op, u32 *error)
{
	static const char *const names[] = {"enable", "disable", "drain", "abort", "reset"};
	struct fake *f = to_fake(be);
	int rc;

	if (!f->wq[wq].facts.dedicated && op == VDEV_WQ_ENABLE)
		return f->wq[wq].enabled ? 0 : -ENXIO;
	say(f, "%s %u ", names[op], wq);
	/* A home would refuse what hits others. */
	VT_CHECK(f->t, f->wq[wq].facts.dedicated || op == VDEV_WQ_DRAIN);
	VT_CHECK(f->t, op != VDEV_WQ_ENABLE || !f->wq[wq].enabled);
	rc = answer(f, error);
	if (!rc && op == VDEV_WQ_ENABLE)
		f->wq[wq].enabled = true;
	if (!rc && (op == VDEV_WQ_DISABLE || op == VDEV_WQ_RESET))
		f->wq[wq].enabled = false;
	return rc;
}

static int pasid_command(struct vdev_backend *be, u32 pasid, bool abort, u32 *error)
{
	struct fake *f = to_fake(be);

	say(f, "%s-pasid %u ", abort ? "abort" : "drain", pasid);
	return answer(f, error);
}

static int wq_set_pasid(struct vdev_backend *be, u32 wq, u32 pasid)
{
	struct fake *f = to_fake(be);

	say(f, "tag %u %u ", wq, pasid);
	VT_CHECK(f->t, f->wq[wq].facts.dedicated && !f->wq[wq].enabled);
	return 0;
}

static int wq_clear_pasid(struct vdev_backend *be, u32 wq)
{
	struct fake *f = to_fake(be);

	say(f, "untag %u ", wq);
	VT_CHECK(f->t, f->wq[wq].facts.dedicated && !f->wq[wq].enabled);
	return 0;
}

static phys_addr_t portal(struct vdev_backend *be, u32 wq, bool limited)
{
	return 0x80000000ULL + wq * 0x4000 + 0x2000 + limited * 0x1000;
}

static int submit(struct vdev_backend *be, u32 wq, const void *desc)
{
	struct fake *f = to_fake(be);

	VT_CHECK(f->t, f->wq[wq].enabled);
	if (f->slow_submit) {
		usleep_range(f->command_us, f->command_us);
		say(f, "submit ");
	}
	if (f->wq[wq].full) {
		f->wq[wq].full--;
		return -EAGAIN;
	}
	memcpy(f->desc[f->nr_descs % FAKE_DESCS], desc, 64);
	f->desc_wq[f->nr_descs++ % FAKE_DESCS] = wq;
	return 0;
}

static int ims_alloc(struct vdev_backend *be, u32 vector)
{
	struct fake *f = to_fake(be);
	u32 i;

	if (f->fail)
		return f->fail;
	for (i = f->first_slot; i < FAKE_SLOTS; i++) {
		if (f->slot[i].used)
			continue;
		f->slot[i] = (struct fake_slot){.used = true, .masked = true, .vector = vector};
		return i;
	}
	return -ENOSPC;
}

static void ims_free(struct vdev_backend *be, u32 slot)
{
	struct fake *f = to_fake(be);

	VT_CHECK(f->t, f->slot[slot].used);
	f->slot[slot].used = false;
}

static int ims_set_pasid(struct vdev_backend *be, u32 slot, u32 pasid, bool enable)
{
	struct fake *f = to_fake(be);

	if (f->slow_slots)
		usleep_range(f->command_us, f->command_us);
	f->slot[slot].pasid = pasid;
	f->slot[slot].enable = enable;
	return 0;
}

static int ims_mask(struct vdev_backend *be, u32 slot, bool mask)
{
	to_fake(be)->slot[slot].masked = mask;
	return 0;
}

static int ims_request_handle(struct vdev_backend *be, u32 slot, u32 *handle)
{
	struct fake *f = to_fake(be);

	f->requests++;
	*handle = slot + 0x100;
	return f->fail;
}

static int ims_release_handle(struct vdev_backend *be, u32 handle)
{
	say(to_fake(be), "release %u ", handle - 0x100);
	return 0;
}

static const struct vdev_backend_ops backend_ops = {
	.device_facts = device_facts,
	.wq_facts = wq_facts,
	.wq_command = wq_command,
	.pasid_command = pasid_command,
	.wq_set_pasid = wq_set_pasid,
	.wq_clear_pasid = wq_clear_pasid,
	.portal = portal,
	.submit = submit,
	.ims_alloc = ims_alloc,
	.ims_free = ims_free,
	.ims_set_pasid = ims_set_pasid,
	.ims_mask = ims_mask,
	.ims_request_handle = ims_request_handle,
	.ims_release_handle = ims_release_handle,
};

/* ---- the monitor ---- */

static void interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	struct fake *f = ctx;

	VT_EQUAL(f->t, addr, 0xfee00000 + vector * 0x1000);
	VT_EQUAL(f->t, data, 0x40 + vector);
	f->interrupts[vector]++;
}

static void portals(void *ctx)
{
	struct fake *f = ctx;

	f->portal_changes++;
	say(f, "portals ");
}

static int host_pasid(void *ctx, u32 pasid, u32 *host)
{
	struct fake *f = ctx;
	u32 i;

	for (i = 0; i < f->nr_pasids; i++)
		if (f->pasid[i] == pasid) {
			*host = f->lie ? f->lie : FAKE_HOST(pasid);
			return 0;
		}
	return -ENOENT;
}

static int guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	u32 again;

	*pasid = host - FAKE_HOST(0);
	return host_pasid(ctx, *pasid, &again);
}

static int next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	struct fake *f = ctx;
	u32 i, best = ~0u;

	for (i = 0; i < f->nr_pasids; i++)
		if (f->pasid[i] >= *pasid && f->pasid[i] < best)
			best = f->pasid[i];
	if (best == ~0u)
		return -ENOENT;
	*pasid = best;
	*host = FAKE_HOST(best);
	return 0;
}

/* ---- life ---- */

static void parse_queues(struct fake *f, const char *queues)
{
	struct vdev_wq_facts *facts;

	for (; *queues; queues++) {
		if (*queues == 'd' || *queues == 's') {
			facts = &f->wq[f->be.nr_wqs++].facts;
			facts->dedicated = *queues == 'd';
			facts->group = 0;
			facts->engines = 2;
			facts->priority = 5;
			facts->threshold = *queues == 'd' ? 0 : 6;
			facts->max_xfer = 1 << 21;
			facts->max_batch = 32;
			f->wq[f->be.nr_wqs - 1].enabled = *queues == 's';
		} else if (*queues >= '0' && *queues <= '9') {
			facts = &f->wq[f->be.nr_wqs - 1].facts;
			facts->size = facts->size * 10 + *queues - '0';
		}
	}
}

struct fake *fake_prepare(struct vt *t, const char *queues, const struct vdev_cfg *cfg)
{
	struct fake *f = kzalloc(sizeof(*f), GFP_KERNEL);
	u32 i;

	f->t = t;
	f->be.ops = &backend_ops;
	f->cfg = *cfg;
	f->ops = (struct vdev_ops){
		.interrupt = interrupt,
		.portals = portals,
		.host_pasid = host_pasid,
		.guest_pasid = guest_pasid,
		.next_pasid = next_pasid,
	};
	f->facts.pci_device = DSA_PCI_DEVICE_SPR;
	f->facts.version = DSA_VERSION_1;
	/* Sapphire Rapids: all that the guest must not see is in it too. */
	f->facts.gencap = 0x40915f0107;
	f->facts.grpcap = 0x34004;
	for (i = 0; i < 2; i++)
		f->facts.opcap[i] = i ? 0x1 : 0x3f03ff;
	parse_queues(f, queues);
	return f;
}

int fake_create(struct fake *f)
{
	return vdev_create(&f->be, &f->ops, f, &f->cfg, &f->v);
}

struct fake *fake_new(struct vt *t, const char *queues, const struct vdev_cfg *cfg)
{
	struct fake *f = fake_prepare(t, queues, cfg);

	VT_EQUAL(t, fake_create(f), 0);
	VT_EQUAL(t, vdev_set_pasid(f->v, FAKE_PASID), 0);
	fake_config_put(f, PCI_COMMAND, 2, PCI_COMMAND_MASTER | PCI_COMMAND_MEMORY);
	fake_log(f);
	return f;
}

void fake_free(struct fake *f)
{
	u32 i;

	vdev_destroy(f->v);
	for (i = 0; i < FAKE_SLOTS; i++)
		VT_CHECK(f->t, !f->slot[i].used);
	for (i = 0; i < f->be.nr_wqs; i++)
		VT_EQUAL(f->t, f->wq[i].enabled, !f->wq[i].facts.dedicated);
	kfree(f);
}

/* ---- the guest ---- */

u32 fake_reg(struct fake *f, u32 off)
{
	u64 val;

	VT_EQUAL(f->t, vdev_mmio_read(f->v, off, 4, &val), 0);
	return val;
}

void fake_put(struct fake *f, u32 off, u32 val)
{
	VT_EQUAL(f->t, vdev_mmio_write(f->v, off, 4, val), 0);
}

u32 fake_config(struct fake *f, u32 off, u32 width)
{
	u32 val;

	VT_EQUAL(f->t, vdev_config_read(f->v, off, width, &val), 0);
	return val;
}

void fake_config_put(struct fake *f, u32 off, u32 width, u32 val)
{
	VT_EQUAL(f->t, vdev_config_write(f->v, off, width, val), 0);
}

u32 fake_cmd(struct fake *f, u32 code, u32 operand)
{
	u32 sts;

	fake_put(f, DSA_REG_CMD, CMD_REG(code, operand));
	sts = fake_reg(f, DSA_REG_CMDSTS);
	VT_CHECK(f->t, !(sts & DSA_CMDSTS_ACTIVE));
	return SPEC_GET(DSA_CMDSTS_ERR, sts);
}

void fake_functions(struct fake *f)
{
	fake_config_put(f, 0x100 + PCI_ATS_CTRL, 2, PCI_ATS_CTRL_ENABLE);
	fake_config_put(f, 0x110 + PCI_PRI_ALLOC_REQ, 4, 1);
	fake_config_put(f, 0x110 + PCI_PRI_CTRL, 2, PCI_PRI_CTRL_ENABLE);
	fake_config_put(f, 0x120 + PCI_PASID_CTRL, 2, PCI_PASID_CTRL_ENABLE);
}

void fake_enable(struct fake *f)
{
	u32 i;

	if (f->cfg.sva)
		fake_functions(f);
	VT_EQUAL(f->t, fake_cmd(f, DSA_CMD_ENABLE_DEVICE, 0), 0);
	for (i = 0; i < f->be.nr_wqs; i++) {
		if (!f->wq[i].facts.dedicated)
			fake_put(f, WQ_REG(i, DSA_WQCFG_DW_MODE), DSA_WQCFG2_PASID_EN);
		VT_EQUAL(f->t, fake_cmd(f, DSA_CMD_ENABLE_WQ, i), 0);
	}
	fake_log(f);
}

void fake_unmask(struct fake *f)
{
	u32 i;

	fake_config_put(f, 0x40 + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE);
	for (i = 0; i <= f->be.nr_wqs; i++) {
		fake_put(f, ENTRY_REG(i), 0xfee00000 + i * 0x1000);
		fake_put(f, ENTRY_REG(i) + 4, 0);
		fake_put(f, ENTRY_REG(i) + 8, 0x40 + i);
		fake_put(f, ENTRY_REG(i) + 12, 0);
	}
}
