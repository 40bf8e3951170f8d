// SPDX-License-Identifier: GPL-2.0
// The kernels that take part in a workload: the host's and those of the guests.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "host-driver/hypervisor/vm.h"
#include "sim/workload/workload_priv.h"
#include "vdev/core/vdev_traps.h"

static const char *const type_names[] = {"dsa-1dwq-v1", "dsa-1swq-v1", "queues"};
static const char *const home_names[] = {"kernel-mdev", "kernel-cdev", "vmm", "vfio-user"};
static const char *const memory_names[] = {"pinned", "demand", "shared"};
static const char *const interrupt_names[] = {"remapped", "posted", "none"};

/* The next processors of the socket of its first device become the guest's. */
static void place_guest(struct workload *wl, struct site *site)
{
	const struct plat_socket *socket;
	u32 first = 0, i;

	site->socket = wl->plat->devices[site->entry->host_wq[0][0]->device].socket;
	socket = &wl->plat->sockets[site->socket];
	for (i = 0; i < site->socket; i++)
		first += wl->plat->sockets[i].cores;
	guest_place(site->guest, first + wl->placed[site->socket] % socket->cores, first,
		    socket->cores);
	wl->placed[site->socket] += site->entry->scn->cpus;
}

static int report_site(struct workload *wl, struct site *site)
{
	const struct guest_entry *e = site->entry;
	struct report_guest_cfg cfg = {
		.name = e->name,
		.home = home_names[e->scn->home],
		.memory_mode = memory_names[e->scn->memory_mode],
		.interrupts = interrupt_names[e->scn->interrupts],
		.memory = site->ram_bytes,
		.cpus = e->scn->cpus,
		.nvdevs = e->scn->nvdevs,
		.sva = e->sva,
	};
	char wqs[GUEST_WQS_MAX * 12];
	u32 v, q, n;

	site->report = report_guest(wl->report, &cfg);
	if (!site->report)
		return -ENOMEM;
	for (v = 0; v < e->scn->nvdevs; v++) {
		for (q = n = 0; q < e->vdev_wqs[v]; q++)
			n += snprintf(wqs + n, sizeof(wqs) - n, "%swq%u.%u", q ? " " : "",
				      e->host_wq[v][q]->device, e->host_wq[v][q]->queue);
		report_vdev(wl->report, site->report, v, type_names[e->scn->vdevs[v].type], wqs);
	}
	return 0;
}

int setup_sites(struct workload *wl, struct guests *guests)
{
	u32 i;
	int ret = 0;

	wl->nsites = 1 + guests_count(guests);
	wl->site = calloc(wl->nsites, sizeof(*wl->site));
	if (!wl->site)
		return -ENOMEM;
	wl->site[0] = (struct site){.kernel = system_host(wl->sys), .ram_bytes = ~0ull};
	wl->site[0].nwqs = system_wq_count(wl->sys);
	wl->site[0].wq = system_wq(wl->sys, 0);
	for (i = 1; i < wl->nsites && !ret; i++) {
		const struct guest_entry *e = guests_entry(guests, i - 1);
		struct site *site = &wl->site[i];

		*site = (struct site){.guest = e->g,
				      .vm = guest_vm(e->g),
				      .entry = e,
				      .wq = e->wq,
				      .nwqs = e->nwqs};
		site->kernel = guest_kernel(e->g);
		site->shift = guest_ram(e->g, &site->ram, &site->ram_bytes) - site->ram;
		place_guest(wl, site);
		ret = report_site(wl, site);
	}
	return ret;
}

int site_call(struct workload *wl, const struct site *site, int (*fn)(void *arg), void *arg)
{
	return site->guest ? guest_call(site->guest, fn, arg) : system_call(wl->sys, fn, arg);
}

/* ---- The steady state of guests ---- */

static void tell(struct workload *wl, const struct site *site,
		 void (*to)(struct report *r, u32 guest, const struct vm_stats *vm,
			    const struct vdev_traps *traps))
{
	struct vdev_traps traps[GUEST_VDEVS_MAX];
	struct vm_stats vm;
	u32 v;

	guest_vm_stats(site->guest, &vm);
	for (v = 0; v < site->entry->scn->nvdevs; v++)
		guest_vdev_traps(site->guest, v, &traps[v]);
	to(wl->report, site->report, &vm, traps);
}

void site_started(struct workload *wl, struct site *site)
{
	if (++site->started == site->clients && site->guest)
		tell(wl, site, report_guest_ready);
}

void site_ended(struct workload *wl, struct site *site)
{
	if (++site->ended == site->clients && site->guest)
		tell(wl, site, report_guest_done);
}

void sites_settle(struct workload *wl)
{
	u32 i;

	for (i = 1; i < wl->nsites; i++)
		if (wl->site[i].started == wl->site[i].clients)
			tell(wl, &wl->site[i], report_guest_done);
}
