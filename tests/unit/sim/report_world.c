// SPDX-License-Identifier: GPL-2.0
/* A report on an idle device whose observer the test calls itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/sim/report_world.h"

static const struct dsa_bus_ops no_bus;

void rep_new(struct rep_world *w, const char *dir, bool timeline)
{
	struct dsa_cfg cfg = {
		.name = "dsa0",
		.pci_device = 0x0b25,
		.version = 0x100,
		.gencap = 0x40915f0107,
		.wqcap = 0x003b000000080080,
		.grpcap = 0x36004,
		.engcap = 2,
		.opcap = {0x1003f03ff},
		.offsets = {0x0040000200040003, 0x10},
		.msix_vectors = 9,
		.work_in_progress = 64,
		.batch_in_progress = 16,
		.devtlb_entries = 1,
		.timing = {.quantum = 8192, .window = 2097152},
	};
	struct report_cfg rc = {
		.name = "test",
		.scenario = "/some/where/test.yaml",
		.platform = "tiny",
		.data_mode = "none",
		.seed = 7,
		.csv = true,
		.html = true,
		.dir = dir,
		.timeline = timeline,
	};
	struct cfg_error err;
	const char *why;

	memset(w, 0, sizeof(*w));
	w->sim = sim_new(7);
	w->dsa = dsa_new(w->sim, &cfg, &no_bus, NULL, &why);
	if (!w->dsa || report_new(&w->r, w->sim, &rc, &err) || report_device(w->r, 0, w->dsa)) {
		fprintf(stderr, "no report: %s\n", w->dsa ? err.text : why);
		abort();
	}
}

void rep_free(struct rep_world *w)
{
	dsa_free(w->dsa);
	report_free(w->r);
	sim_free(w->sim);
}

u32 rep_client(struct rep_world *w, const char *name, u32 window)
{
	struct report_client_cfg cfg = {.name = name,
					.process = "proc",
					.wq = "wq0.0",
					.window = window,
					.open_loop = !window};

	return report_client(w->r, &cfg);
}

void rep_at(struct rep_world *w, u64 ps)
{
	((struct sim_clock *)w->sim)->now = ps;
}

void rep_depth(struct rep_world *w, u32 wq, u32 depth)
{
	sim_level_set(&w->dsa->wq[wq].depth, sim_now(w->sim), depth);
	if (w->dsa->obs.wq_depth)
		w->dsa->obs.wq_depth(w->dsa->obs.ctx, w->dsa, wq, depth);
}

void rep_retire(struct rep_world *w, const struct rep_unit *u)
{
	struct dsa_retired d = {
		.id = ++w->ids,
		.member = -1,
		.origin = {.client = u->client, .tag = u->tag, .issued = u->issued},
		.opcode = u->opcode,
		.status = u->status,
		.wq = u->wq,
		.engine = u->engine,
		.size = u->size,
		.bytes_read = u->size,
		.bytes_written = u->size,
		.faults = u->faults,
		.fault_wait = u->fault_wait,
	};
	u64 t = u->issued;

	d.t[0] = t;
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		d.t[s + 1] = t += u->stage[s];
	rep_at(w, t);
	w->dsa->tot.accepted++;
	if (u->status)
		w->dsa->tot.completed++;
	else
		w->dsa->tot.abandoned++;
	w->dsa->obs.retired(w->dsa->obs.ctx, w->dsa, &d);
}

void rep_do(struct rep_world *w, const struct rep_unit *u)
{
	u64 seen = u->issued + u->notice;

	rep_retire(w, u);
	for (u32 s = 0; s < STAGE_DEVICE; s++)
		seen += u->stage[s];
	rep_at(w, seen);
	report_op(w->r, u->client, u->tag, u->issued, seen, u->size, 1, u->status);
}

struct rep_unit rep_move(u32 client, u64 issued)
{
	return (struct rep_unit){
		.client = client,
		.issued = issued,
		.stage = {60000, 100000, 200000, 100000, 400000, 140000},
		.notice = 200000,
		.opcode = 3,
		.status = 1,
		.size = 4096,
	};
}

char *rep_summary(struct rep_world *w)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	report_summary(w->r, out);
	fclose(out);
	return text;
}
