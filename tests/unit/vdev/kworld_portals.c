// SPDX-License-Identifier: GPL-2.0
// Cases: which portal pages go straight through, and stores to those that do not.
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/string.h>
#include "tests/unit/vdev/kworld_fake.h"

#define PAGE(wq, limited) ((wq)*0x4000ULL + (limited)*0x1000)

static void fill(u8 *desc, u32 pasid, u8 with)
{
	memset(desc, with, 64);
	desc[0] = pasid;
	desc[1] = pasid >> 8;
	desc[2] = pasid >> 16;
	desc[3] = 0;
}

static u32 first_word(const u8 *desc)
{
	return desc[0] | desc[1] << 8 | desc[2] << 16 | (u32)desc[3] << 24;
}

static void straight(struct vt *t)
{
	struct fake *f = fake_new(t, "d16 s8", &fake_sva);
	phys_addr_t pa;

	VT_EQUAL(t, vdev_portal(f->v, PAGE(0, 0), &pa), 0);
	VT_EQUAL(t, pa, 0x80002000);
	VT_EQUAL(t, vdev_portal(f->v, PAGE(0, 1), &pa), 0);
	VT_EQUAL(t, pa, 0x80003000);
	/* A share has its limited page, and that only while it is enabled. */
	VT_EQUAL(t, (u64)vdev_portal(f->v, PAGE(1, 1), &pa), (u64)-ENOENT);
	fake_enable(f);
	VT_EQUAL(t, f->portal_changes, 1);
	VT_EQUAL(t, vdev_portal(f->v, PAGE(1, 1), &pa), 0);
	VT_EQUAL(t, pa, 0x80007000);
	VT_EQUAL(t, (u64)vdev_portal(f->v, PAGE(1, 0), &pa), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_portal(f->v, 0x2000, &pa), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_portal(f->v, 0x3000, &pa), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_portal(f->v, PAGE(2, 0), &pa), (u64)-ENOENT);
	VT_EQUAL(t, (u64)vdev_portal(f->v, ~0ULL, &pa), (u64)-ENOENT);
	VT_EQUAL(t, fake_cmd(f, DSA_CMD_DISABLE_WQ, 2), 0);
	VT_EQUAL(t, (u64)vdev_portal(f->v, PAGE(1, 1), &pa), (u64)-ENOENT);
	fake_free(f);
}

/* Pieces of every size, two processors at once on the same line. */
static void pieces(struct vt *t)
{
	struct fake *f = fake_new(t, "s8", &fake_sva);
	struct vdev_portal_stats st;
	u8 a[64], b[64];
	u32 i;

	f->pasid[f->nr_pasids++] = 5;
	fake_enable(f);
	fill(a, 5, 0xaa);
	fill(b, 0, 0xbb);
	for (i = 0; i < 64; i += 8) {
		VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0) + 128 + i, a + i, 8, 1), 0);
		VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0) + 128 + 63 - i, b + 63 - i, 1, 2),
			 0);
	}
	VT_EQUAL(t, f->nr_descs, 1);
	VT_EQUAL(t, first_word(f->desc[0]), 1005);
	VT_CHECK(t, !memcmp(f->desc[0] + 4, a + 4, 60));
	for (i = 0; i < 64; i++)
		vdev_portal_write(f->v, PAGE(0, 0) + 128 + i, b + i, 1, 2);
	VT_EQUAL(t, f->nr_descs, 2);
	VT_EQUAL(t, first_word(f->desc[1]), FAKE_PASID);
	VT_CHECK(t, !memcmp(f->desc[1] + 4, b + 4, 60));
	/* Whole at once. */
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	VT_EQUAL(t, f->nr_descs, 3);
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.pieces, 8 + 8 + 64);
	VT_EQUAL(t, st.assembled, 2);
	VT_EQUAL(t, st.descriptors, 3);
	VT_EQUAL(t, st.translated, 3);
	VT_EQUAL(t, st.forwarded, 3);
	VT_EQUAL(t, st.refused + st.retries + st.exhausted + st.busy, 0);
	fake_free(f);
}

/* What no portal takes. */
static void refused(struct vt *t)
{
	struct fake *f = fake_new(t, "s8 d4", &fake_sva);
	struct vdev_portal_stats st;
	u8 a[65];
	u32 i;

	f->pasid[f->nr_pasids++] = 5;
	fill(a, 5, 0xaa);
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, 0, a, 0, 1), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, 0, a, 65, 1), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, 60, a, 8, 1), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, 1, a, ~0u, 1), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, vdev_bar_size(f->v, 2), a, 8, 1), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, ~63ULL, a, 64, 1), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_enqueue(f->v, 8, a), (u64)-EINVAL);
	VT_EQUAL(t, (u64)vdev_portal_enqueue(f->v, ~63ULL, a), (u64)-EINVAL);
	/* Disabled; behind the pages. */
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	VT_EQUAL(t, vdev_portal_enqueue(f->v, PAGE(0, 1), a), 1);
	VT_EQUAL(t, vdev_portal_write(f->v, 0x2000, a, 64, 1), 0);
	VT_EQUAL(t, vdev_portal_enqueue(f->v, 0x2000, a), 1);
	fake_enable(f);
	/* A posted store to the page for ENQCMD; ENQCMD to a dedicated queue. */
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 1), a, 64, 1), 0);
	VT_EQUAL(t, vdev_portal_enqueue(f->v, PAGE(1, 1), a), 1);
	/* A PASID that is not the guest's, its host's number among them. */
	fill(a, 1005, 0xaa);
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	fill(a, 6, 0xaa);
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	VT_EQUAL(t, f->nr_descs, 0);
	/* Privilege and reserved bits do not get through. */
	fill(a, 5, 0xaa);
	a[2] |= 0xf0;
	a[3] = 0xff;
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	VT_EQUAL(t, first_word(f->desc[0]), 1005);
	/* More half-written ones than there is room for: the oldest go. */
	for (i = 0; i < 40; i++)
		VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 8, 100 + i), 0);
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.incomplete, 8);
	VT_EQUAL(t, st.refused, 4);
	VT_EQUAL(t, st.busy, 2);
	fake_free(f);
}

/* A full queue is asked again until it takes it; the guest's processor waits meanwhile. */
static void retries(struct vt *t)
{
	struct fake *f = fake_new(t, "s8", &fake_sva);
	struct vdev_portal_stats st;
	u8 a[64];

	fake_enable(f);
	fill(a, 0, 0xaa);
	f->wq[0].full = 1000;
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	VT_EQUAL(t, f->nr_descs, 1);
	/* Who can be told is told at once. */
	f->wq[0].full = 1;
	VT_EQUAL(t, vdev_portal_enqueue(f->v, PAGE(0, 1), a), 1);
	VT_EQUAL(t, vdev_portal_enqueue(f->v, PAGE(0, 1), a), 0);
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.retries, 1001);
	VT_EQUAL(t, st.forwarded, 2);
	VT_EQUAL(t, st.busy, 1);
	VT_EQUAL(t, st.exhausted, 0);
	/* One that never empties: given up, and counted. */
	f->wq[0].full = ~0u;
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	f->wq[0].full = 0;
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.retries, 1001 + 100001);
	VT_EQUAL(t, st.exhausted, 1);
	VT_EQUAL(t, f->nr_descs, 2);
	fake_free(f);
}

static int disable_soon(void *arg)
{
	struct fake *f = arg;

	usleep_range(500, 500);
	vdev_mmio_write(f->v, DSA_REG_CMD, 4, CMD_REG(DSA_CMD_DISABLE_WQ, 1));
	return 0;
}

/* A queue disabled meanwhile takes nothing any more: the store is over. */
static void disabled_meanwhile(struct vt *t)
{
	struct fake *f = fake_new(t, "s8", &fake_sva);
	struct vdev_portal_stats st;
	u8 a[64];

	fake_enable(f);
	fill(a, 0, 0xaa);
	f->wq[0].full = ~0u;
	kthread_run(disable_soon, f, "other");
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	vdev_get_portal_stats(f->v, &st);
	VT_EQUAL(t, st.refused, 1);
	VT_CHECK(t, st.retries < 1000);
	VT_EQUAL(t, f->nr_descs, 0);
	fake_free(f);
}

static int leave_soon(void *arg)
{
	usleep_range(200, 200);
	vdev_leave(((struct fake *)arg)->v);
	return 0;
}

/* The guest leaves while a store waits for a full queue: it is done elsewhere, not here too. */
static void left_meanwhile(struct vt *t)
{
	struct fake *f = fake_new(t, "s8", &fake_sva);
	u8 a[64];

	fake_enable(f);
	fill(a, 0, 0xaa);
	f->wq[0].full = ~0u;
	kthread_run(leave_soon, f, "other");
	VT_EQUAL(t, (u64)vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), (u64)-EAGAIN);
	f->wq[0].full = 0;
	usleep_range(500, 500);
	VT_EQUAL(t, f->nr_descs, 0);
	fake_free(f);
}

static int last_half(void *arg)
{
	u8 a[64];

	fill(a, 0, 0xcc);
	vdev_portal_write(((struct fake *)arg)->v, PAGE(0, 0) + 32, a + 32, 32, 7);
	return 0;
}

/* One whose last piece waits keeps its first, however many others begin meanwhile. */
static void waiting_store(struct vt *t)
{
	struct fake *f = fake_new(t, "d1", &fake_plain);
	u8 a[64], want[64];
	u32 i;

	fake_enable(f);
	fill(a, 0, 0xaa);
	fill(want, 0, 0xcc);
	VT_EQUAL(t, vdev_pause(f->v), 0);
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 64, 1), 0);
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), want, 32, 7), 0);
	kthread_run(last_half, f, "waits");
	usleep_range(20, 20);
	for (i = 0; i < 40; i++)
		VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 8, 100 + i), 0);
	VT_EQUAL(t, vdev_resume(f->v), 0);
	usleep_range(100, 100);
	VT_EQUAL(t, f->nr_descs, 2);
	VT_CHECK(t, !memcmp(f->desc[1], want, 64));
	/* The last 31 of the others have theirs still. */
	for (i = 9; i < 40; i++)
		VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0) + 8, a + 8, 56, 100 + i), 0);
	VT_EQUAL(t, f->nr_descs, 33);
	VT_CHECK(t, !memcmp(f->desc[32], a, 64));
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0), a, 32, 7), 0);
	VT_EQUAL(t, vdev_portal_write(f->v, PAGE(0, 0) + 32, a + 32, 32, 7), 0);
	VT_EQUAL(t, f->nr_descs, 34);
	fake_free(f);
}

const struct vt_case vt_portal_cases[] = {
	{"pages", straight},
	{"pieces", pieces},
	{"refused", refused},
	{"retries", retries},
	{"disabled meanwhile", disabled_meanwhile},
	{"left meanwhile", left_meanwhile},
	{"a store that waits", waiting_store},
	{},
};
