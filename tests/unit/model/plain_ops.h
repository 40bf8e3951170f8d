/* SPDX-License-Identifier: GPL-2.0 */
/* The DSA operations once more, one byte at a time: what the tests hold the model against. */
#ifndef TESTS_PLAIN_OPS_H
#define TESTS_PLAIN_OPS_H

#include "sim/core/types.h"

#define PLAIN_PAGE  4096
#define PLAIN_READ  1
#define PLAIN_WRITE 2

/* A flat piece of address space with a permission byte for each page; nothing else exists. */
struct plain_mem {
	u8 *bytes;
	u64 base; /* page aligned */
	u64 pages;
	const u8 *perm;
};

/* First address of [addr, addr + len) that may not be accessed, as an offset; len: none. */
u64 plain_reach(const struct plain_mem *m, u64 addr, u64 len, bool write);

/* Runs a well formed descriptor and writes the completion record it would have. */
void plain_run(const u8 d[64], struct plain_mem *m, bool fault_info, u8 rec[32]);

/* The register of a CRC after one more byte, most significant bit first. */
u64 plain_crc_byte(u64 reg, u8 byte, int width, u64 poly);

/* CRC with the descriptor's flags 23:16. */
u64 plain_crc(const u8 *data, u64 len, u64 seed, u8 flags);

/* What a descriptor is checked for: device and work queue. */
struct plain_dev {
	int version; /* major */
	u64 gencap;
	u64 opcap;
	u64 opcfg;
	u64 max_transfer;
	u64 max_batch;
	bool shared, bof, pasid, ats, user_int, priv_ok;
};

/* Status of the first failed check, 0 when all pass; *mask: bad flags with 0x11. */
u8 plain_check(const struct plain_dev *dev, const u8 d[64], bool member, bool priv, u32 *mask);

#endif
