// SPDX-License-Identifier: GPL-2.0
/*
 * The host kernel's part of a virtual device that a user process composes: portal pages, PASIDs of
 * its machine, commands on its queues, slots with an eventfd each, errors. The process is not
 * trusted: whatever it asks for is checked to be its own.
 */
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <spec/dsa_regs.h>
#include "raw.h"

static struct vdev_backend *be(struct vdev_raw *raw)
{
	return &raw->d->be;
}

static const struct vdev_backend_ops *ops(struct vdev_raw *raw)
{
	return raw->d->be.ops;
}

static bool vdev_raw_owns(struct vdev_raw *raw, u32 pasid)
{
	u32 guest;

	return raw->dma.kvm && pasid &&
	       (pasid == raw->dma.pasid || !guest_dma_guest_pasid(&raw->dma, pasid, &guest));
}

/* ---- what happens at the device ---- */

static void vdev_raw_tell(struct vdev_raw *raw, const struct vdev_raw_event *ev)
{
	unsigned long flags;

	spin_lock_irqsave(&raw->irq_lock, flags);
	if (raw->count < VDEV_RAW_EVENTS)
		raw->ring[(raw->first + raw->count++) % VDEV_RAW_EVENTS] = *ev;
	if (raw->event)
		eventfd_signal(raw->event, 1);
	spin_unlock_irqrestore(&raw->irq_lock, flags);
}

static void vdev_raw_completion(struct vdev_device *d, u32 vector)
{
	struct vdev_raw *raw = d->ctx;
	unsigned long flags;
	u32 i;

	spin_lock_irqsave(&raw->irq_lock, flags);
	for (i = 0; i < ARRAY_SIZE(raw->slot); i++) {
		if (!raw->slot[i].event || raw->slot[i].vector != vector)
			continue;
		eventfd_signal(raw->slot[i].event, 1);
		break;
	}
	spin_unlock_irqrestore(&raw->irq_lock, flags);
}

/*
 * A descriptor's error is of whoever its PASID belongs to, one that names none is of a dedicated
 * queue's owner; others have no right to know.
 */
static void vdev_raw_swerror(struct vdev_device *d, int wq, const u64 err[4])
{
	struct vdev_raw *raw = d->ctx;
	struct vdev_raw_event ev = {.kind = VDEV_RAW_SWERROR, .wq = wq};
	bool own = vdev_raw_owns(raw, SPEC_GET(DSA_SWERR0_PASID, err[0]));

	if (wq >= 0 && !own && (!d->queue[wq].dedicated || err[0] & DSA_SWERR0_DESC_VALID))
		return;
	if (own || wq >= 0)
		memcpy(ev.err, err, sizeof(ev.err));
	else
		ev.err[0] = err[0] & (DSA_SWERR0_VALID | DSA_SWERR0_ERROR);
	vdev_raw_tell(raw, &ev);
}

static void vdev_raw_halted(struct vdev_device *d, u32 reset_type)
{
	const struct vdev_raw_event ev = {
		.kind = VDEV_RAW_HALTED, .wq = -1, .reset_type = reset_type};

	vdev_raw_tell(d->ctx, &ev);
}

/* The process asks for new ones. */
static void vdev_raw_handles_void(struct vdev_device *d)
{
	const struct vdev_raw_event ev = {.kind = VDEV_RAW_HANDLES_VOID, .wq = -1};
	struct vdev_raw *raw = d->ctx;
	u32 i;

	mutex_lock(&raw->lock);
	for (i = 0; i < ARRAY_SIZE(raw->slot); i++)
		raw->slot[i].has_handle = false;
	mutex_unlock(&raw->lock);
	vdev_raw_tell(raw, &ev);
}

/* With raw->lock held: aborted, disabled and without PASID. */
static void vdev_raw_stop_queue(struct vdev_raw *raw, u32 i)
{
	u32 error;

	ops(raw)->wq_command(be(raw), i, VDEV_WQ_RESET, &error);
	ops(raw)->wq_clear_pasid(be(raw), i);
	raw->wq_pasid[i] = 0;
}

/* Those that are its own. */
static void vdev_raw_stop_queues(struct vdev_raw *raw)
{
	u32 i;

	mutex_lock(&raw->lock);
	for (i = 0; i < raw->d->be.nr_wqs; i++)
		if (raw->d->queue[i].dedicated)
			vdev_raw_stop_queue(raw, i);
	mutex_unlock(&raw->lock);
}

/*
 * What the machine has under way in queues that go on working for others ends. Not by an abort:
 * that would reach what it does on other queues of the function, by another device of its own.
 */
static void vdev_raw_stop_pasids(struct vdev_raw *raw)
{
	u32 guest, host, error;

	if (!raw->dma.kvm)
		return;
	for (guest = 1; !guest_dma_next_pasid(&raw->dma, &guest, &host); guest++)
		ops(raw)->pasid_command(be(raw), host, false, &error);
	ops(raw)->pasid_command(be(raw), raw->dma.pasid, false, &error);
}

static void vdev_raw_stop(struct vdev_device *d)
{
	const struct vdev_raw_event ev = {.kind = VDEV_RAW_REVOKED, .wq = -1};
	struct vdev_raw *raw = d->ctx;

	/* After this no command reaches the device: also not those for the file's end. */
	vdev_raw_stop_queues(raw);
	vdev_raw_stop_pasids(raw);
	vdev_raw_tell(raw, &ev);
}

const struct vdev_events vdev_raw_events = {
	.completion = vdev_raw_completion,
	.swerror = vdev_raw_swerror,
	.halted = vdev_raw_halted,
	.handles_void = vdev_raw_handles_void,
	.stop = vdev_raw_stop,
};

static void vdev_raw_revoked(void *ctx)
{
	struct vdev_raw *raw = ctx;

	vdev_portal_revoke(&raw->portal_map);
}

const struct vdev_device_ops vdev_raw_device_ops = {.revoked = vdev_raw_revoked};

ssize_t vdev_raw_read(struct vdev_raw *raw, char __user *buf, size_t count)
{
	struct vdev_raw_event ev;
	unsigned long flags;
	size_t done;
	bool any;

	for (done = 0; done + sizeof(ev) <= count; done += sizeof(ev)) {
		spin_lock_irqsave(&raw->irq_lock, flags);
		any = raw->count;
		if (any) {
			ev = raw->ring[raw->first];
			raw->first = (raw->first + 1) % VDEV_RAW_EVENTS;
			raw->count--;
		}
		spin_unlock_irqrestore(&raw->irq_lock, flags);
		if (!any)
			break;
		if (copy_to_user(buf + done, &ev, sizeof(ev)))
			return -EFAULT;
	}
	return done;
}

/* ---- facts ---- */

static void vdev_raw_wq_facts(struct vdev_raw *raw, u32 i, struct vdev_raw_wq *out)
{
	struct vdev_wq_facts f = {};

	ops(raw)->wq_facts(be(raw), i, &f);
	out->dedicated = f.dedicated;
	out->block_on_fault = f.block_on_fault;
	out->group = f.group;
	out->engines = f.engines;
	out->size = f.size;
	out->threshold = f.threshold;
	out->priority = f.priority;
	out->max_batch = f.max_batch;
	out->max_xfer = f.max_xfer;
}

static long vdev_raw_get_facts(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_facts *out = kzalloc(sizeof(*out), GFP_KERNEL);
	struct vdev_device_facts f = {};
	long rc;
	u32 i;

	if (!out)
		return -ENOMEM;
	ops(raw)->device_facts(be(raw), &f);
	out->nr_wqs = raw->d->be.nr_wqs;
	out->pci_device = f.pci_device;
	out->version = f.version;
	out->gencap = f.gencap;
	out->grpcap = f.grpcap;
	memcpy(out->opcap, f.opcap, sizeof(out->opcap));
	memcpy(out->dsacap, f.dsacap, sizeof(out->dsacap));
	for (i = 0; i < out->nr_wqs; i++)
		vdev_raw_wq_facts(raw, i, &out->wq[i]);
	rc = copy_to_user(arg, out, sizeof(*out)) ? -EFAULT : 0;
	kfree(out);
	return rc;
}

/* ---- queues ---- */

static long vdev_raw_command(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_command c;
	long rc;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	if (c.wq >= raw->d->be.nr_wqs || c.op > VDEV_WQ_RESET || c.reserved)
		return -EINVAL;
	/* Everybody would wait for everybody: the machine's own work is drained by PASID. */
	if (!raw->d->queue[c.wq].dedicated && c.op == VDEV_WQ_DRAIN)
		return -EPERM;
	c.error = 0;
	rc = ops(raw)->wq_command(be(raw), c.wq, c.op, &c.error);
	if (copy_to_user(arg, &c, sizeof(c)))
		return -EFAULT;
	return rc;
}

static long vdev_raw_pasid_command(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_pasid_command c;
	long rc;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	if (c.reserved)
		return -EINVAL;
	if (!vdev_raw_owns(raw, c.pasid))
		return -EPERM;
	c.error = 0;
	rc = ops(raw)->pasid_command(be(raw), c.pasid, c.abort, &c.error);
	if (copy_to_user(arg, &c, sizeof(c)))
		return -EFAULT;
	return rc;
}

/* With raw->lock held: a PASID that goes meanwhile finds the queue that it tags. */
static long vdev_raw_tag(struct vdev_raw *raw, const struct vdev_raw_pasid *p)
{
	long rc;

	if (p->pasid && !guest_dma_may_use(&raw->dma, p->pasid))
		return -EPERM;
	rc = p->pasid ? ops(raw)->wq_set_pasid(be(raw), p->wq, p->pasid)
		      : ops(raw)->wq_clear_pasid(be(raw), p->wq);
	if (!rc)
		raw->wq_pasid[p->wq] = p->pasid;
	return rc;
}

static long vdev_raw_set_pasid(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_pasid p;
	long rc;

	if (copy_from_user(&p, arg, sizeof(p)))
		return -EFAULT;
	if (p.wq >= raw->d->be.nr_wqs)
		return -EINVAL;
	mutex_lock(&raw->lock);
	rc = vdev_raw_tag(raw, &p);
	mutex_unlock(&raw->lock);
	return rc;
}

static long vdev_raw_submit(struct vdev_raw *raw, void __user *arg)
{
	const u32 pasid_bits = DSA_PASID_MAX;
	struct vdev_raw_submit s;
	long rc = -EPERM;
	u32 first;

	if (copy_from_user(&s, arg, sizeof(s)))
		return -EFAULT;
	if (s.wq >= raw->d->be.nr_wqs || s.reserved)
		return -EINVAL;
	memcpy(&first, s.desc, sizeof(first));
	if (raw->d->queue[s.wq].dedicated)
		return ops(raw)->submit(be(raw), s.wq, s.desc);
	/* In a shared queue the descriptor says whose it is, and with what rights. */
	mutex_lock(&raw->lock);
	if (!(first & ~pasid_bits) && guest_dma_may_use(&raw->dma, first))
		rc = ops(raw)->submit(be(raw), s.wq, s.desc);
	mutex_unlock(&raw->lock);
	return rc;
}

/* ---- slots: all with raw->lock held ---- */

static struct vdev_raw_slot_state *vdev_raw_slot(struct vdev_raw *raw, u32 slot)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(raw->slot); i++)
		if (raw->slot[i].used && raw->slot[i].slot == slot)
			return &raw->slot[i];
	return NULL;
}

static void vdev_raw_set_event(struct vdev_raw *raw, struct eventfd_ctx **at,
			       struct eventfd_ctx *new)
{
	struct eventfd_ctx *old;
	unsigned long flags;

	spin_lock_irqsave(&raw->irq_lock, flags);
	old = *at;
	*at = new;
	spin_unlock_irqrestore(&raw->irq_lock, flags);
	if (old)
		eventfd_ctx_put(old);
}

static void vdev_raw_drop_handle(struct vdev_raw *raw, struct vdev_raw_slot_state *s)
{
	if (s->has_handle)
		ops(raw)->ims_release_handle(be(raw), s->handle);
	s->has_handle = false;
}

static void vdev_raw_drop_slot(struct vdev_raw *raw, struct vdev_raw_slot_state *s)
{
	vdev_raw_drop_handle(raw, s);
	ops(raw)->ims_free(be(raw), s->slot);
	s->used = false;
	vdev_raw_set_event(raw, &s->event, NULL);
}

/* A vector is an eventfd: while a slot is replaced the old and the new one have the same. */
static u32 vdev_raw_vector(const struct vdev_raw *raw, const struct eventfd_ctx *ctx)
{
	u32 taken = 0, i;

	for (i = 0; i < ARRAY_SIZE(raw->slot); i++) {
		if (!raw->slot[i].used)
			continue;
		if (raw->slot[i].event == ctx)
			return raw->slot[i].vector;
		taken |= BIT(raw->slot[i].vector);
	}
	for (i = 1; taken & BIT(i); i++)
		;
	return i;
}

static int vdev_raw_take_slot(struct vdev_raw *raw, struct eventfd_ctx *ctx, u32 *slot)
{
	u32 vector = vdev_raw_vector(raw, ctx), i;
	int rc;

	for (i = 0; i < 2 * raw->d->be.nr_wqs && raw->slot[i].used; i++)
		;
	/* One for each queue, as a virtual device has vectors, and another while it is replaced. */
	if (i == 2 * raw->d->be.nr_wqs)
		return -ENOSPC;
	rc = ops(raw)->ims_alloc(be(raw), vector);
	if (rc < 0)
		return rc;
	raw->slot[i].used = true;
	raw->slot[i].slot = *slot = rc;
	raw->slot[i].vector = vector;
	raw->slot[i].pasid = 0;
	vdev_raw_set_event(raw, &raw->slot[i].event, ctx);
	return 0;
}

static long vdev_raw_slot_alloc(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_slot a;
	struct eventfd_ctx *ctx;
	int rc;

	if (copy_from_user(&a, arg, sizeof(a)))
		return -EFAULT;
	ctx = eventfd_ctx_fdget(a.fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	rc = vdev_raw_take_slot(raw, ctx, &a.slot);
	if (rc) {
		eventfd_ctx_put(ctx);
		return rc;
	}
	if (!copy_to_user(arg, &a, sizeof(a)))
		return 0;
	vdev_raw_drop_slot(raw, vdev_raw_slot(raw, a.slot));
	return -EFAULT;
}

static long vdev_raw_slot_pasid(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_slot_pasid p;

	if (copy_from_user(&p, arg, sizeof(p)))
		return -EFAULT;
	if (!vdev_raw_slot(raw, p.slot) || p.reserved)
		return -EINVAL;
	if (p.enable && !guest_dma_may_use(&raw->dma, p.pasid))
		return -EPERM;
	vdev_raw_slot(raw, p.slot)->pasid = p.enable ? p.pasid : 0;
	return ops(raw)->ims_set_pasid(be(raw), p.slot, p.enable ? p.pasid : 0, p.enable);
}

static long vdev_raw_slot_mask(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_slot_mask m;

	if (copy_from_user(&m, arg, sizeof(m)))
		return -EFAULT;
	if (!vdev_raw_slot(raw, m.slot))
		return -EINVAL;
	return ops(raw)->ims_mask(be(raw), m.slot, m.mask);
}

static long vdev_raw_request_handle(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_slot_state *s;
	struct vdev_raw_handle h;
	int rc;

	if (copy_from_user(&h, arg, sizeof(h)))
		return -EFAULT;
	s = vdev_raw_slot(raw, h.slot);
	if (!s)
		return -EINVAL;
	rc = s->has_handle ? 0 : ops(raw)->ims_request_handle(be(raw), h.slot, &s->handle);
	if (rc)
		return rc;
	s->has_handle = true;
	h.handle = s->handle;
	return copy_to_user(arg, &h, sizeof(h)) ? -EFAULT : 0;
}

static long vdev_raw_release_handle(struct vdev_raw *raw, void __user *arg)
{
	struct vdev_raw_handle h;
	u32 i;

	if (copy_from_user(&h, arg, sizeof(h)))
		return -EFAULT;
	for (i = 0; i < ARRAY_SIZE(raw->slot); i++) {
		struct vdev_raw_slot_state *s = &raw->slot[i];

		if (!s->used || !s->has_handle || s->handle != h.handle)
			continue;
		/* One that the device does not know any more, after a reset, is gone too. */
		s->has_handle = false;
		return ops(raw)->ims_release_handle(be(raw), h.handle);
	}
	return -EINVAL;
}

static long vdev_raw_slot_ioctl(struct vdev_raw *raw, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	struct vdev_raw_slot_state *s;

	switch (cmd) {
	case VDEV_RAW_SLOT_ALLOC:
		return vdev_raw_slot_alloc(raw, uarg);
	case VDEV_RAW_SLOT_FREE:
		s = arg <= U32_MAX ? vdev_raw_slot(raw, arg) : NULL;
		if (!s)
			return -EINVAL;
		vdev_raw_drop_slot(raw, s);
		return 0;
	case VDEV_RAW_SLOT_PASID:
		return vdev_raw_slot_pasid(raw, uarg);
	case VDEV_RAW_SLOT_MASK:
		return vdev_raw_slot_mask(raw, uarg);
	case VDEV_RAW_HANDLE_REQUEST:
		return vdev_raw_request_handle(raw, uarg);
	case VDEV_RAW_HANDLE_RELEASE:
		return vdev_raw_release_handle(raw, uarg);
	}
	return -ENOTTY;
}

/* ---- the file ---- */

static long vdev_raw_set_eventfd(struct vdev_raw *raw, unsigned long fd)
{
	struct eventfd_ctx *ctx = fd <= INT_MAX ? eventfd_ctx_fdget(fd) : ERR_PTR(-EBADF);

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	vdev_raw_set_event(raw, &raw->event, ctx);
	return 0;
}

long vdev_raw_ioctl(struct vdev_raw *raw, unsigned int cmd, unsigned long arg)
{
	void __user *uarg = (void __user *)arg;
	long rc;

	switch (cmd) {
	case VDEV_RAW_FACTS:
		return vdev_raw_get_facts(raw, uarg);
	case VDEV_RAW_COMMAND:
		return vdev_raw_command(raw, uarg);
	case VDEV_RAW_PASID_COMMAND:
		return vdev_raw_pasid_command(raw, uarg);
	case VDEV_RAW_SET_PASID:
		return vdev_raw_set_pasid(raw, uarg);
	case VDEV_RAW_SUBMIT:
		return vdev_raw_submit(raw, uarg);
	case VDEV_RAW_EVENTFD:
		return vdev_raw_set_eventfd(raw, arg);
	}
	mutex_lock(&raw->lock);
	rc = vdev_raw_slot_ioctl(raw, cmd, arg);
	mutex_unlock(&raw->lock);
	return rc;
}

/* ---- beginning and end ---- */

static int vdev_raw_page(struct vdev_portal_map *map, u64 off, u64 *pa)
{
	struct vdev_raw *raw = container_of(map, struct vdev_raw, portal_map);
	u32 wq = off / (2 * DSA_PORTAL_SIZE);
	bool limited = off & DSA_PORTAL_SIZE;

	if (wq >= raw->d->be.nr_wqs || (!limited && !raw->d->queue[wq].dedicated))
		return -ENOENT;
	*pa = ops(raw)->portal(be(raw), wq, limited);
	return *pa ? 0 : -ENOENT;
}

/*
 * The guest takes a PASID away. The composition code may have been told, or not: nothing is left
 * under it, and no queue goes on carrying it.
 */
static void vdev_raw_pasid_gone(struct guest_dma *dma, u32 pasid, u32 host)
{
	struct vdev_raw *raw = container_of(dma, struct vdev_raw, dma);
	u32 i, error;

	mutex_lock(&raw->lock);
	for (i = 0; i < raw->d->be.nr_wqs; i++)
		if (raw->wq_pasid[i] == host)
			vdev_raw_stop_queue(raw, i);
	mutex_unlock(&raw->lock);
	ops(raw)->pasid_command(be(raw), host, false, &error);
	mutex_lock(&raw->lock);
	for (i = 0; i < ARRAY_SIZE(raw->slot); i++) {
		if (!raw->slot[i].used || raw->slot[i].pasid != host)
			continue;
		ops(raw)->ims_set_pasid(be(raw), raw->slot[i].slot, 0, false);
		raw->slot[i].pasid = 0;
	}
	mutex_unlock(&raw->lock);
}

void vdev_raw_init(struct vdev_raw *raw)
{
	mutex_init(&raw->lock);
	spin_lock_init(&raw->irq_lock);
	raw->dma.pasid_gone = vdev_raw_pasid_gone;
	vdev_portal_map_init(&raw->portal_map, 0, vdev_raw_page);
}

void vdev_raw_set_device(struct vdev_raw *raw)
{
	raw->portal_map.pages = 2 * raw->d->be.nr_wqs;
}

int vdev_raw_bind(struct vdev_raw *raw, struct kvm *kvm)
{
	return guest_dma_attach(&raw->dma, kvm, vdev_device_parent(raw->d));
}

/* Portals, then queues, then slots, then the translation that they used. */
void vdev_raw_close(struct vdev_raw *raw)
{
	u32 i;

	vdev_portal_zap(&raw->portal_map);
	vdev_raw_stop_queues(raw);
	vdev_raw_stop_pasids(raw);
	mutex_lock(&raw->lock);
	for (i = 0; i < ARRAY_SIZE(raw->slot); i++)
		if (raw->slot[i].used)
			vdev_raw_drop_slot(raw, &raw->slot[i]);
	mutex_unlock(&raw->lock);
	vdev_raw_set_event(raw, &raw->event, NULL);
	raw->count = 0;
	guest_dma_detach(&raw->dma);
}
