// SPDX-License-Identifier: GPL-2.0
/* Guests: what left their fast path, at start-up and in the steady state. */
#include <stdlib.h>
#include <string.h>

#include "sim/report/format.h"
#include "sim/report/report_priv.h"

#define VM(m, kind, what)                                                                          \
	{                                                                                          \
#m, offsetof(struct vm_stats, m), kind, what                                       \
	}
const struct guest_count guest_vm_counts[] = {
	VM(exits, COUNT_FACT, "exits, all of them"),
	VM(config_exits, COUNT_SLOW, "configuration space"),
	VM(trapped_exits, COUNT_SLOW, "registers of devices"),
	VM(unclaimed_exits, COUNT_SLOW, "addresses where nothing is"),
	VM(user_exits, COUNT_FACT, "exits that went on to the monitor's process"),
	VM(monitor_calls, COUNT_FACT, "its system calls"),
	VM(eventfds, COUNT_FACT, "eventfds signalled to it or through it"),
	VM(direct, COUNT_FACT, "accesses to pages mapped straight through"),
	VM(direct_submission, COUNT_FACT, "descriptors written straight through"),
	VM(enqcmd_exits, COUNT_SUBMISSION, "ENQCMD with a PASID not translated"),
	VM(enqcmds_exits, COUNT_SUBMISSION, "ENQCMDS with a PASID not translated"),
	VM(iommu_exits, COUNT_DMA, "registers of the virtual IOMMU"),
	VM(ept_violations, COUNT_DMA, "accesses to absent guest memory"),
	VM(interrupts, COUNT_FACT, "interrupts delivered to guests"),
	VM(injections, COUNT_COMPLETION, "of these injected by the host"),
	VM(posted, COUNT_FACT, "of these posted"),
	VM(wakeups, COUNT_COMPLETION, "notifications that the host handled"),
	VM(pasid_faults, COUNT_FACT, "faults for a PASID nobody has"),
	VM(guest_invalidations, COUNT_FACT, "invalidations by guests"),
	VM(nested_binds, COUNT_FACT, "guest PASIDs bound"),
	VM(page_requests, COUNT_FACT, "page requests to guests"),
	VM(page_responses, COUNT_FACT, "their answers"),
	VM(faults, COUNT_FACT, "faults recorded for guests"),
	VM(device_faults, COUNT_FACT, "page requests to the host for guest memory"),
	VM(device_fault_ps, COUNT_FACT, "time in the host for them"),
	VM(pin_ps, COUNT_FACT, "time for pinning memory"),
	{0},
};
#undef VM

#define TRAP(t, name, kind, what)                                                                  \
	{                                                                                          \
		name, offsetof(struct vdev_traps, count[t]), kind, what                            \
	}
const struct guest_count guest_trap_counts[] = {
	TRAP(VDEV_TRAP_CONFIG_READ, "config_read", COUNT_SLOW, "configuration space read"),
	TRAP(VDEV_TRAP_CONFIG_WRITE, "config_write", COUNT_SLOW, "configuration space written"),
	TRAP(VDEV_TRAP_REG_READ, "reg_read", COUNT_SLOW, "register read"),
	TRAP(VDEV_TRAP_REG_WRITE, "reg_write", COUNT_SLOW, "register written"),
	TRAP(VDEV_TRAP_COMMAND, "command", COUNT_SLOW, "command"),
	TRAP(VDEV_TRAP_MSIX, "msix", COUNT_SLOW, "MSI-X table, pending bits, permissions"),
	TRAP(VDEV_TRAP_PORTAL, "portal", COUNT_SUBMISSION, "store to a portal page not mapped"),
	{0},
};
#undef TRAP

static struct guest *guest_of(struct report *r, u32 guest)
{
	return guest && guest <= r->nguests ? r->guest[guest - 1] : NULL;
}

static void free_guest(struct guest *g)
{
	for (u32 i = 0; g->vdev && i < g->cfg.nvdevs; i++) {
		free(g->vdev[i].type);
		free(g->vdev[i].wqs);
	}
	for (u32 i = 0; i < g->ncommands; i++)
		sim_hist_free(&g->command[i].took);
	free(g->command);
	free(g->vdev);
	free(g->startup.traps);
	free(g->end.traps);
	free(g->name);
	free(g);
}

void guests_free_all(struct report *r)
{
	for (u32 i = 0; i < r->nguests; i++)
		free_guest(r->guest[i]);
	free(r->guest);
}

u32 report_guest(struct report *r, const struct report_guest_cfg *cfg)
{
	struct guest **list, *g;

	if (r->nguests == r->guests_cap) {
		list = realloc(r->guest, (r->guests_cap * 2 + 8) * sizeof(*list));
		if (!list)
			return 0;
		r->guest = list;
		r->guests_cap = r->guests_cap * 2 + 8;
	}
	g = calloc(1, sizeof(*g));
	if (!g)
		return 0;
	g->cfg = *cfg;
	g->name = strdup(report_text(cfg->name));
	g->cfg.name = g->name;
	g->vdev = calloc(cfg->nvdevs + 1, sizeof(*g->vdev));
	g->startup.traps = calloc(cfg->nvdevs + 1, sizeof(*g->startup.traps));
	g->end.traps = calloc(cfg->nvdevs + 1, sizeof(*g->end.traps));
	if (!g->name || !g->vdev || !g->startup.traps || !g->end.traps) {
		free_guest(g);
		return 0;
	}
	r->guest[r->nguests++] = g;
	return r->nguests;
}

void report_vdev(struct report *r, u32 guest, u32 vdev, const char *type, const char *wqs)
{
	struct guest *g = guest_of(r, guest);

	if (!g || vdev >= g->cfg.nvdevs)
		return;
	g->vdev[vdev].type = strdup(type);
	g->vdev[vdev].wqs = strdup(wqs);
	if (!g->vdev[vdev].type || !g->vdev[vdev].wqs)
		r->nomem = true;
}

/* Descriptors of its clients since the beginning. */
static u64 descriptors(struct report *r, u32 guest)
{
	u64 n = 0;

	count_units(r);
	for (u32 i = 0; i < r->nclients; i++)
		if (r->client[i]->cfg.guest == guest)
			n += r->client[i]->before + r->client[i]->work.descriptors;
	return n;
}

static void take(const struct guest *g, struct guest_counts *to, const struct vm_stats *vm,
		 const struct vdev_traps *traps)
{
	to->vm = *vm;
	memcpy(to->traps, traps, g->cfg.nvdevs * sizeof(*traps));
}

void report_guest_ready(struct report *r, u32 guest, const struct vm_stats *vm,
			const struct vdev_traps *traps)
{
	struct guest *g = guest_of(r, guest);

	if (!g || g->ready || r->finished)
		return;
	g->ready = true;
	g->since = sim_now(r->sim);
	g->before = descriptors(r, guest);
	take(g, &g->startup, vm, traps);
}

void report_guest_done(struct report *r, u32 guest, const struct vm_stats *vm,
		       const struct vdev_traps *traps)
{
	struct guest *g = guest_of(r, guest);

	if (!g || g->done || r->finished)
		return;
	/* Clients that never came to work together had no steady state. */
	if (!g->ready)
		report_guest_ready(r, guest, vm, traps);
	g->done = true;
	g->until = sim_now(r->sim);
	g->descriptors = descriptors(r, guest) - g->before;
	take(g, &g->end, vm, traps);
}

static struct guest_command *command_of(struct guest *g, const char *name)
{
	struct guest_command *c;
	u32 i;

	for (i = 0; i < g->ncommands; i++)
		if (!strcmp(g->command[i].name, name))
			return &g->command[i];
	if (!g->command)
		g->command = calloc(GUEST_COMMANDS_MAX, sizeof(*g->command));
	if (!g->command || i == GUEST_COMMANDS_MAX)
		return NULL;
	c = &g->command[i];
	c->name = name;
	if (sim_hist_init(&c->took))
		return NULL;
	g->ncommands++;
	return c;
}

void report_command(struct report *r, u32 guest, const char *command, u64 took, u32 error)
{
	struct guest *g = guest_of(r, guest);
	struct guest_command *c;

	if (!g || r->finished)
		return;
	c = command_of(g, command);
	if (!c) {
		r->nomem = true;
		return;
	}
	c->errors += error != 0;
	sim_hist_add(&c->took, took);
}

void guests_finish(struct report *r)
{
	for (u32 i = 0; i < r->nguests; i++) {
		struct guest *g = r->guest[i];

		if (g->done)
			continue;
		/* Nobody said how it stood then: nothing is claimed of it. */
		if (!g->ready)
			g->since = r->end;
		g->until = g->since;
		take(g, &g->end, &g->startup.vm, g->startup.traps);
	}
}

u64 guest_steady(const struct guest *g, const struct guest_count *c)
{
	return guest_count(c, &g->end.vm) - guest_count(c, &g->startup.vm);
}

u64 guest_vdev_steady(const struct guest *g, u32 vdev, const struct guest_count *c)
{
	return guest_count(c, &g->end.traps[vdev]) - guest_count(c, &g->startup.traps[vdev]);
}

static void add_kind(struct guests_steady *s, enum guest_count_kind kind, u64 n)
{
	s->submission += kind == COUNT_SUBMISSION ? n : 0;
	s->dma += kind == COUNT_DMA ? n : 0;
	s->completion += kind == COUNT_COMPLETION ? n : 0;
}

void guests_steady(const struct report *r, struct guests_steady *out)
{
	const struct guest_count *c;

	memset(out, 0, sizeof(*out));
	for (u32 i = 0; i < r->nguests; i++) {
		const struct guest *g = r->guest[i];

		out->descriptors += g->descriptors;
		out->page_requests += g->end.vm.device_faults - g->startup.vm.device_faults;
		out->exits += guest_steady(g, &guest_vm_counts[0]);
		for (c = guest_vm_counts; c->name; c++)
			add_kind(out, c->kind, guest_steady(g, c));
		for (u32 v = 0; v < g->cfg.nvdevs; v++)
			for (c = guest_trap_counts; c->name; c++)
				add_kind(out, c->kind, guest_vdev_steady(g, v, c));
	}
}

void guests_say_steady(const struct guests_steady *s, FILE *out)
{
	if (s->submission + s->dma)
		fprintf(out, "%s exits for submission, %s for DMA", text_count(s->submission).s,
			text_count(s->dma).s);
	else
		fprintf(out, "0 exits for submission%s", s->completion ? " and DMA" : ", DMA");
	if (s->completion)
		fprintf(out, ", %s interrupts injected by the host for completion",
			text_count(s->completion).s);
	else
		fprintf(out, "%s",
			s->submission + s->dma ? ", 0 for completion" : " and completion");
	fprintf(out, "; %s exits in all", text_count(s->exits).s);
	if (s->page_requests)
		fprintf(out, ", %s page requests served by the host",
			text_count(s->page_requests).s);
}
