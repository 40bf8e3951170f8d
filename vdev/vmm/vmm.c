// SPDX-License-Identifier: GPL-2.0
/* A virtual device in a user process: its life, the guest's accesses, what the host reports. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <spec/dsa_regs.h>
#include "vmm_priv.h"

/* ---- what the core asks: passed on ---- */

static void vmm_on_interrupt(void *ctx, u32 vector, u64 addr, u32 data)
{
	struct vdev_vmm *m = ctx;

	m->ops->interrupt(m->ctx, vector, addr, data);
}

static void vmm_on_portals(void *ctx)
{
	struct vdev_vmm *m = ctx;

	m->ops->portals(m->ctx);
}

static int vmm_on_host_pasid(void *ctx, u32 pasid, u32 *host)
{
	struct vdev_vmm *m = ctx;

	return m->ops->host_pasid(m->ctx, pasid, host);
}

static int vmm_on_guest_pasid(void *ctx, u32 host, u32 *pasid)
{
	struct vdev_vmm *m = ctx;

	return m->ops->guest_pasid(m->ctx, host, pasid);
}

static int vmm_on_next_pasid(void *ctx, u32 *pasid, u32 *host)
{
	struct vdev_vmm *m = ctx;

	return m->ops->next_pasid(m->ctx, pasid, host);
}

static const struct vdev_ops vmm_core_ops = {
	.interrupt = vmm_on_interrupt,
	.portals = vmm_on_portals,
	.host_pasid = vmm_on_host_pasid,
	.guest_pasid = vmm_on_guest_pasid,
	.next_pasid = vmm_on_next_pasid,
};

/* ---- beginning and end ---- */

int vdev_vmm_open(const struct vdev_cfg *cfg, const struct vdev_vmm_ops *ops, void *ctx,
		  struct vdev_vmm **out)
{
	struct vdev_vmm *m = kzalloc(sizeof(*m), GFP_KERNEL);
	int rc;

	if (!m)
		return -ENOMEM;
	m->ops = ops;
	m->ctx = ctx;
	m->be.ops = &vdev_vmm_backend_ops;
	rc = ops->ioctl(ctx, VDEV_RAW_FACTS, &m->facts, sizeof(m->facts));
	m->be.nr_wqs = m->facts.nr_wqs;
	if (!rc)
		rc = vdev_create(&m->be, &vmm_core_ops, m, cfg, &m->v);
	if (rc) {
		kfree(m);
		return rc;
	}
	*out = m;
	return 0;
}

void vdev_vmm_close(struct vdev_vmm *m)
{
	vdev_clear_pasid(m->v);
	vdev_destroy(m->v);
	kfree(m);
}

/* ---- use ---- */

int vdev_vmm_set_pasid(struct vdev_vmm *m, u32 pasid)
{
	return vdev_set_pasid(m->v, pasid);
}

void vdev_vmm_pasid_gone(struct vdev_vmm *m, u32 pasid, u32 host)
{
	vdev_pasid_gone(m->v, pasid, host);
}

u32 vdev_vmm_config_read(struct vdev_vmm *m, u32 off, u32 width)
{
	u32 val;

	vdev_config_read(m->v, off, width, &val);
	return val;
}

int vdev_vmm_config_write(struct vdev_vmm *m, u32 off, u32 width, u32 val)
{
	return vdev_config_write(m->v, off, width, val);
}

u64 vdev_vmm_mmio_read(struct vdev_vmm *m, u64 off, u32 width)
{
	u64 val;

	vdev_mmio_read(m->v, off, width, &val);
	return val;
}

int vdev_vmm_mmio_write(struct vdev_vmm *m, u64 off, u32 width, u64 val)
{
	return vdev_mmio_write(m->v, off, width, val);
}

int vdev_vmm_portal_write(struct vdev_vmm *m, u64 off, const void *data, u32 bytes, u64 writer)
{
	return vdev_portal_write(m->v, off, data, bytes, writer);
}

int vdev_vmm_portal_enqueue(struct vdev_vmm *m, u64 off, const void *desc)
{
	return vdev_portal_enqueue(m->v, off, desc);
}

u64 vdev_vmm_bar(struct vdev_vmm *m, u32 bar, u64 *bytes, bool *enabled)
{
	*bytes = vdev_bar_size(m->v, bar);
	return vdev_bar_addr(m->v, bar, enabled);
}

int vdev_vmm_portal(struct vdev_vmm *m, u64 off, u64 *file_off)
{
	phys_addr_t page;
	int rc = vdev_portal(m->v, off, &page);

	if (!rc)
		*file_off = page - (1ull << VDEV_VMM_PAGE_SHIFT);
	return rc;
}

int vdev_vmm_message(struct vdev_vmm *m, u32 vector, u64 *addr, u32 *data)
{
	return vdev_message(m->v, vector, addr, data);
}

int vdev_vmm_pause(struct vdev_vmm *m)
{
	return vdev_pause(m->v);
}

int vdev_vmm_resume(struct vdev_vmm *m)
{
	return vdev_resume(m->v);
}

long vdev_vmm_save(struct vdev_vmm *m, void *buf, u64 size)
{
	return vdev_save(m->v, buf, size);
}

int vdev_vmm_load(struct vdev_vmm *m, const void *buf, u64 size)
{
	return vdev_load(m->v, buf, size);
}

void vdev_vmm_renew(struct vdev_vmm *m)
{
	vdev_renew(m->v);
}

int vdev_vmm_revoke_handles(struct vdev_vmm *m)
{
	return vdev_revoke_handles(m->v);
}

void vdev_vmm_leave(struct vdev_vmm *m)
{
	vdev_leave(m->v);
}

/* ---- what the host reports ---- */

void vdev_vmm_completion(struct vdev_vmm *m, u32 vector)
{
	vdev_completion(m->v, vector);
}

void vdev_vmm_event(struct vdev_vmm *m, const struct vdev_raw_event *ev)
{
	switch (ev->kind) {
	case VDEV_RAW_SWERROR:
		vdev_swerror(m->v, ev->wq, ev->err);
		break;
	case VDEV_RAW_REVOKED:
		/* All that the host gave is gone; the guest finds a device that halted. */
		vdev_clear_pasid(m->v);
		vdev_halted(m->v, DSA_RESET_FLR);
		break;
	case VDEV_RAW_HANDLES_VOID:
		vdev_handles_void(m->v);
		break;
	case VDEV_RAW_HALTED:
		vdev_halted(m->v, ev->reset_type);
		break;
	}
}

void vdev_vmm_traps(const struct vdev_vmm *m, struct vdev_traps *traps)
{
	vdev_get_traps(m->v, traps);
}

void vdev_vmm_portal_stats(const struct vdev_vmm *m, struct vdev_portal_stats *st)
{
	vdev_get_portal_stats(m->v, st);
}
