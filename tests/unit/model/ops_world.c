// SPDX-License-Identifier: GPL-2.0
// A small address space for tests of operations.

#include "ops_world.h"

void world_init(struct world *w, u64 seed)
{
	u32 i;

	memset(w, 0, sizeof(*w));
	sim_rng_init(&w->rng, seed, "world");
	for (i = 0; i < WORLD_PAGES; i++) {
		w->place[i] = i * PLAIN_PAGE;
		w->perm[i] = PLAIN_READ | PLAIN_WRITE;
	}
	w->plain.bytes = w->flat;
	w->plain.base = WORLD_BASE;
	w->plain.pages = WORLD_PAGES;
	w->plain.perm = w->perm;
	w->fault_info = true;
}

void world_sync(struct world *w)
{
	u32 i;

	for (i = 0; i < WORLD_PAGES; i++)
		memcpy(w->pool + w->place[i], w->flat + i * PLAIN_PAGE, PLAIN_PAGE);
}

void world_scatter(struct world *w)
{
	u32 i;

	for (i = WORLD_PAGES - 1; i; i--) {
		u32 j = sim_rng_below(&w->rng, i + 1), t = w->place[i];

		w->place[i] = w->place[j];
		w->place[j] = t;
	}
	world_sync(w);
}

void world_put(struct world *w, u64 addr, const void *bytes, u64 len)
{
	memcpy(w->flat + (addr - WORLD_BASE), bytes, len);
	world_sync(w);
}

void world_random(struct world *w, u64 addr, u64 len)
{
	u64 i;

	for (i = 0; i < len; i++)
		w->flat[addr - WORLD_BASE + i] = sim_rng_u64(&w->rng) >> 32;
	world_sync(w);
}

static bool allowed(const struct world *w, u64 addr, bool write)
{
	u64 page = (addr - WORLD_BASE) / PLAIN_PAGE;

	return addr >= WORLD_BASE && page < WORLD_PAGES &&
	       (w->perm[page] & (write ? PLAIN_WRITE : PLAIN_READ));
}

/* Appends [addr, addr + len), inside one page, to an operand's spans. */
static void add_span(struct world *w, u8 role, u32 *n, u64 addr, u64 len)
{
	u64 off = addr - WORLD_BASE;
	u8 *p = w->pool + w->place[off / PLAIN_PAGE] + off % PLAIN_PAGE;
	struct dsa_span *last = *n ? &w->span[role][*n - 1] : NULL;

	if (last && last->ptr + last->len == p && !w->chop) {
		last->len += len;
		return;
	}
	while (w->chop && len > 1 && !sim_rng_below(&w->rng, 4) && *n < 3 * WORLD_PAGES) {
		u64 part = 1 + sim_rng_below(&w->rng, len - 1);

		w->span[role][(*n)++] = (struct dsa_span){p, part};
		p += part;
		len -= part;
	}
	w->span[role][(*n)++] = (struct dsa_span){p, len};
}

static void translate(struct world *w, const struct dsa_plan_operand *p, bool from_end)
{
	struct dsa_operand *o = &w->exec.operand[p->role];
	u64 first = p->addr, end = p->addr + p->len, at, next;
	u32 n = 0;

	memset(o, 0, sizeof(*o));
	if (from_end) {
		for (at = end; at > first; at = next) {
			next = (at - 1) / PLAIN_PAGE * PLAIN_PAGE;
			if (!allowed(w, at - 1, p->write)) {
				o->fault_addr = next;
				break;
			}
			if (next < first)
				next = first;
		}
		o->from_end = true;
		first = at;
	}
	for (at = first; at < end; at = next) {
		next = (at / PLAIN_PAGE + 1) * PLAIN_PAGE;
		if (!allowed(w, at, p->write)) {
			o->fault_addr = next - PLAIN_PAGE;
			break;
		}
		if (next > end)
			next = end;
		add_span(w, p->role, &n, at, next - at);
	}
	o->span = n ? w->span[p->role] : NULL;
	o->nspans = n;
	o->avail = at - first;
	/* A translation covers a page: more than what is asked for may be there. */
	if (n && at == end && w->chop && end % PLAIN_PAGE && sim_rng_below(&w->rng, 2)) {
		u64 extra = PLAIN_PAGE - end % PLAIN_PAGE;

		w->span[p->role][n - 1].len += extra;
		o->avail += o->from_end ? 0 : sim_rng_below(&w->rng, extra);
	}
}

static void prepare(struct world *w, const u8 *desc)
{
	u32 i;

	memset(&w->exec, 0xa5, sizeof(w->exec));
	dsa_plan(desc, &w->plan);
	for (i = 0; i < w->plan.noperands; i++)
		translate(w, &w->plan.operand[i], w->plan.backward);
}

void world_run(struct world *w, const u8 *desc, u8 rec[32])
{
	prepare(w, desc);
	dsa_execute(desc, &w->exec);
	dsa_record_build(&w->exec.res, w->fault_info, rec);
}

void world_run_none(struct world *w, const u8 *desc, const struct dsa_payload_hint *hint,
		    u8 rec[32])
{
	u32 i;

	prepare(w, desc);
	for (i = 0; i < DSA_ROLE_DATA_COUNT; i++)
		w->exec.operand[i].span = NULL;
	dsa_execute_none(desc, &w->exec, hint);
	dsa_record_build(&w->exec.res, w->fault_info, rec);
}

void world_plain(struct world *w, const u8 *desc, u8 rec[32])
{
	plain_run(desc, &w->plain, w->fault_info, rec);
}

long long world_differs(const struct world *w)
{
	u32 i, k;

	for (i = 0; i < WORLD_PAGES; i++) {
		const u8 *a = w->flat + i * PLAIN_PAGE, *b = w->pool + w->place[i];

		if (!memcmp(a, b, PLAIN_PAGE))
			continue;
		for (k = 0; a[k] == b[k]; k++)
			;
		return i * PLAIN_PAGE + k;
	}
	return -1;
}

struct dsa_hw_desc world_desc(u8 opcode, u64 a, u64 b, u32 size)
{
	struct dsa_hw_desc d;

	memset(&d, 0, sizeof(d));
	d.opcode = opcode;
	d.flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	d.completion_addr = WORLD_BASE;
	d.src_addr = a;
	d.dst_addr = b;
	d.xfer_size = size;
	return d;
}

void world_caps(struct dsa_caps *caps, u32 version)
{
	memset(caps, 0, sizeof(*caps));
	caps->version = version;
	caps->gencap = DSA_GENCAP_BLOCK_ON_FAULT | DSA_GENCAP_OVERLAP_COPY |
		       DSA_GENCAP_CACHE_CONTROL | DSA_GENCAP_DST_READBACK |
		       SPEC_PREP(DSA_GENCAP_MAX_XFER_SHIFT, 31) |
		       SPEC_PREP(DSA_GENCAP_MAX_BATCH_SHIFT, 10);
	caps->opcap[0] = 0x1003f03ff;
	if (version >= DSA_VERSION_2) {
		caps->gencap |= DSA_GENCAP_FETCH_STRIDE | DSA_GENCAP_DRAIN_READBACK |
				DSA_GENCAP_FILL16 | DSA_GENCAP_CRC64 | DSA_GENCAP_FAULT_INFO |
				DSA_GENCAP_BATCH_CONTINUE;
		caps->opcap[0] = 0x7b00bf07ff;
	}
	memset(caps->opcfg, 0xff, sizeof(caps->opcfg));
	caps->max_transfer = 1ull << 31;
	caps->max_batch = 1024;
	caps->wq_bof = true;
	caps->wq_pasid_en = true;
	caps->wq_ats = true;
	caps->user_int = true;
	dsa_caps_prepare(caps);
}
