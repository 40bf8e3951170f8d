// SPDX-License-Identifier: GPL-2.0
// Operations clause by clause: published vectors, partial completion, resuming, bounds.
#include <stdio.h>
#include <CUnit/Basic.h>

#include "model/dsa/crc.h"
#include "ops_world.h"

#define PG(n) (WORLD_BASE + (n) * (u64)PLAIN_PAGE)

static struct world w;
static u8 rec[32];

static u64 rec_get(int at, int bytes)
{
	u64 v = 0;

	memcpy(&v, rec + at, bytes);
	return v;
}

/* Runs on both, compares record and memory. */
static void run(const struct dsa_hw_desc *d)
{
	u8 want[32];

	world_plain(&w, (const u8 *)d, want);
	world_run(&w, (const u8 *)d, rec);
	CU_ASSERT_EQUAL(memcmp(rec, want, 32), 0);
	CU_ASSERT_EQUAL(world_differs(&w), -1);
}

static void fresh(void)
{
	world_init(&w, 1);
	world_scatter(&w);
}

/* ---- 5.7 ---- */

static u64 crc_of(const void *data, u64 len, u64 seed, u32 flags)
{
	struct dsa_crc c;

	dsa_crc_start(&c, flags, seed);
	dsa_crc_add(&c, data, len);
	return dsa_crc_value(&c);
}

static void test_5_7_crc32_vectors(void)
{
	const u32 f17 = DSA_FLAG_CRC_BYPASS_REFLECT, f18 = DSA_FLAG_CRC_BYPASS_DATA;
	u8 buf[32];
	int i;

	CU_ASSERT_EQUAL(crc_of("123456789", 9, 0, 0), 0xe3069283);
	CU_ASSERT_EQUAL(crc_of("123456789", 9, 0, f17), 0x045fc71a);
	CU_ASSERT_EQUAL(crc_of("123456789", 9, 0, f18), 0xa8f022a0);
	CU_ASSERT_EQUAL(crc_of("123456789", 9, 0, f17 | f18), 0xc052a8c8);
	CU_ASSERT_EQUAL(crc_of("1234", 4, 0, 0), 0xf63af4ee);
	CU_ASSERT_EQUAL(crc_of("56789", 5, 0xf63af4ee, 0), 0xe3069283);
	memset(buf, 0, 32);
	CU_ASSERT_EQUAL(crc_of(buf, 32, 0, 0), 0x8a9136aa);
	memset(buf, 0xff, 32);
	CU_ASSERT_EQUAL(crc_of(buf, 32, 0, 0), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		buf[i] = i;
	CU_ASSERT_EQUAL(crc_of(buf, 32, 0, 0), 0x46dd794e);
}

static void test_5_7_crc64_vectors(void)
{
	static u8 zero[4096];

	CU_ASSERT_EQUAL(crc_of("123456789", 9, 0, DSA_FLAG_CRC64), 0xae8b14860a799888ull);
	CU_ASSERT_EQUAL(crc_of(zero, 4096, 0, DSA_FLAG_CRC64), 0x6482d367eb22b64eull);
}

static void test_5_7_crc_of_lengths_and_flags(void)
{
	u8 buf[5000];
	u32 len, f;

	fresh();
	for (len = 0; len < sizeof(buf); len++)
		buf[len] = sim_rng_u64(&w.rng) >> 40;
	for (f = 0; f < 8; f++) {
		for (len = 1; len < sizeof(buf); len = len * 3 / 2 + 1) {
			u64 seed = sim_rng_u64(&w.rng);

			CU_ASSERT_EQUAL(crc_of(buf, len, seed, f << 17),
					plain_crc(buf, len, seed, f << 1));
		}
	}
}

static void test_5_7_crc_seed_read_from_memory(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_CRCGEN, PG(1) + 4, 0, 5);
	u32 seed = 0xf63af4ee;

	fresh();
	world_put(&w, PG(1), "123456789", 9);
	world_put(&w, PG(3), &seed, 4);
	d.flags |= DSA_FLAG_CRC_READ_SEED;
	d.seed_addr = PG(3);
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec_get(16, 8), 0xe3069283);
	CU_ASSERT_EQUAL(w.exec.res.moved[DSA_ROLE_SRC2], 4);

	w.perm[3] = 0;
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec[2], DSA_OPERAND_SRC2 << 1);
	CU_ASSERT_EQUAL(rec_get(8, 8), PG(3));
}

static void test_5_7_copy_crc_resumes_with_its_own_result(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_COPY_CRC, PG(1) + 10, PG(10) + 3, 9000);
	u64 whole, done;

	fresh();
	world_random(&w, PG(1), 5 * PLAIN_PAGE);
	whole = crc_of(w.flat + (d.src_addr - WORLD_BASE), 9000, 0, 0);
	w.perm[11] = PLAIN_READ;
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_PAGE_FAULT_NOBOF | DSA_COMP_STATUS_WRITE);
	CU_ASSERT_EQUAL(rec_get(8, 8), PG(11));
	done = rec_get(4, 4);
	CU_ASSERT_EQUAL(done, PLAIN_PAGE - 3);
	w.perm[11] = PLAIN_READ | PLAIN_WRITE;
	d.src_addr += done;
	d.dst_addr += done;
	d.xfer_size -= done;
	d.crc_seed = rec_get(16, 4);
	run(&d);
	CU_ASSERT_EQUAL(rec_get(16, 4), whole);
	CU_ASSERT_EQUAL(memcmp(w.flat + PLAIN_PAGE + 10, w.flat + 10 * PLAIN_PAGE + 3, 9000), 0);
}

/* ---- 5.4, 5.5: moves ---- */

static void test_5_5_move_of_every_size_and_alignment(void)
{
	u32 size, a, b;

	fresh();
	world_random(&w, PG(0), 3 * PLAIN_PAGE);
	for (size = 1; size < 9000; size = size * 2 + 1) {
		for (a = 0; a < 4; a++) {
			for (b = 0; b < 4; b++) {
				struct dsa_hw_desc d =
					world_desc(DSA_OPCODE_MEMMOVE, PG(0) + a * 1021,
						   PG(20) + b * 1023, size);

				run(&d);
				CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
				CU_ASSERT_EQUAL(w.exec.res.moved[DSA_ROLE_SRC1], size);
				CU_ASSERT_EQUAL(w.exec.res.moved[DSA_ROLE_DST1], size);
			}
		}
	}
}

/* Software's side of 5.4: goes on after partial completions until all is done. */
static u32 move_to_the_end(struct dsa_hw_desc d)
{
	u32 rounds = 0;

	for (;;) {
		run(&d);
		if (rec[0] == DSA_COMP_SUCCESS || ++rounds > WORLD_PAGES)
			return rounds;
		w.perm[(rec_get(8, 8) - WORLD_BASE) / PLAIN_PAGE] = PLAIN_READ | PLAIN_WRITE;
		d.xfer_size -= rec_get(4, 4);
		if (!rec[1]) {
			d.src_addr += rec_get(4, 4);
			d.dst_addr += rec_get(4, 4);
		}
	}
}

static void test_5_4_overlapping_move_is_as_through_a_buffer(void)
{
	static const int shift[] = {1, 63, 64, 4095, 4096, 4097, 9000, -1, -64, -4096, -5000};
	static u8 before[WORLD_BYTES];
	u32 i, hole;

	for (hole = 0; hole < 2; hole++) {
		for (i = 0; i < sizeof(shift) / sizeof(shift[0]); i++) {
			u64 src = PG(8) + 100, dst = src + shift[i];

			fresh();
			world_random(&w, PG(5), 15 * PLAIN_PAGE);
			memcpy(before, w.flat, sizeof(before));
			if (hole)
				w.perm[10] = w.perm[12] = 0;
			move_to_the_end(world_desc(DSA_OPCODE_MEMMOVE, src, dst, 5 * PLAIN_PAGE));
			CU_ASSERT_EQUAL(memcmp(w.flat + (dst - WORLD_BASE),
					       before + (src - WORLD_BASE), 5 * PLAIN_PAGE),
					0);
		}
	}
}

static void test_5_4_backward_move_reports_result_1(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_MEMMOVE, PG(1), PG(2) + 8, 4 * PLAIN_PAGE);

	fresh();
	world_random(&w, PG(1), 6 * PLAIN_PAGE);
	w.perm[3] = 0;
	run(&d);
	CU_ASSERT_EQUAL(rec[0] & DSA_COMP_STATUS_MASK, DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec[1], 1);
	CU_ASSERT_EQUAL(rec_get(4, 4), PLAIN_PAGE);
	CU_ASSERT(w.plan.backward);
}

/* An engine that only translates from the front must not lose data either. */
static void test_5_4_backward_move_translated_from_the_front_does_nothing(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_MEMMOVE, PG(1), PG(1) + 64, 2 * PLAIN_PAGE);
	struct dsa_span one = {w.pool + PLAIN_PAGE, PLAIN_PAGE};
	struct dsa_exec x;

	world_init(&w, 1);
	memset(&x, 0, sizeof(x));
	world_random(&w, PG(1), 3 * PLAIN_PAGE);
	x.operand[DSA_ROLE_SRC1] = (struct dsa_operand){
		.span = &one, .nspans = 1, .avail = PLAIN_PAGE, .fault_addr = PG(2)};
	x.operand[DSA_ROLE_DST1] = (struct dsa_operand){
		.span = &one, .nspans = 1, .avail = PLAIN_PAGE - 64, .fault_addr = PG(2)};
	dsa_execute((const u8 *)&d, &x);
	CU_ASSERT_EQUAL(x.res.status, DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(x.res.result, 1);
	CU_ASSERT_EQUAL(x.res.bytes_completed, 0);
	CU_ASSERT_EQUAL(world_differs(&w), -1);
}

/* One side is complete, the other was translated from the end: its tail can be moved. */
static void test_5_4_backward_move_with_one_side_complete(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_MEMMOVE, PG(1), PG(1) + 64, 2 * PLAIN_PAGE);
	struct dsa_span tail = {w.pool + 2 * PLAIN_PAGE, PLAIN_PAGE};
	struct dsa_span all[2] = {{w.pool + PLAIN_PAGE + 64, PLAIN_PAGE},
				  {w.pool + 2 * PLAIN_PAGE + 64, PLAIN_PAGE}};
	static u8 before[2 * PLAIN_PAGE];
	struct dsa_exec x;

	world_init(&w, 1);
	memset(&x, 0, sizeof(x));
	world_random(&w, PG(1), 4 * PLAIN_PAGE);
	memcpy(before, w.pool + PLAIN_PAGE, sizeof(before));
	x.operand[DSA_ROLE_SRC1] = (struct dsa_operand){
		.span = &tail, .nspans = 1, .avail = PLAIN_PAGE, .from_end = true};
	x.operand[DSA_ROLE_DST1] =
		(struct dsa_operand){.span = all, .nspans = 2, .avail = 2 * PLAIN_PAGE};
	dsa_execute((const u8 *)&d, &x);
	CU_ASSERT_EQUAL(x.res.status, DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(x.res.result, 1);
	CU_ASSERT_EQUAL(x.res.bytes_completed, PLAIN_PAGE);
	CU_ASSERT_EQUAL(memcmp(w.pool + 2 * PLAIN_PAGE + 64, before + PLAIN_PAGE, PLAIN_PAGE), 0);
	CU_ASSERT_EQUAL(memcmp(w.pool + PLAIN_PAGE, before, PLAIN_PAGE), 0);
}

static void test_5_10_fault_status_is_the_translation_s(void)
{
	static const u8 codes[] = {0, DSA_COMP_PAGE_FAULT_IR, 0x20, 0x21, 0x22};
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_MEMMOVE, PG(1), PG(5), 100);
	struct dsa_exec x;
	u32 i;

	for (i = 0; i < sizeof(codes); i++) {
		memset(&x, 0, sizeof(x));
		x.operand[DSA_ROLE_SRC1].fault_status = codes[i];
		x.operand[DSA_ROLE_SRC1].fault_addr = PG(1);
		dsa_execute((const u8 *)&d, &x);
		CU_ASSERT_EQUAL(x.res.status, codes[i] ? codes[i] : 0x03);
		CU_ASSERT_EQUAL(x.res.fault_role, DSA_ROLE_SRC1);
		CU_ASSERT_EQUAL(x.res.moved[DSA_ROLE_DST1], 0);
	}
}

static void test_5_5_fill_begins_with_byte_0_of_the_pattern(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_MEMFILL, 0x0807060504030201ull, PG(2) + 5, 9);
	static const u8 want[9] = {1, 2, 3, 4, 5, 6, 7, 8, 1};
	u32 size;

	fresh();
	run(&d);
	CU_ASSERT_EQUAL(memcmp(w.flat + 2 * PLAIN_PAGE + 5, want, 9), 0);
	for (size = 1; size < 12000; size = size * 3 / 2 + 1) {
		w.chop = true;
		d.xfer_size = size;
		run(&d);
		d.flags |= DSA_FLAG_FILL16;
		memcpy((u8 *)&d + 40, "ABCDEFGH", 8);
		run(&d);
		d.flags &= ~DSA_FLAG_FILL16;
	}
}

static void test_5_5_dualcast_stops_at_the_first_of_three_faults(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_DUALCAST, PG(1) + 7, PG(10), 3 * PLAIN_PAGE);

	fresh();
	world_random(&w, PG(1), 5 * PLAIN_PAGE);
	d.dest2 = PG(20);
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	w.perm[22] = PLAIN_READ;
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_PAGE_FAULT_NOBOF | DSA_COMP_STATUS_WRITE);
	CU_ASSERT_EQUAL(rec[2], DSA_OPERAND_DST2 << 1);
	CU_ASSERT_EQUAL(rec_get(4, 4), 2 * PLAIN_PAGE);
	w.perm[3] = 0;
	run(&d);
	CU_ASSERT_EQUAL(rec[2], DSA_OPERAND_SRC << 1);
	CU_ASSERT_EQUAL(rec_get(4, 4), 2 * PLAIN_PAGE - 7);
}

/* ---- 5.5: compares and deltas ---- */

static void test_5_5_compare_finds_every_position(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_COMPARE, PG(1) + 3, PG(5) + 1, 6000);
	u32 i;

	fresh();
	run(&d);
	CU_ASSERT_EQUAL(rec[1], 0);
	for (i = 0; i < 6000; i += 37) {
		world_put(&w, d.src2_addr + i, "x", 1);
		run(&d);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
		CU_ASSERT_EQUAL(rec[1], 1);
		CU_ASSERT_EQUAL(rec_get(4, 4), i);
		CU_ASSERT_EQUAL(w.exec.res.moved[DSA_ROLE_SRC2], i + 1);
		world_put(&w, d.src2_addr + i, "", 1);
	}
}

static void test_5_5_compare_difference_wins_over_a_later_fault(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_COMPARE, PG(1), PG(5), 3 * PLAIN_PAGE);

	fresh();
	w.perm[6] = PLAIN_WRITE;
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_PAGE_FAULT_NOBOF);
	CU_ASSERT_EQUAL(rec[1], 0);
	CU_ASSERT_EQUAL(rec[2], DSA_OPERAND_SRC2 << 1);
	world_put(&w, PG(1) + 4095, "x", 1);
	run(&d);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec_get(4, 4), 4095);
}

static void test_5_5_check_result_predicate(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_COMPVAL, PG(1), 0, 100);
	int expect, differ;

	fresh();
	d.flags |= IDXD_OP_FLAG_CR;
	for (expect = 0; expect < 4; expect++) {
		for (differ = 0; differ < 2; differ++) {
			world_put(&w, PG(1) + 99, differ ? "x" : "", 1);
			d.expected_res = expect | 0xf0;
			run(&d);
			CU_ASSERT_EQUAL(rec[0], (expect & 1) == differ ? DSA_COMP_SUCCESS
								       : DSA_COMP_SUCCESS_PRED);
		}
	}
}

static void test_5_5_compare_pattern_looks_at_each_of_its_bytes(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OPCODE_COMPVAL, PG(1) + 3, 0, 5000);
	u32 i;

	fresh();
	for (i = 0; i < 8; i++) {
		/* The wrong byte comes back with every repetition. */
		d.comp_pattern = 0xa5ull << 8 * i;
		run(&d);
		CU_ASSERT_EQUAL(rec[1], 1);
		CU_ASSERT_EQUAL(rec_get(4, 4), i);
	}
}

static void test_5_5_delta_round_trip(void)
{
	struct dsa_hw_desc c = world_desc(DSA_OPCODE_CR_DELTA, PG(1), PG(4), 2 * PLAIN_PAGE), a;
	u32 i;

	fresh();
	world_random(&w, PG(1), 2 * PLAIN_PAGE);
	world_put(&w, PG(4), w.flat + PLAIN_PAGE, 2 * PLAIN_PAGE);
	for (i = 0; i < 20; i++)
		world_put(&w, PG(4) + i * 397, "ab", 2);
	c.delta_addr = PG(8) + 1;
	c.max_delta_size = 400;
	run(&c);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(rec[1], 1);
	CU_ASSERT(rec_get(16, 4) >= 200);
	a = world_desc(DSA_OPCODE_AP_DELTA, PG(8) + 1, PG(1), 2 * PLAIN_PAGE);
	a.delta_rec_size = rec_get(16, 4);
	run(&a);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(memcmp(w.flat + PLAIN_PAGE, w.flat + 4 * PLAIN_PAGE, 2 * PLAIN_PAGE), 0);
}

static void test_5_5_delta_too_long_is_result_2(void)
{
	struct dsa_hw_desc c = world_desc(DSA_OPCODE_CR_DELTA, PG(1), PG(4), PLAIN_PAGE);
	int mask;

	fresh();
	world_random(&w, PG(1), PLAIN_PAGE);
	c.delta_addr = PG(8);
	c.max_delta_size = 89;
	c.flags |= IDXD_OP_FLAG_CR;
	for (mask = 0; mask < 8; mask++) {
		c.expected_res_mask = mask;
		run(&c);
		CU_ASSERT_EQUAL(rec[0], mask & 4 ? DSA_COMP_SUCCESS : DSA_COMP_SUCCESS_PRED);
		CU_ASSERT_EQUAL(rec[1], 2);
		CU_ASSERT_EQUAL(rec_get(4, 4), 64);
		CU_ASSERT_EQUAL(rec_get(16, 4), 80);
	}
}

static void put_entry(u64 addr, u16 unit)
{
	u8 entry[10] = {unit & 0xff, unit >> 8, 1, 2, 3, 4, 5, 6, 7, 8};

	world_put(&w, addr, entry, 10);
}

static void test_5_5_apply_delta_offsets(void)
{
	struct dsa_hw_desc a = world_desc(DSA_OPCODE_AP_DELTA, PG(8), PG(1), 64);

	fresh();
	put_entry(PG(8), 0);
	put_entry(PG(8) + 10, 7);
	a.delta_rec_size = 20;
	run(&a);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	put_entry(PG(8) + 10, 8);
	run(&a);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_DR_OFFSET_ERANGE);
	CU_ASSERT_EQUAL(rec_get(4, 4), 10);
	put_entry(PG(8) + 10, 0);
	run(&a);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_DR_OFFSET_NOINC);
	CU_ASSERT_EQUAL(rec_get(4, 4), 10);
	put_entry(PG(8), 0xffff);
	run(&a);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_DR_OFFSET_ERANGE);
	CU_ASSERT_EQUAL(rec_get(4, 4), 0);
}

/* ---- 5.8 ---- */

static void test_5_8_guard_vectors(void)
{
	u8 buf[512];
	int i;

	CU_ASSERT_EQUAL(dsa_crc_t10(0, (const u8 *)"123456789", 9), 0xd0db);
	memset(buf, 0, 512);
	CU_ASSERT_EQUAL(dsa_crc_t10(0, buf, 512), 0x0000);
	CU_ASSERT_EQUAL(dsa_crc_t10(0xffff, buf, 512), 0x72bb);
	memset(buf, 0xff, 512);
	CU_ASSERT_EQUAL(dsa_crc_t10(0, buf, 512), 0xe6a1);
	for (i = 0; i < 512; i++)
		buf[i] = i;
	CU_ASSERT_EQUAL(dsa_crc_t10(0, buf, 512), 0x4f10);
}

static const u16 block_size[4] = {512, 520, 4096, 4104};

static void test_5_8_dif_insert_then_check_then_strip(void)
{
	u32 kind, bs;

	for (kind = 0; kind < 16; kind++) {
		struct dsa_hw_desc i, c, s;

		bs = block_size[kind & 3];
		fresh();
		w.chop = kind & 4;
		world_random(&w, PG(1), 4 * bs);
		i = world_desc(DSA_OPCODE_DIF_INS, PG(1) + 9, PG(10) + 3, 3 * bs);
		i.dif_ins_flags = kind;
		i.ins_ref_tag_seed = 0xfffffffe; /* wraps */
		i.ins_app_tag_seed = 0x1234;
		i.ins_app_tag_mask = 0x0f00;
		run(&i);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
		CU_ASSERT_EQUAL(rec_get(24, 4), 1);
		c = world_desc(DSA_OPCODE_DIF_CHECK, i.dst_addr, 0, 3 * (bs + 8));
		c.dif_chk_flags = kind;
		c.chk_ref_tag_seed = 0xfffffffe;
		c.chk_app_tag_seed = 0x1234;
		c.chk_app_tag_mask = 0x0f00;
		run(&c);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
		s = c;
		s.opcode = DSA_OPCODE_DIF_STRP;
		s.dst_addr = PG(25) + 1;
		run(&s);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
		CU_ASSERT_EQUAL(
			memcmp(w.flat + PLAIN_PAGE + 9, w.flat + 25 * PLAIN_PAGE + 1, 3 * bs), 0);
	}
}

static void test_5_8_dif_each_error_and_its_disable(void)
{
	/* byte of the tag that is spoilt, error bit, flag that turns the check off */
	static const struct {
		u8 at, err, off;
	} t[] = {{0, 1, 0x20}, {3, 2, 0}, {7, 4, 0x40}};
	u32 k;

	for (k = 0; k < 3; k++) {
		struct dsa_hw_desc i = world_desc(DSA_OPCODE_DIF_INS, PG(1), PG(4), 1024), c;

		fresh();
		run(&i);
		world_put(&w, PG(4) + 520 + 512 + t[k].at, "\x77", 1);
		c = world_desc(DSA_OPCODE_DIF_CHECK, PG(4), 0, 1040);
		run(&c);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_DIF_ERR);
		CU_ASSERT_EQUAL(rec[1], t[k].err);
		CU_ASSERT_EQUAL(rec_get(4, 4), 520);
		c.src_dif_flags = t[k].off;
		c.chk_app_tag_mask = t[k].off ? 0 : 0xffff;
		run(&c);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	}
}

static void test_5_8_dif_f_detect(void)
{
	struct dsa_hw_desc c = world_desc(DSA_OPCODE_DIF_CHECK, PG(4), 0, 520);
	u8 ff[8];
	u32 f, tag;

	memset(ff, 0xff, 8);
	fresh();
	for (tag = 0; tag < 3; tag++) {
		/* app only, app and ref, all */
		world_put(&w, PG(4) + 512, "\1\2\3\4\5\6\7\10", 8);
		world_put(&w, PG(4) + 514, ff, tag ? 6 : 2);
		if (tag == 2)
			world_put(&w, PG(4) + 512, ff, 8);
		for (f = 0; f < 16; f++) {
			c.src_dif_flags = f;
			run(&c);
			if ((f & 2) && tag == 2)
				CU_ASSERT_EQUAL(rec[1], f & 1 ? 8 : 0)
			else
				CU_ASSERT_EQUAL(rec[0] == DSA_COMP_SUCCESS,
						(f & 4) || ((f & 8) && tag))
		}
	}
}

static void test_5_8_dif_update_passes_through(void)
{
	struct dsa_hw_desc i = world_desc(DSA_OPCODE_DIF_INS, PG(1), PG(4), 4 * 520), u;
	u32 f;

	fresh();
	world_random(&w, PG(1), 4 * 520);
	i.dif_ins_flags = 1;
	i.ins_ref_tag_seed = 100;
	i.ins_app_tag_seed = 200;
	run(&i);
	for (f = 0; f < 32; f++) {
		u = world_desc(DSA_OPCODE_DIF_UPDT, PG(4), PG(8), 4 * 528);
		u.dif_upd_flags = 1;
		u.upd_dest_flags = f << 3;
		u.src_ref_tag_seed = 100;
		u.src_app_tag_seed = 200;
		u.dest_ref_tag_seed = 7;
		u.dest_app_tag_seed = 0xffff;
		u.dest_app_tag_mask = 0x00f0;
		run(&u);
		CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	}
}

static void test_5_8_dif_fault_completes_whole_blocks_and_resumes(void)
{
	struct dsa_hw_desc i = world_desc(DSA_OPCODE_DIF_INS, PG(1), PG(10), 20 * 512), whole = i;
	static u8 want[20 * 520];
	u32 done;

	fresh();
	world_random(&w, PG(1), 20 * 512);
	run(&whole);
	memcpy(want, w.flat + 10 * PLAIN_PAGE, sizeof(want));
	w.perm[11] = 0;
	run(&i);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_PAGE_FAULT_NOBOF | DSA_COMP_STATUS_WRITE);
	done = rec_get(4, 4);
	CU_ASSERT_EQUAL(done, 7 * 512);
	CU_ASSERT_EQUAL(rec_get(24, 4), 7);
	w.perm[11] = PLAIN_READ | PLAIN_WRITE;
	i.src_addr += done;
	i.dst_addr += done / 512 * 520;
	i.xfer_size -= done;
	i.ins_ref_tag_seed = rec_get(24, 4);
	run(&i);
	CU_ASSERT_EQUAL(rec[0], DSA_COMP_SUCCESS);
	CU_ASSERT_EQUAL(memcmp(want, w.flat + 10 * PLAIN_PAGE, sizeof(want)), 0);
}

static void test_5_8_dix_generate_writes_tags_only(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OP_DIX_GEN, PG(1) + 1, PG(10) + 8, 3 * 4096);

	fresh();
	world_random(&w, PG(1), 4 * PLAIN_PAGE);
	d.dif_ins_flags = 2;
	run(&d);
	CU_ASSERT_EQUAL(w.exec.res.moved[DSA_ROLE_DST1], 24);
	CU_ASSERT_EQUAL(w.plan.write_bytes, 24);
}

/* ---- 5.10 ---- */

static void test_5_10_record_fields(void)
{
	struct dsa_result res;

	dsa_result_error(&res, DSA_COMP_INVALID_FLAGS, 0x123456);
	dsa_record_build(&res, true, rec);
	CU_ASSERT_EQUAL(rec[0], 0x11);
	CU_ASSERT_EQUAL(rec_get(16, 8), 0x123456);
	CU_ASSERT_EQUAL(rec_get(1, 7), 0);
	dsa_result_fault(&res, DSA_COMP_BATCH_PAGE_FAULT, DSA_ROLE_SRC1, PG(3), false, 5);
	dsa_record_build(&res, false, rec);
	CU_ASSERT_EQUAL(rec[0], 0x06);
	CU_ASSERT_EQUAL(rec[2], 0);
	CU_ASSERT_EQUAL(rec_get(4, 4), 5);
	CU_ASSERT_EQUAL(rec_get(8, 8), PG(3));
	res.fault_masked = true;
	res.fault_write = true;
	dsa_record_build(&res, true, rec);
	CU_ASSERT_EQUAL(rec[0], 0x86);
	CU_ASSERT_EQUAL(rec[2], 1 << 1 | 1);
	CU_ASSERT_EQUAL(rec_get(8, 8), 0);
	dsa_result_fault(&res, DSA_STATUS_TRANSL_FAIL, DSA_ROLE_RECORD, PG(3), true, 0);
	dsa_record_build(&res, true, rec);
	CU_ASSERT_EQUAL(rec[0], 0x22);
	CU_ASSERT_EQUAL(rec[2], DSA_OPERAND_RECORD << 1);
}

static void test_5_2_when_a_record_is_written(void)
{
	const u32 crav = IDXD_OP_FLAG_CRAV, rcr = IDXD_OP_FLAG_RCR;
	int s;

	for (s = 1; s < 0x30; s++) {
		bool quiet = s == 1 || s == 2 || s == 5;

		CU_ASSERT(!dsa_record_wanted(0, s));
		CU_ASSERT(dsa_record_wanted(crav | rcr, s));
		CU_ASSERT_EQUAL(dsa_record_wanted(crav, s), !quiet);
	}
}

#define T(f)                                                                                       \
	{                                                                                          \
#f, f                                                                              \
	}

int main(void)
{
	CU_TestInfo tests[] = {
		T(test_5_7_crc32_vectors),
		T(test_5_7_crc64_vectors),
		T(test_5_7_crc_of_lengths_and_flags),
		T(test_5_7_crc_seed_read_from_memory),
		T(test_5_7_copy_crc_resumes_with_its_own_result),
		T(test_5_5_move_of_every_size_and_alignment),
		T(test_5_4_overlapping_move_is_as_through_a_buffer),
		T(test_5_4_backward_move_reports_result_1),
		T(test_5_4_backward_move_translated_from_the_front_does_nothing),
		T(test_5_4_backward_move_with_one_side_complete),
		T(test_5_10_fault_status_is_the_translation_s),
		T(test_5_5_fill_begins_with_byte_0_of_the_pattern),
		T(test_5_5_dualcast_stops_at_the_first_of_three_faults),
		T(test_5_5_compare_finds_every_position),
		T(test_5_5_compare_difference_wins_over_a_later_fault),
		T(test_5_5_check_result_predicate),
		T(test_5_5_compare_pattern_looks_at_each_of_its_bytes),
		T(test_5_5_delta_round_trip),
		T(test_5_5_delta_too_long_is_result_2),
		T(test_5_5_apply_delta_offsets),
		T(test_5_8_guard_vectors),
		T(test_5_8_dif_insert_then_check_then_strip),
		T(test_5_8_dif_each_error_and_its_disable),
		T(test_5_8_dif_f_detect),
		T(test_5_8_dif_update_passes_through),
		T(test_5_8_dif_fault_completes_whole_blocks_and_resumes),
		T(test_5_8_dix_generate_writes_tags_only),
		T(test_5_10_record_fields),
		T(test_5_2_when_a_record_is_written),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{.pName = "dsa operations", .pTests = tests},
		CU_SUITE_INFO_NULL,
	};

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 1;
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
