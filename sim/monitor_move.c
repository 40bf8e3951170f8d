// SPDX-License-Identifier: GPL-2.0
// Moving a guest's virtual device from one door to another under load, and what it counted on the
// way.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "sim/core/fiber.h"
#include "sim/monitor_priv.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"

/* ---- counts ---- */

static void add_counts(u64 *sum, const u64 *more, u32 n)
{
	while (n--)
		sum[n] += more[n];
}

static void add_portal_stats(struct vdev_portal_stats *sum, const struct vdev_portal_stats *more)
{
	add_counts((u64 *)sum, (const u64 *)more, sizeof(*sum) / sizeof(u64));
}

void monitor_traps(const struct monitor_dev *d, struct vdev_traps *traps)
{
	d->ops->traps(d, traps);
	add_counts(traps->count, d->traps.count, VDEV_TRAP_COUNT);
}

void monitor_portal_stats(const struct monitor_dev *d, struct vdev_portal_stats *st)
{
	memset(st, 0, sizeof(*st));
	d->ops->portal_stats(d, st);
	add_portal_stats(st, &d->portal_stats);
}

static void keep_counts(struct monitor_dev *d, const struct monitor_dev *old)
{
	struct vdev_portal_stats portal;
	struct vdev_traps traps;

	monitor_traps(old, &traps);
	add_counts(d->traps.count, traps.count, VDEV_TRAP_COUNT);
	monitor_portal_stats(old, &portal);
	add_portal_stats(&d->portal_stats, &portal);
}

/* ---- in one place ---- */

int monitor_pause(struct monitor_dev *d)
{
	return d->moving ? -EBUSY : d->ops->pause(d);
}

int monitor_resume(struct monitor_dev *d)
{
	return d->moving ? -EBUSY : d->ops->resume(d);
}

int monitor_revoke_handles(struct monitor_dev *d)
{
	int rc = d->moving ? -EBUSY : d->ops->revoke_handles(d);

	monitor_post(d);
	return rc;
}

void monitor_leave(struct monitor_dev *d)
{
	d->left = true;
	d->ops->leave(d);
}

/* ---- from one to another ---- */

/* @other has no place in the machine: it is the door that @d had, or is to have. */
static void swap_doors(struct monitor_dev *d, struct monitor_dev *other)
{
	bool revoked = d->revoked;
	void *door = d->door;

	d->door = other->door;
	d->revoked = other->revoked;
	d->turn ^= 1;
	other->door = door;
	other->revoked = revoked;
	d->ops->adopt(d);
	d->ops->adopt(other);
}

static void remap(struct monitor_dev *d)
{
	if (d->map.enabled && !d->map.revoked)
		d->ops->remap(d);
}

/* The guest's PASIDs lead to the function of the other door as they did to that of this one. */
static int change_door(struct monitor_dev *d, struct monitor_dev *other)
{
	if (d->ops->carry)
		d->ops->carry(d, other);
	vm_viommu_remove(d->in_vm);
	swap_doors(d, other);
	return d->ops->placed(d);
}

static int go_on(struct monitor_dev *d)
{
	remap(d);
	return d->ops->resume(d);
}

/*
 * It cannot go on there. Its state is loaded where it was, for that device has lost the guest's
 * PASIDs meanwhile; what went wrong is the caller's to say.
 */
static void go_back(struct monitor_dev *d, struct monitor_dev *other, const void *state, u32 bytes)
{
	/* It is paused, and whoever takes its PASIDs away must not wait until it goes on. */
	d->ops->leave(d);
	if (!change_door(d, other) && !d->ops->load(d, state, bytes))
		go_on(d);
}

/* Whoever found the old door is through, and what that had to say has arrived. */
static void wait_users(struct monitor_dev *d, u32 old, u32 changes)
{
	while (d->users[old])
		fiber_sleep(MONITOR_AGAIN_PS);
	fiber_sleep(2 * system_platform(d->m->sys)->cpu.eventfd_ps);
	/* One of them may have mapped pages of the old one. */
	if (d->changes != changes)
		remap(d);
}

static int move(struct monitor_dev *d, struct monitor_dev *to, void *state)
{
	u32 old = d->turn, changes;
	int rc = d->ops->pause(d);
	s64 bytes;

	if (rc)
		return rc;
	bytes = d->ops->save(d, state);
	rc = bytes < 0 ? (int)bytes : to->ops->load(to, state, (u32)bytes);
	if (rc) {
		d->ops->resume(d);
		return rc;
	}
	changes = d->changes;
	rc = change_door(d, to);
	if (!rc)
		rc = go_on(d);
	if (rc) {
		go_back(d, to, state, (u32)bytes);
		old = d->turn ^ 1;
	}
	wait_users(d, old, changes);
	if (!rc)
		keep_counts(d, to);
	return rc;
}

int monitor_move(struct monitor_dev *d, const struct guest_vdev_cfg *cfg)
{
	struct monitor_dev *other;
	void *state;
	int rc;

	if (d->moving)
		return -EBUSY;
	other = calloc(1, sizeof(*other));
	state = malloc(MONITOR_STATE_BYTES);
	rc = other && state ? 0 : -ENOMEM;
	if (!rc) {
		d->moving = true;
		other->m = d->m;
		other->ops = d->ops;
		rc = other->ops->open(other, cfg);
		if (!rc) {
			rc = move(d, other, state);
			other->ops->close(other);
		}
		d->moving = false;
	}
	free(state);
	free(other);
	if (!rc)
		monitor_post(d);
	return rc;
}
