// SPDX-License-Identifier: GPL-2.0
/* Builders of tables and queues for tests and benches of the remapping unit. */
#include "tests/unit/model/iommu_world.h"
#include "sim/core/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what)
{
	fprintf(stderr, "iommu_world: %s\n", what);
	abort();
}

static void on_msi(void *ctx, u64 addr, u32 data)
{
	struct iommu_world *w = ctx;

	if (w->msis < IW_MSIS) {
		w->msi[w->msis].addr = addr;
		w->msi[w->msis].data = data;
		w->msi[w->msis].when = sim_now(w->sim);
	}
	w->msis++;
}

static const struct iommu_ops ops = {.msi = on_msi};

void iw_cfg(struct iommu_cfg *cfg)
{
	iommu_cfg_default(cfg);
	cfg->haw = 46;
	cfg->walk_read_ps = 50 * PS_PER_NS;
}

void iw_new(struct iommu_world *w, const struct iommu_cfg *cfg)
{
	static struct mem_cfg mc;
	struct iommu_cfg c;
	char msg[200];

	memset(w, 0, sizeof(*w));
	memset(&mc, 0, sizeof(mc));
	mc.sockets = 1;
	mc.nodes = 1;
	mc.node[0] = (struct mem_node_cfg){
		.bytes = 64ull << 30,
		.read_latency_ps = 90 * PS_PER_NS,
		.write_latency_ps = 90 * PS_PER_NS,
	};
	if (cfg)
		c = *cfg;
	else
		iw_cfg(&c);
	c.ops = &ops;
	c.ops_ctx = w;
	w->sim = sim_new(1);
	if (!w->sim || mem_new(w->sim, &mc, &w->mem, msg, sizeof(msg)))
		die("no memory");
	if (iommu_cfg_check(&c, msg, sizeof(msg)))
		die(msg);
	w->iommu = iommu_new(w->sim, w->mem, &c);
	if (!w->iommu)
		die("no unit");
	w->root = iw_pages(w, 1);
	w->iqa = iw_pages(w, 1);
	w->pqa = iw_pages(w, 1);
	w->irta = iw_pages(w, 256);
}

void iw_free(struct iommu_world *w)
{
	iommu_free(w->iommu);
	mem_free(w->mem);
	sim_free(w->sim);
}

u64 iw_pages(struct iommu_world *w, u64 pages)
{
	u64 bytes = pages * MEM_PAGE, pa;

	if (mem_carve(w->mem, 0, bytes, bytes & (bytes - 1) ? MEM_PAGE : bytes, &pa))
		die("no page");
	return pa;
}

u64 *iw_ptr(struct iommu_world *w, u64 pa)
{
	if (!mem_contains(w->mem, pa, 8))
		die("address outside memory");
	return mem_ptr(w->mem, pa);
}

/* ---- tables above the page tables ---- */

u64 *iw_context(struct iommu_world *w, u16 sid)
{
	u64 *root = iw_ptr(w, w->root + (u64)(sid >> 8) * VTD_ROOT_BYTES);
	u64 *half = &root[(sid >> 7) & 1];

	if (!(*half & VTD_ROOT_P))
		*half = iw_pages(w, 1) | VTD_ROOT_P;
	return iw_ptr(w, (*half & VTD_ROOT_CTP) + (sid & 0x7f) * VTD_CTX_BYTES);
}

u64 *iw_device(struct iommu_world *w, u16 sid, u64 q0)
{
	u64 *c = iw_context(w, sid);

	c[0] = q0 | VTD_CTX_Q0_P | SPEC_PREP(VTD_CTX_Q0_PDTS, 7) | iw_pages(w, 32);
	c[1] = c[2] = c[3] = 0;
	return c;
}

u64 *iw_directory(struct iommu_world *w, u16 sid, u32 pasid)
{
	return iw_ptr(w, (iw_context(w, sid)[0] & VTD_CTX_Q0_PASIDDIR) + (u64)(pasid >> 6) * 8);
}

u64 *iw_pasid(struct iommu_world *w, u16 sid, u32 pasid)
{
	u64 *d = iw_directory(w, sid, pasid);

	if (!(*d & VTD_PDE_P))
		*d = iw_pages(w, 1) | VTD_PDE_P;
	return iw_ptr(w, (*d & VTD_PDE_TABLE) + (pasid & 63) * VTD_PTE_BYTES);
}

static u64 *fill(struct iommu_world *w, u16 sid, u32 pasid, u16 did, u64 pgtt)
{
	u64 *e = iw_pasid(w, sid, pasid);

	memset(e, 0, VTD_PTE_BYTES);
	e[0] = VTD_PE_Q0_P | SPEC_PREP(VTD_PE_Q0_PGTT, pgtt);
	e[1] = SPEC_PREP(VTD_PE_Q1_DID, did) | VTD_PE_Q1_PWSNP;
	return e;
}

void iw_set_first(struct iommu_world *w, u16 sid, u32 pasid, u16 did, const struct iw_space *s)
{
	u64 *e = fill(w, sid, pasid, did, VTD_PGTT_FIRST);

	e[2] = s->root | SPEC_PREP(VTD_PE_Q2_FSPM, s->levels - 4) | VTD_PE_Q2_SRE;
}

void iw_set_second(struct iommu_world *w, u16 sid, u32 pasid, u16 did, const struct iw_space *s)
{
	u64 *e = fill(w, sid, pasid, did, VTD_PGTT_SECOND);

	e[0] |= s->root | SPEC_PREP(VTD_PE_Q0_AW, s->levels - 2);
}

void iw_set_nested(struct iommu_world *w, u16 sid, u32 pasid, u16 did, const struct iw_space *first,
		   const struct iw_space *second)
{
	u64 *e = fill(w, sid, pasid, did, VTD_PGTT_NESTED);

	e[0] |= second->root | SPEC_PREP(VTD_PE_Q0_AW, second->levels - 2);
	e[2] = first->root | SPEC_PREP(VTD_PE_Q2_FSPM, first->levels - 4) | VTD_PE_Q2_SRE;
}

void iw_set_pass(struct iommu_world *w, u16 sid, u32 pasid, u16 did)
{
	fill(w, sid, pasid, did, VTD_PGTT_PASS);
}

/* ---- page tables ---- */

void iw_space(struct iommu_world *w, struct iw_space *s, u32 levels, bool second)
{
	*s = (struct iw_space){
		.root = iw_pages(w, 1) - s->offset,
		.levels = levels,
		.second = second,
		.offset = s->offset,
	};
}

static u32 index_of(u64 va, u32 level)
{
	return (u32)(va >> (12 + 9 * (level - 1))) & 511;
}

u64 *iw_entry(struct iommu_world *w, const struct iw_space *s, u64 va, u32 level)
{
	u64 table = s->root;

	for (u32 l = s->levels;; l--) {
		u64 *e = iw_ptr(w, table + s->offset + 8ull * index_of(va, l));

		if (l == level)
			return e;
		if (!(*e & 3))
			return NULL;
		table = *e & VTD_PT_ADDR;
	}
}

u64 *iw_map(struct iommu_world *w, const struct iw_space *s, u64 va, u64 pa, u32 shift, u64 flags)
{
	u32 leaf = (shift - 12) / 9 + 1;
	u64 table = s->root;

	for (u32 l = s->levels;; l--) {
		u64 *e = iw_ptr(w, table + s->offset + 8ull * index_of(va, l));

		if (l == leaf) {
			*e = pa | flags | (l > 1 ? VTD_SS_PS : 0);
			return e;
		}
		if (!(*e & 3))
			*e = (iw_pages(w, 1) - s->offset) | (s->second ? IW_SS : IW_FS);
		table = *e & VTD_PT_ADDR;
	}
}

/* ---- registers and queue ---- */

u32 iw_read32(struct iommu_world *w, u32 off)
{
	return (u32)iommu_mmio_read(w->iommu, off, 4);
}

u64 iw_read64(struct iommu_world *w, u32 off)
{
	return iommu_mmio_read(w->iommu, off, 8);
}

void iw_write(struct iommu_world *w, u32 off, u64 val)
{
	u32 n, width = 8;
	const struct iommu_reg *r = iommu_regs(&n);

	for (u32 i = 0; i < n; i++) {
		if (r[i].off == off)
			width = r[i].width;
	}
	iommu_mmio_write(w->iommu, off, width, val);
}

void iw_enable(struct iommu_world *w)
{
	static const u32 ctl[3] = {VTD_REG_FECTL, VTD_REG_IECTL, VTD_REG_PECTL};
	u32 on = (u32)(VTD_GCMD_QIE | VTD_GCMD_IRE);

	for (u32 i = 0; i < 3; i++) {
		iw_write(w, ctl[i] + 4, 0x40 + i);
		iw_write(w, ctl[i] + 8, VTD_MSI_BASE);
		iw_write(w, ctl[i], 0);
	}
	iw_write(w, VTD_REG_RTADDR, w->root | SPEC_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE));
	iw_write(w, VTD_REG_GCMD, VTD_GCMD_SRTP);
	iw_write(w, VTD_REG_IRTA, w->irta | VTD_IRTA_EIME | SPEC_PREP(VTD_IRTA_S, 15));
	iw_write(w, VTD_REG_GCMD, VTD_GCMD_SIRTP);
	iw_write(w, VTD_REG_IQA, w->iqa | VTD_IQA_DW);
	iw_write(w, VTD_REG_PQA, w->pqa);
	iw_write(w, VTD_REG_GCMD, on);
	iw_write(w, VTD_REG_GCMD, on | VTD_GCMD_TE);
}

void iw_push(struct iommu_world *w, u64 q0, u64 q1)
{
	u64 *q = iw_ptr(w, w->iqa + w->iq_tail);

	q[0] = q0;
	q[1] = q1;
	q[2] = q[3] = 0;
	w->iq_tail = (w->iq_tail + 32) % MEM_PAGE;
	iw_write(w, VTD_REG_IQT, w->iq_tail);
}

static void nothing(struct sim *sim, struct sim_event *ev)
{
}

/* An empty queue does not move the clock: an event of our own does. */
void iw_run_us(struct iommu_world *w, u64 us)
{
	struct sim_event tick;

	sim_event_init(&tick, nothing);
	sim_after(w->sim, &tick, us * PS_PER_US, SIM_PRIO_SAMPLE);
	sim_run(w->sim, sim_now(w->sim) + us * PS_PER_US);
}

void iw_qi(struct iommu_world *w, u64 q0, u64 q1)
{
	iw_push(w, q0, q1);
	iw_run_us(w, 10);
}

/* ---- faults ---- */

static u32 record_off(struct iommu_world *w, u32 index)
{
	return (u32)SPEC_GET(VTD_CAP_FRO, iw_read64(w, VTD_REG_CAP)) * 16 + index * 16;
}

u32 iw_fault(struct iommu_world *w, u32 index, u64 *q0, u64 *q1)
{
	u64 lo = iw_read64(w, record_off(w, index)), hi = iw_read64(w, record_off(w, index) + 8);

	if (q0)
		*q0 = lo;
	if (q1)
		*q1 = hi;
	return hi & VTD_FRCD_Q1_F ? (u32)SPEC_GET(VTD_FRCD_Q1_FR, hi) : 0;
}

void iw_clear_faults(struct iommu_world *w)
{
	u32 n = (u32)SPEC_GET(VTD_CAP_NFR, iw_read64(w, VTD_REG_CAP)) + 1;

	for (u32 i = 0; i < n; i++)
		iommu_mmio_write(w->iommu, record_off(w, i) + 12, 4, 1u << 31);
	iw_write(w, VTD_REG_FSTS, VTD_FSTS_PFO);
}

/* ---- requests ---- */

struct iommu_reply iw_translate(struct iommu_world *w, u16 sid, u32 pasid, u64 addr, u64 len,
				u32 access)
{
	struct iommu_req req = {
		.now = sim_now(w->sim),
		.addr = addr,
		.len = len,
		.pasid = pasid,
		.sid = sid,
		.access = (u8)access,
	};
	struct iommu_reply reply;

	iommu_translate(w->iommu, &req, &reply);
	return reply;
}

struct iommu_reply iw_ats(struct iommu_world *w, u16 sid, u32 pasid, u64 addr, u64 len,
			  bool no_write)
{
	struct iommu_req req = {
		.now = sim_now(w->sim),
		.addr = addr,
		.len = len,
		.pasid = pasid,
		.sid = sid,
		.at = IOMMU_TRANSLATION,
		.access = no_write ? IOMMU_R : IOMMU_R | IOMMU_W,
		.no_write = no_write,
	};
	struct iommu_reply reply;

	iommu_translate(w->iommu, &req, &reply);
	return reply;
}

struct wanted {
	const char *name;
	u64 value;
};

static void look(void *ctx, const char *instance, const struct sim_stat_def *def, u64 value)
{
	struct wanted *want = ctx;

	if (!strcmp(instance, "iommu") && !strcmp(def->name, want->name))
		want->value = value;
}

u64 iw_count(struct iommu_world *w, const char *name)
{
	struct wanted want = {.name = name, .value = ~0ull};

	sim_stats_each(w->sim, look, &want);
	if (want.value == ~0ull)
		die(name);
	return want.value;
}
