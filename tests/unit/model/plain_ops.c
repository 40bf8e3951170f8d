// SPDX-License-Identifier: GPL-2.0
// The DSA operations one byte at a time, from the clauses and without regard to speed.

#include <string.h>

#include "plain_ops.h"

/* Everything a clause can say about the outcome. */
struct outcome {
	struct plain_mem *m;
	const u8 *d;
	u8 *rec;
	bool fault_info;
};

static u64 get(const u8 *d, int at, int bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v * 256 + d[at + bytes];
	return v;
}

static void put(u8 *to, int at, int bytes, u64 v)
{
	for (; bytes--; v /= 256)
		to[at++] = v % 256;
}

static bool can(const struct plain_mem *m, u64 addr, int how)
{
	u64 page = (addr - m->base) / PLAIN_PAGE;

	return addr >= m->base && page < m->pages && (m->perm[page] & how);
}

static u8 *at(const struct plain_mem *m, u64 addr)
{
	return m->bytes + (addr - m->base);
}

u64 plain_reach(const struct plain_mem *m, u64 addr, u64 len, bool write)
{
	u64 i = 0;

	while (i < len && can(m, addr + i, write ? PLAIN_WRITE : PLAIN_READ))
		i++;
	return i;
}

/* 5.10: a page fault with block on fault off. operand: 1 source .. 4 second destination. */
static void page_fault(struct outcome *o, int operand, u64 addr, u64 done)
{
	bool write = operand >= 3;

	o->rec[0] = 0x03 + (write ? 0x80 : 0);
	if (o->fault_info)
		o->rec[2] = operand * 2;
	put(o->rec, 4, 4, done);
	put(o->rec, 8, 8, addr / PLAIN_PAGE * PLAIN_PAGE);
}

static void move(struct outcome *o)
{
	u64 src = get(o->d, 16, 8), dst = get(o->d, 24, 8), n = get(o->d, 32, 4), i, k;
	bool down = dst > src && dst < src + n;

	for (i = 0; i < n; i++) {
		k = down ? n - 1 - i : i;
		if (!can(o->m, src + k, PLAIN_READ) || !can(o->m, dst + k, PLAIN_WRITE)) {
			bool rd = !can(o->m, src + k, PLAIN_READ);

			page_fault(o, rd ? 1 : 3, rd ? src + k : dst + k, i);
			o->rec[1] = down;
			return;
		}
		*at(o->m, dst + k) = *at(o->m, src + k);
	}
}

static void fill(struct outcome *o)
{
	u64 dst = get(o->d, 24, 8), n = get(o->d, 32, 4), i;
	int wide = o->d[6] & 4;

	for (i = 0; i < n; i++) {
		int k = i % (wide ? 16 : 8);

		if (!can(o->m, dst + i, PLAIN_WRITE)) {
			page_fault(o, 3, dst + i, i);
			return;
		}
		*at(o->m, dst + i) = o->d[k < 8 ? 16 + k : 40 + k - 8];
	}
}

static void dualcast(struct outcome *o)
{
	u64 n = get(o->d, 32, 4), addr[3], i;
	int k;

	for (k = 0; k < 3; k++)
		addr[k] = get(o->d, k == 2 ? 40 : 16 + 8 * k, 8);
	for (i = 0; i < n; i++) {
		for (k = 0; k < 3; k++) {
			if (!can(o->m, addr[k] + i, k ? PLAIN_WRITE : PLAIN_READ)) {
				page_fault(o, k ? k + 2 : 1, addr[k] + i, i);
				return;
			}
		}
		*at(o->m, addr[1] + i) = *at(o->m, addr[0] + i);
		*at(o->m, addr[2] + i) = *at(o->m, addr[0] + i);
	}
}

static void compare(struct outcome *o, bool pattern)
{
	u64 a = get(o->d, 16, 8), b = get(o->d, 24, 8), n = get(o->d, 32, 4), i;
	bool check = o->d[4] & 0x80;

	for (i = 0; i < n; i++) {
		u8 want;

		if (!can(o->m, a + i, PLAIN_READ)) {
			page_fault(o, 1, a + i, i);
			return;
		}
		if (!pattern && !can(o->m, b + i, PLAIN_READ)) {
			page_fault(o, 2, b + i, i);
			return;
		}
		want = pattern ? o->d[24 + i % 8] : *at(o->m, b + i);
		if (*at(o->m, a + i) != want) {
			o->rec[1] = 1;
			put(o->rec, 4, 4, i);
			break;
		}
	}
	o->rec[0] = check && o->rec[1] != o->d[40] % 2 ? 2 : 1;
}

static bool unit_differs(const struct plain_mem *m, u64 a, u64 b)
{
	int i;

	for (i = 0; i < 8; i++) {
		if (*at(m, a + i) != *at(m, b + i))
			return true;
	}
	return false;
}

static void create_delta(struct outcome *o)
{
	u64 a = get(o->d, 16, 8), b = get(o->d, 24, 8), n = get(o->d, 32, 4);
	u64 out = get(o->d, 40, 8), max = get(o->d, 48, 4), used = 0, i, k;
	u64 bad = plain_reach(o->m, out, max, true);

	for (i = 0; i < n; i += 8) {
		int fault = !can(o->m, a + i, PLAIN_READ)   ? 1
			    : !can(o->m, b + i, PLAIN_READ) ? 2
							    : 0;

		if (!fault && !unit_differs(o->m, a + i, b + i))
			continue;
		if (!fault && used + 10 > max) {
			o->rec[1] = 2;
			put(o->rec, 4, 4, i);
			break;
		}
		if (!fault && used + 10 > bad)
			fault = 3;
		if (fault) {
			page_fault(o, fault,
				   fault == 1	? a + i
				   : fault == 2 ? b + i
						: out + bad,
				   i);
			o->rec[1] = used ? 1 : 0;
			put(o->rec, 16, 4, used);
			return;
		}
		put(at(o->m, out + used), 0, 2, i / 8);
		for (k = 0; k < 8; k++)
			*at(o->m, out + used + 2 + k) = *at(o->m, b + i + k);
		used += 10;
		o->rec[1] = 1;
	}
	put(o->rec, 16, 4, used);
	if ((o->d[4] & 0x80) && !(o->d[56] >> o->rec[1] & 1))
		o->rec[0] = 2;
}

static void apply_delta(struct outcome *o)
{
	u64 rec = get(o->d, 16, 8), dst = get(o->d, 24, 8), n = get(o->d, 32, 4);
	u64 len = get(o->d, 40, 4), i;
	u64 rec_bad = plain_reach(o->m, rec, len, false), dst_bad = plain_reach(o->m, dst, n, true);
	long long before = -1;

	for (i = 0; i < len; i += 10) {
		u64 off, k;

		if (i + 10 > rec_bad) {
			page_fault(o, 1, rec + rec_bad, i);
			return;
		}
		off = get(at(o->m, rec + i), 0, 2);
		if ((long long)off <= before || off * 8 >= n) {
			o->rec[0] = (long long)off <= before ? 0x07 : 0x08;
			put(o->rec, 4, 4, i);
			return;
		}
		if (off * 8 + 8 > dst_bad) {
			page_fault(o, 3, dst + dst_bad, i);
			return;
		}
		for (k = 0; k < 8; k++)
			*at(o->m, dst + off * 8 + k) = *at(o->m, rec + i + 2 + k);
		before = off;
	}
}

static u64 mirror(u64 v, int width)
{
	u64 out = 0;
	int i;

	for (i = 0; i < width; i++)
		out |= (v >> i & 1) << (width - 1 - i);
	return out;
}

u64 plain_crc_byte(u64 reg, u8 byte, int width, u64 poly)
{
	u64 top = 1ull << (width - 1);
	int bit;

	for (bit = 7; bit >= 0; bit--) {
		bool high = (reg & top) != 0;

		reg = (reg & ~top) << 1;
		if (high != (byte >> bit & 1))
			reg ^= poly;
	}
	return reg;
}

u64 plain_crc(const u8 *data, u64 len, u64 seed, u8 flags)
{
	int width = flags & 8 ? 64 : 32;
	u64 poly = flags & 8 ? 0xad93d23594c93659ull : 0x1edc6f41ull;
	u64 ones = flags & 8 ? ~0ull : 0xffffffffull, reg, i;

	reg = flags & 2 ? seed & ones : mirror(~seed & ones, width);
	for (i = 0; i < len; i++)
		reg = plain_crc_byte(reg, flags & 4 ? data[i] : (u8)mirror(data[i], 8), width,
				     poly);
	return flags & 2 ? reg : ~mirror(reg, width) & ones;
}

static void crc(struct outcome *o, bool copy)
{
	u64 src = get(o->d, 16, 8), dst = get(o->d, 24, 8), n = get(o->d, 32, 4), i;
	u8 flags = o->d[6];
	int width = flags & 8 ? 8 : 4;
	u64 seed = get(o->d, 40, width), from = get(o->d, 48, 8);

	if (flags & 1) {
		if (!can(o->m, from, PLAIN_READ)) {
			page_fault(o, 2, from, 0);
			return;
		}
		seed = get(at(o->m, from), 0, width);
	}
	for (i = 0; i < n; i++) {
		bool rd = can(o->m, src + i, PLAIN_READ);

		if (!rd || (copy && !can(o->m, dst + i, PLAIN_WRITE))) {
			page_fault(o, rd ? 3 : 1, rd ? dst + i : src + i, i);
			break;
		}
		seed = plain_crc(at(o->m, src + i), 1, seed, flags);
		if (copy)
			*at(o->m, dst + i) = *at(o->m, src + i);
	}
	put(o->rec, 16, width, seed);
}

/* 5.8: one side's tags. */
struct tags {
	u64 ref, mask, app;
	bool ref_moves, app_moves;
};

static struct tags tags_of(const u8 *d, int at, u8 flags)
{
	struct tags t = {get(d, at, 4), get(d, at + 4, 2), get(d, at + 6, 2), !(flags & 0x80),
			 (flags & 0x10) != 0};

	return t;
}

static void tags_next(struct tags *t)
{
	if (t->ref_moves)
		t->ref = (t->ref + 1) % 0x100000000ull;
	if (t->app_moves)
		t->app = (t->app + 1) % 0x10000;
}

static u64 big(const u8 *p, int bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v * 256 + *p++;
	return v;
}

static u16 guard_of(const struct plain_mem *m, u64 addr, u64 n, u8 dif)
{
	u64 reg = dif & 4 ? 0xffff : 0, i;

	for (i = 0; i < n; i++)
		reg = plain_crc_byte(reg, *at(m, addr + i), 16, 0x8bb7);
	return dif & 8 ? reg ^ 0xffff : reg;
}

static u8 verify(const u8 *tag, u16 guard, const struct tags *t, u8 flags)
{
	u64 g = big(tag, 2), app = big(tag + 2, 2), ref = big(tag + 4, 4);
	u8 bad = 0;

	if ((flags & 2) && g == 0xffff && app == 0xffff && ref == 0xffffffff)
		return flags & 1 ? 8 : 0;
	if ((flags & 8) && app == 0xffff && ref == 0xffffffff)
		return 0;
	if ((flags & 4) && app == 0xffff)
		return 0;
	if (!(flags & 0x20) && g != guard)
		bad += 1;
	if (t->mask != 0xffff && app != (t->app & (t->mask ^ 0xffff)))
		bad += 2;
	if (!(flags & 0x40) && ref != t->ref)
		bad += 4;
	return bad;
}

static void dif(struct outcome *o, u8 op)
{
	static const int sizes[] = {512, 520, 4096, 4104};
	bool tagged = op == 0x12 || op == 0x14 || op == 0x15;
	bool data_out = op != 0x12 && op != 0x17, tag_out = op == 0x13 || op == 0x15 || op == 0x17;
	u64 src = get(o->d, 16, 8), dst = get(o->d, 24, 8), n = get(o->d, 32, 4), done = 0;
	u8 flags = o->d[42], sf = o->d[40], df = o->d[41];
	u64 bs = sizes[flags & 3], in = bs + (tagged ? 8 : 0);
	u64 out = (data_out ? bs : 0) + (tag_out ? 8 : 0), k;
	struct tags st = tags_of(o->d, 48, sf), dt = tags_of(o->d, 56, df);

	for (; done < n; done += in, src += in, dst += out) {
		u64 miss = plain_reach(o->m, src, in, false);
		u16 guard;
		u8 bad = 0, tag[8];
		u64 w;

		if (miss < in) {
			page_fault(o, 1, src + miss, done);
			break;
		}
		miss = plain_reach(o->m, dst, out, true);
		if (miss < out) {
			page_fault(o, 3, dst + miss, done);
			break;
		}
		guard = guard_of(o->m, src, bs, flags);
		if (tagged)
			bad = verify(at(o->m, src + bs), guard, &st, sf);
		if (bad) {
			o->rec[0] = 0x09;
			o->rec[1] = bad;
			put(o->rec, 4, 4, done);
			return;
		}
		w = dt.app & (dt.mask ^ 0xffff);
		for (k = 0; k < 2; k++)
			tag[k] = guard >> (8 - 8 * k);
		for (k = 0; k < 2; k++)
			tag[2 + k] = w >> (8 - 8 * k);
		for (k = 0; k < 4; k++)
			tag[4 + k] = dt.ref >> (24 - 8 * k);
		if (op == 0x15) {
			for (k = 0; k < 8; k++) {
				u8 pass = k < 2 ? 0x20 : k < 4 ? 0x08 : 0x40;

				if (df & pass)
					tag[k] = *at(o->m, src + bs + k);
			}
		}
		for (k = 0; data_out && k < bs; k++)
			*at(o->m, dst + k) = *at(o->m, src + k);
		for (k = 0; tag_out && k < 8; k++)
			*at(o->m, dst + out - 8 + k) = tag[k];
		tags_next(&st);
		tags_next(&dt);
	}
	if (tagged) {
		put(o->rec, 16, 4, st.ref);
		put(o->rec, 20, 2, st.mask);
		put(o->rec, 22, 2, st.app);
	}
	if (tag_out) {
		put(o->rec, 24, 4, dt.ref);
		put(o->rec, 28, 2, dt.mask);
		put(o->rec, 30, 2, dt.app);
	}
}

/* Cache Flush and Translation Fetch only need the addresses to be there. */
static void touch(struct outcome *o, int field, bool write)
{
	u64 addr = get(o->d, field, 8), n = get(o->d, 32, 4);
	u64 ok = plain_reach(o->m, addr, n, write);

	if (ok < n)
		page_fault(o, write ? 3 : 1, addr + ok, ok);
}

void plain_run(const u8 d[64], struct plain_mem *m, bool fault_info, u8 rec[32])
{
	struct outcome o = {m, d, rec, fault_info};

	memset(rec, 0, 32);
	rec[0] = 1;
	switch (d[7]) {
	case 0x00:
	case 0x02:
		break;
	case 0x03:
		move(&o);
		break;
	case 0x04:
		fill(&o);
		break;
	case 0x05:
	case 0x06:
		compare(&o, d[7] == 0x06);
		break;
	case 0x07:
		create_delta(&o);
		break;
	case 0x08:
		apply_delta(&o);
		break;
	case 0x09:
		dualcast(&o);
		break;
	case 0x0a:
		touch(&o, 16, false);
		break;
	case 0x10:
	case 0x11:
		crc(&o, d[7] == 0x11);
		break;
	case 0x20:
		touch(&o, 24, true);
		break;
	default:
		dif(&o, d[7]);
	}
}
