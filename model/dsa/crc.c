// SPDX-License-Identifier: GPL-2.0
// CRC32C through ISA-L, CRC64 with eight tables, and the bit order that the descriptor's flags ask
// for.

#include <string.h>

#include <isa-l/crc.h>

#include "model/dsa/crc.h"
#include "model/spec/dsa_regs.h"

/* x^64 term dropped: 0x1AD93D23594C93659 (5.7), and its reflection. */
#define CRC64_POLY 0x9a6c9329ac4bc9b5ull

#define CHUNK 2048

/*
 * The register is always kept as of the reflected algorithm (bit 0 is the
 * highest power). Data that must not be reflected has the bits of its bytes
 * reversed first; a seed or result that must not be is reversed as a word.
 */
static u64 crc64_table[8][256];

__attribute__((constructor)) static void crc64_tables(void)
{
	int i, j, k;

	for (i = 0; i < 256; i++) {
		u64 v = i;

		for (j = 0; j < 8; j++)
			v = (v >> 1) ^ (v & 1 ? CRC64_POLY : 0);
		crc64_table[0][i] = v;
	}
	for (i = 0; i < 256; i++) {
		for (k = 1; k < 8; k++) {
			u64 v = crc64_table[k - 1][i];

			crc64_table[k][i] = (v >> 8) ^ crc64_table[0][v & 0xff];
		}
	}
}

static u64 crc64_update(u64 reg, const u8 *buf, u64 len)
{
	for (; len >= 8; len -= 8, buf += 8) {
		u64 v;

		memcpy(&v, buf, 8);
		v ^= reg;
		reg = crc64_table[7][v & 0xff] ^ crc64_table[6][v >> 8 & 0xff] ^
		      crc64_table[5][v >> 16 & 0xff] ^ crc64_table[4][v >> 24 & 0xff] ^
		      crc64_table[3][v >> 32 & 0xff] ^ crc64_table[2][v >> 40 & 0xff] ^
		      crc64_table[1][v >> 48 & 0xff] ^ crc64_table[0][v >> 56];
	}
	for (; len; len--, buf++)
		reg = (reg >> 8) ^ crc64_table[0][(reg ^ *buf) & 0xff];
	return reg;
}

static u64 update(bool wide, u64 reg, const u8 *buf, u64 len)
{
	if (wide)
		return crc64_update(reg, buf, len);
	while (len) {
		int part = len > 1 << 30 ? 1 << 30 : (int)len;

		/* ISA-L takes and returns the bare register; it does not write to the buffer. */
		reg = crc32_iscsi((unsigned char *)buf, part, (unsigned int)reg);
		buf += part;
		len -= part;
	}
	return reg;
}

/* Reverses the bits in each byte of a word. */
static u64 reverse_in_bytes(u64 v)
{
	v = (v & 0x0f0f0f0f0f0f0f0full) << 4 | (v >> 4 & 0x0f0f0f0f0f0f0f0full);
	v = (v & 0x3333333333333333ull) << 2 | (v >> 2 & 0x3333333333333333ull);
	return (v & 0x5555555555555555ull) << 1 | (v >> 1 & 0x5555555555555555ull);
}

static u64 reverse_word(bool wide, u64 v)
{
	v = __builtin_bswap64(reverse_in_bytes(v));
	return wide ? v : v >> 32;
}

static u64 word_mask(bool wide)
{
	return wide ? ~0ull : 0xffffffffull;
}

void dsa_crc_start(struct dsa_crc *c, u32 flags, u64 seed)
{
	c->wide = flags & DSA_FLAG_CRC64;
	c->bypass_data = flags & DSA_FLAG_CRC_BYPASS_DATA;
	c->bypass_crc = flags & DSA_FLAG_CRC_BYPASS_REFLECT;
	seed &= word_mask(c->wide);
	/* The register of the book is reverse(~seed); ours is that once more reversed. */
	c->reg = c->bypass_crc ? reverse_word(c->wide, seed) : ~seed & word_mask(c->wide);
}

u64 dsa_crc_value(const struct dsa_crc *c)
{
	return c->bypass_crc ? reverse_word(c->wide, c->reg) : ~c->reg & word_mask(c->wide);
}

void dsa_crc_add(struct dsa_crc *c, const u8 *buf, u64 len)
{
	u64 tmp[CHUNK / 8];

	if (!c->bypass_data) {
		c->reg = update(c->wide, c->reg, buf, len);
		return;
	}
	while (len) {
		u64 part = len > CHUNK ? CHUNK : len, i;

		tmp[(part - 1) / 8] = 0;
		memcpy(tmp, buf, part);
		for (i = 0; i * 8 < part; i++)
			tmp[i] = reverse_in_bytes(tmp[i]);
		c->reg = update(c->wide, c->reg, (const u8 *)tmp, part);
		buf += part;
		len -= part;
	}
}

u16 dsa_crc_t10(u16 init, const u8 *buf, u64 len)
{
	return crc16_t10dif(init, buf, len);
}
