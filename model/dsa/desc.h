/* SPDX-License-Identifier: GPL-2.0 */
/* Reading descriptors inside the engine model: bytes in, fields out, no alignment needed. */
#ifndef MODEL_DSA_DESC_H
#define MODEL_DSA_DESC_H

#include <string.h>

#include <linux/idxd.h>

#include "model/spec/dsa_regs.h"
#include "sim/core/types.h"

/* The distribution's packed layout over raw bytes. */
static inline const struct dsa_hw_desc *dsa_desc(const u8 *desc)
{
	return (const struct dsa_hw_desc *)desc;
}

/* Little-endian loads: every host that the simulator runs on is little-endian. */
static inline u16 dsa_ld16(const u8 *p)
{
	u16 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u32 dsa_ld32(const u8 *p)
{
	u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline u64 dsa_ld64(const u8 *p)
{
	u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void dsa_st16(u8 *p, u16 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void dsa_st32(u8 *p, u32 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline void dsa_st64(u8 *p, u64 v)
{
	memcpy(p, &v, sizeof(v));
}

static inline u32 dsa_desc_flags(const u8 *desc)
{
	return dsa_ld32(desc + 4) & DSA_DESC1_FLAGS;
}

static inline u8 dsa_desc_opcode(const u8 *desc)
{
	return desc[7];
}

static inline u32 dsa_desc_xfer(const u8 *desc)
{
	return dsa_ld32(desc + 32);
}

#endif
