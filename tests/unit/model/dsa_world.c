// SPDX-License-Identifier: GPL-2.0
// A machine with one DSA device, programmed by hand through its registers.
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/model/dsa_world.h"

void dev_cfg(struct machine_cfg *cfg)
{
	struct dsa_cfg *d = &cfg->device[0].dsa;
	struct dsa_timing *t = &d->timing;

	memset(cfg, 0, sizeof(*cfg));
	cfg->mem.sockets = 1;
	cfg->mem.nodes = 1;
	cfg->mem.node[0] = (struct mem_node_cfg){.name = "dram0",
						 .bytes = 4ull << 30,
						 .read_latency_ps = 110000,
						 .write_latency_ps = 60000,
						 .read_bytes_per_s = 200000000000,
						 .write_bytes_per_s = 100000000000};
	cfg->ndevices = 1;
	cfg->device[0].iommu = MACHINE_NO_IOMMU;
	cfg->message_ps = 100000;
	d->name = "dsa0";
	d->pci_device = DSA_PCI_DEVICE_SPR;
	d->version = 0x100;
	d->gencap = 0x40915f0107;
	d->wqcap = 0x003b000000080080;
	d->grpcap = 0x36004;
	d->engcap = 4;
	d->opcap[0] = 0x1003f03ff;
	d->offsets[0] = 0x0040000200040003;
	d->offsets[1] = 0x10;
	d->msix_vectors = 9;
	d->work_in_progress = 64;
	d->batch_in_progress = 16;
	d->devtlb_entries = 1;
	d->perf_counters = 8;
	d->perf_width = 32;
	t->portal = 0;
	t->dispatch = 10000;
	t->issue = 30000;
	t->issue_batch = 17000;
	t->decode = 20000;
	t->devtlb_hit = 5000;
	t->devtlb_miss = 10000;
	t->batch_fetch = 20000;
	t->batch_fetch_each = 2000;
	t->batch_done = 20000;
	t->read_latency = 80000;
	t->write_latency = 50000;
	t->record_latency = 100000;
	t->readback_latency = 200000;
	t->interrupt_latency = 50000;
	t->command = 1000000;
	t->page_response = 100000;
	t->partial_write_half = 183000;
	t->partial_write_odd = 366000;
	t->read_port_bytes_per_s = 31700000000;
	t->write_port_bytes_per_s = 31900000000;
	t->quantum = 8192;
	t->window = 2097152;
}

static void irq(void *ctx, u32 dest, u8 vector)
{
	struct dev_world *w = ctx;

	(void)dest;
	(void)vector;
	w->irqs++;
}

static const struct machine_ops ops = {.irq = irq};

void dev_new(struct dev_world *w, const struct machine_cfg *cfg)
{
	char msg[256];
	u16 bdf;

	memset(w, 0, sizeof(*w));
	w->sim = sim_new(1);
	if (machine_new(w->sim, cfg, &ops, w, &w->m, msg, sizeof(msg))) {
		fprintf(stderr, "machine_new: %s\n", msg);
		abort();
	}
	w->dsa = machine_dsa(w->m, 0);
	w->mem = machine_mem(w->m);
	bdf = machine_dsa_sid(w->m, 0);
	machine_cfg_write(w->m, bdf, 4, 2, 0x6); /* memory space, bus master */
	w->bar0 = machine_cfg_read(w->m, bdf, 0x10, 4) & ~0xfull;
	w->bar0 |= (u64)machine_cfg_read(w->m, bdf, 0x14, 4) << 32;
	w->bar2 = machine_cfg_read(w->m, bdf, 0x18, 4) & ~0xfull;
	w->bar2 |= (u64)machine_cfg_read(w->m, bdf, 0x1c, 4) << 32;
}

void dev_free(struct dev_world *w)
{
	machine_free(w->m);
	sim_free(w->sim);
}

u64 dev_alloc(struct dev_world *w, u64 bytes, u64 align)
{
	u64 pa;

	if (mem_carve(w->mem, 0, bytes, align < 4096 ? 4096 : align, &pa))
		abort();
	return pa;
}

void *dev_ptr(struct dev_world *w, u64 pa)
{
	return mem_ptr(w->mem, pa);
}

void dev_run(struct dev_world *w)
{
	while (sim_step(w->sim))
		;
}

u32 dev_command(struct dev_world *w, u32 code, u32 operand)
{
	machine_mmio_write(w->m, w->bar0 + DSA_REG_CMD, 4, code << 20 | operand);
	while (machine_mmio_read(w->m, w->bar0 + DSA_REG_CMDSTS, 4) & DSA_CMDSTS_ACTIVE)
		if (!sim_step(w->sim))
			return ~0u;
	return machine_mmio_read(w->m, w->bar0 + DSA_REG_CMDSTS, 4);
}

u32 dev_enable(struct dev_world *w, const struct dev_setup *s)
{
	u64 grpcfg = w->bar0 + 0x300, wqcfg = w->bar0 + 0x400;
	u16 bdf = machine_dsa_sid(w->m, 0);
	u32 i, err;

	if (s->shared)
		machine_cfg_write(w->m, bdf, DSA_PCI_ECAP_PASID + 6, 2, 1);
	machine_mmio_write(w->m, grpcfg, 8, (1ull << s->wqs) - 1);
	machine_mmio_write(w->m, grpcfg + DSA_GRPCFG_ENGINES, 8, (1ull << s->engines) - 1);
	for (i = 0; i < s->wqs; i++) {
		u64 at = wqcfg + i * 32;

		machine_mmio_write(w->m, at, 4, s->size);
		machine_mmio_write(w->m, at + 4, 4, s->threshold ? s->threshold : s->size);
		machine_mmio_write(
			w->m, at + 8, 4,
			SPEC_PREP(DSA_WQCFG2_PRIORITY, s->priority ? s->priority : 1) |
				(s->shared ? DSA_WQCFG2_PASID_EN : DSA_WQCFG2_DEDICATED));
		machine_mmio_write(w->m, at + 12, 4,
				   (s->max_xfer_shift ? s->max_xfer_shift : 31) |
					   (s->max_batch_shift ? s->max_batch_shift : 10) << 5);
	}
	err = dev_command(w, DSA_CMD_ENABLE_DEVICE, 0);
	for (i = 0; i < s->wqs && !err; i++)
		err = dev_command(w, DSA_CMD_ENABLE_WQ, i);
	return err;
}

struct dsa_hw_desc dev_desc(u8 opcode, u32 flags, u64 record)
{
	struct dsa_hw_desc d;

	memset(&d, 0, sizeof(d));
	d.opcode = opcode;
	d.flags = flags;
	d.completion_addr = record;
	return d;
}

enum dsa_accept dev_submit(struct dev_world *w, u32 wq, const struct dsa_hw_desc *d, bool dmwr)
{
	return machine_write64(w->m, w->bar2 + wq * DSA_PORTAL_WQ_STRIDE + DSA_PORTAL_LIMITED_MSIX,
			       d, dmwr, NULL);
}
