// SPDX-License-Identifier: GPL-2.0
/* Bitmaps: searching, set operations, text (lib/bitmap.c, lib/find_bit.c). */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/slab.h>

static unsigned long find_from(const unsigned long *a, const unsigned long *b, unsigned long flip,
			       unsigned long size, unsigned long offset)
{
	while (offset < size) {
		unsigned long w = a[BIT_WORD(offset)] ^ flip;

		if (b)
			w &= b[BIT_WORD(offset)];
		w &= BITMAP_FIRST_WORD_MASK(offset);
		if (w)
			return min(round_down(offset, BITS_PER_LONG) + __ffs(w), size);
		offset = round_down(offset, BITS_PER_LONG) + BITS_PER_LONG;
	}
	return size;
}

unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
	return find_from(addr, NULL, 0, size, offset);
}

unsigned long find_next_zero_bit(const unsigned long *addr, unsigned long size,
				 unsigned long offset)
{
	return find_from(addr, NULL, ~0ul, size, offset);
}

unsigned long find_next_and_bit(const unsigned long *a, const unsigned long *b, unsigned long size,
				unsigned long offset)
{
	return find_from(a, b, 0, size, offset);
}

unsigned long find_last_bit(const unsigned long *addr, unsigned long size)
{
	for (unsigned long i = BITS_TO_LONGS(size); i--;) {
		unsigned long w = addr[i];

		if (i == BITS_TO_LONGS(size) - 1)
			w &= BITMAP_LAST_WORD_MASK(size);
		if (w)
			return i * BITS_PER_LONG + __fls(w);
	}
	return size;
}

/* ---- set operations
 * -------------------------------------------------------------------------------- */

static unsigned long word_mask(unsigned int word, unsigned int nbits)
{
	return (word + 1) * BITS_PER_LONG <= nbits ? ~0ul : BITMAP_LAST_WORD_MASK(nbits);
}

bool __bitmap_and(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		  unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = a[i] & b[i] & word_mask(i, nbits);
	return any;
}

void __bitmap_or(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		 unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] | b[i];
}

void __bitmap_xor(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		  unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = a[i] ^ b[i];
}

bool __bitmap_andnot(unsigned long *dst, const unsigned long *a, const unsigned long *b,
		     unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = a[i] & ~b[i] & word_mask(i, nbits);
	return any;
}

void __bitmap_complement(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = ~src[i];
}

bool __bitmap_equal(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if ((a[i] ^ b[i]) & word_mask(i, nbits))
			return false;
	return true;
}

bool __bitmap_intersects(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (a[i] & b[i] & word_mask(i, nbits))
			return true;
	return false;
}

bool __bitmap_subset(const unsigned long *a, const unsigned long *b, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (a[i] & ~b[i] & word_mask(i, nbits))
			return false;
	return true;
}

unsigned int __bitmap_weight(const unsigned long *a, unsigned int nbits)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		n += hweight_long(a[i] & word_mask(i, nbits));
	return n;
}

void bitmap_set(unsigned long *map, unsigned int start, unsigned int nbits)
{
	for (; nbits--; start++)
		set_bit(start, map);
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nbits)
{
	for (; nbits--; start++)
		clear_bit(start, map);
}

unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask)
{
	for (;;) {
		unsigned long index, taken;

		index = __ALIGN_MASK(find_next_zero_bit(map, size, start), align_mask);
		if (index + nr > size)
			return index + nr;
		taken = find_next_bit(map, index + nr, index);
		if (taken >= index + nr)
			return index;
		start = taken + 1;
	}
}

void bitmap_from_arr32(unsigned long *dst, const u32 *buf, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_U32(nbits); i++) {
		if (i % 2)
			dst[i / 2] |= (unsigned long)buf[i] << 32;
		else
			dst[i / 2] = buf[i];
	}
	if (nbits % BITS_PER_LONG)
		dst[nbits / BITS_PER_LONG] &= BITMAP_LAST_WORD_MASK(nbits);
}

void bitmap_to_arr32(u32 *buf, const unsigned long *src, unsigned int nbits)
{
	unsigned int n = BITS_TO_U32(nbits);

	for (unsigned int i = 0; i < n; i++)
		buf[i] = src[i / 2] >> (i % 2 * 32);
	if (nbits % 32)
		buf[n - 1] &= ~0u >> (32 - nbits % 32);
}

void bitmap_from_arr64(unsigned long *dst, const u64 *buf, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = buf[i] & word_mask(i, nbits);
}

void bitmap_to_arr64(u64 *buf, const unsigned long *src, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		buf[i] = src[i] & word_mask(i, nbits);
}

/* ---- text
 * --------------------------------------------------------------------------------------------- */

/* The kernel reads backwards: chunks of up to 8 digits, the last chunk is the least significant. */
int bitmap_parse(const char *buf, unsigned int buflen, unsigned long *dst, int nbits)
{
	const char *end = strnchr(buf, buflen, '\n');
	int words = BITS_TO_U32(nbits), chunk = 0;

	if (!end)
		end = buf + strnlen(buf, buflen);
	bitmap_zero(dst, nbits);
	for (;;) {
		const char *p = end;
		u32 val = 0;

		/* The separators of the kernel: commas and blanks. */
		while (p > buf && (isspace(p[-1]) || p[-1] == ','))
			p--;
		if (p == buf)
			break;
		end = p;
		for (int digits = 0; p > buf && isxdigit(p[-1]); digits++) {
			if (digits == 8)
				return -EOVERFLOW;
			p--;
			val |= (u32)hex_to_bin(*p) << (digits * 4);
		}
		if (p == end || (p > buf && !isspace(p[-1]) && p[-1] != ','))
			return -EINVAL;
		if (chunk >= words) {
			if (val)
				return -EOVERFLOW;
		} else {
			if (chunk == words - 1 && nbits % 32 && val >> (nbits % 32))
				return -EOVERFLOW;
			dst[chunk / 2] |= (unsigned long)val << (chunk % 2 * 32);
		}
		chunk++;
		end = p;
	}
	return 0;
}

static const char *parse_bit(const char *s, unsigned int nbits, unsigned int *bit)
{
	u64 v = 0;

	if (!isdigit(*s))
		return NULL;
	for (; isdigit(*s); s++)
		if (v <= UINT_MAX)
			v = v * 10 + (*s - '0');
	*bit = min(v, (u64)UINT_MAX);
	return s;
}

/* One region, "a", "a-b" or "a-b:used/group"; where it ends, or an error pointer. */
static const char *parse_region(const char *s, unsigned long *dst, unsigned int nbits)
{
	unsigned int start, last, used, group;

	s = parse_bit(s, nbits, &start);
	if (!s)
		return ERR_PTR(-EINVAL);
	last = start;
	used = group = 1;
	if (*s == '-') {
		s = parse_bit(s + 1, nbits, &last);
		if (!s)
			return ERR_PTR(-EINVAL);
		if (*s == ':') {
			s = parse_bit(s + 1, nbits, &used);
			if (!s || *s != '/')
				return ERR_PTR(-EINVAL);
			s = parse_bit(s + 1, nbits, &group);
			if (!s)
				return ERR_PTR(-EINVAL);
		}
	}
	if (start > last || !group || used > group)
		return ERR_PTR(-EINVAL);
	if (last >= nbits)
		return ERR_PTR(-ERANGE);
	for (u64 at = start; at <= last; at += group)
		bitmap_set(dst, at, min((u64)used, last - at + 1));
	return s;
}

int bitmap_parselist(const char *buf, unsigned long *dst, int nbits)
{
	bitmap_zero(dst, nbits);
	for (const char *s = buf;;) {
		while (isspace(*s) || *s == ',')
			s++;
		if (!*s)
			return 0;
		s = parse_region(s, dst, nbits);
		if (IS_ERR(s))
			return PTR_ERR(s);
		if (*s && !isspace(*s) && *s != ',')
			return -EINVAL;
	}
}

int bitmap_print_to_pagebuf(bool list, char *buf, const unsigned long *mask, int nbits)
{
	size_t room = PAGE_SIZE - offset_in_page(buf);

	return list ? scnprintf(buf, room, "%*pbl\n", nbits, mask)
		    : scnprintf(buf, room, "%*pb\n", nbits, mask);
}

/* ---- memory
 * ------------------------------------------------------------------------------------------- */

unsigned long *bitmap_alloc_node(unsigned int nbits, gfp_t flags, int node)
{
	return kmalloc_array_node(BITS_TO_LONGS(nbits), sizeof(unsigned long), flags, node);
}

unsigned long *bitmap_zalloc_node(unsigned int nbits, gfp_t flags, int node)
{
	return bitmap_alloc_node(nbits, flags | __GFP_ZERO, node);
}

unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags)
{
	return bitmap_alloc_node(nbits, flags, NUMA_NO_NODE);
}

unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags)
{
	return bitmap_alloc(nbits, flags | __GFP_ZERO);
}

void bitmap_free(const unsigned long *bitmap)
{
	kfree(bitmap);
}
