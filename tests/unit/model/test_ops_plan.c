// SPDX-License-Identifier: GPL-2.0
// Operand plans against the field map of 5.3, and execution without payload where the engine's plan
// has holes.
#include <stdio.h>
#include <stdlib.h>
#include <CUnit/Basic.h>

#include "ops_world.h"

#define PG(n) (WORLD_BASE + (n) * (u64)PLAIN_PAGE)

/*
 * One word per operand: what it is (s source, t second source or seed, d and e
 * destinations), byte offset of the address, ':' length in bytes for a
 * transfer of 4160 (8 blocks of 520), '/' traffic class selector number.
 */
static const struct {
	u8 op;
	u32 own;
	const char *operands;
} map[] = {
	{0x00, 0, ""},
	{0x01, 0, "s16:266240/1"},
	{0x02, 0, ""},
	{0x02, 0x010000, "s16:0/1"},
	{0x02, 0x030000, "s16:0/1 t24:0/2"},
	{0x03, 0, "s16:4160/1 d24:4160/2"},
	{0x04, 0, "d24:4160/2"},
	{0x05, 0, "s16:4160/1 t24:4160/2"},
	{0x06, 0, "s16:4160/1"},
	{0x07, 0, "s16:4160/1 t24:4160/2 d40:777/3"},
	{0x08, 0, "s16:555/1 d24:4160/2"},
	{0x09, 0, "s16:4160/1 d24:4160/2 e40:4160/3"},
	{0x0a, 0x010000, "s16:4160/0"},
	{0x10, 0, "s16:4160/1"},
	{0x10, 0x010000, "t48:4/3 s16:4160/1"},
	{0x10, 0x090000, "t48:8/3 s16:4160/1"},
	{0x11, 0, "s16:4160/1 d24:4160/2"},
	{0x11, 0x010000, "t48:4/3 s16:4160/1 d24:4160/2"},
	{0x12, 0, "s16:4160/1"},
	{0x13, 0, "s16:4160/1 d24:4224/2"},
	{0x14, 0, "s16:4160/1 d24:4096/2"},
	{0x15, 0, "s16:4160/1 d24:4160/2"},
	{0x17, 0, "s16:4160/1 d24:64/2"},
	{0x20, 0, "d24:4160/2"},
};

static u8 role_of(char c)
{
	return c == 's'	  ? DSA_ROLE_SRC1
	       : c == 't' ? DSA_ROLE_SRC2
	       : c == 'd' ? DSA_ROLE_DST1
			  : DSA_ROLE_DST2;
}

/* Checks one plan; tc: which selector flag the descriptor has set. */
static void hold_against(const u8 *d, const char *want, u32 tc)
{
	u64 read = 0, written = 0, len;
	struct dsa_plan plan;
	u32 offset, sel, n = 0;
	int used;
	char c;

	dsa_plan(d, &plan);
	for (; sscanf(want, " %c%u:%llu/%u%n", &c, &offset, &len, &sel, &used) == 4; want += used) {
		const struct dsa_plan_operand *o = &plan.operand[n++];
		u64 addr;

		memcpy(&addr, d + offset, 8);
		CU_ASSERT_EQUAL(o->addr, addr);
		CU_ASSERT_EQUAL(o->len, len);
		CU_ASSERT_EQUAL(o->role, role_of(c));
		CU_ASSERT_EQUAL(o->write, c == 'd' || c == 'e');
		CU_ASSERT_EQUAL(o->tc_b, sel == tc);
		if (d[7] != DSA_OPCODE_CFLUSH && d[7] != DSA_OP_TRANSL_FETCH)
			*(o->write ? &written : &read) += len;
	}
	CU_ASSERT_EQUAL(plan.noperands, n);
	CU_ASSERT_EQUAL(plan.read_bytes, read);
	CU_ASSERT_EQUAL(plan.write_bytes, written);
	CU_ASSERT(!plan.backward);
}

static void test_5_3_plan_of_each_operation(void)
{
	u32 i, tc, k;

	for (i = 0; i < sizeof(map) / sizeof(map[0]); i++) {
		for (tc = 1; tc <= 3; tc++) {
			struct dsa_hw_desc d = world_desc(map[i].op, PG(1), PG(9), 4160);
			u32 size = 777;

			d.dest2 = map[i].op == 0x08 ? 555 : PG(17);
			d.flags |= map[i].own | IDXD_OP_FLAG_ADDR1_TCS << (tc - 1);
			if (map[i].op == 0x13 || map[i].op == 0x17)
				d.dif_ins_flags = 1;
			if (map[i].op == 0x14)
				d.dif_chk_flags = 0;
			for (k = 48; k < 56; k++)
				((u8 *)&d)[k] = k;
			if (map[i].op == 0x07)
				memcpy((u8 *)&d + 48, &size, 4);
			hold_against((u8 *)&d, map[i].operands, tc);
		}
	}
}

static void test_5_4_plan_says_when_a_move_goes_backward(void)
{
	static const struct {
		u64 src, dst;
		u32 size;
		bool back;
	} t[] = {
		{1000, 1000, 10, false},  {1000, 1001, 10, true},    {1000, 1009, 10, true},
		{1000, 1010, 10, false},  {1000, 999, 10, false},    {1000, 1001, 1, false},
		{~0ull - 4, 1, 10, true}, {1, ~0ull - 4, 10, false},
	};
	struct dsa_plan plan;
	u32 i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct dsa_hw_desc d =
			world_desc(DSA_OPCODE_MEMMOVE, t[i].src, t[i].dst, t[i].size);

		dsa_plan((u8 *)&d, &plan);
		CU_ASSERT_EQUAL(plan.backward, t[i].back);
	}
}

static void test_5_5_plan_of_translation_fetch_has_a_stride(void)
{
	struct dsa_hw_desc d = world_desc(DSA_OP_TRANSL_FETCH, PG(1), 0, 1 << 20);
	struct dsa_plan plan;

	dsa_plan((u8 *)&d, &plan);
	CU_ASSERT_EQUAL(plan.stride, 4096);
	d.flags |= DSA_FLAG_USE_STRIDE;
	d.max_delta_size = 1 << 16; /* byte 48 */
	dsa_plan((u8 *)&d, &plan);
	CU_ASSERT_EQUAL(plan.stride, 1 << 16);
	d.opcode = DSA_OPCODE_MEMMOVE;
	dsa_plan((u8 *)&d, &plan);
	CU_ASSERT_EQUAL(plan.stride, 0);
}

/* ---- Deltas without payload: with evenly spread differences the guess is exact ---- */

static struct world w;

/* All is zero but for n of the `units` units at b, evenly spread. */
static void spread_differences(u64 b, u32 units, u32 n)
{
	u32 k;

	memset(w.flat, 0, sizeof(w.flat));
	for (k = 0; k < n; k++)
		w.flat[b - WORLD_BASE + (u64)k * units / n * 8] = 1;
	world_sync(&w);
}

static void both_ways(const struct dsa_hw_desc *d, u32 delta_size, u32 stop, u8 result)
{
	struct dsa_payload_hint hint = {.valid = true,
					.result = result,
					.delta_size = delta_size,
					.bytes_completed = stop,
					.status = DSA_COMP_SUCCESS};
	u64 moved[DSA_ROLE_DATA_COUNT];
	u8 got[32], want[32];

	world_run_none(&w, (const u8 *)d, &hint, got);
	memcpy(moved, w.exec.res.moved, sizeof(moved));
	CU_ASSERT_EQUAL(world_differs(&w), -1);
	world_run(&w, (const u8 *)d, want);
	CU_ASSERT_EQUAL(memcmp(got, want, 32), 0);
	CU_ASSERT_EQUAL(memcmp(moved, w.exec.res.moved, sizeof(moved)), 0);
	world_sync(&w);
}

static void test_data_mode_none_delta_faults(void)
{
	static const u32 counts[] = {0, 1, 2, 8, 64, 512, 1024};
	struct dsa_hw_desc c = world_desc(DSA_OPCODE_CR_DELTA, PG(1), PG(5), 2 * PLAIN_PAGE);
	u32 i, hole;

	world_init(&w, 1);
	c.delta_addr = PG(9) + 100;
	c.max_delta_size = 10240;
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		u32 n = counts[i];

		for (hole = 0; hole < 12; hole++) {
			memset(w.perm, 3, sizeof(w.perm));
			w.perm[hole] = 0;
			spread_differences(PG(5), 1024, n);
			both_ways(&c, n * 10, 0, n > 0);
		}
	}
}

static void test_data_mode_none_delta_too_long(void)
{
	struct dsa_hw_desc c = world_desc(DSA_OPCODE_CR_DELTA, PG(1), PG(5), 2 * PLAIN_PAGE);
	u32 hole;

	world_init(&w, 1);
	c.delta_addr = PG(9) + 4000;
	c.max_delta_size = 320;
	/* 64 differences, 16 units apart: the 33rd, in unit 512, is too much. */
	for (hole = 0; hole < 12; hole++) {
		memset(w.perm, 3, sizeof(w.perm));
		w.perm[hole] = 0;
		spread_differences(PG(5), 1024, 64);
		both_ways(&c, 320, 512 * 8, 2);
	}
}

static void test_data_mode_none_apply_faults(void)
{
	static const u32 counts[] = {1, 2, 8, 64, 512, 1024};
	struct dsa_hw_desc a = world_desc(DSA_OPCODE_AP_DELTA, PG(9) + 100, PG(1), 2 * PLAIN_PAGE);
	u32 i, k, hole;

	world_init(&w, 1);
	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		u32 n = counts[i];

		a.delta_rec_size = n * 10;
		for (hole = 0; hole < 14; hole++) {
			memset(w.perm, 3, sizeof(w.perm));
			w.perm[hole] = 0;
			memset(w.flat, 0, sizeof(w.flat));
			for (k = 0; k < n; k++) {
				u16 unit = k * 1024 / n;

				memcpy(w.flat + (a.src_addr - WORLD_BASE) + k * 10, &unit, 2);
			}
			world_sync(&w);
			both_ways(&a, 0, 0, 0);
		}
	}
}

#define T(f)                                                                                       \
	{                                                                                          \
#f, f                                                                              \
	}

int main(void)
{
	CU_TestInfo tests[] = {
		T(test_5_3_plan_of_each_operation),
		T(test_5_4_plan_says_when_a_move_goes_backward),
		T(test_5_5_plan_of_translation_fetch_has_a_stride),
		T(test_data_mode_none_delta_faults),
		T(test_data_mode_none_delta_too_long),
		T(test_data_mode_none_apply_faults),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{.pName = "dsa operand plans", .pTests = tests},
		CU_SUITE_INFO_NULL,
	};

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 1;
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
