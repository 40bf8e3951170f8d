// SPDX-License-Identifier: GPL-2.0
// A device on a bus that the test plays.
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/model/dsa_bus.h"
#include "tests/unit/model/dsa_world.h"

void bus_cfg(struct dsa_cfg *cfg)
{
	static struct machine_cfg m;

	dev_cfg(&m);
	*cfg = m.device[0].dsa;
	cfg->sid = 0x6a08;
}

void bus_cfg_v2(struct dsa_cfg *cfg)
{
	bus_cfg(cfg);
	cfg->version = DSA_VERSION_2;
	cfg->gencap |= DSA_GENCAP_CMD_CAP | DSA_GENCAP_DRAIN_READBACK | DSA_GENCAP_FILL16 |
		       DSA_GENCAP_CRC64 | DSA_GENCAP_FAULT_INFO | SPEC_PREP(DSA_GENCAP_EVL, 1) |
		       DSA_GENCAP_BATCH_CONTINUE | DSA_GENCAP_FETCH_STRIDE;
	cfg->gencap &= ~DSA_GENCAP_MAX_DESCS;
	cfg->cmdcap = DSA_CMDCAP_DEFAULT | SPEC_BIT(DSA_CMD_REQUEST_INT_HANDLE) |
		      SPEC_BIT(DSA_CMD_RELEASE_INT_HANDLE);
	cfg->wqcap |= SPEC_PREP(DSA_WQCAP_WQCFG_SHIFT, 1) | DSA_WQCAP_OPCFG |
		      DSA_WQCAP_PRS_DISABLE | DSA_WQCAP_ATS_DISABLE;
	cfg->grpcap |= DSA_GRPCAP_PROGRESS_LIMIT;
	cfg->opcap[0] |= SPEC_BIT(DSA_OP_TRANSL_FETCH);
}

static void translate(void *ctx, const struct iommu_req *req, struct iommu_reply *reply)
{
	struct bus *b = ctx;
	u64 page = (req->addr - BUS_BASE) / 4096, off = req->addr % 4096, n;

	b->translations++;
	memset(reply, 0, sizeof(*reply));
	reply->first_done = reply->last_done = req->now + b->latency;
	reply->epoch = b->epoch;
	if (req->addr < BUS_BASE || page >= BUS_PAGES || !b->perms[page]) {
		reply->status = IOMMU_NO_ACCESS;
		return;
	}
	if (b->broken[page]) {
		reply->status = IOMMU_UNSUPPORTED;
		return;
	}
	for (n = 1; page + n < BUS_PAGES && n * 4096 < off + req->len; n++)
		if (b->perms[page + n] != b->perms[page] || b->broken[page + n] ||
		    b->frame[page + n] != b->frame[page] + n)
			break;
	reply->pa = BUS_ADDR(b->frame[page]) + off;
	reply->len = n * 4096 - off < req->len ? n * 4096 - off : req->len;
	reply->perms = b->perms[page];
	reply->pages = n;
	reply->page_shift = 12;
}

static void page_request(void *ctx, const struct iommu_page_req *req,
			 struct iommu_page_reply *reply)
{
	struct bus *b = ctx;
	u64 page = (req->addr - BUS_BASE) / 4096;

	b->requests++;
	memset(reply, 0, sizeof(*reply));
	if (b->answer == BUS_ANSWER_HAND) {
		if (b->nreq < 512)
			b->req[b->nreq++] = *req;
		return;
	}
	if (b->answer == BUS_ANSWER_MAP && page < BUS_PAGES && req->addr >= BUS_BASE)
		b->perms[page] = IOMMU_R | IOMMU_W;
	reply->answered = true;
	reply->code = b->answer == BUS_ANSWER_INVALID	? IOMMU_PR_INVALID
		      : b->answer == BUS_ANSWER_FAILURE ? IOMMU_PR_FAILURE
							: IOMMU_PR_SUCCESS;
	reply->when = req->now + b->answer_ps;
}

void bus_answer(struct bus *b, u32 i, u8 code)
{
	struct iommu_page_req req = b->req[i];

	b->req[i] = b->req[--b->nreq];
	dsa_page_response(b->dsa, req.pasid, req.prgi, code);
}

static enum iommu_stale check(void *ctx, const struct iommu_use *use)
{
	struct bus *b = ctx;

	(void)use;
	return b->stale ? IOMMU_STALE : IOMMU_FRESH;
}

static const u64 *epoch(void *ctx)
{
	return &((struct bus *)ctx)->epoch;
}

static void inv_done(void *ctx, u16 sid, u32 itag)
{
	struct bus *b = ctx;

	(void)sid;
	b->inv_done++;
	b->last_itag = itag;
}

static u8 *ram(void *ctx, u64 pa, u64 len)
{
	struct bus *b = ctx;
	u64 at = pa - BUS_BASE, all = (u64)BUS_PAGES * 4096;

	return pa >= BUS_BASE && at <= all && len <= all - at ? b->ram + at : NULL;
}

static struct mem_cost access_memory(void *ctx, u64 now, u64 pa, u64 bytes, u32 socket,
				     enum mem_dir dir)
{
	(void)ctx;
	(void)pa;
	(void)bytes;
	(void)socket;
	(void)dir;
	return (struct mem_cost){.first_ps = 100000, .finish = now + 100000};
}

static void written(void *ctx, u64 pa, u32 len)
{
	(void)ctx;
	(void)pa;
	(void)len;
}

static void msi(void *ctx, u16 sid, u64 addr, u32 data)
{
	struct bus *b = ctx;

	(void)sid;
	if (b->messages < 64)
		b->msg[b->messages] = (struct bus_message){sim_now(b->sim), addr, data};
	b->messages++;
}

static const struct dsa_bus_ops ops = {
	.translate = translate,
	.page_request = page_request,
	.check = check,
	.epoch = epoch,
	.inv_done = inv_done,
	.ram = ram,
	.access = access_memory,
	.written = written,
	.msi = msi,
};

static void saw_retired(void *ctx, struct dsa *dsa, const struct dsa_retired *r)
{
	struct bus *b = ctx;

	(void)dsa;
	if (b->nretired < 512)
		b->retired[b->nretired++] = *r;
}

static void saw_note(void *ctx, struct dsa *dsa, enum dsa_note note, u64 value)
{
	struct bus *b = ctx;

	(void)dsa;
	(void)value;
	b->notes[note]++;
}

static void saw_violation(void *ctx, struct dsa *dsa, const char *text)
{
	struct bus *b = ctx;

	(void)dsa;
	if (b->slots_change && strstr(text, "interrupt through a slot"))
		return;
	b->violations++;
	snprintf(b->violation, sizeof(b->violation), "%s", text);
}

void bus_new(struct bus *b, const struct dsa_cfg *cfg)
{
	struct dsa_observer obs = {
		.retired = saw_retired, .note = saw_note, .violation = saw_violation, .ctx = b};
	const char *why;
	u32 i;

	memset(b, 0, sizeof(*b));
	b->sim = sim_new(1);
	b->ram = calloc(BUS_PAGES, 4096);
	b->latency = 200000;
	b->answer_ps = PS_PER_US;
	for (i = 0; i < BUS_PAGES; i++) {
		b->frame[i] = i;
		b->perms[i] = IOMMU_R | IOMMU_W;
	}
	b->dsa = dsa_new(b->sim, cfg, &ops, b, &why);
	if (!b->dsa) {
		fprintf(stderr, "dsa_new: %s\n", why);
		abort();
	}
	dsa_set_observer(b->dsa, &obs);
	dsa_cfg_write(b->dsa, 4, 2, 6);
}

void bus_free(struct bus *b)
{
	dsa_free(b->dsa);
	sim_free(b->sim);
	free(b->ram);
}

void *bus_ptr(struct bus *b, u64 addr)
{
	u64 page = (addr - BUS_BASE) / 4096;

	return b->ram + (u64)b->frame[page] * 4096 + addr % 4096;
}

void bus_run(struct bus *b)
{
	while (sim_step(b->sim))
		;
}

u64 bus_rd(struct bus *b, u64 off, u32 width)
{
	return dsa_mmio_read(b->dsa, off, width);
}

void bus_wr(struct bus *b, u64 off, u32 width, u64 value)
{
	dsa_mmio_write(b->dsa, off, width, value);
}

u64 bus_grpcfg(struct bus *b, u32 group)
{
	return SPEC_GET(DSA_OFFSETS0_GRPCFG, bus_rd(b, DSA_REG_OFFSETS, 8)) * DSA_OFFSET_UNIT +
	       group * DSA_GRPCFG_STRIDE;
}

u64 bus_wqcfg(struct bus *b, u32 wq)
{
	u32 shift =
		SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, bus_rd(b, DSA_REG_WQCAP, 8)) + DSA_WQCFG_MIN_SHIFT;

	return SPEC_GET(DSA_OFFSETS0_WQCFG, bus_rd(b, DSA_REG_OFFSETS, 8)) * DSA_OFFSET_UNIT +
	       ((u64)wq << shift);
}

u64 bus_perf(struct bus *b)
{
	return SPEC_GET(DSA_OFFSETS1_PERFMON, bus_rd(b, DSA_REG_OFFSETS + 8, 8)) * DSA_OFFSET_UNIT;
}

u32 bus_cmd(struct bus *b, u32 code, u32 operand)
{
	bus_wr(b, DSA_REG_CMD, 4, code << 20 | operand);
	while (bus_rd(b, DSA_REG_CMDSTS, 4) & DSA_CMDSTS_ACTIVE)
		if (!sim_step(b->sim))
			return ~0u;
	return bus_rd(b, DSA_REG_CMDSTS, 4);
}

void bus_controls(struct bus *b, bool pri)
{
	dsa_cfg_write(b->dsa, DSA_PCI_ECAP_PASID + 6, 2, 5);
	dsa_cfg_write(b->dsa, DSA_PCI_ECAP_ATS + 6, 2, 0x8000);
	if (pri) {
		dsa_cfg_write(b->dsa, DSA_PCI_ECAP_PRI + 12, 4, 64);
		dsa_cfg_write(b->dsa, DSA_PCI_ECAP_PRI + 4, 2, 1);
	}
}

void bus_group(struct bus *b, u32 wqs, u32 size, u32 engines)
{
	u32 i;

	bus_wr(b, bus_grpcfg(b, 0), 8, (1ull << wqs) - 1);
	bus_wr(b, bus_grpcfg(b, 0) + DSA_GRPCFG_ENGINES, 8, (1ull << engines) - 1);
	for (i = 0; i < wqs; i++) {
		bus_wr(b, bus_wqcfg(b, i), 4, size);
		bus_wr(b, bus_wqcfg(b, i) + 4, 4, size);
		bus_wr(b, bus_wqcfg(b, i) + 12, 4, 31 | 10 << 5);
	}
}

void bus_wq(struct bus *b, u32 wq, u32 mode)
{
	bus_wr(b, bus_wqcfg(b, wq) + 8, 4, mode);
}

u32 bus_enable(struct bus *b, u32 wqs)
{
	u32 i, err = bus_cmd(b, DSA_CMD_ENABLE_DEVICE, 0);

	for (i = 0; i < wqs && !err; i++)
		err = bus_cmd(b, DSA_CMD_ENABLE_WQ, i);
	return err;
}

struct dsa_hw_desc bus_desc(u8 opcode, u32 flags, u64 record)
{
	struct dsa_hw_desc d;

	memset(&d, 0, sizeof(d));
	d.opcode = opcode;
	d.flags = flags;
	d.completion_addr = record;
	return d;
}

struct dsa_hw_desc bus_move(u64 src, u64 dst, u32 size, u64 record)
{
	struct dsa_hw_desc d = bus_desc(DSA_OPCODE_MEMMOVE, CRAV_RCR, record);

	d.src_addr = src;
	d.dst_addr = dst;
	d.xfer_size = size;
	return d;
}

enum dsa_accept bus_post(struct bus *b, u32 wq, const struct dsa_hw_desc *d)
{
	return dsa_portal_write(b->dsa, wq * DSA_PORTAL_WQ_STRIDE + DSA_PORTAL_LIMITED_MSIX, d,
				false, NULL);
}

enum dsa_accept bus_enq(struct bus *b, u32 wq, const struct dsa_hw_desc *d, u32 pasid)
{
	struct dsa_hw_desc copy = *d;

	memcpy(&copy, &pasid, sizeof(pasid));
	return dsa_portal_write(b->dsa, wq * DSA_PORTAL_WQ_STRIDE + DSA_PORTAL_LIMITED_MSIX, &copy,
				true, NULL);
}

struct dsa_completion_record *bus_rec(struct bus *b, u64 addr)
{
	return bus_ptr(b, addr);
}

u8 bus_do(struct bus *b, const struct dsa_hw_desc *d)
{
	struct dsa_completion_record *rec = bus_rec(b, d->completion_addr);

	memset(rec, 0, sizeof(*rec));
	if (bus_post(b, 0, d) != DSA_ACCEPTED)
		return 0xff;
	bus_run(b);
	return rec->status;
}

bool bus_conserved(const struct bus *b)
{
	struct dsa_totals t;

	dsa_totals(b->dsa, &t);
	return t.accepted + t.fetched == t.completed + t.abandoned + t.in_flight;
}

bool bus_idle(const struct bus *b)
{
	struct dsa_totals t;

	dsa_totals(b->dsa, &t);
	return !t.in_flight && bus_conserved(b);
}
