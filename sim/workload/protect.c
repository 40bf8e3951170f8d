// SPDX-License-Identifier: GPL-2.0
// Another thread of a client's process: write-protects source memory and allows writing again, as
// checkpointing, aging and garbage collection do. Taking a right away invalidates translations.
#include <string.h>

#include "sim/workload/workload_priv.h"

void client_protect(struct client *c)
{
	struct workload *wl = c->wl;
	struct process *p = c->space->proc;
	u64 page = c->page_size > 4096 ? c->page_size : 4096, at = 0;
	u64 len = (c->src_len + page - 1) & ~(page - 1), part = c->protect_bytes, n, begin;
	int ret;

	part = part && part < len ? (part + page - 1) & ~(page - 1) : len;
	while (len && !wl->dying) {
		fiber_sleep(c->protect);
		if (wl->dying || c->state == CLIENT_ENDED)
			return;
		n = len - at < part ? len - at : part;
		begin = sim_now(wl->sim);
		ret = process_mprotect(p, c->src_va + at, n, PROCESS_PROT_READ);
		if (!ret)
			ret = process_mprotect(p, c->src_va + at, n,
					       PROCESS_PROT_READ | PROCESS_PROT_WRITE);
		if (ret) {
			workload_fail(wl, ret, "%s: rights of its source: %s", c->name,
				      strerror(-ret));
			return;
		}
		report_protect(wl->report, c->id, sim_now(wl->sim) - begin);
		at = at + n < len ? at + n : 0;
	}
}
