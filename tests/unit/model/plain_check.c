// SPDX-License-Identifier: GPL-2.0
// The descriptor checks once more, as a list of rules over bytes.

#include <stdio.h>
#include <string.h>

#include "plain_ops.h"

/*
 * Tables 5.2 and 5.3 by name. flags: B block on fault, K check result, C cache
 * control, S strict ordering, 1 2 3 address traffic classes, R record mandatory;
 * op: flags 23:16; rsvd: byte ranges. dst: byte offset of what is written and
 * the ranges it must not touch are derived below.
 */
static const struct rule {
	u8 op;
	const char *flags;
	u8 own; /* flags 23:16 */
	const char *rsvd;
} rules[] = {
	{0x00, "", 0, "16-35,38-63"},		{0x01, "1", 0x01, "24-31,38-63"},
	{0x02, "12", 0x0f, "32-35,38-63"},	{0x03, "BCS12", 0, "38-63"},
	{0x04, "BCS2", 0x04, "38-39,48-63"},	{0x05, "BK12R", 0, "38-39,41-63"},
	{0x06, "BK1R", 0, "38-39,41-63"},	{0x07, "BKCS123R", 0, "38-39,52-55,57-63"},
	{0x08, "BCS12", 0, "38-39,44-63"},	{0x09, "BCS123", 0, "38-39,48-63"},
	{0x0a, "B", 0x01, "24-31,38-47,52-63"}, {0x10, "B13R", 0x0f, "24-31,38-39,56-63"},
	{0x11, "BCS123R", 0x0f, "38-39,56-63"}, {0x12, "B1R", 0, "24-31,38-39,41-41,43-47,56-63"},
	{0x13, "BCS12", 0, "38-40,43-55"},	{0x14, "BCS12", 0, "38-39,41-41,43-47,56-63"},
	{0x15, "BCS12", 0, "38-39,43-47"},	{0x17, "BCS12", 0, "38-40,43-55"},
	{0x20, "BCS2", 0, "16-23,38-63"},
};

enum { FENCE = 1, BOF = 2, CRAV = 4, RCR = 8, RCI = 16, CRTC = 0x1000 };

static u64 get(const u8 *d, int at, int bytes)
{
	u64 v = 0;

	while (bytes--)
		v = v * 256 + d[at + bytes];
	return v;
}

static bool has(const struct rule *r, char c)
{
	return strchr(r->flags, c) != NULL;
}

static bool cap(const struct plain_dev *dev, int bit)
{
	return dev->gencap >> bit & 1;
}

/* May flag bit n be set? Everything else in the descriptor is given. */
static bool flag_ok(const struct plain_dev *dev, const struct rule *r, const u8 *d, int n,
		    bool member, bool priv)
{
	u32 f = get(d, 4, 3);

	switch (n) {
	case 0:
		return member;
	case 1:
		return has(r, 'B') && dev->bof && cap(dev, 0);
	case 2:
		return true;
	case 3:
	case 12:
		return f & CRAV;
	case 4:
		return dev->user_int || !dev->pasid || priv;
	case 5:
		return has(r, 'C') && dev->version >= 3 && cap(dev, 5) && r->op != 0x20;
	case 7:
		return has(r, 'K');
	case 8:
		if (r->op == 0x20)
			return dev->version < 3 && cap(dev, 3);
		return has(r, 'C') && cap(dev, 2);
	case 9:
		return has(r, '1') && (r->op != 0x02 || (f & 0x10000));
	case 10:
		return has(r, '2') && (r->op != 0x02 || (f & 0x20000));
	case 11:
		return has(r, '3') && ((r->op & 0xfe) != 0x10 || (f & 0x10000));
	case 13:
		return has(r, 'S');
	case 14:
		return has(r, 'C') && cap(dev, 8);
	case 16:
		if (r->op == 0x01)
			return cap(dev, 15);
		if (r->op == 0x0a)
			return cap(dev, 7);
		/* fall through */
	case 17:
		if (r->op == 0x02)
			return cap(dev, 9);
		break;
	case 18:
		if (r->op == 0x04)
			return cap(dev, 10);
		break;
	case 19:
		if ((r->op & 0xfe) == 0x10)
			return cap(dev, 11);
		break;
	}
	return n >= 16 && (r->own >> (n - 16) & 1);
}

static u32 wrong_flags(const struct plain_dev *dev, const struct rule *r, const u8 *d, bool member,
		       bool priv)
{
	u32 f = get(d, 4, 3), bad = 0;
	int n;

	for (n = 0; n < 24; n++) {
		if ((f >> n & 1) && !flag_ok(dev, r, d, n, member, priv))
			bad |= 1u << n;
	}
	if (has(r, 'R') && !(f & CRAV))
		bad |= CRAV;
	if (has(r, 'R') && !(f & RCR))
		bad |= RCR;
	if (r->op == 0x02 && !(f & (RCR | RCI)))
		bad |= RCR;
	return bad;
}

static bool nonzero(const u8 *d, int first, int last)
{
	for (; first <= last; first++) {
		if (d[first])
			return true;
	}
	return false;
}

static bool rsvd_set(const struct plain_dev *dev, const struct rule *r, const u8 *d, bool member)
{
	u32 f = get(d, 4, 3);
	const char *p = r->rsvd;
	int first, last, used;

	for (; sscanf(p, "%d-%d%n", &first, &last, &used) == 2; p += used + (p[used] == ',')) {
		if (nonzero(d, first, last))
			return true;
		if (!p[used])
			break;
	}
	if (dev->shared && !member && (get(d, 0, 4) >> 20 & 0x7ff))
		return true;
	if (!(f & CRAV) && nonzero(d, 8, 15))
		return true;
	if (!(f & RCI) && nonzero(d, 36, 37))
		return true;
	switch (r->op) {
	case 0x02:
		return (!(f & 0x10000) && nonzero(d, 16, 23)) ||
		       (!(f & 0x20000) && nonzero(d, 24, 31));
	case 0x04:
		return !(f & 0x40000) && nonzero(d, 40, 47);
	case 0x0a:
		return !(f & 0x10000) && nonzero(d, 48, 51);
	case 0x10:
	case 0x11:
		if (f & 0x10000)
			return nonzero(d, 40, 47);
		return nonzero(d, 48, 55) || (!(f & 0x80000) && nonzero(d, 44, 47));
	case 0x13:
	case 0x17:
		return (d[42] & 0xf0) || (d[41] & 7);
	case 0x15:
		return (d[42] & 0xf0) || (d[41] & 7);
	case 0x12:
	case 0x14:
		return d[42] & 0xf0;
	}
	return false;
}

static u8 size_wrong(const struct plain_dev *dev, u8 op, const u8 *d)
{
	static const int sizes[] = {512, 520, 4096, 4104};
	u64 n = get(d, 32, 4), bs = sizes[d[42] & 3];
	u64 most = 1ull << (dev->gencap >> 16 & 31), count = 1ull << (dev->gencap >> 21 & 15);

	if (dev->max_transfer < most)
		most = dev->max_transfer;
	if (dev->max_batch < count)
		count = dev->max_batch;
	if (op == 0x00 || op == 0x02)
		return 0;
	if (op == 0x01)
		return n < (cap(dev, 52) ? 1 : 2) || n > count ? 0x14 : 0;
	if (n == 0 || n > most)
		return 0x13;
	if (op == 0x0a && get(d, 16, 8) && get(d, 16, 8) + n < n && get(d, 16, 8) + n)
		return 0x13;
	if ((op == 0x07 || op == 0x08) && n > 0x80000)
		return 0x13;
	if (op == 0x07 && (get(d, 48, 4) < 80 || get(d, 48, 4) > most))
		return 0x15;
	if (op == 0x08 && (get(d, 40, 4) < 10 || get(d, 40, 4) % 10 || get(d, 40, 4) > most))
		return 0x15;
	if ((op == 0x12 || op == 0x14 || op == 0x15) && n % (bs + 8))
		return 0x13;
	if ((op == 0x13 || op == 0x17) && n % bs)
		return 0x13;
	return 0;
}

static u8 align_wrong(u8 op, const u8 *d)
{
	u64 a = get(d, 16, 8), b = get(d, 24, 8), n = get(d, 32, 4), stride = get(d, 48, 4);
	u32 f = get(d, 4, 3);

	if (op == 0x01)
		return a % 64 ? 0x18 : 0;
	if (op == 0x07)
		return a % 8 || b % 8 || n % 8 ? 0x1c : 0;
	if (op == 0x08)
		return b % 8 || n % 8 ? 0x1c : 0;
	if (op == 0x17)
		return b % 8 ? 0x1c : 0;
	if ((op == 0x10 || op == 0x11) && (f & 0x10000))
		return get(d, 48, 8) % (f & 0x80000 ? 8 : 4) ? 0x1c : 0;
	if (op == 0x0a && (f & 0x10000))
		return stride < 4096 || __builtin_popcountll(stride) != 1 ? 0x1c : 0;
	if (op == 0x09)
		return b % 4096 != get(d, 40, 8) % 4096 ? 0x17 : 0;
	return 0;
}

/* Is there a byte in both? Addresses are taken round the end of the space. */
static bool meet(u64 a, u64 an, u64 b, u64 bn)
{
	__uint128_t two64 = (__uint128_t)1 << 64;
	__uint128_t x = a, y = b;

	if (x < y + bn && y < x + an)
		return true;
	x += two64;
	if (x < y + bn && y < x + an)
		return true;
	x -= two64;
	y += two64;
	return x < y + bn && y < x + an;
}

static bool overlaps(const struct plain_dev *dev, u8 op, const u8 *d)
{
	static const int sizes[] = {512, 520, 4096, 4104};
	u64 a = get(d, 16, 8), b = get(d, 24, 8), c = get(d, 40, 8), n = get(d, 32, 4);
	u64 bs = sizes[d[42] & 3];

	switch (op) {
	case 0x03:
		return !cap(dev, 1) && meet(a, n, b, n);
	case 0x07:
		return meet(c, get(d, 48, 4), a, n) || meet(c, get(d, 48, 4), b, n);
	case 0x08:
		return meet(a, get(d, 40, 4), b, n);
	case 0x09:
		return meet(a, n, b, n) || meet(a, n, c, n) || meet(b, n, c, n);
	case 0x11:
	case 0x14: /* the device takes the source's size for both */
	case 0x15:
		return meet(a, n, b, n);
	case 0x13:
		return meet(a, n, b, n / bs * (bs + 8));
	case 0x17:
		return meet(a, n, b, n / bs * 8);
	}
	return false;
}

u8 plain_check(const struct plain_dev *dev, const u8 d[64], bool member, bool priv, u32 *mask)
{
	const struct rule *r = NULL;
	u8 op = d[7], bad;
	unsigned int i;

	*mask = 0;
	if ((d[4] & CRAV) && d[8] % 32)
		return 0x1b;
	if (dev->shared && !member && (d[3] & 0x80) && !dev->priv_ok)
		return 0x1d;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].op == op)
			r = &rules[i];
	}
	if (!r || !(dev->opcap >> op & 1) || !(dev->opcfg >> op & 1))
		return 0x10;
	if (member && (op == 0x01 || op == 0x02))
		return 0x10;
	if (op == 0x0a && !dev->ats)
		return 0x10;
	*mask = wrong_flags(dev, r, d, member, priv);
	if (*mask)
		return 0x11;
	if (rsvd_set(dev, r, d, member))
		return 0x12;
	bad = size_wrong(dev, op, d);
	if (bad)
		return bad;
	bad = align_wrong(op, d);
	if (bad)
		return bad;
	return overlaps(dev, op, d) ? 0x16 : 0;
}
