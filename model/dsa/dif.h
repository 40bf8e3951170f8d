/* SPDX-License-Identifier: GPL-2.0 */
/* Data integrity fields: guard, application and reference tags of one block after another (5.8). */
#ifndef MODEL_DSA_DIF_H
#define MODEL_DSA_DIF_H

#include "model/dsa/plan.h"

/* DIF flags, descriptor byte 42 */
#define DIF_INVERT_SEED	  0x04
#define DIF_INVERT_RESULT 0x08

/* Source flags, byte 40 */
#define DIF_SRC_REF_FIXED   0x80
#define DIF_SRC_NO_REF	    0x40
#define DIF_SRC_NO_GUARD    0x20
#define DIF_SRC_APP_INCR    0x10
#define DIF_SRC_F_APP_REF   0x08
#define DIF_SRC_F_APP	    0x04
#define DIF_SRC_F_ALL	    0x02
#define DIF_SRC_F_ALL_ERROR 0x01

/* Destination flags, byte 41 */
#define DIF_DST_REF_FIXED  0x80
#define DIF_DST_PASS_REF   0x40
#define DIF_DST_PASS_GUARD 0x20
#define DIF_DST_APP_INCR   0x10
#define DIF_DST_PASS_APP   0x08

#define DIF_BLOCK_MAX 4104

/* One side's tags: what the next block is expected, or given, to carry. */
struct dif_tags {
	u32 ref;
	u16 app_mask;
	u16 app;
	bool ref_fixed;
	bool app_incr;
};

struct dif {
	u32 block; /* data bytes of a block */
	u8 flags;  /* byte 42 */
	u8 src_flags;
	u8 dst_flags;
	struct dif_tags src;
	struct dif_tags dst;
};

/* Reads the DIF fields of a descriptor of any DIF or DIX operation. */
void dif_init(struct dif *d, const u8 *desc);

/* The guard of one block's data. */
u16 dif_guard(const struct dif *d, const u8 *data);

/*
 * Compares the 8 tag bytes that follow a block with what is expected. guard:
 * of the block's data. Returns DSA_DIF_* bits, 0: fine.
 */
u8 dif_verify(const struct dif *d, u16 guard, const u8 tag[DIF_TAG_SIZE]);

/* Tag bytes for the destination; src_tag: the source's for pass-through (Update), or NULL. */
void dif_make_tag(const struct dif *d, u16 guard, const u8 *src_tag, u8 tag[DIF_TAG_SIZE]);

/* Goes on by n blocks, on both sides. */
void dif_advance(struct dif *d, u64 n);

/* Writes the tags to continue with into record bytes 16..31. */
void dif_record(const struct dif *d, u8 opcode, u8 op_specific[16]);

#endif
