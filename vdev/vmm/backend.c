// SPDX-License-Identifier: GPL-2.0
/* The core's way to the physical device from a user process: system calls on the file that the host
 * kernel offers. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "vmm_priv.h"

static struct vdev_vmm *to_vmm(struct vdev_backend *be)
{
	return container_of(be, struct vdev_vmm, be);
}

static int vmm_call(struct vdev_backend *be, u32 cmd, void *arg, u32 bytes)
{
	struct vdev_vmm *m = to_vmm(be);

	return m->ops->ioctl(m->ctx, cmd, arg, bytes);
}

/* ---- facts: those that were there when it was opened ---- */

static void vmm_device_facts(struct vdev_backend *be, struct vdev_device_facts *facts)
{
	const struct vdev_raw_facts *f = &to_vmm(be)->facts;

	facts->pci_device = f->pci_device;
	facts->version = f->version;
	facts->gencap = f->gencap;
	facts->grpcap = f->grpcap;
	memcpy(facts->opcap, f->opcap, sizeof(facts->opcap));
	memcpy(facts->dsacap, f->dsacap, sizeof(facts->dsacap));
}

static void vmm_wq_facts(struct vdev_backend *be, u32 wq, struct vdev_wq_facts *facts)
{
	const struct vdev_raw_wq *f = &to_vmm(be)->facts.wq[wq];

	facts->dedicated = f->dedicated;
	facts->block_on_fault = f->block_on_fault;
	facts->group = f->group;
	facts->engines = f->engines;
	facts->size = f->size;
	facts->threshold = f->threshold;
	facts->priority = f->priority;
	facts->max_xfer = f->max_xfer;
	facts->max_batch = f->max_batch;
}

/* ---- queues ---- */

static int vmm_wq_command(struct vdev_backend *be, u32 wq, enum vdev_wq_op op, u32 *error)
{
	struct vdev_raw_command c = {.wq = wq, .op = op};
	int rc = vmm_call(be, VDEV_RAW_COMMAND, &c, sizeof(c));

	*error = c.error;
	return rc;
}

static int vmm_pasid_command(struct vdev_backend *be, u32 pasid, bool abort, u32 *error)
{
	struct vdev_raw_pasid_command c = {.pasid = pasid, .abort = abort};
	int rc = vmm_call(be, VDEV_RAW_PASID_COMMAND, &c, sizeof(c));

	*error = c.error;
	return rc;
}

static int vmm_wq_set_pasid(struct vdev_backend *be, u32 wq, u32 pasid)
{
	struct vdev_raw_pasid p = {.wq = wq, .pasid = pasid};

	return vmm_call(be, VDEV_RAW_SET_PASID, &p, sizeof(p));
}

static int vmm_wq_clear_pasid(struct vdev_backend *be, u32 wq)
{
	return vmm_wq_set_pasid(be, wq, 0);
}

/* A process knows no physical addresses: the page's place in the file, counted from 1. */
static phys_addr_t vmm_portal(struct vdev_backend *be, u32 wq, bool limited)
{
	return (phys_addr_t)(2 * wq + limited + 1) << VDEV_VMM_PAGE_SHIFT;
}

static int vmm_submit(struct vdev_backend *be, u32 wq, const void *desc)
{
	struct vdev_raw_submit s = {.wq = wq};

	memcpy(s.desc, desc, sizeof(s.desc));
	return vmm_call(be, VDEV_RAW_SUBMIT, &s, sizeof(s));
}

/* ---- interrupt message store ---- */

static int vmm_ims_alloc(struct vdev_backend *be, u32 vector)
{
	struct vdev_vmm *m = to_vmm(be);
	struct vdev_raw_slot a = {.fd = m->ops->eventfd(m->ctx, vector)};
	int rc = a.fd < 0 ? a.fd : vmm_call(be, VDEV_RAW_SLOT_ALLOC, &a, sizeof(a));

	return rc ? rc : (int)a.slot;
}

static void vmm_ims_free(struct vdev_backend *be, u32 slot)
{
	struct vdev_vmm *m = to_vmm(be);

	m->ops->ioctl_value(m->ctx, VDEV_RAW_SLOT_FREE, slot);
}

static int vmm_ims_set_pasid(struct vdev_backend *be, u32 slot, u32 pasid, bool enable)
{
	struct vdev_raw_slot_pasid p = {.slot = slot, .pasid = pasid, .enable = enable};

	return vmm_call(be, VDEV_RAW_SLOT_PASID, &p, sizeof(p));
}

static int vmm_ims_mask(struct vdev_backend *be, u32 slot, bool mask)
{
	struct vdev_raw_slot_mask a = {.slot = slot, .mask = mask};

	return vmm_call(be, VDEV_RAW_SLOT_MASK, &a, sizeof(a));
}

static int vmm_ims_request_handle(struct vdev_backend *be, u32 slot, u32 *handle)
{
	struct vdev_raw_handle h = {.slot = slot};
	int rc = vmm_call(be, VDEV_RAW_HANDLE_REQUEST, &h, sizeof(h));

	*handle = h.handle;
	return rc;
}

static int vmm_ims_release_handle(struct vdev_backend *be, u32 handle)
{
	struct vdev_raw_handle h = {.handle = handle};

	return vmm_call(be, VDEV_RAW_HANDLE_RELEASE, &h, sizeof(h));
}

const struct vdev_backend_ops vdev_vmm_backend_ops = {
	.device_facts = vmm_device_facts,
	.wq_facts = vmm_wq_facts,
	.wq_command = vmm_wq_command,
	.pasid_command = vmm_pasid_command,
	.wq_set_pasid = vmm_wq_set_pasid,
	.wq_clear_pasid = vmm_wq_clear_pasid,
	.portal = vmm_portal,
	.submit = vmm_submit,
	.ims_alloc = vmm_ims_alloc,
	.ims_free = vmm_ims_free,
	.ims_set_pasid = vmm_ims_set_pasid,
	.ims_mask = vmm_ims_mask,
	.ims_request_handle = vmm_ims_request_handle,
	.ims_release_handle = vmm_ims_release_handle,
};
