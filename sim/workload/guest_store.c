// SPDX-License-Identifier: GPL-2.0
// Submission instructions of programs in guests: straight through to the physical portal, with the
// PASID that the processor translates; over the guest's bus, which exits, where that does not go.
#include <errno.h>
#include <string.h>

#include "host-driver/hypervisor/vm.h"
#include "sim/workload/workload_priv.h"

#define PORTAL_LINES 64
#define PASID_MASK   0xfffffu

/* Guest-physical address of the next line of the portal page; 0: not mapped any more. */
static u64 next_line(struct client *c, struct client_wq *wq)
{
	u64 gen = process_map_generation(c->space->proc), pa, run, line = wq->line;

	if (wq->generation != gen) {
		if (process_resolve(c->space->proc, wq->va, 4096, true, &pa, &run))
			return 0;
		wq->gpa = pa;
		wq->generation = gen;
	}
	wq->line = (wq->line + 1) % PORTAL_LINES;
	return wq->gpa + line * 64;
}

/* What the processor puts into the first word. */
static bool put_host_pasid(struct client *c, u8 *desc)
{
	u32 host;

	if (vm_pasid_translate(c->space->site->vm, process_pasid(c->space->proc) & PASID_MASK,
			       &host))
		return false;
	memcpy(desc, &host, sizeof(host));
	return true;
}

/* Exits, as often as it takes. */
static void slow_fiber(void *arg)
{
	struct slot *s = arg;
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	u64 va = wq->va + wq->line * 64;
	int ret;

	if (wq->dedicated)
		ret = process_movdir64b(c->space->proc, va, s->desc);
	else
		ret = process_enqcmd(c->space->proc, va, s->desc);
	c->wl->fibers--;
	if (c->wl->dying)
		return;
	if (ret == -EFAULT) {
		report_note(c->wl->report, "a guest's program got a fault for its submission");
		c->retry = false;
	}
	client_submitted(s, !ret ? DSA_ACCEPTED : wq->dedicated ? DSA_DROPPED : DSA_RETRY);
}

bool guest_store(struct slot *s, const struct dsa_origin *origin, enum dsa_accept *got)
{
	struct client *c = s->c;
	struct client_wq *wq = slot_wq(s);
	struct vm_store st;
	struct dsa *dsa;
	u64 off, gpa = next_line(c, wq);

	if (gpa && (wq->dedicated || put_host_pasid(c, s->desc)) &&
	    !vm_store_begin(c->space->site->vm, gpa, &st)) {
		*got = wq->dedicated ? DSA_DROPPED : DSA_RETRY;
		if (machine_portal(system_machine(c->wl->sys), st.hpa, &dsa, &off))
			*got = dsa_portal_write(dsa, off, s->desc, !wq->dedicated, origin);
		vm_store_end(c->space->site->vm, &st);
		return true;
	}
	if (space_fiber(c->space, slow_fiber, s, c->name))
		workload_fail(c->wl, -ENOMEM, "%s: no fiber", c->name);
	return false;
}
