// SPDX-License-Identifier: GPL-2.0
// From a platform file's values to the model's configuration.
#include <linux/idxd.h>
#include <stdio.h>
#include <string.h>

#include "model/machine.h"
#include "model/spec/vtd.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"
#include "sim/machine_build.h"
#include "sim/scenario/platform.h"

static void build_memory(const struct platform *plat, struct mem_cfg *cfg)
{
	u32 i;

	cfg->sockets = plat->sockets_count;
	cfg->nodes = plat->nodes_count;
	for (i = 0; i < cfg->sockets; i++)
		cfg->socket[i] = (struct mem_socket_cfg){
			.llc_bytes = plat->llc.size,
			.llc_ways = plat->llc.ways,
			.llc_io_ways = plat->llc.io_ways,
			.llc_latency_ps = plat->llc.read_latency_ps,
			.llc_bytes_per_s = plat->llc.bps,
			.link_latency_ps = plat->link.latency_ps,
			.link_bytes_per_s = plat->link.bps,
			.fabric_bytes_per_s = plat->io.read_bps,
		};
	for (i = 0; i < cfg->nodes; i++) {
		const struct plat_node *n = &plat->nodes[i];
		struct mem_node_cfg *node = &cfg->node[i];
		static const char *const kind[] = {"dram", "cxl", "hbm"};

		*node = (struct mem_node_cfg){
			.kind = n->kind == PLAT_MEM_CXL	  ? MEM_CXL
				: n->kind == PLAT_MEM_HBM ? MEM_HBM
							  : MEM_DRAM,
			.socket = n->socket,
			.bytes = n->size,
			.read_latency_ps = n->read_latency_ps,
			.write_latency_ps = n->write_latency_ps,
			.read_bytes_per_s = n->read_bps,
			.write_bytes_per_s = n->write_bps,
		};
		snprintf(node->name, sizeof(node->name), "%s%u", kind[n->kind], i);
	}
}

static void build_iommu(const struct platform *plat, u32 i, struct iommu_cfg *cfg)
{
	const struct plat_iommu *p = &plat->iommu;
	u32 d;

	iommu_cfg_default(cfg);
	if (!p->five_level)
		cfg->cap &= ~VTD_CAP_FS5LP;
	if (!p->huge_1g)
		cfg->cap &= ~(VTD_CAP_FS1GP | VTD_CAP_SSLPS_1G);
	if (!p->nested)
		cfg->ecap &= ~VTD_ECAP_NEST;
	if (!p->posted_interrupts)
		cfg->cap &= ~VTD_CAP_PI;
	cfg->haw = p->address_width;
	cfg->iotlb = (struct iommu_cache_cfg){p->iotlb_entries, p->iotlb_ways};
	if (p->context_entries)
		cfg->context.entries = p->context_entries;
	if (p->pasid_entries)
		cfg->pasid.entries = p->pasid_entries;
	cfg->fs_walk.entries = cfg->ss_walk.entries = p->pwc_entries[0];
	cfg->walkers = p->walkers;
	cfg->link_ps = p->ats_link_ps;
	cfg->lookup_ps = p->lookup_gap_ps;
	cfg->hit_ps = p->lookup_ps;
	cfg->walk_step_ps = p->walk_step_ps;
	cfg->inv_exec_ps = p->invalidate_ps;
	cfg->prq_write_ps = p->page_request_ps;
	/* A unit sits on the socket of the first device behind it. */
	for (d = 0; d < plat->devices_count; d++)
		if (plat->devices[d].iommu == i) {
			cfg->socket = plat->devices[d].socket;
			break;
		}
}

static void build_operations(const struct plat_dsa_timing *p, struct dsa_timing *t)
{
	static const u8 crc[] = {DSA_OPCODE_CRCGEN, DSA_OPCODE_COPY_CRC};
	static const u8 delta[] = {DSA_OPCODE_CR_DELTA, DSA_OPCODE_AP_DELTA};
	u32 i;

	for (i = 0; i < sizeof(crc); i++) {
		t->op_latency[crc[i]] = p->crc_ps;
		t->op_bytes_per_s[crc[i]] = p->crc_bps;
	}
	for (i = DSA_OPCODE_DIF_CHECK; i <= DSA_OPCODE_DIF_UPDT; i++) {
		t->op_latency[i] = p->dif_ps;
		t->op_bytes_per_s[i] = p->dif_bps;
	}
	for (i = 0; i < sizeof(delta); i++) {
		t->op_latency[delta[i]] = p->delta_ps;
		t->op_bytes_per_s[delta[i]] = p->delta_bps;
	}
	t->op_latency[DSA_OPCODE_CFLUSH] = p->flush_ps;
	t->op_bytes_per_s[DSA_OPCODE_CFLUSH] = p->flush_bps;
	t->op_latency[DSA_OPCODE_NOOP] = p->noop_ps;
}

static void build_timing(const struct plat_dsa *d, struct dsa_timing *t)
{
	const struct plat_dsa_timing *p = &d->timing;

	t->portal = p->portal_ps;
	t->dispatch = p->wq_dispatch_ps + p->arbiter_ps;
	t->issue = p->engine_issue_ps;
	t->issue_batch = p->engine_issue_ps;
	t->turnaround = p->turnaround_ps;
	t->engine_bytes_per_s = d->engine_bps;
	t->write_gap = p->write_gap_ps;
	t->decode = p->decode_ps;
	t->devtlb_hit = d->devtlb.hit_ps;
	t->devtlb_miss = d->devtlb.miss_ps;
	t->page_bubble = d->devtlb.page_bubble_ps;
	t->batch_fetch = p->batch_fetch_ps;
	t->batch_fetch_each = p->batch_member_ps;
	t->batch_done = p->batch_finish_ps;
	t->read_latency = p->read_overhead_ps;
	t->write_latency = p->write_overhead_ps;
	t->record_latency = p->record_write_ps;
	t->readback_latency = p->readback_ps;
	t->interrupt_latency = p->interrupt_ps;
	t->command = p->command_ps;
	t->page_response = p->fault_ps;
	t->partial_write_half = p->partial_write_ps;
	t->partial_write_odd = p->unaligned_write_ps;
	t->partial_write_cached = p->partial_cached_ps;
	t->partial_latency_half = p->partial_latency_ps;
	t->partial_latency_odd = p->unaligned_latency_ps;
	t->partial_body_ppm = p->partial_body_ppm;
	t->read_tail = p->read_tail_ps;
	t->write_tail = p->write_tail_ps;
	t->answer_burst = p->answer_burst;
	t->read_buffer = d->read_buffer_bytes;
	t->tail_lines = p->tail_lines;
	t->read_port_bytes_per_s = d->read_bps;
	t->write_port_bytes_per_s = d->write_bps;
	t->quantum = d->quantum;
	t->window = 2097152; /* a leaf page of the next size */
	build_operations(p, t);
}

/* Bytes that a table may have where Sapphire Rapids has it. */
enum { ROOM_MSIXPERM = 0x100, ROOM_GRPCFG = 0x100, ROOM_WQCFG = 0xc00, ROOM_IMS = 0xa000 };

/* The next table: where Sapphire Rapids has it, or behind all of that (*next) when it is larger. */
static u64 place(u64 usual, u64 room, u64 bytes, u64 *next)
{
	u64 at = *next;

	if (bytes <= room)
		return usual;
	*next += (bytes + DSA_OFFSET_UNIT - 1) / DSA_OFFSET_UNIT;
	return at;
}

static void build_offsets(const struct plat_dsa *d, struct dsa_cfg *c)
{
	u64 next = DSA_PCI_BAR0_SIZE / DSA_OFFSET_UNIT;
	u64 wqcfg = 32ull << SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, d->wqcap);
	u64 msixperm = place(0x2, ROOM_MSIXPERM, (u64)d->msix_vectors * DSA_MSIXPERM_STRIDE, &next);
	u64 group = place(0x3, ROOM_GRPCFG, (u64)d->groups * DSA_GRPCFG_STRIDE, &next);
	u64 wq = place(0x4, ROOM_WQCFG, d->wqs * wqcfg, &next);
	u64 ims = place(0x40, ROOM_IMS, (u64)d->ims_slots * DSA_IMS_STRIDE, &next);

	c->offsets[0] = SPEC_PREP(DSA_OFFSETS0_GRPCFG, group) | SPEC_PREP(DSA_OFFSETS0_WQCFG, wq) |
			SPEC_PREP(DSA_OFFSETS0_MSIXPERM, msixperm) |
			SPEC_PREP(DSA_OFFSETS0_IMS, ims);
	c->offsets[1] = SPEC_PREP(DSA_OFFSETS1_PERFMON, 0x10);
}

static void build_device(const struct platform *plat, u32 i, struct machine_device_cfg *out)
{
	const struct plat_dsa *d = &plat->devices[i].dsa;
	struct dsa_cfg *c = &out->dsa;
	static char names[MACHINE_DEVICES_MAX][16];

	snprintf(names[i], sizeof(names[i]), "dsa%u", i);
	out->iommu = plat->devices[i].iommu;
	c->name = names[i];
	c->pci_device = DSA_PCI_DEVICE_SPR;
	c->socket = plat->devices[i].socket;
	c->version = d->version;
	c->gencap = d->gencap;
	c->wqcap = d->wqcap;
	c->grpcap = d->grpcap;
	c->engcap = d->engcap;
	memcpy(c->opcap, d->opcap, sizeof(c->opcap));
	/* A device that lists its commands has interrupt handles too; the plain set needs no list.
	 */
	if (d->gencap & DSA_GENCAP_CMD_CAP)
		c->cmdcap = DSA_CMDCAP_DEFAULT | 1u << DSA_CMD_REQUEST_INT_HANDLE |
			    1u << DSA_CMD_RELEASE_INT_HANDLE;
	build_offsets(d, c);
	c->msix_vectors = d->msix_vectors;
	c->work_in_progress = d->work_in_progress;
	c->batch_in_progress = d->batches_in_progress;
	c->devtlb_entries = d->devtlb.entries_per_role;
	c->perf_counters = d->perfmon.counters;
	c->perf_width = d->perfmon.width;
	build_timing(d, &c->timing);
}

void machine_build(const struct platform *plat, struct machine_cfg *cfg)
{
	u32 i;

	memset(cfg, 0, sizeof(*cfg));
	build_memory(plat, &cfg->mem);
	cfg->niommus = plat->iommus_count;
	for (i = 0; i < cfg->niommus; i++)
		build_iommu(plat, i, &cfg->iommu[i]);
	cfg->ndevices = plat->devices_count;
	for (i = 0; i < cfg->ndevices; i++)
		build_device(plat, i, &cfg->device[i]);
	cfg->message_ps = plat->io.message_ps;
}
