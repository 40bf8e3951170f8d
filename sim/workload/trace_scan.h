/* SPDX-License-Identifier: GPL-2.0 */
/* Scanners of the words of a trace line, hand-written for speed. */
#ifndef SIM_WORKLOAD_TRACE_SCAN_H
#define SIM_WORKLOAD_TRACE_SCAN_H

#include <string.h>

#include "sim/scenario/units.h"
#include "sim/workload/trace.h"

/*
 * Every line is followed by a '\n' in the buffer, so that a scanner may run without looking at
 * the length: no character it accepts is a '\n'.
 */

static const u8 scan_nibbles[256] = {
#define N(c, v) [c] = (v) + 1
	N('0', 0),  N('1', 1),	N('2', 2),  N('3', 3),	N('4', 4),  N('5', 5),
	N('6', 6),  N('7', 7),	N('8', 8),  N('9', 9),	N('a', 10), N('b', 11),
	N('c', 12), N('d', 13), N('e', 14), N('f', 15), N('A', 10), N('B', 11),
	N('C', 12), N('D', 13), N('E', 14), N('F', 15),
#undef N
};

static inline bool is_end(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static inline const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static inline size_t token_len(const char *p)
{
	size_t n = 0;

	while (!is_end(p[n]))
		n++;
	return n;
}

/* ---- Scanners: return the first character behind, NULL where there is no such thing ---- */

#define EACH(byte) (0x0101010101010101ull * (byte))

/*
 * The word at @p of at most 8 characters as a number whose last character is the lowest byte and
 * whose missing ones are '0'; its length, or 9 when it is longer. Little-endian machines only.
 */
static inline u64 load_word(const char *p, u32 *len)
{
	u64 w, ends;

	memcpy(&w, p, 8);
	ends = (w - EACH(0x21)) & ~w & EACH(0x80); /* lowest set: first byte up to a blank */
	if (!ends) {
		*len = is_end(p[8]) ? 8 : 9;
		return __builtin_bswap64(w);
	}
	*len = (u32)__builtin_ctzll(ends) >> 3;
	if (!*len)
		return 0;
	return __builtin_bswap64(w) >> (64 - 8 * *len) | EACH('0') << (8 * *len);
}

/* The value of 8 decimal digits; false if there is anything else. */
static inline bool eight_decimal(u64 w, u64 *value)
{
	u64 x = w & EACH(0x0f);

	if (((w ^ EACH('0')) | (x + EACH(6))) & EACH(0xf0))
		return false;
	x = (x & 0x00ff00ff00ff00ffull) + 10 * (x >> 8 & 0x00ff00ff00ff00ffull);
	x = (x & 0x0000ffff0000ffffull) + 100 * (x >> 16 & 0x0000ffff0000ffffull);
	*value = (x & 0xffffffff) + 10000 * (x >> 32);
	return true;
}

/* The same for 8 hexadecimal digits in lower case. */
static inline bool eight_hex(u64 w, u64 *value)
{
	u64 x = (w & EACH(0x0f)) + 9 * (w >> 6 & EACH(1)), above9 = (x + EACH(6)) >> 4 & EACH(1);

	if ((x & EACH(0xf0)) || x + EACH('0') + 0x27 * above9 != w)
		return false;
	x = (x | x >> 4) & 0x00ff00ff00ff00ffull;
	x = (x | x >> 8) & 0x0000ffff0000ffffull;
	*value = (x | x >> 16) & 0xffffffff;
	return true;
}

static inline const char *scan_decimal(const char *p, u64 *value)
{
	const char *start = p;
	u64 v = 0;
	u32 d;

	while ((d = (u32)(u8)*p - '0') < 10) {
		v = v * 10 + d;
		p++;
	}
	if (p == start || p > start + 19)
		return NULL;
	*value = v;
	return p;
}

static inline const char *scan_long_hex(const char *p, u64 *value)
{
	const char *start = p;
	u64 v = 0;
	u32 d;

	while ((d = scan_nibbles[(u8)*p])) {
		v = v << 4 | (d - 1);
		p++;
	}
	if (p == start || p > start + 16)
		return NULL;
	*value = v;
	return p;
}

/* "0x1f", or "0". */
static inline const char *scan_hex(const char *p, u64 *value)
{
	u32 len;
	u64 w;

	if (p[0] != '0')
		return NULL;
	if (p[1] != 'x') {
		*value = 0;
		return p + 1;
	}
	w = load_word(p + 2, &len);
	if (len - 1 < 8 && eight_hex(w, value))
		return p + 2 + len;
	return scan_long_hex(p + 2, value);
}

static inline const char *scan_number(const char *p, u64 *value)
{
	return p[0] == '0' && p[1] == 'x' ? scan_hex(p, value) : scan_decimal(p, value);
}

static inline const char *scan_time(const char *p, u64 *value)
{
	size_t n;
	u32 len;
	u64 w = load_word(p, &len);

	/* The usual form: whole nanoseconds of at most 6 digits. */
	if (len - 3 < 6 && (w & 0xffff) == ('n' << 8 | 's') &&
	    eight_decimal(w >> 16 | (u64)('0' << 8 | '0') << 48, value)) {
		*value *= PS_PER_NS;
		return p + len;
	}
	n = token_len(p);
	if (unit_parse(UNIT_TIME, p, n, value) || *value > TRACE_TIME_MAX)
		return NULL;
	return p + n;
}

static inline const char *scan_size(const char *p, u64 *value)
{
	size_t n;
	u32 len;
	u64 w = load_word(p, &len);

	if (len - 1 < 8 && eight_decimal(w, value))
		return p + len;
	n = token_len(p);
	if (unit_parse(UNIT_NONE, p, n, value) && unit_parse(UNIT_SIZE, p, n, value))
		return NULL;
	return p + n;
}

/* "3.0" */
static inline const char *scan_pair(const char *p, u64 *a, u64 *b)
{
	p = scan_decimal(p, a);
	if (!p || *p != '.')
		return NULL;
	return scan_decimal(p + 1, b);
}

static inline const char *scan_word(const char *p, const char *const *words, u64 *value)
{
	size_t n = token_len(p), i;

	for (i = 0; words[i]; i++) {
		if (strlen(words[i]) == n && !memcmp(words[i], p, n)) {
			*value = i;
			return p + n;
		}
	}
	return NULL;
}

/* "name=value": true when @p begins with name=. */
static inline bool scan_option(const char *p, const char *name, const char **value)
{
	size_t n = strlen(name);

	if (strncmp(p, name, n) || p[n] != '=')
		return false;
	*value = p + n + 1;
	return true;
}

#endif
