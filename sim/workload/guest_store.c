// SPDX-License-Identifier: GPL-2.0
// Submission instructions of programs in guests: straight through to the physical portal, with the
// PASID that the processor translates; over the guest's bus, which exits, where that does not go.
#include <errno.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "sim/workload/workload_priv.h"

#define PORTAL_LINES 64
#define PASID_MASK   0xfffffu

/* Where the portal page leads, and what the processor puts into the first word; false: nowhere. */
static bool look_up(struct client *c, struct client_wq *wq)
{
	u64 gen = process_map_generation(c->space->proc), pa, run;
	struct vm *vm = c->space->site->vm;
	struct vm_store st;
	bool found;

	if (wq->generation != gen) {
		if (process_resolve(c->space->proc, wq->va, 4096, true, &pa, &run))
			return false;
		wq->gpa = pa;
		wq->generation = gen;
	}
	if (!wq->dedicated &&
	    vm_pasid_translate(vm, process_pasid(c->space->proc) & PASID_MASK, &wq->host_pasid))
		return false;
	if (vm_store_begin(vm, wq->gpa, &st))
		return false;
	found = machine_portal(system_machine(c->wl->sys), st.hpa, &wq->dsa, &wq->off);
	vm_store_end(vm, &st);
	return found;
}

/* Exits, as often as it takes. */
static void slow_fiber(void *arg)
{
	struct slot *s = arg;
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	u64 va = wq->va + wq->line * 64;
	int ret;

	if (wq->dedicated) {
		ret = process_movdir64b(c->space->proc, va, s->desc);
	} else {
		/* guest_store() may have put the host's PASID there, where the program has nothing.
		 */
		memset(s->desc, 0, sizeof(wq->host_pasid));
		ret = process_enqcmd(c->space->proc, va, s->desc);
	}
	c->wl->fibers--;
	if (c->wl->dying)
		return;
	client_unstall(s);
	if (ret == -EFAULT) {
		report_note(c->wl->report, "a guest's program got a fault for its submission");
		c->retry = false;
	}
	client_submitted(s, !ret ? DSA_ACCEPTED : wq->dedicated ? DSA_DROPPED : DSA_RETRY);
}

bool guest_traps(struct slot *s)
{
	struct client_wq *wq = slot_wq(s);
	u64 revision = sim_revision(s->c->wl->sim);

	if (wq->revision == revision)
		return false;
	if (!look_up(s->c, wq))
		return true;
	wq->revision = revision;
	return false;
}

bool guest_store(struct slot *s, const struct dsa_origin *origin, enum dsa_accept *got)
{
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	u64 revision = sim_revision(c->wl->sim);

	if (wq->revision == revision) {
		vm_store_again(c->space->site->vm);
	} else if (look_up(c, wq)) {
		wq->revision = revision;
	} else {
		wq->revision = 0;
		if (wq->dedicated)
			client_stall(s);
		if (space_fiber(c->space, slow_fiber, s, c->name))
			workload_fail(c->wl, -ENOMEM, "%s: no fiber", c->name);
		return false;
	}
	/* It would have trapped when it was issued, and goes straight by now. */
	client_unstall(s);
	if (!wq->dedicated)
		memcpy(s->desc, &wq->host_pasid, sizeof(wq->host_pasid));
	*got = dsa_portal_write(wq->dsa, wq->off + (u64)wq->line * 64, s->desc, !wq->dedicated,
				origin);
	wq->line = (wq->line + 1) % PORTAL_LINES;
	return true;
}
