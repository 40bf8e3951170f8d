// SPDX-License-Identifier: GPL-2.0
// Descriptor checks: each rule of 5.2 to 5.4 and 6.4 by name, and random descriptors against a
// plain list of rules.
#include <stdio.h>
#include <CUnit/Basic.h>

#include "ops_world.h"

#define A 0x10000ull
#define B 0x80000000ull

static struct dsa_caps caps;
static u32 bad_flags;

static u8 check(const struct dsa_hw_desc *d, u32 how)
{
	return dsa_check(&caps, (const u8 *)d, how, &bad_flags);
}

static void setup(u32 version)
{
	world_caps(&caps, version);
}

/* A correct descriptor of each operation. */
static struct dsa_hw_desc good(u8 op)
{
	struct dsa_hw_desc d = world_desc(op, A, B, 4096);

	switch (op) {
	case DSA_OPCODE_NOOP:
		d.src_addr = d.dst_addr = d.xfer_size = 0;
		break;
	case DSA_OPCODE_BATCH:
		d.dst_addr = 0;
		d.desc_count = 8;
		break;
	case DSA_OPCODE_DRAIN:
		d.src_addr = d.dst_addr = d.xfer_size = 0;
		break;
	case DSA_OPCODE_CR_DELTA:
		d.delta_addr = 2 * B;
		d.max_delta_size = 80;
		break;
	case DSA_OPCODE_AP_DELTA:
		d.delta_rec_size = 80;
		break;
	case DSA_OPCODE_DUALCAST:
		d.dest2 = 2 * B;
		break;
	case DSA_OP_TRANSL_FETCH:
	case DSA_OPCODE_CRCGEN:
		d.dst_addr = 0;
		break;
	case DSA_OPCODE_DIF_CHECK:
		d.dst_addr = 0;
		/* fall through */
	case DSA_OPCODE_DIF_STRP:
	case DSA_OPCODE_DIF_UPDT:
		d.xfer_size = 8 * 520;
		break;
	case DSA_OPCODE_CFLUSH:
		d.src_addr = 0;
		break;
	}
	return d;
}

static void test_5_3_opcodes_of_each_version(void)
{
	int op, v;

	for (v = 1; v <= 2; v++) {
		setup(v << 8);
		for (op = 0; op < 256; op++) {
			struct dsa_hw_desc d = good(op);
			const struct dsa_op_info *info = dsa_op_find(op);
			bool in = info && info->version <= v && info->implemented;

			CU_ASSERT_EQUAL(check(&d, 0), in ? 0 : DSA_COMP_BAD_OPCODE);
			if (info && info->version == 1)
				CU_ASSERT(info->implemented);
		}
	}
}

static void test_5_3_opcode_disabled_by_opcap_or_opcfg(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_CR_DELTA);

	setup(DSA_VERSION_1);
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	caps.opcfg[0] &= ~(1ull << DSA_OPCODE_CR_DELTA);
	dsa_caps_prepare(&caps);
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_BAD_OPCODE);
	setup(DSA_VERSION_1);
	caps.opcap[0] = 0x1003f027f;
	dsa_caps_prepare(&caps);
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_BAD_OPCODE);
	setup(DSA_VERSION_2);
	caps.wq_ats = false;
	dsa_caps_prepare(&caps);
	d = good(DSA_OP_TRANSL_FETCH);
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_BAD_OPCODE);
}

static void test_5_6_what_may_not_be_in_a_batch(void)
{
	int op;

	setup(DSA_VERSION_2);
	for (op = 0; op < DSA_OP_TABLE_SIZE; op++) {
		struct dsa_hw_desc d = good(op);

		if (!dsa_op_find(op) || !dsa_op_find(op)->implemented)
			continue;
		CU_ASSERT_EQUAL(
			check(&d, DSA_CHECK_BATCH),
			op == DSA_OPCODE_BATCH || op == DSA_OPCODE_DRAIN ? DSA_COMP_BAD_OPCODE : 0);
	}
}

static void test_6_4_record_alignment_comes_first(void)
{
	struct dsa_hw_desc d = good(0xff);

	setup(DSA_VERSION_1);
	d.completion_addr = 0x1010;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_CRA_ALIGN);
	d.flags = 0;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_BAD_OPCODE);
}

static void test_5_1_privilege_of_a_shared_queue(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_MEMMOVE);

	setup(DSA_VERSION_1);
	d.priv = 1;
	CU_ASSERT_EQUAL(check(&d, DSA_CHECK_PRIV), 0);
	caps.shared = true;
	CU_ASSERT_EQUAL(check(&d, DSA_CHECK_PRIV), DSA_COMP_PRIV_BAD);
	CU_ASSERT_EQUAL(check(&d, DSA_CHECK_BATCH), 0);
	caps.pasid_priv_en = true;
	CU_ASSERT_EQUAL(check(&d, DSA_CHECK_PRIV), 0);
	d.rsvd = 1;
	CU_ASSERT_EQUAL(check(&d, DSA_CHECK_PRIV), DSA_COMP_NOZERO_RESERVE);
	caps.shared = false;
	CU_ASSERT_EQUAL(check(&d, DSA_CHECK_PRIV), 0);
}

static u32 flags_of(u8 op, u32 set, u32 clear, u32 how)
{
	struct dsa_hw_desc d = good(op);
	u8 status;

	d.flags = (d.flags | set) & ~clear;
	if (!(d.flags & IDXD_OP_FLAG_CRAV))
		d.completion_addr = 0;
	status = check(&d, how);
	CU_ASSERT(status == 0 || status == DSA_COMP_INVALID_FLAGS);
	return bad_flags;
}

static void test_5_2_flags_with_conditions(void)
{
	const u32 move = DSA_OPCODE_MEMMOVE, rci = IDXD_OP_FLAG_RCI;

	setup(DSA_VERSION_1);
	CU_ASSERT_EQUAL(flags_of(move, IDXD_OP_FLAG_FENCE, 0, 0), IDXD_OP_FLAG_FENCE);
	CU_ASSERT_EQUAL(flags_of(move, IDXD_OP_FLAG_FENCE, 0, DSA_CHECK_BATCH), 0);
	CU_ASSERT_EQUAL(flags_of(move, IDXD_OP_FLAG_BOF, 0, 0), 0);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_NOOP, IDXD_OP_FLAG_BOF, 0, 0), IDXD_OP_FLAG_BOF);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_DRAIN, IDXD_OP_FLAG_BOF, 0, 0), IDXD_OP_FLAG_BOF);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_BATCH, IDXD_OP_FLAG_BOF, 0, 0), IDXD_OP_FLAG_BOF);
	CU_ASSERT_EQUAL(flags_of(move, 0, IDXD_OP_FLAG_CRAV, 0), IDXD_OP_FLAG_RCR);
	CU_ASSERT_EQUAL(
		flags_of(move, IDXD_OP_FLAG_CR_TCS, IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR, 0),
		IDXD_OP_FLAG_CR_TCS);
	CU_ASSERT_EQUAL(flags_of(move, rci, 0, 0), 0);
	caps.user_int = false;
	CU_ASSERT_EQUAL(flags_of(move, rci, 0, 0), rci);
	CU_ASSERT_EQUAL(flags_of(move, rci, 0, DSA_CHECK_PRIV), 0);
	caps.wq_pasid_en = false;
	CU_ASSERT_EQUAL(flags_of(move, rci, 0, 0), 0);
	caps.wq_bof = false;
	dsa_caps_prepare(&caps);
	CU_ASSERT_EQUAL(flags_of(move, IDXD_OP_FLAG_BOF, 0, 0), IDXD_OP_FLAG_BOF);
}

static void test_5_2_reserved_and_unknown_flags(void)
{
	setup(DSA_VERSION_1);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, 0xff8060, 0, 0), 0xff8060);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, IDXD_OP_FLAG_CR, 0, 0), IDXD_OP_FLAG_CR);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMFILL, DSA_FLAG_FILL16, 0, 0), DSA_FLAG_FILL16);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_CRCGEN, DSA_FLAG_CRC64, 0, 0), DSA_FLAG_CRC64);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_BATCH, DSA_FLAG_BATCH_CONTINUE, 0, 0),
			DSA_FLAG_BATCH_CONTINUE);
	setup(DSA_VERSION_2);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMFILL, DSA_FLAG_FILL16, 0, 0), 0);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_CRCGEN, DSA_FLAG_CRC64, 0, 0), 0);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_BATCH, DSA_FLAG_BATCH_CONTINUE, 0, 0), 0);
}

static void test_5_2_cache_control_follows_gencap(void)
{
	const u32 cc = IDXD_OP_FLAG_CC, rb = IDXD_OP_FLAG_DRDBK, cc3 = DSA_FLAG_CACHE_CONTROL3;

	setup(DSA_VERSION_2);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, cc | rb, 0, 0), 0);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_CFLUSH, cc | rb, 0, 0), cc);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_COMPARE, cc | rb, 0, 0), cc | rb);
	caps.gencap &= ~(DSA_GENCAP_CACHE_CONTROL | DSA_GENCAP_DST_READBACK);
	dsa_caps_prepare(&caps);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, cc | rb, 0, 0), cc | rb);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, cc3, 0, 0), cc3);
	caps.version = DSA_VERSION_3;
	caps.gencap |= DSA_GENCAP_DURABLE_WRITE;
	dsa_caps_prepare(&caps);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, cc3, 0, 0), 0);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_CFLUSH, cc3, 0, 0), cc3);
}

static void test_5_2_mandatory_record_reports_the_missing_flags(void)
{
	static const u8 ops[] = {0x05, 0x06, 0x07, 0x10, 0x11, 0x12};
	const u32 both = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR;
	u32 i;

	setup(DSA_VERSION_1);
	for (i = 0; i < sizeof(ops); i++) {
		CU_ASSERT_EQUAL(flags_of(ops[i], 0, IDXD_OP_FLAG_RCR, 0), IDXD_OP_FLAG_RCR);
		CU_ASSERT_EQUAL(flags_of(ops[i], 0, both, 0), both);
	}
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_MEMMOVE, 0, both, 0), 0);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_DRAIN, 0, both, 0), IDXD_OP_FLAG_RCR);
	CU_ASSERT_EQUAL(flags_of(DSA_OPCODE_DRAIN, IDXD_OP_FLAG_RCI, both, 0), 0);
}

static void test_5_3_drain_readback_addresses(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_DRAIN);

	setup(DSA_VERSION_2);
	d.src_addr = A;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_NOZERO_RESERVE);
	d.flags |= DSA_FLAG_DRAIN_RDBACK1 | IDXD_OP_FLAG_ADDR1_TCS;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.flags |= IDXD_OP_FLAG_ADDR2_TCS;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_INVALID_FLAGS);
	CU_ASSERT_EQUAL(bad_flags, IDXD_OP_FLAG_ADDR2_TCS);
	setup(DSA_VERSION_1);
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_INVALID_FLAGS);
	CU_ASSERT_EQUAL(bad_flags, DSA_FLAG_DRAIN_RDBACK1 | IDXD_OP_FLAG_ADDR2_TCS);
}

static void test_5_3_interrupt_handle_needs_rci(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_NOOP);

	setup(DSA_VERSION_1);
	d.int_handle = 1;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_NOZERO_RESERVE);
	d.flags |= IDXD_OP_FLAG_RCI;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
}

static void test_6_1_record_address_needs_crav(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_MEMMOVE);
	u32 bit;

	setup(DSA_VERSION_1);
	d.flags = 0;
	for (bit = 0; bit < 64; bit++) {
		d.completion_addr = 1ull << bit;
		CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_NOZERO_RESERVE);
		CU_ASSERT_EQUAL(check(&d, DSA_CHECK_BATCH), DSA_COMP_NOZERO_RESERVE);
	}
	d.completion_addr = 0;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
}

/* Every bit of bytes 16-63 of every operation, one at a time. */
static void test_5_3_each_reserved_bit(void)
{
	struct plain_dev dev = {.version = 2,
				.opcfg = ~0ull,
				.max_transfer = 1ull << 31,
				.max_batch = 1024,
				.bof = true,
				.pasid = true,
				.ats = true,
				.user_int = true};
	int op, bit;
	u32 mask;

	setup(DSA_VERSION_2);
	dev.gencap = caps.gencap;
	dev.opcap = caps.opcap[0];
	for (op = 0; op < DSA_OP_TABLE_SIZE; op++) {
		if (!(caps.ops >> op & 1))
			continue;
		for (bit = 16 * 8; bit < 512; bit++) {
			struct dsa_hw_desc d = good(op);

			((u8 *)&d)[bit / 8] ^= 1 << (bit % 8);
			CU_ASSERT_EQUAL(check(&d, 0),
					plain_check(&dev, (u8 *)&d, false, false, &mask));
		}
	}
}

static void test_5_4_transfer_size_limits(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_MEMMOVE);

	setup(DSA_VERSION_1);
	d.xfer_size = 0;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_XFER_ERANGE);
	d.xfer_size = 1u << 31;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.xfer_size++;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_XFER_ERANGE);
	caps.max_transfer = 1 << 21;
	dsa_caps_prepare(&caps);
	d.xfer_size = 1 << 21;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.xfer_size++;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_XFER_ERANGE);
}

static void test_5_6_batch_count_and_list(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_BATCH);

	setup(DSA_VERSION_1);
	d.desc_count = 1;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_DESC_CNT_ERANGE);
	d.desc_count = 1025;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_DESC_CNT_ERANGE);
	d.desc_count = 1024;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.desc_list_addr = A + 32;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_DESCLIST_ALIGN);
	d = good(DSA_OPCODE_BATCH);
	caps.gencap |= DSA_GENCAP_BATCH1;
	caps.max_batch = 4;
	dsa_caps_prepare(&caps);
	d.desc_count = 1;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.desc_count = 5;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_DESC_CNT_ERANGE);
}

static u8 delta(u8 op, u64 a, u64 b, u32 size, u32 delta_size)
{
	struct dsa_hw_desc d = good(op);

	d.src_addr = a;
	d.dst_addr = b;
	d.xfer_size = size;
	if (op == DSA_OPCODE_CR_DELTA)
		d.max_delta_size = delta_size;
	else
		d.delta_rec_size = delta_size;
	return check(&d, 0);
}

static void test_5_5_delta_limits(void)
{
	const u8 cr = DSA_OPCODE_CR_DELTA, ap = DSA_OPCODE_AP_DELTA;

	setup(DSA_VERSION_1);
	CU_ASSERT_EQUAL(delta(cr, A, B, 0x80000, 80), 0);
	CU_ASSERT_EQUAL(delta(cr, A, B, 0x80008, 80), DSA_COMP_XFER_ERANGE);
	CU_ASSERT_EQUAL(delta(cr, A, B, 4096, 79), DSA_COMP_DR_ERANGE);
	CU_ASSERT_EQUAL(delta(cr, A, B, 4096, 81), 0);
	CU_ASSERT_EQUAL(delta(cr, A, B, 4097, 80), DSA_COMP_ADDR_ALIGN);
	CU_ASSERT_EQUAL(delta(cr, A + 4, B, 4096, 80), DSA_COMP_ADDR_ALIGN);
	CU_ASSERT_EQUAL(delta(cr, A, B + 1, 4096, 80), DSA_COMP_ADDR_ALIGN);
	CU_ASSERT_EQUAL(delta(ap, A + 1, B, 0x80000, 10), 0);
	CU_ASSERT_EQUAL(delta(ap, A, B, 0x80008, 10), DSA_COMP_XFER_ERANGE);
	CU_ASSERT_EQUAL(delta(ap, A, B, 4096, 0), DSA_COMP_DR_ERANGE);
	CU_ASSERT_EQUAL(delta(ap, A, B, 4096, 15), DSA_COMP_DR_ERANGE);
	CU_ASSERT_EQUAL(delta(ap, A, B + 4, 4096, 10), DSA_COMP_ADDR_ALIGN);
	caps.max_transfer = 4096;
	dsa_caps_prepare(&caps);
	CU_ASSERT_EQUAL(delta(cr, A, B, 4096, 4096), 0);
	CU_ASSERT_EQUAL(delta(cr, A, B, 4096, 4097), DSA_COMP_DR_ERANGE);
	CU_ASSERT_EQUAL(delta(ap, A, B, 4096, 4100), DSA_COMP_DR_ERANGE);
}

static void test_5_4_alignment_of_seed_stride_dix_and_dualcast(void)
{
	struct dsa_hw_desc d = good(DSA_OPCODE_CRCGEN);

	setup(DSA_VERSION_2);
	d.flags |= DSA_FLAG_CRC_READ_SEED;
	d.seed_addr = A + 4;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.flags |= DSA_FLAG_CRC64;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_ADDR_ALIGN);
	d.seed_addr = A + 2;
	d.flags &= ~DSA_FLAG_CRC64;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_ADDR_ALIGN);

	d = good(DSA_OP_TRANSL_FETCH);
	d.flags |= DSA_FLAG_USE_STRIDE;
	d.max_delta_size = 2048; /* byte 48 is the stride */
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_ADDR_ALIGN);
	d.max_delta_size = 4096;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.max_delta_size = 12288;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_ADDR_ALIGN);
	d.max_delta_size = 1u << 31;
	CU_ASSERT_EQUAL(check(&d, 0), 0);

	d = good(DSA_OP_DIX_GEN);
	d.dst_addr += 4;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_ADDR_ALIGN);

	d = good(DSA_OPCODE_DUALCAST);
	d.dest2 += 0x800;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_DCAST_ERR);
	d.dest2 += 0x800;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
}

static u8 two(u8 op, u64 a, u64 b)
{
	struct dsa_hw_desc d = good(op);

	d.src_addr = a;
	d.dst_addr = b;
	return check(&d, 0);
}

static void test_5_4_overlap(void)
{
	const u8 over = DSA_COMP_OVERLAP_BUFFERS;
	struct dsa_hw_desc d;

	setup(DSA_VERSION_1);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, A, A + 1), 0);
	caps.gencap &= ~DSA_GENCAP_OVERLAP_COPY;
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, A, A + 4095), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, A, A + 4096), 0);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, A + 4095, A), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, A, A), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_COMPARE, A, A), 0);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_COPY_CRC, A, A + 8), over);
	/* round the end of the address space */
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, ~0ull, 0), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, 0, ~0ull - 4095), 0);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_MEMMOVE, 0, ~0ull - 4094), over);

	CU_ASSERT_EQUAL(two(DSA_OPCODE_DIF_INS, A, A - 4159), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_DIF_INS, A, A - 4160), 0);
	/* The destination counts with the source's size: 4160, not 4096. */
	CU_ASSERT_EQUAL(two(DSA_OPCODE_DIF_STRP, A, A - 4159), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_DIF_STRP, A, A - 4160), 0);

	d = good(DSA_OPCODE_DUALCAST);
	d.dest2 = d.dst_addr;
	CU_ASSERT_EQUAL(check(&d, 0), over);
	d = good(DSA_OPCODE_CR_DELTA);
	d.delta_addr = A - 79;
	CU_ASSERT_EQUAL(check(&d, 0), over);
	d.delta_addr = A - 80;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.delta_addr = B + 4095;
	CU_ASSERT_EQUAL(check(&d, 0), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_AP_DELTA, B - 79, B), over);
	CU_ASSERT_EQUAL(two(DSA_OPCODE_AP_DELTA, B - 80, B), 0);
}

static void test_5_5_translation_fetch_region_ends_in_the_address_space(void)
{
	struct dsa_hw_desc d = good(DSA_OP_TRANSL_FETCH);

	setup(DSA_VERSION_2);
	d.src_addr = -4096ull;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
	d.xfer_size++;
	CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_XFER_ERANGE);
	d.src_addr = 0;
	CU_ASSERT_EQUAL(check(&d, 0), 0);
}

static void test_5_8_dif_size_is_whole_blocks(void)
{
	static const u16 size[] = {512, 520, 4096, 4104};
	static const u8 ops[] = {0x12, 0x13, 0x14, 0x15, 0x17};
	u32 i, k;

	setup(DSA_VERSION_2);
	for (i = 0; i < sizeof(ops); i++) {
		for (k = 0; k < 4; k++) {
			struct dsa_hw_desc d = good(ops[i]);
			u32 unit = size[k] + (ops[i] == 0x13 || ops[i] == 0x17 ? 0 : 8);

			d.dif_chk_flags = k;
			d.xfer_size = 3 * unit;
			CU_ASSERT_EQUAL(check(&d, 0), 0);
			d.xfer_size = 3 * unit + 8;
			CU_ASSERT_EQUAL(check(&d, 0), DSA_COMP_XFER_ERANGE);
		}
	}
}

/* ---- Random descriptors ---- */

static u64 some_address(struct sim_rng *rng)
{
	switch (sim_rng_below(rng, 4)) {
	case 0:
		return A + 8 * sim_rng_below(rng, 2048);
	case 1:
		return ~0ull - 8191 + 8 * sim_rng_below(rng, 1024);
	case 2:
		return sim_rng_u64(rng);
	}
	return (A + 4096 * sim_rng_below(rng, 8));
}

static struct dsa_hw_desc some_descriptor(struct sim_rng *rng)
{
	static const u32 sizes[] = {0, 8, 64, 512, 520, 4096, 4160, 4104 * 3, 4112, 0x80000};
	struct dsa_hw_desc d = good(sim_rng_below(rng, 0x28));
	u8 *raw = (u8 *)&d;
	u32 n;

	if (d.src_addr)
		d.src_addr = some_address(rng);
	if (d.dst_addr)
		d.dst_addr = some_address(rng);
	if (d.xfer_size && sim_rng_below(rng, 2))
		d.xfer_size = sizes[sim_rng_below(rng, sizeof(sizes) / sizeof(sizes[0]))];
	if ((d.opcode & 0xfe) == DSA_OPCODE_CRCGEN && sim_rng_below(rng, 2)) {
		d.flags |= DSA_FLAG_CRC_READ_SEED;
		d.seed_addr = some_address(rng);
	}
	if (d.opcode == DSA_OPCODE_DUALCAST || d.opcode == DSA_OPCODE_CR_DELTA)
		d.dest2 = some_address(rng);
	d.flags ^= sim_rng_u64(rng) & sim_rng_u64(rng) & sim_rng_u64(rng) & 0xffffff &
		   -(u32)sim_rng_below(rng, 2);
	for (n = sim_rng_below(rng, 3); n; n--)
		raw[sim_rng_below(rng, 64)] ^= 1 << sim_rng_below(rng, 8);
	return d;
}

static void test_6_4_random_descriptors_agree_with_the_list_of_rules(void)
{
	u32 i, seen[0x40] = {0}, wrong = 0;
	struct sim_rng rng;
	u64 skip;

	sim_rng_init(&rng, 1, "check");
	for (i = 0; i < 60000; i++) {
		struct dsa_hw_desc d = some_descriptor(&rng);
		bool member = sim_rng_below(&rng, 4) == 0, priv = sim_rng_below(&rng, 2);
		struct plain_dev dev;
		u8 got, want;
		u32 mask;

		skip = sim_rng_u64(&rng);
		setup((1 + sim_rng_below(&rng, 3)) << 8);
		caps.gencap ^=
			sim_rng_u64(&rng) & sim_rng_u64(&rng) & sim_rng_u64(&rng) & ~(1ull << 20);
		caps.opcfg[0] = ~(sim_rng_u64(&rng) & sim_rng_u64(&rng) & sim_rng_u64(&rng));
		caps.max_transfer = 1ull << (12 + sim_rng_below(&rng, 20));
		caps.max_batch = 1 << sim_rng_below(&rng, 11);
		caps.shared = skip & 1;
		caps.wq_bof = skip & 2;
		caps.wq_pasid_en = skip & 4;
		caps.wq_ats = skip & 8;
		caps.user_int = skip & 16;
		caps.pasid_priv_en = skip & 32;
		dsa_caps_prepare(&caps);
		dev = (struct plain_dev){caps.version >> 8, caps.gencap,       caps.opcap[0],
					 caps.opcfg[0],	    caps.max_transfer, caps.max_batch,
					 caps.shared,	    caps.wq_bof,       caps.wq_pasid_en,
					 caps.wq_ats,	    caps.user_int,     caps.pasid_priv_en};
		got = check(&d, (member ? DSA_CHECK_BATCH : 0) | (priv ? DSA_CHECK_PRIV : 0));
		want = plain_check(&dev, (u8 *)&d, member, priv, &mask);
		if (got != want || bad_flags != mask) {
			if (!wrong++)
				printf("case %u op %02x: status %02x flags %06x, want %02x %06x\n",
				       i, d.opcode, got, bad_flags, want, mask);
		}
		seen[want & 0x3f]++;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	/* The draw reaches every code of this stage. */
	CU_ASSERT(seen[0] > 3000);
	for (i = 0x10; i <= 0x1d; i++) {
		if (i != DSA_COMP_INT_HANDLE_INVAL && i != DSA_COMP_CRA_XLAT)
			CU_ASSERT(seen[i] > 5);
	}
}

/* Any 64 bytes: no crash, and whatever passes can be planned. */
static void test_hostile_bytes_are_safe(void)
{
	struct sim_rng rng;
	struct dsa_plan plan;
	u32 i, k, passed = 0;
	u64 d[8];

	sim_rng_init(&rng, 2, "hostile");
	setup(DSA_VERSION_2);
	for (i = 0; i < 200000; i++) {
		for (k = 0; k < 8; k++)
			d[k] = sim_rng_below(&rng, 3) ? sim_rng_u64(&rng) : 0;
		if (!sim_rng_below(&rng, 2))
			d[0] &= 0x010000ff00000000ull | 0x3c00000000000000ull;
		d[1] &= ~31ull;
		if (dsa_check(&caps, (const u8 *)d, i & 3, &bad_flags))
			continue;
		passed++;
		dsa_plan((const u8 *)d, &plan);
		CU_ASSERT(plan.noperands <= DSA_OP_MAX_OPERANDS);
	}
	CU_ASSERT(passed > 10);
}

#define T(f)                                                                                       \
	{                                                                                          \
#f, f                                                                              \
	}

int main(void)
{
	CU_TestInfo tests[] = {
		T(test_5_3_opcodes_of_each_version),
		T(test_5_3_opcode_disabled_by_opcap_or_opcfg),
		T(test_5_6_what_may_not_be_in_a_batch),
		T(test_6_4_record_alignment_comes_first),
		T(test_5_1_privilege_of_a_shared_queue),
		T(test_5_2_flags_with_conditions),
		T(test_5_2_reserved_and_unknown_flags),
		T(test_5_2_cache_control_follows_gencap),
		T(test_5_2_mandatory_record_reports_the_missing_flags),
		T(test_5_3_drain_readback_addresses),
		T(test_5_3_interrupt_handle_needs_rci),
		T(test_6_1_record_address_needs_crav),
		T(test_5_3_each_reserved_bit),
		T(test_5_4_transfer_size_limits),
		T(test_5_6_batch_count_and_list),
		T(test_5_5_delta_limits),
		T(test_5_4_alignment_of_seed_stride_dix_and_dualcast),
		T(test_5_4_overlap),
		T(test_5_5_translation_fetch_region_ends_in_the_address_space),
		T(test_5_8_dif_size_is_whole_blocks),
		T(test_6_4_random_descriptors_agree_with_the_list_of_rules),
		T(test_hostile_bytes_are_safe),
		CU_TEST_INFO_NULL,
	};
	CU_SuiteInfo suites[] = {
		{.pName = "dsa descriptor checks", .pTests = tests},
		CU_SUITE_INFO_NULL,
	};

	if (CU_initialize_registry() || CU_register_suites(suites))
		return 1;
	CU_basic_run_tests();
	return CU_get_number_of_failures() ? 1 : 0;
}
