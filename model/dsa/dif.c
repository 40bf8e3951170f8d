// SPDX-License-Identifier: GPL-2.0
// Data integrity fields: tags are big-endian; counters wrap; the mask forces the device's tag bits
// to 0.

#include "model/dsa/crc.h"
#include "model/dsa/dif.h"

void dif_init(struct dif *d, const u8 *desc)
{
	const struct dsa_hw_desc *hw = dsa_desc(desc);

	d->flags = hw->dif_chk_flags;
	d->block = dif_block_size(d->flags);
	d->src_flags = hw->src_upd_flags;
	d->dst_flags = hw->upd_dest_flags;
	/* Check, Strip and Update have the source's tags here; Insert and DIX zeroes, unused. */
	d->src.ref = hw->src_ref_tag_seed;
	d->src.app_mask = hw->src_app_tag_mask;
	d->src.app = hw->src_app_tag_seed;
	d->src.ref_fixed = d->src_flags & DIF_SRC_REF_FIXED;
	d->src.app_incr = d->src_flags & DIF_SRC_APP_INCR;
	d->dst.ref = hw->dest_ref_tag_seed;
	d->dst.app_mask = hw->dest_app_tag_mask;
	d->dst.app = hw->dest_app_tag_seed;
	d->dst.ref_fixed = d->dst_flags & DIF_DST_REF_FIXED;
	d->dst.app_incr = d->dst_flags & DIF_DST_APP_INCR;
}

u16 dif_guard(const struct dif *d, const u8 *data)
{
	u16 crc = dsa_crc_t10(d->flags & DIF_INVERT_SEED ? 0xffff : 0, data, d->block);

	return d->flags & DIF_INVERT_RESULT ? ~crc : crc;
}

static u16 be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

static u32 be32(const u8 *p)
{
	return (u32)be16(p) << 16 | be16(p + 2);
}

static u16 device_app(const struct dif_tags *t)
{
	return t->app & ~t->app_mask;
}

u8 dif_verify(const struct dif *d, u16 guard, const u8 tag[DIF_TAG_SIZE])
{
	u16 got_guard = be16(tag), got_app = be16(tag + 2);
	u32 got_ref = be32(tag + 4);
	u8 f = d->src_flags, err = 0;

	if (got_app == 0xffff) {
		bool ref_f = got_ref == 0xffffffff;

		if ((f & DIF_SRC_F_ALL) && ref_f && got_guard == 0xffff)
			return f & DIF_SRC_F_ALL_ERROR ? DSA_DIF_ALL_F_ERR : 0;
		if ((f & DIF_SRC_F_APP) || ((f & DIF_SRC_F_APP_REF) && ref_f))
			return 0;
	}
	if (!(f & DIF_SRC_NO_GUARD) && got_guard != guard)
		err |= DSA_DIF_GUARD_ERR;
	if (d->src.app_mask != 0xffff && got_app != device_app(&d->src))
		err |= DSA_DIF_APP_ERR;
	if (!(f & DIF_SRC_NO_REF) && got_ref != d->src.ref)
		err |= DSA_DIF_REF_ERR;
	return err;
}

void dif_make_tag(const struct dif *d, u16 guard, const u8 *src_tag, u8 tag[DIF_TAG_SIZE])
{
	u8 pass = src_tag ? d->dst_flags : 0;
	u16 app = device_app(&d->dst);
	u32 ref = d->dst.ref;

	if (pass & DIF_DST_PASS_GUARD)
		guard = be16(src_tag);
	if (pass & DIF_DST_PASS_APP)
		app = be16(src_tag + 2);
	if (pass & DIF_DST_PASS_REF)
		ref = be32(src_tag + 4);
	dsa_st64(tag, __builtin_bswap64((u64)guard << 48 | (u64)app << 32 | ref));
}

static void tags_advance(struct dif_tags *t, u64 n)
{
	if (!t->ref_fixed)
		t->ref += (u32)n;
	if (t->app_incr)
		t->app += (u16)n;
}

void dif_advance(struct dif *d, u64 n)
{
	tags_advance(&d->src, n);
	tags_advance(&d->dst, n);
}

static void put_tags(const struct dif_tags *t, u8 *to)
{
	dsa_st32(to, t->ref);
	dsa_st16(to + 4, t->app_mask);
	dsa_st16(to + 6, t->app);
}

void dif_record(const struct dif *d, u8 opcode, u8 op_specific[16])
{
	bool src = opcode != DSA_OPCODE_DIF_INS && opcode != DSA_OP_DIX_GEN;
	bool dst = opcode != DSA_OPCODE_DIF_CHECK && opcode != DSA_OPCODE_DIF_STRP;

	if (src)
		put_tags(&d->src, op_specific);
	if (dst)
		put_tags(&d->dst, op_specific + 8);
}
