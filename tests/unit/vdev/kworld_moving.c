// SPDX-License-Identifier: GPL-2.0
// Cases: pause and resume with nothing lost; state saved, loaded elsewhere, and never trusted.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/pci_regs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "tests/unit/vdev/kworld_fake.h"

#define PAGE(wq, limited) ((wq)*0x4000ULL + (limited)*0x1000)

static void send(struct fake *f, u32 wq, u8 number)
{
	u8 desc[64] = {};

	desc[8] = number;
	VT_EQUAL(f->t, vdev_portal_write(f->v, PAGE(wq, 0), desc, 64, 1), 0);
}

static int enqueue(struct fake *f, u32 wq, u8 number)
{
	u8 desc[64] = {};

	desc[8] = number;
	return vdev_portal_enqueue(f->v, PAGE(wq, 1), desc);
}

/* ---- pausing ---- */

static void pause_order(struct vt *t)
{
	struct fake *f = fake_new(t, "d4 s8", &fake_sva);
	struct vdev_portal_stats st;
	phys_addr_t pa;
	u32 i;

	fake_enable(f);
	VT_EQUAL(t, vdev_pause(f->v), 0);
	/* First no page, then no work. */
	VT_TEXT(t, fake_log(f), "portals drain 0 drain-pasid 7 ");
	VT_EQUAL(t, (u64)vdev_pause(f->v), (u64)-EALREADY);
	VT_EQUAL(t, (u64)vdev_portal(f->v, PAGE(0, 0), &pa), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_portal(f->v, PAGE(1, 1), &pa), (u64)-ENOENT);
	for (i = 0; i < 4; i++) {
		send(f, 0, i);
		VT_EQUAL(t, enqueue(f, 1, 0x10 + i), 0);
	}
	VT_EQUAL(t, f->nr_descs, 0);
	/* Registers stay readable. */
	VT_EQUAL(t, fake_reg(f, DSA_REG_GENSTS), DSA_STATE_ENABLED);
	f->wq[1].full = 20;
	VT_EQUAL(t, vdev_resume(f->v), 0);
	VT_TEXT(t, fake_log(f), "portals ");
	VT_EQUAL(t, f->nr_descs, 8);
	for (i = 0; i < 8; i++) {
		VT_EQUAL(t, f->desc_wq[i], i & 1);
		VT_EQUAL(t, f->desc[i][8], (i & 1) * 0x10 + i / 2);
	}
	VT_EQUAL(t, vdev_portal(f->v, PAGE(0, 0), &pa), 0);
	VT_EQUAL(t, (u64)vdev_resume(f->v), (u64)-EINVAL);
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.queued, 8);
	VT_EQUAL(t, st.resubmitted, 8);
	VT_EQUAL(t, st.held + st.refused + st.exhausted, 0);
	fake_free(f);
}

struct peer {
	struct fake *f;
	u32 wq;
	u8 number;
	int rc;
	bool done;
};

static int late_store(void *arg)
{
	struct peer *p = arg;
	u8 half[32] = {};

	half[8] = p->number;
	p->rc = vdev_portal_write(p->f->v, PAGE(p->wq, 0), half, 32, p->number)
			?: vdev_portal_write(p->f->v, PAGE(p->wq, 0) + 32, half, 32, p->number);
	p->done = true;
	return 0;
}

static int late_command(void *arg)
{
	struct peer *p = arg;

	p->rc = vdev_mmio_write(p->f->v, DSA_REG_CMD, 4, CMD_REG(DSA_CMD_DRAIN_ALL, 0));
	p->done = true;
	return 0;
}

/* More than fits: posted stores wait, the others are told, commands wait too; nothing is lost. */
static void beyond_the_bound(struct vt *t)
{
	struct fake *f = fake_new(t, "d2 s2", &fake_sva);
	struct peer store[3] = {
		{.f = f, .number = 1}, {.f = f, .number = 2}, {.f = f, .number = 3}};
	struct peer command = {.f = f};
	struct vdev_portal_stats st;
	u32 i;

	fake_enable(f);
	VT_EQUAL(t, vdev_pause(f->v), 0);
	for (i = 0; i < 3; i++)
		kthread_run(late_store, &store[i], "store");
	kthread_run(late_command, &command, "command");
	usleep_range(100, 100);
	VT_CHECK(t, store[0].done && store[1].done && !store[2].done && !command.done);
	VT_EQUAL(t, enqueue(f, 1, 9), 0);
	VT_EQUAL(t, enqueue(f, 1, 10), 0);
	VT_EQUAL(t, enqueue(f, 1, 11), 1);
	VT_EQUAL(t, fake_reg(f, DSA_REG_CMDSTS), 0);
	fake_log(f);
	VT_EQUAL(t, vdev_resume(f->v), 0);
	usleep_range(100, 100);
	VT_CHECK(t, store[2].done && !store[2].rc && command.done && !command.rc);
	VT_EQUAL(t, f->nr_descs, 5);
	VT_EQUAL(t, f->desc[4][8], 3);
	VT_TEXT(t, fake_log(f), "portals drain 0 drain-pasid 7 ");
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.queued, 4);
	VT_EQUAL(t, st.held, 1);
	VT_EQUAL(t, st.busy, 1);
	VT_EQUAL(t, st.descriptors, 5);
	VT_EQUAL(t, st.refused + st.exhausted + st.incomplete, 0);
	fake_free(f);
}

static int pause_now(void *arg)
{
	struct peer *p = arg;

	p->rc = vdev_pause(p->f->v);
	p->done = true;
	return 0;
}

/* A command under way ends first; a store that is still offered is kept instead. */
static void under_way(struct vt *t)
{
	struct fake *f = fake_new(t, "s8", &fake_sva);
	struct peer command = {.f = f}, pause = {.f = f}, store = {.f = f, .number = 5};

	fake_enable(f);
	f->command_us = 300;
	f->wq[0].full = ~0u;
	kthread_run(late_command, &command, "command");
	kthread_run(late_store, &store, "store");
	usleep_range(50, 50);
	kthread_run(pause_now, &pause, "pause");
	usleep_range(100, 100);
	VT_CHECK(t, !pause.done && !command.done);
	VT_CHECK(t, store.done);
	usleep_range(1000, 1000);
	VT_CHECK(t, pause.done && !pause.rc && command.done);
	f->wq[0].full = 0;
	VT_EQUAL(t, vdev_resume(f->v), 0);
	VT_EQUAL(t, f->nr_descs, 1);
	VT_EQUAL(t, f->desc[0][8], 5);
	fake_free(f);
}

/* The device does not come to rest: it goes on as if nobody had asked. */
static void refused(struct vt *t)
{
	struct fake *f = fake_new(t, "d4", &fake_plain);
	phys_addr_t pa;

	fake_enable(f);
	f->fail = -ENXIO;
	VT_EQUAL(t, (u64)vdev_pause(f->v), (u64)-EIO);
	VT_TEXT(t, fake_log(f), "portals drain 0 portals ");
	VT_EQUAL(t, vdev_portal(f->v, 0, &pa), 0);
	send(f, 0, 1);
	VT_EQUAL(t, f->nr_descs, 1);
	fake_free(f);
	/* Nobody can unmap. */
	f = fake_prepare(t, "d4", &fake_plain);
	f->ops.portals = NULL;
	VT_EQUAL(t, fake_create(f), 0);
	VT_EQUAL(t, (u64)vdev_pause(f->v), (u64)-EOPNOTSUPP);
	fake_free(f);
}

const struct vt_case vt_state_cases[] = {
	{"kept in order", pause_order},
	{"beyond the bound", beyond_the_bound},
	{"while things are under way", under_way},
	{"cannot pause", refused},
	{},
};

/* ---- saving and loading ---- */

static u8 *new_buffer(void)
{
	return kmalloc(VDEV_STATE_MAX, GFP_KERNEL);
}

/* A device in the middle of everything. */
static struct fake *busy_device(struct vt *t, u8 *state, long *size)
{
	struct fake *f = fake_new(t, "d4 s8", &fake_sva);
	u8 half[16] = {[8] = 4};

	f->pasid[f->nr_pasids++] = 5;
	fake_unmask(f);
	fake_config_put(f, PCI_BASE_ADDRESS_2, 4, 0xd0000000);
	fake_put(f, DSA_REG_GENCTRL, DSA_GENCTRL_SWERROR_INT);
	fake_put(f, DSA_REG_GENCFG, DSA_GENCFG_USER_INT);
	fake_put(f, WQ_REG(0, 2),
		 DSA_WQCFG2_DEDICATED | DSA_WQCFG2_PASID_EN | SPEC_PREP(DSA_WQCFG2_PASID, 5));
	fake_put(f, PERM_REG(2), DSA_MSIXPERM_PASID_EN | SPEC_PREP(DSA_MSIXPERM_PASID, 5));
	fake_enable(f);
	fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 1);
	fake_cmd(f, DSA_CMD_REQUEST_INT_HANDLE, 2);
	fake_put(f, ENTRY_REG(1) + 12, 1);
	vdev_completion(f->v, 1);
	vdev_swerror(f->v, 1, (const u64[4]){0x30d | SPEC_PREP(DSA_SWERR0_PASID, 1005), 1, 2, 3});
	VT_EQUAL(t, vdev_pause(f->v), 0);
	send(f, 0, 1);
	VT_EQUAL(t, enqueue(f, 1, 2), 0);
	send(f, 0, 3);
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(1, 0) + 0x40, half, 16, 77), 0);
	*size = vdev_save(f->v, state, VDEV_STATE_MAX);
	VT_CHECK(t, *size > 0);
	fake_log(f);
	return f;
}

/* All that a guest can see. */
static void compare_view(struct vt *t, struct fake *a, struct fake *b)
{
	u32 off;

	for (off = 0; off < VDEV_BAR0_SIZE; off += 4)
		VT_EQUAL(t, fake_reg(a, off), fake_reg(b, off));
	for (off = 0; off < VDEV_CONFIG_SIZE; off += 4)
		VT_EQUAL(t, fake_config(a, off, 4), fake_config(b, off, 4));
}

static void elsewhere(struct vt *t)
{
	u8 *state = new_buffer(), rest[48] = {};
	struct fake *a, *b;
	long size;

	a = busy_device(t, state, &size);
	/* What happens now happens there. */
	VT_EQUAL(t, (u64)vdev_mmio_write(a->v, DSA_REG_GENCTRL, 4, 0), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_mmio_write(a->v, DSA_REG_CMD, 4, CMD_REG(3, 0)), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_mmio_write(a->v, PERM_REG(1), 4, 0), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_config_write(a->v, PCI_COMMAND, 2, 0), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_config_write(a->v, PCI_INTERRUPT_LINE, 1, 3), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_portal_write(a->v, 0, rest, 8, 1), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_portal_enqueue(a->v, PAGE(1, 1), state), (u64)-EAGAIN);
	VT_EQUAL(t, (u64)vdev_reset(a->v), (u64)-EAGAIN);
	/* Bigger queues, other slots, other host PASIDs. */
	b = fake_prepare(t, "d16 s4", &fake_sva);
	b->first_slot = 9;
	b->wq[0].facts.group = 2;
	b->pasid[b->nr_pasids++] = 5;
	VT_EQUAL(t, fake_create(b), 0);
	VT_EQUAL(t, vdev_set_pasid(b->v, 8), 0);
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	compare_view(t, a, b);
	fake_log(b);
	VT_EQUAL(t, vdev_resume(b->v), 0);
	VT_TEXT(t, fake_log(b), "tag 0 1005 enable 0 portals portals ");
	VT_EQUAL(t, b->nr_descs, 3);
	VT_EQUAL(t, b->desc[0][8] | b->desc[1][8] << 8 | b->desc[2][8] << 16, 0x030201);
	VT_EQUAL(t, b->desc[1][0], 8);
	/* The rest of a descriptor that was half written there. */
	VT_EQUAL(t, vdev_portal_write(b->v, PAGE(1, 0) + 0x50, rest, 48, 77), 0);
	VT_EQUAL(t, b->nr_descs, 4);
	VT_EQUAL(t, b->desc_wq[3], 1);
	VT_EQUAL(t, b->slot[9].pasid, 8);
	VT_EQUAL(t, b->slot[10].pasid, 1005);
	VT_CHECK(t, b->slot[9].masked && !b->slot[10].masked);
	/* Other slots have other handles. */
	VT_EQUAL(t, fake_reg(b, DSA_REG_INTCAUSE),
		 DSA_INTCAUSE_HANDLE_REVOKED | DSA_INTCAUSE_SWERROR);
	VT_EQUAL(t, b->interrupts[0], 1);
	VT_EQUAL(t, fake_cmd(b, DSA_CMD_REQUEST_INT_HANDLE, 1), 0);
	VT_EQUAL(t, SPEC_GET(DSA_CMDSTS_RESULT, fake_reg(b, DSA_REG_CMDSTS)), 0x109);
	VT_EQUAL(t, fake_cmd(b, DSA_CMD_DISABLE_DEVICE, 0), 0);
	fake_free(a);
	fake_free(b);
	kfree(state);
}

/* The same slots: nobody has to be told. Back to the device it came from: neither. */
static void unnoticed(struct vt *t)
{
	u8 *state = new_buffer();
	struct fake *a, *b;
	long size;

	a = busy_device(t, state, &size);
	VT_EQUAL(t, vdev_resume(a->v), 0);
	VT_EQUAL(t, a->nr_descs, 3);
	VT_TEXT(t, fake_log(a), "portals ");
	VT_EQUAL(t, fake_reg(a, DSA_REG_INTCAUSE) & DSA_INTCAUSE_HANDLE_REVOKED, 0);
	VT_EQUAL(t, vdev_mmio_write(a->v, DSA_REG_GENCTRL, 4, 0), 0);
	b = fake_prepare(t, "d4 s8", &fake_sva);
	b->pasid[b->nr_pasids++] = 5;
	VT_EQUAL(t, fake_create(b), 0);
	VT_EQUAL(t, vdev_set_pasid(b->v, FAKE_PASID), 0);
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	/* A state is for one that is new. */
	VT_EQUAL(t, (u64)vdev_load(b->v, state, size), (u64)-EINVAL);
	VT_EQUAL(t, vdev_resume(b->v), 0);
	VT_EQUAL(t, fake_reg(b, DSA_REG_INTCAUSE) & DSA_INTCAUSE_HANDLE_REVOKED, 0);
	fake_free(a);
	fake_free(b);
	kfree(state);
}

/* On again before it went on: work that comes meanwhile goes along. */
static void twice(struct vt *t)
{
	u8 *state = new_buffer();
	struct fake *a, *b, *c;
	long size;

	a = busy_device(t, state, &size);
	b = fake_prepare(t, "d4 s8", &fake_sva);
	VT_EQUAL(t, fake_create(b), 0);
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	send(b, 0, 4);
	VT_EQUAL(t, enqueue(b, 1, 5), 0);
	size = vdev_save(b->v, state, VDEV_STATE_MAX);
	VT_CHECK(t, size > 0);
	c = fake_prepare(t, "d4 s8", &fake_sva);
	c->pasid[c->nr_pasids++] = 5;
	VT_EQUAL(t, fake_create(c), 0);
	VT_EQUAL(t, vdev_set_pasid(c->v, 8), 0);
	VT_EQUAL(t, vdev_load(c->v, state, size), 0);
	compare_view(t, a, c);
	VT_EQUAL(t, vdev_resume(c->v), 0);
	VT_TEXT(t, fake_log(c), "tag 0 1005 enable 0 portals portals ");
	VT_EQUAL(t, c->nr_descs, 5);
	VT_EQUAL(t, c->desc[4][8], 5);
	fake_free(a);
	fake_free(b);
	fake_free(c);
	kfree(state);
}

static int resume_without(struct vt *t, const u8 *state, long size, bool pasid, int fail)
{
	struct fake *b = fake_prepare(t, "d4 s8", &fake_sva);
	int rc;

	b->first_slot = 3;
	VT_EQUAL(t, fake_create(b), 0);
	VT_EQUAL(t, vdev_set_pasid(b->v, 8), 0);
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	b->nr_pasids = pasid;
	b->pasid[0] = 5;
	b->fail = fail;
	rc = vdev_resume(b->v);
	/* Once it can, it does. */
	b->fail = 0;
	b->nr_pasids = 1;
	VT_EQUAL(t, vdev_resume(b->v), 0);
	VT_EQUAL(t, b->nr_descs, 3);
	fake_free(b);
	return rc;
}

static void not_yet(struct vt *t)
{
	u8 *state = new_buffer();
	struct fake *a;
	long size;

	a = busy_device(t, state, &size);
	VT_EQUAL(t, (u64)resume_without(t, state, size, false, 0), (u64)-ENOENT);
	VT_EQUAL(t, (u64)resume_without(t, state, size, true, -ENXIO), (u64)-EIO);
	fake_free(a);
	kfree(state);
}

static int load_into(struct vt *t, const char *queues, const struct vdev_cfg *cfg, const u8 *state,
		     long size, void (*change)(struct fake *f))
{
	struct fake *b = fake_prepare(t, queues, cfg);
	int rc;

	if (change)
		change(b);
	VT_EQUAL(t, fake_create(b), 0);
	rc = vdev_load(b->v, state, size);
	/* Refused: it is what it was. */
	if (rc) {
		VT_EQUAL(t, fake_reg(b, DSA_REG_GENSTS), 0);
		VT_EQUAL(t, fake_cmd(b, DSA_CMD_ENABLE_DEVICE, 0), DSA_CMDERR_DEV_BME);
	}
	fake_free(b);
	return rc;
}

static void small_batches(struct fake *f)
{
	f->wq[1].facts.max_batch = 16;
}

static void small_transfers(struct fake *f)
{
	f->wq[0].facts.max_xfer = 1 << 20;
}

static void fewer_operations(struct fake *f)
{
	f->facts.opcap[0] &= ~8u;
}

static void other_version(struct fake *f)
{
	f->facts.version = DSA_VERSION_2;
}

static void other_faults(struct fake *f)
{
	f->wq[1].facts.block_on_fault = true;
}

static void other_device(struct fake *f)
{
	f->facts.pci_device = DSA_PCI_DEVICE_DMR;
}

static void no_cache_control(struct fake *f)
{
	f->facts.gencap &= ~DSA_GENCAP_CACHE_CONTROL;
}

static void does_not_fit(struct vt *t)
{
	static void (*const changes[])(struct fake * f) = {
		small_batches, small_transfers, fewer_operations, other_version,
		other_faults,  other_device,	no_cache_control,
	};
	const u64 no = (u64)-EOPNOTSUPP;
	u8 *state = new_buffer();
	struct fake *a;
	long size;
	u32 i;

	a = busy_device(t, state, &size);
	VT_EQUAL(t, load_into(t, "d4 s8", &fake_sva, state, size, NULL), 0);
	VT_EQUAL(t, (u64)load_into(t, "d3 s8", &fake_sva, state, size, NULL), no);
	VT_EQUAL(t, (u64)load_into(t, "s8 d4", &fake_sva, state, size, NULL), no);
	VT_EQUAL(t, (u64)load_into(t, "d4", &fake_sva, state, size, NULL), no);
	VT_EQUAL(t, (u64)load_into(t, "d4 d8", &fake_plain, state, size, NULL), no);
	VT_EQUAL(t, (u64)load_into(t, "d4 s8 d1", &fake_sva, state, size, NULL), no);
	for (i = 0; i < ARRAY_SIZE(changes); i++)
		VT_EQUAL(t, (u64)load_into(t, "d4 s8", &fake_sva, state, size, changes[i]), no);
	fake_free(a);
	kfree(state);
}

/* Every length, and every byte changed in several ways: refused, or a device that can be used. */
static void hostile(struct vt *t)
{
	static const u8 flips[] = {0xff, 0x01, 0x80};
	u8 *state = new_buffer();
	struct fake *a, *b;
	u32 i, k, loaded = 0;
	long size;
	int rc;

	a = busy_device(t, state, &size);
	for (i = 0; i < (u32)size; i += i < 64 ? 1 : 7)
		VT_EQUAL(t, (u64)load_into(t, "d4 s8", &fake_sva, state, i, NULL), (u64)-EINVAL);
	VT_EQUAL(t, (u64)load_into(t, "d4 s8", &fake_sva, state, size + 1, NULL), (u64)-EINVAL);
	for (i = 0; i < (u32)size; i++) {
		for (k = 0; k < ARRAY_SIZE(flips); k++) {
			b = fake_prepare(t, "d4 s8", &fake_sva);
			b->quiet = true;
			b->pasid[b->nr_pasids++] = 5;
			/* Its messages need not be those that a careful guest wrote. */
			b->ops.interrupt = NULL;
			VT_EQUAL(t, fake_create(b), 0);
			VT_EQUAL(t, vdev_set_pasid(b->v, 8), 0);
			state[i] ^= flips[k];
			rc = vdev_load(b->v, state, size);
			state[i] ^= flips[k];
			VT_CHECK(t, rc == 0 || rc == -EINVAL || rc == -EOPNOTSUPP);
			loaded += !rc;
			fake_free(b);
		}
	}
	VT_CHECK(t, loaded > 100 && loaded < 3 * (u32)size);
	/* Too small a buffer: nothing has changed. */
	VT_EQUAL(t, vdev_resume(a->v), 0);
	VT_EQUAL(t, (u64)vdev_save(a->v, state, size), (u64)-EINVAL);
	VT_EQUAL(t, vdev_pause(a->v), 0);
	VT_EQUAL(t, (u64)vdev_save(a->v, state, 100), (u64)-ENOSPC);
	VT_EQUAL(t, vdev_mmio_write(a->v, DSA_REG_GENCTRL, 4, 0), 0);
	fake_free(a);
	kfree(state);
}

/* Held when the guest leaves: told to do it again, and then found whole elsewhere. */
static void held_and_saved(struct vt *t)
{
	struct fake *a = fake_new(t, "d1", &fake_plain), *b;
	struct peer store = {.f = a, .number = 2}, command = {.f = a};
	u8 *state = new_buffer(), half[32] = {};
	long size;

	fake_enable(a);
	VT_EQUAL(t, vdev_pause(a->v), 0);
	send(a, 0, 1);
	kthread_run(late_store, &store, "store");
	kthread_run(late_command, &command, "command");
	usleep_range(50, 50);
	VT_CHECK(t, !store.done && !command.done);
	size = vdev_save(a->v, state, VDEV_STATE_MAX);
	VT_CHECK(t, size > 0);
	usleep_range(50, 50);
	VT_CHECK(t, store.done && command.done);
	VT_EQUAL(t, (u64)store.rc, (u64)-EAGAIN);
	VT_EQUAL(t, (u64)command.rc, (u64)-EAGAIN);
	b = fake_prepare(t, "d1", &fake_plain);
	VT_EQUAL(t, fake_create(b), 0);
	VT_EQUAL(t, vdev_set_pasid(b->v, 8), 0);
	VT_EQUAL(t, vdev_load(b->v, state, size), 0);
	VT_EQUAL(t, vdev_resume(b->v), 0);
	VT_EQUAL(t, b->nr_descs, 1);
	/* The same processor, the same store again: the second half. */
	VT_EQUAL(t, vdev_portal_write(b->v, PAGE(0, 0) + 32, half, 32, 2), 0);
	VT_EQUAL(t, b->nr_descs, 2);
	VT_EQUAL(t, b->desc[0][8] | b->desc[1][8] << 8, 0x0201);
	fake_free(a);
	fake_free(b);
	kfree(state);
}

const struct vt_case vt_image_cases[] = {
	{"loaded elsewhere", elsewhere},
	{"the same handles", unnoticed},
	{"cannot go on yet", not_yet},
	{"moved on before it went on", twice},
	{"does not fit", does_not_fit},
	{"hostile state", hostile},
	{"held while it was saved", held_and_saved},
	{},
};
