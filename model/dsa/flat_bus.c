// SPDX-License-Identifier: GPL-2.0
// The least world in which a device works: memory as one flat array, no IOMMU.
#include <string.h>

#include "model/dsa/desc.h"
#include "model/dsa/flat_bus.h"
#include "model/dsa/record.h"
#include "model/spec/dsa_regs.h"

static void translate(void *ctx, const struct iommu_req *req, struct iommu_reply *reply)
{
	(void)ctx;
	memset(reply, 0, sizeof(*reply));
	reply->pa = req->addr;
	reply->len = req->len;
	reply->first_done = reply->last_done = req->now;
	reply->pages = 1;
	reply->perms = IOMMU_R | IOMMU_W;
	reply->page_shift = 12;
}

static void page_request(void *ctx, const struct iommu_page_req *req,
			 struct iommu_page_reply *reply)
{
	(void)ctx;
	*reply = (struct iommu_page_reply){
		.answered = true, .code = IOMMU_PR_INVALID, .when = req->now};
}

static void inv_done(void *ctx, u16 sid, u32 itag)
{
	(void)ctx;
	(void)sid;
	(void)itag;
}

static u8 *ram(void *ctx, u64 pa, u64 len)
{
	const struct dsa_flat *f = ctx;
	u64 at = pa - f->base;

	return pa >= f->base && at <= f->bytes && len <= f->bytes - at ? f->ram + at : NULL;
}

static struct mem_cost access_memory(void *ctx, u64 now, u64 pa, u64 bytes, u32 socket,
				     enum mem_dir dir)
{
	const struct dsa_flat *f = ctx;
	u64 latency = dir == MEM_READ ? f->read_latency : f->write_latency;

	(void)pa;
	(void)bytes;
	(void)socket;
	return (struct mem_cost){.first_ps = latency, .finish = now + latency};
}

static void written(void *ctx, u64 pa, u32 len)
{
	(void)ctx;
	(void)pa;
	(void)len;
}

static void msi(void *ctx, u16 sid, u64 addr, u32 data)
{
	struct dsa_flat *f = ctx;

	(void)sid;
	f->messages++;
	if (f->msi)
		f->msi(f->ctx, addr, data);
}

const struct dsa_bus_ops dsa_flat_bus = {
	.translate = translate,
	.page_request = page_request,
	.inv_done = inv_done,
	.ram = ram,
	.access = access_memory,
	.written = written,
	.msi = msi,
};

/* A device that has everything the model can execute. */
static void all_caps(struct dsa_caps *caps)
{
	memset(caps, 0, sizeof(*caps));
	caps->version = DSA_VERSION_2;
	caps->gencap = DSA_GENCAP_BLOCK_ON_FAULT | DSA_GENCAP_OVERLAP_COPY |
		       DSA_GENCAP_CACHE_CONTROL | DSA_GENCAP_FETCH_STRIDE |
		       DSA_GENCAP_DST_READBACK | DSA_GENCAP_DRAIN_READBACK | DSA_GENCAP_FILL16 |
		       DSA_GENCAP_CRC64 | DSA_GENCAP_FAULT_INFO |
		       SPEC_PREP(DSA_GENCAP_MAX_XFER_SHIFT, 31) |
		       SPEC_PREP(DSA_GENCAP_MAX_BATCH_SHIFT, 10);
	memset(caps->opcap, 0xff, sizeof(caps->opcap));
	memset(caps->opcfg, 0xff, sizeof(caps->opcfg));
	caps->max_transfer = 1ull << 31;
	caps->max_batch = 1024;
	caps->wq_bof = caps->wq_ats = caps->user_int = true;
	dsa_caps_prepare(caps);
}

/* As much of an operand as lies in the array. */
static void operand(const struct dsa_flat *f, const struct dsa_plan_operand *op, bool backward,
		    struct dsa_operand *o, struct dsa_span *span)
{
	u64 at = op->addr - f->base, left = f->bytes - at, last = op->addr + op->len - 1;
	bool starts = op->addr >= f->base && at < f->bytes;
	bool ends = op->len && last >= f->base && last - f->base < f->bytes;

	*o = (struct dsa_operand){.span = span, .nspans = 1, .avail = op->len};
	*span = (struct dsa_span){.ptr = f->ram + (starts ? at : 0), .len = op->len};
	if (starts && op->len <= left)
		return;
	o->from_end = backward;
	o->fault_status = DSA_COMP_PAGE_FAULT_NOBOF;
	if (backward) {
		/* From its last byte down to the array's first. */
		o->avail = ends ? last - f->base + 1 : 0;
		o->fault_addr = last - o->avail;
		span->ptr = f->ram;
	} else {
		o->avail = starts ? left : 0;
		o->fault_addr = op->addr + o->avail;
	}
	span->len = o->avail;
	o->nspans = !!o->avail;
}

u8 dsa_flat_execute(const struct dsa_flat *flat, const struct dsa_caps *caps, const void *desc,
		    void *record)
{
	u8 copy[DSA_DESC_SIZE] __attribute__((aligned(8))), status;
	struct dsa_span span[DSA_OP_MAX_OPERANDS];
	struct dsa_exec x = {0};
	struct dsa_caps all;
	struct dsa_plan plan;
	u32 bad, i;

	if (!caps) {
		all_caps(&all);
		caps = &all;
	}
	memcpy(copy, desc, sizeof(copy));
	status = dsa_check(caps, copy, DSA_CHECK_PRIV, &bad);
	if (!status && dsa_desc_opcode(copy) == DSA_OPCODE_BATCH)
		status = DSA_COMP_BAD_OPCODE;
	if (status) {
		dsa_result_error(&x.res, status, bad);
	} else {
		dsa_plan(copy, &plan);
		for (i = 0; i < plan.noperands; i++)
			operand(flat, &plan.operand[i], plan.backward,
				&x.operand[plan.operand[i].role], &span[i]);
		dsa_execute(copy, &x);
	}
	dsa_record_build(&x.res, caps->gencap & DSA_GENCAP_FAULT_INFO, record);
	return x.res.status;
}
