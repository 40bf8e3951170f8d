// SPDX-License-Identifier: GPL-2.0
// Random descriptors, with holes, overlaps and odd alignment, against the plain operations: same
// record, same memory.
#include <stdio.h>
#include <stdlib.h>
#include <CUnit/Basic.h>

#include "ops_world.h"

#define CASES	   30000
#define NONE_CASES 10000

static struct world w;
static struct dsa_caps caps;

static u32 below(u32 n)
{
	return sim_rng_below(&w.rng, n);
}

static u64 place(u32 pages, u32 align)
{
	return WORLD_BASE + (u64)below((WORLD_PAGES - pages) * PLAIN_PAGE) / align * align;
}

/* Sizes from a byte to some pages, page edges often. */
static u32 size(void)
{
	switch (below(4)) {
	case 0:
		return 1 + below(130);
	case 1:
		return PLAIN_PAGE * (1 + below(3)) - 2 + below(5);
	}
	return 1 + below(4 * PLAIN_PAGE);
}

static void copy_flat(u64 to, u64 from, u32 n)
{
	memmove(w.flat + (to - WORLD_BASE), w.flat + (from - WORLD_BASE), n);
}

/* A few bytes of a range are spoilt, most often none. */
static void spoil(u64 addr, u32 n)
{
	u32 k;

	for (k = below(2) ? 0 : 1 + below(8); k; k--)
		w.flat[addr - WORLD_BASE + below(n)] ^= 0x11;
}

static void make_dif(struct dsa_hw_desc *d)
{
	static const u16 size[] = {512, 520, 4096, 4104};
	u32 kind = below(2) ? below(2) : below(4), blocks = 1 + below(kind < 2 ? 12 : 3);
	bool tagged = d->opcode != DSA_OPCODE_DIF_INS && d->opcode != DSA_OP_DIX_GEN;
	u8 raw[32], *p = (u8 *)d;
	u32 tags[2];

	tags[0] = sim_rng_u64(&w.rng);
	tags[1] = sim_rng_u64(&w.rng);
	if (!below(3))
		tags[0] = -(1 + below(4));
	d->dif_chk_flags = kind | below(4) << 2;
	d->xfer_size = blocks * (size[kind] + (tagged ? 8 : 0));
	if (tagged) {
		/* Good tags first, by the plain Insert, then perhaps spoilt ones. */
		struct dsa_hw_desc in = *d;
		u8 flags = below(256) & (below(2) ? 0xff : 0x90);

		in.opcode = DSA_OPCODE_DIF_INS;
		in.src_addr = WORLD_BASE + (WORLD_PAGES - 6) * PLAIN_PAGE;
		in.dst_addr = d->src_addr;
		in.xfer_size = blocks * size[kind];
		in.src_upd_flags = 0;
		in.upd_dest_flags = flags & 0x90;
		memcpy((u8 *)&in + 56, tags, 8);
		if (below(4))
			w.perm[WORLD_PAGES - 1] = 3;
		plain_run((u8 *)&in, &w.plain, false, raw);
		p[40] = flags;
		memcpy(p + 48, tags, 8);
		if (below(2))
			spoil(d->src_addr, d->xfer_size);
		if (!below(4))
			memset(w.flat + (d->src_addr - WORLD_BASE) + size[kind], 0xff, 8);
		if (!below(4))
			memset(w.flat + (d->src_addr - WORLD_BASE) + size[kind] + 2, 0xff,
			       below(2) ? 2 : 6);
	}
	if (d->opcode != DSA_OPCODE_DIF_CHECK && d->opcode != DSA_OPCODE_DIF_STRP) {
		p[41] = below(32) << 3;
		tags[1] = sim_rng_u64(&w.rng);
		memcpy(p + 56, tags, 8);
	}
}

static void make_delta(struct dsa_hw_desc *d)
{
	struct dsa_hw_desc c = *d;
	u8 rec[32];

	d->xfer_size = 8 * (1 + below(below(2) ? 40 : 1500));
	copy_flat(d->src2_addr, d->src_addr, d->xfer_size);
	spoil(d->src2_addr, d->xfer_size);
	if (d->opcode == DSA_OPCODE_CR_DELTA) {
		d->delta_addr = place(4, 1);
		d->max_delta_size = 80 + below(below(2) ? 40 : 3000);
		d->expected_res_mask = below(256);
		if (!below(5))
			copy_flat(d->src_addr, place(8, 1), d->xfer_size / 2);
		return;
	}
	/* Apply: a record made by the plain Create, then perhaps spoilt. */
	c = *d;
	c.opcode = DSA_OPCODE_CR_DELTA;
	c.delta_addr = place(4, 1);
	c.max_delta_size = 4000;
	plain_run((u8 *)&c, &w.plain, false, rec);
	d->delta_rec_size = rec[16] | rec[17] << 8;
	if (!d->delta_rec_size)
		d->delta_rec_size = 10 * (1 + below(20));
	if (!below(3))
		spoil(c.delta_addr, d->delta_rec_size);
	if (d->delta_rec_size > 10 && !below(4)) /* the same offset twice */
		copy_flat(c.delta_addr + 10, c.delta_addr, 2);
	d->src_addr = c.delta_addr;
	if (below(8) == 0)
		d->xfer_size = 8 * (1 + d->xfer_size / 16);
}

static struct dsa_hw_desc make(void)
{
	static const u8 ops[] = {0, 2,	  3,	3,    3,    4,	  5,	6,    7,    8,
				 9, 0x0a, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x17, 0x20};
	u8 op = ops[below(sizeof(ops))];
	u64 a = place(5, 1), b = place(5, 1); /* one draw after another, in any compiler */
	struct dsa_hw_desc d = world_desc(op, a, b, size());

	switch (op) {
	case DSA_OPCODE_NOOP:
	case DSA_OPCODE_DRAIN:
		d.src_addr = d.dst_addr = d.xfer_size = 0;
		break;
	case DSA_OPCODE_MEMMOVE:
		if (below(2))
			d.dst_addr = d.src_addr + below(9000) - 4500;
		break;
	case DSA_OPCODE_MEMFILL:
		d.pattern = sim_rng_u64(&w.rng);
		if (below(2)) {
			d.flags |= DSA_FLAG_FILL16;
			d.delta_addr = sim_rng_u64(&w.rng);
		}
		break;
	case DSA_OPCODE_COMPARE:
		copy_flat(d.src2_addr, d.src_addr, d.xfer_size);
		spoil(d.src2_addr, d.xfer_size);
		d.expected_res = below(256);
		break;
	case DSA_OPCODE_COMPVAL:
		d.comp_pattern = sim_rng_u64(&w.rng);
		for (u32 i = 0; i < d.xfer_size; i++)
			w.flat[d.src_addr - WORLD_BASE + i] = d.comp_pattern >> 8 * (i % 8);
		spoil(d.src_addr, d.xfer_size);
		d.expected_res = below(256);
		break;
	case DSA_OPCODE_CR_DELTA:
	case DSA_OPCODE_AP_DELTA:
		d.src_addr = place(5, 8);
		d.dst_addr = place(5, 8);
		make_delta(&d);
		break;
	case DSA_OPCODE_DUALCAST:
		d.dest2 = place(5, PLAIN_PAGE) + d.dst_addr % PLAIN_PAGE;
		break;
	case DSA_OP_TRANSL_FETCH:
	case DSA_OPCODE_CRCGEN:
		d.dst_addr = 0;
		break;
	case DSA_OPCODE_DIF_CHECK:
		d.dst_addr = 0;
		make_dif(&d);
		break;
	case DSA_OPCODE_DIF_INS:
	case DSA_OPCODE_DIF_STRP:
	case DSA_OPCODE_DIF_UPDT:
		make_dif(&d);
		break;
	case DSA_OP_DIX_GEN:
		d.dst_addr &= ~7ull;
		make_dif(&d);
		break;
	case DSA_OPCODE_CFLUSH:
		d.src_addr = 0;
		break;
	}
	if ((op & 0xfe) == DSA_OPCODE_CRCGEN) {
		d.flags |= below(16) << 16;
		if (d.flags & DSA_FLAG_CRC_READ_SEED)
			d.seed_addr = place(1, 8);
		else if (d.flags & DSA_FLAG_CRC64)
			d.delta_addr = sim_rng_u64(&w.rng);
		else
			d.crc_seed = sim_rng_u64(&w.rng);
	}
	if ((op >= 5 && op <= 7) && below(2))
		d.flags |= IDXD_OP_FLAG_CR;
	return d;
}

/* A new case: contents, holes, a descriptor that passes the checks. */
static struct dsa_hw_desc draw(void)
{
	struct dsa_hw_desc d;
	u32 k, bad_flags;

	do {
		for (k = 0; k < WORLD_PAGES; k++)
			w.perm[k] = PLAIN_READ | PLAIN_WRITE;
		w.chop = below(2);
		w.fault_info = below(2);
		for (k = 0; k < 4096; k++)
			w.flat[below(WORLD_BYTES)] = below(256);
		d = make();
		for (k = below(2) ? 0 : below(24); k; k--)
			w.perm[below(WORLD_PAGES)] = k % 4;
	} while (dsa_check(&caps, (const u8 *)&d, 0, &bad_flags));
	world_sync(&w);
	return d;
}

static void complain(const char *what, u32 i, const struct dsa_hw_desc *d, const u8 *got,
		     const u8 *want)
{
	u32 k;

	printf("case %u: %s, opcode %02x size %u flags %06x\n got  ", i, what, d->opcode,
	       d->xfer_size, d->flags);
	for (k = 0; k < 32; k++)
		printf("%02x%s", got[k], k % 8 == 7 ? " " : "");
	printf("\n want ");
	for (k = 0; k < 32; k++)
		printf("%02x%s", want[k], k % 8 == 7 ? " " : "");
	printf("\n");
}

static void setup(u64 seed)
{
	world_init(&w, seed);
	world_random(&w, WORLD_BASE, WORLD_BYTES);
	world_caps(&caps, DSA_VERSION_2);
}

static void test_5_5_to_5_8_random_descriptors_agree_with_plain_code(void)
{
	u32 i, wrong = 0, status[0x40] = {0}, ops[DSA_OP_TABLE_SIZE] = {0};

	setup(1);
	for (i = 0; i < CASES; i++) {
		struct dsa_hw_desc d;
		u8 got[32], want[32];

		if (i % 64 == 0)
			world_scatter(&w);
		d = draw();
		world_run(&w, (const u8 *)&d, got);
		world_plain(&w, (const u8 *)&d, want);
		if (memcmp(got, want, 32) || world_differs(&w) >= 0) {
			if (++wrong < 4)
				complain(memcmp(got, want, 32) ? "record" : "memory", i, &d, got,
					 want);
			world_sync(&w);
		}
		status[want[0] & 0x3f]++;
		ops[d.opcode]++;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	/* The draw is worth something only if it gets everywhere. */
	CU_ASSERT(status[DSA_COMP_SUCCESS] > CASES / 4);
	CU_ASSERT(status[DSA_COMP_SUCCESS_PRED] > 200);
	CU_ASSERT(status[DSA_COMP_PAGE_FAULT_NOBOF] > CASES / 10);
	CU_ASSERT(status[DSA_COMP_DR_OFFSET_NOINC] > 20);
	CU_ASSERT(status[DSA_COMP_DR_OFFSET_ERANGE] > 20);
	CU_ASSERT(status[DSA_COMP_DIF_ERR] > 200);
	for (i = 0; i < DSA_OP_TABLE_SIZE; i++) {
		if ((caps.ops >> i & 1) && i != DSA_OPCODE_BATCH)
			CU_ASSERT(ops[i] > CASES / 100);
	}
}

/* ---- Without payload ---- */

/* The hint that a trace would carry, from the outcome with payload. */
static struct dsa_payload_hint hint_of(const u8 rec[32], bool crc64)
{
	struct dsa_payload_hint h = {.valid = true, .status = rec[0] & 0x3f, .result = rec[1]};

	memcpy(&h.bytes_completed, rec + 4, 4);
	memcpy(&h.delta_size, rec + 16, 4);
	memcpy(&h.crc, rec + 16, 8);
	if (!crc64)
		h.crc |= 0x5aull << 32; /* not to be seen */
	return h;
}

/*
 * With a hint of what really happened the record is the same, except where the
 * outcome depends on where in the payload something is: delta records that
 * meet a fault.
 */
static void test_data_mode_none_gives_the_same_records(void)
{
	static u8 before[WORLD_BYTES];
	u32 i, wrong = 0, compared = 0;

	setup(2);
	for (i = 0; i < NONE_CASES; i++) {
		struct dsa_hw_desc d = draw();
		struct dsa_payload_hint hint;
		u64 moved[DSA_ROLE_DATA_COUNT];
		u8 got[32], want[32];
		bool fault;

		memcpy(before, w.flat, sizeof(before));
		world_plain(&w, (const u8 *)&d, want);
		fault = (want[0] & 0x3f) == DSA_COMP_PAGE_FAULT_NOBOF;
		hint = hint_of(want, d.flags & DSA_FLAG_CRC64);
		memcpy(w.flat, before, sizeof(before));
		world_run_none(&w, (const u8 *)&d, &hint, got);
		CU_ASSERT_EQUAL(world_differs(&w), -1);
		if (d.opcode == DSA_OPCODE_CR_DELTA || d.opcode == DSA_OPCODE_AP_DELTA) {
			if (fault || (got[0] & 0x3f) == DSA_COMP_PAGE_FAULT_NOBOF)
				continue;
		}
		memcpy(moved, w.exec.res.moved, sizeof(moved));
		world_run(&w, (const u8 *)&d, got);
		memcpy(w.flat, before, sizeof(before));
		world_sync(&w);
		if (memcmp(moved, w.exec.res.moved, sizeof(moved)) && !wrong++)
			printf("case %u: bytes moved, opcode %02x status %02x\n", i, d.opcode,
			       want[0]);
		world_run_none(&w, (const u8 *)&d, &hint, got);
		compared++;
		if (memcmp(got, want, 32)) {
			if (++wrong < 4)
				complain("record", i, &d, got, want);
		}
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT(compared > NONE_CASES * 3 / 4);
}

static void test_data_mode_none_without_a_hint_is_equal_and_crc_0(void)
{
	u32 i;

	setup(3);
	for (i = 0; i < 4000; i++) {
		struct dsa_hw_desc d = draw();
		u8 rec[32], status;

		world_run_none(&w, (const u8 *)&d, NULL, rec);
		status = rec[0] & 0x3f;
		CU_ASSERT(status == DSA_COMP_SUCCESS || status == DSA_COMP_PAGE_FAULT_NOBOF ||
			  status == DSA_COMP_SUCCESS_PRED);
		if (d.opcode == DSA_OPCODE_COMPARE || d.opcode == DSA_OPCODE_CR_DELTA)
			CU_ASSERT_EQUAL(rec[1], 0);
		if ((d.opcode & 0xfe) == DSA_OPCODE_CRCGEN)
			CU_ASSERT(!memcmp(rec + 16, "\0\0\0\0\0\0\0", 8));
		CU_ASSERT_EQUAL(world_differs(&w), -1);
	}
}

/* A partial completion is resumed as software does it, until nothing is left: same as without
 * holes. */
static void test_5_10_partial_crc_resumes(void)
{
	u32 i, rounds;

	setup(4);
	for (i = 0; i < 2000; i++) {
		bool copy = below(2);
		struct dsa_hw_desc d = world_desc(copy ? DSA_OPCODE_COPY_CRC : DSA_OPCODE_CRCGEN,
						  WORLD_BASE + below(30 * PLAIN_PAGE), 0, 1);
		u32 k, done, bad_flags;
		u64 crc, got = 0;
		u8 rec[32];

		d.xfer_size = size();
		crc = plain_crc(w.flat + (d.src_addr - WORLD_BASE), d.xfer_size, 0, 0);

		for (k = 0; k < WORLD_PAGES; k++)
			w.perm[k] = below(2) ? 3 : below(4);
		if (copy)
			d.dst_addr = place(5, 1);
		if (dsa_check(&caps, (u8 *)&d, 0, &bad_flags))
			continue;
		world_sync(&w);
		for (rounds = 0; rounds < 20; rounds++) {
			u64 addr;

			world_run(&w, (u8 *)&d, rec);
			memcpy(&got, rec + 16, 8);
			if (rec[0] == DSA_COMP_SUCCESS)
				break;
			memcpy(&addr, rec + 8, 8);
			memcpy(&done, rec + 4, 4);
			w.perm[(addr - WORLD_BASE) / PLAIN_PAGE] = 3;
			d.src_addr += done;
			d.dst_addr += copy ? done : 0;
			d.xfer_size -= done;
			d.crc_seed = got;
		}
		CU_ASSERT_EQUAL(got, crc);
	}
}

#define T(f)                                                                                       \
	{                                                                                          \
#f, f                                                                              \
	}

int main(void)
{
	CU_TestInfo tests[] = {
		T(test_5_5_to_5_8_random_descriptors_agree_with_plain_code),
		T(test_data_mode_none_gives_the_same_records),
		T(test_data_mode_none_without_a_hint_is_equal_and_crc_0),
		T(test_5_10_partial_crc_resumes),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{.pName = "dsa operations, random", .pTests = tests},
		CU_SUITE_INFO_NULL,
	};

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 1;
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
