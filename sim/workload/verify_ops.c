// SPDX-License-Identifier: GPL-2.0
// What each operation must have done to memory, computed byte by byte from its description.
#include <string.h>

#include "model/spec/dsa_regs.h"
#include "sim/workload/verify.h"

#define ENTRY DSA_DELTA_ENTRY_SIZE

void verify_tables_init(struct verify_tables *t)
{
	u32 i, k, r;
	u16 q;

	for (i = 0; i < 256; i++) {
		r = i;
		q = (u16)(i << 8);
		for (k = 0; k < 8; k++) {
			r = r & 1 ? r >> 1 ^ 0x82f63b78u : r >> 1;
			q = (u16)(q & 0x8000 ? q << 1 ^ 0x8bb7 : q << 1);
		}
		t->crc32c[0][i] = r;
		t->t10[0][i] = q;
	}
	for (k = 1; k < 8; k++)
		for (i = 0; i < 256; i++) {
			r = t->crc32c[k - 1][i];
			q = t->t10[k - 1][i];
			t->crc32c[k][i] = r >> 8 ^ t->crc32c[0][r & 0xff];
			t->t10[k][i] = (u16)(q << 8 ^ t->t10[0][q >> 8]);
		}
}

static u32 crc32c(const struct verify_tables *t, u32 crc, const u8 *p, u64 n)
{
	u32 k, sum;

	for (; n >= 8; n -= 8, p += 8) {
		for (sum = 0, k = 0; k < 8; k++)
			sum ^= t->crc32c[7 - k][p[k] ^ (k < 4 ? crc >> 8 * k & 0xff : 0)];
		crc = sum;
	}
	for (; n; n--)
		crc = crc >> 8 ^ t->crc32c[0][(crc ^ *p++) & 0xff];
	return crc;
}

static u16 crc_t10(const struct verify_tables *t, u16 crc, const u8 *p, u64 n)
{
	u32 k;
	u16 sum;

	for (; n >= 8; n -= 8, p += 8) {
		sum = t->t10[7][p[0] ^ crc >> 8] ^ t->t10[6][p[1] ^ (crc & 0xff)];
		for (k = 2; k < 8; k++)
			sum ^= t->t10[7 - k][p[k]];
		crc = sum;
	}
	for (; n; n--)
		crc = (u16)(crc << 8 ^ t->t10[0][(crc >> 8 ^ *p++) & 0xff]);
	return crc;
}

static const struct dsa_hw_desc *hw(const u8 *desc)
{
	return (const struct dsa_hw_desc *)desc;
}

static bool overlap(u64 a, u64 b, u64 n)
{
	return a < b + n && b < a + n;
}

/* FNV-1a of a range; ends early where memory is absent. */
static u64 sum_range(struct space *s, u64 at, u64 n)
{
	u64 sum = 0xcbf29ce484222325ull, run, pa, i;

	for (; n; n -= run, at += run) {
		const u8 *p = space_ptr(s, at, n, false, &pa, &run);

		if (!p)
			break;
		for (i = 0; i < run; i++)
			sum = (sum ^ p[i]) * 0x100000001b3ull;
	}
	return sum;
}

u64 verify_sum(struct space *s, const u8 *desc)
{
	if (desc[7] != DSA_OPCODE_MEMMOVE ||
	    !overlap(hw(desc)->src_addr, hw(desc)->dst_addr, hw(desc)->xfer_size))
		return 0;
	return sum_range(s, hw(desc)->src_addr, hw(desc)->xfer_size);
}

/* Offset of the first difference, @n when there is none; *gone: memory was absent there. */
static u64 first_difference(struct space *s, u64 a, u64 b, u64 n, bool *gone)
{
	u64 at = 0, run, run_b, pa, i;

	*gone = false;
	while (at < n) {
		const u8 *p = space_ptr(s, a + at, n - at, false, &pa, &run);
		const u8 *q = space_ptr(s, b + at, n - at, false, &pa, &run_b);

		if (!p || !q) {
			*gone = true;
			return at;
		}
		run = run < run_b ? run : run_b;
		if (memcmp(p, q, run)) {
			for (i = 0; p[i] == q[i]; i++)
				;
			return at + i;
		}
		at += run;
	}
	return n;
}

/* Offset of the first byte that is not the pattern's; @pattern has 16 bytes. */
static u64 first_other(struct space *s, u64 a, const u8 *pattern, u64 n, bool *gone)
{
	u8 want[1024 + 16];
	u64 at = 0, run, pa, i;

	for (i = 0; i < sizeof(want); i += 16)
		memcpy(want + i, pattern, 16);
	*gone = false;
	while (at < n) {
		const u8 *p = space_ptr(s, a + at, n - at < 1024 ? n - at : 1024, false, &pa, &run);

		if (!p) {
			*gone = true;
			return at;
		}
		if (memcmp(p, want + at % 16, run)) {
			for (i = 0; p[i] == want[at % 16 + i]; i++)
				;
			return at + i;
		}
		at += run;
	}
	return n;
}

static const char *check_copy(struct space *s, u64 dst, u64 src, u64 n, const char *wrong)
{
	bool gone;

	return first_difference(s, dst, src, n, &gone) < n && !gone ? wrong : NULL;
}

static const char *check_move(struct space *s, const u8 *desc, u64 sum)
{
	u64 src = hw(desc)->src_addr, dst = hw(desc)->dst_addr, n = hw(desc)->xfer_size;

	if (overlap(src, dst, n))
		return sum_range(s, dst, n) != sum ? "an overlapping move lost bytes" : NULL;
	return check_copy(s, dst, src, n, "a move's destination differs from its source");
}

static const char *check_fill(struct space *s, const u8 *desc)
{
	u8 pattern[16];
	bool gone;
	u64 n = hw(desc)->xfer_size;

	memcpy(pattern, desc + 16, 8);
	memcpy(pattern + 8, hw(desc)->flags & DSA_FLAG_FILL16 ? desc + 40 : desc + 16, 8);
	return first_other(s, hw(desc)->dst_addr, pattern, n, &gone) < n && !gone
		       ? "a fill left bytes that are not the pattern"
		       : NULL;
}

static const char *check_compare(struct space *s, const u8 *desc, const u8 *rec, bool again)
{
	u64 n = hw(desc)->xfer_size, at;
	u8 pattern[16];
	u32 bytes;
	bool gone;

	memcpy(pattern, desc + 24, 8);
	memcpy(pattern + 8, desc + 24, 8);
	if (desc[7] == DSA_OPCODE_COMPARE)
		at = first_difference(s, hw(desc)->src_addr, hw(desc)->src2_addr, n, &gone);
	else
		at = first_other(s, hw(desc)->src_addr, pattern, n, &gone);
	if (gone || !rec)
		return NULL;
	memcpy(&bytes, rec + 4, 4);
	if (rec[1] != (at < n) || (rec[1] && !again && bytes != at))
		return "a comparison's result is not that of its operands";
	return NULL;
}

static const char *check_crc(struct space *s, const struct verify_tables *t, const u8 *desc,
			     const u8 *rec, bool again)
{
	u64 n = hw(desc)->xfer_size, at = hw(desc)->src_addr, run, pa;
	u32 crc = hw(desc)->crc_seed, got;

	if (hw(desc)->flags &
		    (DSA_FLAG_CRC_BYPASS_REFLECT | DSA_FLAG_CRC_BYPASS_DATA | DSA_FLAG_CRC64) ||
	    !rec || again)
		return NULL;
	if ((hw(desc)->flags & DSA_FLAG_CRC_READ_SEED) &&
	    space_read(s, hw(desc)->seed_addr, &crc, 4))
		return NULL;
	crc = ~crc;
	for (; n; n -= run, at += run) {
		const u8 *p = space_ptr(s, at, n, false, &pa, &run);

		if (!p)
			return NULL;
		crc = crc32c(t, crc, p, run);
	}
	memcpy(&got, rec + 16, 4);
	return got != ~crc ? "a CRC is not that of its source" : NULL;
}

/* The record that Create Delta made against one made here. */
static const char *check_create_delta(struct space *s, const u8 *desc, const u8 *rec, bool again)
{
	static const char wrong[] = "a delta record is not the difference of its sources";
	u64 n = hw(desc)->xfer_size, at, a, b;
	u32 made = 0, size;
	u8 entry[ENTRY];
	u16 place;

	if (!rec || again)
		return NULL;
	memcpy(&size, rec + 16, 4);
	if (rec[1] == 2)
		return NULL; /* too long: what it holds is of no use */
	for (at = 0; at < n; at += 8) {
		if (space_read(s, hw(desc)->src_addr + at, &a, 8) ||
		    space_read(s, hw(desc)->src2_addr + at, &b, 8))
			return NULL;
		if (a == b)
			continue;
		place = (u16)(at / 8);
		if (made + ENTRY > size ||
		    space_read(s, hw(desc)->delta_addr + made, entry, ENTRY) ||
		    memcmp(entry, &place, 2) || memcmp(entry + 2, &b, 8))
			return wrong;
		made += ENTRY;
	}
	return made != size || rec[1] != (made > 0) ? wrong : NULL;
}

static const char *check_apply_delta(struct space *s, const u8 *desc)
{
	u64 at, word;
	u8 entry[ENTRY];
	u16 place;

	for (at = 0; at + ENTRY <= hw(desc)->delta_rec_size; at += ENTRY) {
		if (space_read(s, hw(desc)->src_addr + at, entry, ENTRY))
			return NULL;
		memcpy(&place, entry, 2);
		if (space_read(s, hw(desc)->dst_addr + place * 8ull, &word, 8))
			return NULL;
		if (memcmp(&word, entry + 2, 8))
			return "a delta record was not applied";
	}
	return NULL;
}

/* ---- DIF ---- */

static const u16 block_size[4] = {512, 520, 4096, 4104};

/* Guard of the block at @at; false: memory is absent. */
static bool guard(struct space *s, const struct verify_tables *t, u64 at, u32 block, u8 flags,
		  u16 *out)
{
	u8 data[4104];
	u16 crc;

	if (space_read(s, at, data, block))
		return false;
	crc = crc_t10(t, flags & 4 ? 0xffff : 0, data, block);
	*out = flags & 8 ? (u16)~crc : crc;
	return true;
}

static const char *check_tag(struct space *s, u64 at, u16 crc, u16 app, u32 ref)
{
	u8 tag[8];

	if (space_read(s, at, tag, 8))
		return NULL;
	if ((tag[0] << 8 | tag[1]) != crc)
		return "a DIF guard is not that of its block";
	if ((tag[2] << 8 | tag[3]) != app ||
	    ((u32)tag[4] << 24 | tag[5] << 16 | tag[6] << 8 | tag[7]) != ref)
		return "a DIF tag is not the one asked for";
	return NULL;
}

/* Guards that DIF Check, Strip and Update found right. */
static const char *check_source_guard(struct space *s, const struct verify_tables *t,
				      const u8 *desc, u64 at, u32 block)
{
	u8 tag[2];
	u16 crc;

	/* Checks that are off, or that the tags themselves switch off. */
	if (desc[40] & 0x2e)
		return NULL;
	if (!guard(s, t, at, block, desc[42], &crc) || space_read(s, at + block, tag, 2))
		return NULL;
	return (tag[0] << 8 | tag[1]) != crc ? "a wrong DIF guard passed a check" : NULL;
}

static const char *check_dif(struct space *s, const struct verify_tables *t, const u8 *desc)
{
	u32 block = block_size[desc[42] & 3], i;
	bool insert = desc[7] == DSA_OPCODE_DIF_INS, strip = desc[7] == DSA_OPCODE_DIF_STRP;
	u32 in = insert ? block : block + 8, out = strip ? block : block + 8;
	u32 n = hw(desc)->xfer_size / in, ref;
	u16 app, mask, crc;
	const char *wrong = NULL;

	memcpy(&ref, desc + 56, 4);
	memcpy(&mask, desc + 60, 2);
	memcpy(&app, desc + 62, 2);
	for (i = 0; i < n && !wrong; i++) {
		u64 from = hw(desc)->src_addr + (u64)i * in, to = hw(desc)->dst_addr + (u64)i * out;

		if (!insert)
			wrong = check_source_guard(s, t, desc, from, block);
		if (desc[7] == DSA_OPCODE_DIF_CHECK || wrong)
			continue;
		wrong = check_copy(s, to, from, block, "a DIF block's data changed on its way");
		if (wrong || strip || (!insert && (desc[41] & 0x68)) ||
		    !guard(s, t, from, block, desc[42], &crc))
			continue;
		wrong = check_tag(s, to + block, crc,
				  (u16)((app + (desc[41] & 0x10 ? i : 0)) & ~mask),
				  ref + (desc[41] & 0x80 ? 0 : i));
	}
	return wrong;
}

const char *verify_op(struct space *s, const struct verify_tables *t, const u8 *desc, const u8 *rec,
		      bool again, u64 sum)
{
	const struct dsa_hw_desc *d = hw(desc);
	const char *wrong;

	switch (desc[7]) {
	case DSA_OPCODE_MEMMOVE:
		return check_move(s, desc, sum);
	case DSA_OPCODE_MEMFILL:
		return check_fill(s, desc);
	case DSA_OPCODE_DUALCAST:
		wrong = check_copy(s, d->dst_addr, d->src_addr, d->xfer_size,
				   "a dualcast's first destination differs from its source");
		return wrong ? wrong
			     : check_copy(s, d->dest2, d->src_addr, d->xfer_size,
					  "a dualcast's second destination differs from its "
					  "source");
	case DSA_OPCODE_COMPARE:
	case DSA_OPCODE_COMPVAL:
		return check_compare(s, desc, rec, again);
	case DSA_OPCODE_COPY_CRC:
		wrong = check_copy(s, d->dst_addr, d->src_addr, d->xfer_size,
				   "a copy with CRC differs from its source");
		return wrong ? wrong : check_crc(s, t, desc, rec, again);
	case DSA_OPCODE_CRCGEN:
		return check_crc(s, t, desc, rec, again);
	case DSA_OPCODE_CR_DELTA:
		return check_create_delta(s, desc, rec, again);
	case DSA_OPCODE_AP_DELTA:
		return again ? NULL : check_apply_delta(s, desc);
	case DSA_OPCODE_DIF_CHECK:
	case DSA_OPCODE_DIF_INS:
	case DSA_OPCODE_DIF_STRP:
	case DSA_OPCODE_DIF_UPDT:
		return again ? NULL : check_dif(s, t, desc);
	}
	return NULL;
}
