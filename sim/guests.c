// SPDX-License-Identifier: GPL-2.0
// The guests of a scenario: which queues of the host they get, their boot, their own queues.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-driver/kapi/dmar.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/sysfs_user.h"
#include "sim/configure.h"
#include "sim/guests.h"
#include "sim/scenario/cfg.h"
#include "sim/scenario/platform.h"
#include "sim/system.h"

#define PASIDS (1u << 20)

struct guests {
	struct system *sys;
	const struct scenario *scn;
	bool trace; /* programs play one in place of the processes */
	struct guest_entry *entry;
	u32 n, made;
	u32 turn;   /* of devices given by type */
	u32 *users; /* virtual devices on each of the host's queues, by system_wq() */
	u32 slots[PLAT_DEVICES_MAX]; /* of the message stores, taken */
};

/* ---- The host's queues ---- */

static int take_named(struct guests *gs, const struct scn_vdev *v, const struct scn_wq *want,
		      struct guest_entry *e, u32 at, struct cfg_error *err)
{
	u32 i;

	for (i = 0; i < system_wq_count(gs->sys); i++) {
		const struct system_wq *wq = system_wq(gs->sys, i);

		if (wq->device != (u32)want->device || wq->queue != (u32)want->queue)
			continue;
		if (!wq->mdev)
			return cfg_fail(err, "%s: %s is not of type mdev", v->place, want->name);
		if (wq->dedicated && gs->users[i])
			return cfg_fail(err,
					"%s: %s is dedicated and belongs to another virtual device",
					v->place, want->name);
		gs->users[i]++;
		e->host_wq[at][e->vdev_wqs[at]++] = wq;
		return 0;
	}
	return cfg_fail(err, "%s: %s is not enabled: accel_config says which queues there are",
			v->place, want->name);
}

/* Of the queues that fit one on the wanted device, with the fewest virtual devices. */
static int take_any(struct guests *gs, const struct scn_guest *scn, const struct scn_vdev *v,
		    struct guest_entry *e, u32 at, struct cfg_error *err)
{
	u32 n = system_wq_count(gs->sys), best = n, fits = 0, i;
	bool dedicated = v->type == SCN_VDEV_1DWQ, configured = gs->scn->nconfigs;
	s32 device = scn->device;

	if (device < 0 && !configured)
		device = system_vdev_turn(gs->sys, gs->turn++);
	for (i = 0; i < n; i++) {
		const struct system_wq *wq = system_wq(gs->sys, i);

		if (!wq->mdev || wq->dedicated != dedicated ||
		    (device >= 0 && wq->device != (u32)device))
			continue;
		fits++;
		if (dedicated && gs->users[i])
			continue;
		if (best == n || gs->users[i] < gs->users[best])
			best = i;
	}
	if (best == n)
		return cfg_fail(err,
				"%s: guest %s: no %s work queue of type mdev is left%s (%u of %u "
				"taken)",
				v->place, e->name, dedicated ? "dedicated" : "shared",
				device >= 0 ? " on its device" : "", fits, fits);
	gs->users[best]++;
	e->host_wq[at][e->vdev_wqs[at]++] = system_wq(gs->sys, best);
	return 0;
}

static int take_queues(struct guests *gs, struct guest_entry *e, struct cfg_error *err)
{
	u32 v, q;
	int ret = 0;

	for (v = 0; v < e->scn->nvdevs && !ret; v++) {
		const struct scn_vdev *vdev = &e->scn->vdevs[v];

		if (vdev->type != SCN_VDEV_QUEUES)
			ret = take_any(gs, e->scn, vdev, e, v, err);
		for (q = 0; q < vdev->nwqs && !ret; q++)
			ret = take_named(gs, vdev, &vdev->wqs[q], e, v, err);
		/*
		 * Programs' memory comes when a device asks for it; who does not wait for that
		 * could only be told to try again. What a kernel gives devices, it has touched.
		 */
		for (q = 0; q < e->vdev_wqs[v] && !ret && e->sva; q++)
			if (e->scn->memory_mode == SCN_MEMORY_DEMAND &&
			    !e->host_wq[v][q]->block_on_fault)
				ret = cfg_fail(
					err,
					"%s: guest %s: memory on demand, but wq%u.%u does not "
					"block on faults",
					vdev->place, e->name, e->host_wq[v][q]->device,
					e->host_wq[v][q]->queue);
	}
	return ret;
}

/* Each queue of a virtual device takes a slot of its device's interrupt message store. */
static int take_slots(struct guests *gs, const struct guest_entry *e, struct cfg_error *err)
{
	const struct platform *plat = system_platform(gs->sys);
	u32 v, q;

	for (v = 0; v < e->scn->nvdevs; v++)
		for (q = 0; q < e->vdev_wqs[v]; q++) {
			u32 d = e->host_wq[v][q]->device, slots = plat->devices[d].dsa.ims_slots;

			if (++gs->slots[d] > slots)
				return cfg_fail_errno(
					err, ENOSPC,
					"%s: guest %s: all %u slots of dsa%u's interrupt message "
					"store are "
					"taken, one by each queue of a virtual device",
					e->scn->vdevs[v].place, e->name, slots, d);
		}
	return 0;
}

/* Where a move goes there are queues for virtual devices; what else they must be the device says.
 */
static int check_move(struct guests *gs, const struct guest_entry *e, const struct scn_action *a,
		      struct cfg_error *err)
{
	const struct scn_vdev *to = a->to;
	u32 q, i, n = system_wq_count(gs->sys);

	if (to->nwqs != e->vdev_wqs[a->vdev])
		return cfg_fail(err, "%s: guest %s: the virtual device has %u work queue%s, not %u",
				to->place, e->name, e->vdev_wqs[a->vdev],
				e->vdev_wqs[a->vdev] == 1 ? "" : "s", to->nwqs);
	for (q = 0; q < to->nwqs; q++) {
		const struct scn_wq *want = &to->wqs[q];

		for (i = 0; i < n; i++)
			if (system_wq(gs->sys, i)->device == (u32)want->device &&
			    system_wq(gs->sys, i)->queue == (u32)want->queue)
				break;
		if (i == n)
			return cfg_fail(err, "%s: guest %s: %s is not enabled on the host",
					to->place, e->name, want->name);
		if (!system_wq(gs->sys, i)->mdev)
			return cfg_fail(err, "%s: guest %s: %s is not of type mdev", to->place,
					e->name, want->name);
	}
	return 0;
}

static int check_moves(struct guests *gs, const struct guest_entry *e, struct cfg_error *err)
{
	int ret = 0;
	u32 i;

	for (i = 0; i < e->scn->nactions && !ret; i++)
		if (e->scn->actions[i].to)
			ret = check_move(gs, e, &e->scn->actions[i], err);
	return ret;
}

/* Puts the place in the file before what @err says. */
static void at_place(const char *place, struct cfg_error *err)
{
	struct cfg_error said = *err;

	cfg_fail(err, "%.160s: %.340s", place, said.text);
}

/* What else a device can be short of, when it could not be built. */
static void name_shortage(struct guests *gs, const struct guest_entry *e, struct cfg_error *err)
{
	struct kernel_dmar_stats st;

	kernel_dmar_get_stats(system_host(gs->sys), &st);
	if (st.pasids >= PASIDS - 2)
		cfg_fail_errno(err, ENOSPC, "guest %s: no PASID of the host is left", e->name);
	else
		cfg_fail_errno(err, ENOSPC,
			       "guest %s: no interrupt vector of the host's processors is left",
			       e->name);
}

/* ---- What its clients are ---- */

static void clients_of(const struct guests *gs, const struct scn_guest *g, bool *programs,
		       bool *kernel)
{
	u32 p, c;

	*programs = *kernel = false;
	if (gs->trace) {
		*programs = true;
		return;
	}
	for (p = 0; p < g->nprocesses; p++)
		for (c = 0; c < g->processes[p].nclients; c++) {
			bool phys = g->processes[p].clients[c].addr == SCN_PHYS;

			*programs |= !phys;
			*kernel |= phys;
		}
}

/* ---- In the guest: what accel-config would do there ---- */

struct enabling {
	struct guest_entry *e;
	struct cfg_error *err;
	bool programs, kernel;
};

static int put(struct enabling *a, const char *path, const char *value)
{
	struct kernel *k = guest_kernel(a->e->g);
	int n = ksys_write(k, path, value, strlen(value));
	char status[32] = "", attr[96];

	if (n >= 0)
		return 0;
	if (strstr(path, "/bind")) {
		/* "wq0.1" and "dsa0" are of device 0. */
		snprintf(attr, sizeof(attr), "/sys/bus/dsa/devices/dsa%.*s/cmd_status",
			 (int)strcspn(value + strcspn(value, "0123456789"), "."),
			 value + strcspn(value, "0123456789"));
		if (ksys_read(k, attr, status, sizeof(status) - 1) > 0)
			status[strcspn(status, "\n")] = 0;
	}
	return cfg_fail_errno(a->err, -n, "guest %s: writing %s to %s: %s%s%s; %s", a->e->name,
			      value, path, strerror(-n), status[0] ? ", cmd_status " : "", status,
			      guest_last_log(a->e->g));
}

static int enable_queue(struct enabling *a, u32 v, u32 q, bool kernel)
{
	char path[96], wq[32];
	int ret;

	snprintf(wq, sizeof(wq), "wq%u.%u", v, q);
	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/type", wq);
	ret = put(a, path, kernel ? "kernel" : "user");
	snprintf(path, sizeof(path), "/sys/bus/dsa/devices/%s/name", wq);
	if (!ret)
		ret = put(a, path, kernel ? "dma" : "app");
	snprintf(path, sizeof(path), "/sys/bus/dsa/drivers/%s/bind", kernel ? "dmaengine" : "user");
	return ret ? ret : put(a, path, wq);
}

/* Programs and kernel share a device by queues: where both have clients the kernel gets the last.
 */
static int enable_fiber(void *arg)
{
	struct enabling *a = arg;
	struct guest_entry *e = a->e;
	u32 v, q, i, total = 0, at = 0;
	char dev[32];
	int ret = 0;

	for (v = 0; v < e->scn->nvdevs; v++)
		total += e->vdev_wqs[v];
	if (a->programs && a->kernel && total < 2)
		return cfg_fail(
			a->err,
			"guest %s: programs and its kernel ('addr: phys') need a work queue "
			"each, its virtual devices have one",
			e->name);
	for (v = 0; v < e->scn->nvdevs && !ret; v++) {
		snprintf(dev, sizeof(dev), "dsa%u", v);
		ret = put(a, "/sys/bus/dsa/drivers/idxd/bind", dev);
		for (q = 0; q < e->vdev_wqs[v] && !ret; q++)
			ret = enable_queue(a, v, q, a->kernel && (!a->programs || ++at == total));
	}
	if (ret)
		return ret;
	ret = queues_read(guest_kernel(e->g), &e->wq, &e->nwqs);
	for (i = 0; i < e->nwqs; i++) {
		const struct system_wq *host = e->host_wq[e->wq[i].device][e->wq[i].queue];

		e->wq[i].host_device = host->device;
		e->wq[i].host_queue = host->queue;
	}
	return ret;
}

/* ---- Life ---- */

static int make(struct guests *gs, struct guest_entry *e, struct cfg_error *err)
{
	const struct scn_guest *scn = e->scn;
	struct guest_cfg cfg = {
		.name = e->name,
		.memory = scn->memory,
		.node = scn->node,
		.cpus = scn->cpus,
		.home = scn->home,
		.memory_mode = scn->memory_mode,
		.interrupts = scn->interrupts,
		.error_broadcast = scn->error_broadcast,
		.drain_whole_queue = scn->drain_whole_queue,
		.nvdevs = scn->nvdevs,
		.sva = e->sva,
	};
	struct enabling a = {.e = e, .err = err};
	char wq[GUEST_VDEVS_MAX][GUEST_WQS_MAX][16];
	u32 v, q;
	int ret;

	clients_of(gs, scn, &a.programs, &a.kernel);
	for (v = 0; v < scn->nvdevs; v++) {
		cfg.vdev[v].nwqs = e->vdev_wqs[v];
		for (q = 0; q < e->vdev_wqs[v]; q++) {
			snprintf(wq[v][q], sizeof(wq[v][q]), "wq%u.%u", e->host_wq[v][q]->device,
				 e->host_wq[v][q]->queue);
			cfg.vdev[v].wqs[q] = wq[v][q];
		}
	}
	ret = guest_new(gs->sys, &cfg, &e->g, err);
	if (ret == -ENOSPC)
		name_shortage(gs, e, err);
	if (ret)
		return ret;
	system_set_costs(gs->sys, guest_kernel(e->g));
	ret = guest_start(e->g, err);
	err->text[0] = 0;
	if (!ret)
		ret = guest_call(e->g, enable_fiber, &a);
	if (ret && !err->text[0])
		cfg_fail_errno(err, -ret, "guest %s: setting up its queues never ended: %s",
			       e->name, guest_last_log(e->g));
	return ret;
}

/* What it needs of the host; errors say where in the file. */
static int claim(struct guests *gs, struct guest_entry *e, struct cfg_error *err)
{
	const struct scn_guest *scn = e->scn;
	bool programs, kernel;
	u32 v, q;
	int ret;

	clients_of(gs, scn, &programs, &kernel);
	e->sva = scn->sva == SCN_SVA_AUTO ? programs : scn->sva == SCN_SVA_YES;
	if (programs && !e->sva)
		return cfg_fail(err,
				"%s: guest %s: programs in it need shared virtual memory ('sva')",
				scn->place, e->name);
	ret = take_queues(gs, e, err);
	if (!ret)
		ret = take_slots(gs, e, err);
	/* ENQCMDS carries a PASID, which the driver takes from shared virtual memory. */
	for (v = 0; v < scn->nvdevs && kernel && !e->sva && !ret; v++)
		for (q = 0; q < e->vdev_wqs[v] && !ret; q++)
			if (!e->host_wq[v][q]->dedicated)
				ret = cfg_fail(err,
					       "%s: guest %s: its kernel ('addr: phys') needs "
					       "'sva: yes' for a shared work queue",
					       scn->vdevs[v].place, e->name);
	return ret ? ret : check_moves(gs, e, err);
}

static void name_guest(struct guest_entry *e, u32 index, u32 copy)
{
	char own[24];

	snprintf(own, sizeof(own), "guest%u", index);
	if (e->scn->count > 1)
		snprintf(e->name, sizeof(e->name), "%.26s-%u", e->scn->name ? e->scn->name : own,
			 copy % 10000);
	else
		snprintf(e->name, sizeof(e->name), "%.31s", e->scn->name ? e->scn->name : own);
}

int guests_new(struct system *sys, const struct scenario *scn, const char *trace,
	       struct guests **out, struct cfg_error *err)
{
	struct guests *gs;
	u32 g, i;
	int ret = 0;

	*out = NULL;
	if (!scn->nguests)
		return 0;
	gs = calloc(1, sizeof(*gs));
	if (!gs)
		return cfg_fail_errno(err, ENOMEM, "out of memory");
	gs->sys = sys;
	gs->scn = scn;
	gs->trace = trace;
	for (g = 0; g < scn->nguests; g++)
		gs->n += scn->guests[g].count;
	gs->entry = calloc(gs->n + 1, sizeof(*gs->entry));
	gs->users = calloc(system_wq_count(sys) + 1, sizeof(*gs->users));
	if (!gs->entry || !gs->users)
		ret = cfg_fail_errno(err, ENOMEM, "out of memory");
	for (g = 0; g < scn->nguests && !ret; g++)
		for (i = 0; i < scn->guests[g].count && !ret; i++) {
			struct guest_entry *e = &gs->entry[gs->made++];

			e->scn = &scn->guests[g];
			name_guest(e, g, i);
			ret = claim(gs, e, err);
			if (ret)
				break;
			ret = make(gs, e, err);
			if (ret)
				at_place(e->scn->place, err);
		}
	if (ret) {
		guests_free(gs);
		return ret;
	}
	*out = gs;
	return 0;
}

void guests_free(struct guests *gs)
{
	u32 i;

	if (!gs)
		return;
	for (i = 0; i < gs->made; i++) {
		guest_free(gs->entry[i].g);
		free(gs->entry[i].wq);
	}
	free(gs->entry);
	free(gs->users);
	free(gs);
}

u32 guests_count(const struct guests *gs)
{
	return gs ? gs->n : 0;
}

const struct guest_entry *guests_entry(const struct guests *gs, u32 i)
{
	return &gs->entry[i];
}
