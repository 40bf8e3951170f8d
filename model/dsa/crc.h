/* SPDX-License-Identifier: GPL-2.0 */
/* The checksums of the DSA engine: CRC32C and CRC64 with their bypass flags, and the T10 DIF guard.
 */
#ifndef MODEL_DSA_CRC_H
#define MODEL_DSA_CRC_H

#include "sim/core/types.h"

/* A running CRC (5.7). Opaque. */
struct dsa_crc {
	u64 reg;
	bool wide;	  /* CRC64 */
	bool bypass_data; /* data bits are taken as they are, not reflected */
	bool bypass_crc;  /* seed and result are neither inverted nor reflected */
};

/* Starts with the seed of a descriptor; flags: descriptor flags DSA_FLAG_CRC_*. */
void dsa_crc_start(struct dsa_crc *c, u32 flags, u64 seed);

/* Adds len bytes. */
void dsa_crc_add(struct dsa_crc *c, const u8 *buf, u64 len);

/* The result so far, which is also the seed with which to continue. */
u64 dsa_crc_value(const struct dsa_crc *c);

/* T10 DIF CRC16 over len bytes, from a register value. */
u16 dsa_crc_t10(u16 init, const u8 *buf, u64 len);

#endif
