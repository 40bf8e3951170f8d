// SPDX-License-Identifier: GPL-2.0
// Numbers with units: exact decimal arithmetic on integers.
#include <stdio.h>
#include <string.h>

#include "sim/scenario/units.h"

struct unit {
	const char *name;
	u64 scale;
};

static const struct unit time_units[] = {
	{"ps", 1},	   {"ns", PS_PER_NS}, {"us", PS_PER_US},
	{"ms", PS_PER_MS}, {"s", PS_PER_S},   {NULL, 0},
};
static const struct unit size_units[] = {
	{"B", 1},
	{"KiB", 1ull << 10},
	{"MiB", 1ull << 20},
	{"GiB", 1ull << 30},
	{"TiB", 1ull << 40},
	{"kB", 1000ull},
	{"MB", 1000000ull},
	{"GB", 1000000000ull},
	{"TB", 1000000000000ull},
	{NULL, 0},
};
static const struct unit rate_units[] = {
	{"B/s", 1},
	{"KiB/s", 1ull << 10},
	{"MiB/s", 1ull << 20},
	{"GiB/s", 1ull << 30},
	{"kB/s", 1000ull},
	{"MB/s", 1000000ull},
	{"GB/s", 1000000000ull},
	{"TB/s", 1000000000000ull},
	{NULL, 0},
};
static const struct unit freq_units[] = {
	{"Hz", 1}, {"kHz", 1000ull}, {"MHz", 1000000ull}, {"GHz", 1000000000ull}, {NULL, 0},
};
static const struct unit share_units[] = {{"%", 10000}, {NULL, 0}};

static const struct unit *units_of(enum unit_kind kind)
{
	switch (kind) {
	case UNIT_TIME:
		return time_units;
	case UNIT_SIZE:
		return size_units;
	case UNIT_RATE:
		return rate_units;
	case UNIT_FREQ:
		return freq_units;
	case UNIT_SHARE:
		return share_units;
	default:
		return NULL;
	}
}

const char *unit_names(enum unit_kind kind)
{
	switch (kind) {
	case UNIT_TIME:
		return "ps, ns, us, ms or s";
	case UNIT_SIZE:
		return "B, KiB, MiB, GiB, TiB, kB, MB, GB or TB";
	case UNIT_RATE:
		return "B/s, kB/s, MB/s, GB/s, TB/s, KiB/s, MiB/s or GiB/s";
	case UNIT_FREQ:
		return "Hz, kHz, MHz or GHz";
	case UNIT_SHARE:
		return "%";
	default:
		return "none";
	}
}

/* Reads digits and fraction as @mantissa / 10^@places; false if that is no number. */
static bool parse_decimal(const char **text, const char *end, u64 *mantissa, u32 *places, bool *big)
{
	const char *p = *text, *first = p;
	u64 m = 0;
	u32 n = 0;
	bool dot = false;

	*big = false;
	for (; p < end; p++) {
		if (*p == '.' && !dot && p > first) {
			dot = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			break;
		if (__builtin_mul_overflow(m, 10ull, &m) ||
		    __builtin_add_overflow(m, (u64)(*p - '0'), &m)) {
			*big = true;
			m = 0;
		}
		n += dot;
	}
	if (p == first || p[-1] == '.')
		return false;
	*text = p;
	*mantissa = m;
	*places = n;
	return true;
}

/* The scale of the unit that is the rest of the text. */
static enum unit_error parse_unit(enum unit_kind kind, const char *p, size_t len, u64 mantissa,
				  u64 *scale)
{
	const struct unit *u = units_of(kind);

	*scale = kind == UNIT_SHARE ? 1000000 : 1;
	if (!len)
		return !mantissa || !u || kind == UNIT_SHARE ? UNIT_OK : UNIT_MISSING;
	for (; u && u->name; u++) {
		if (strlen(u->name) == len && !memcmp(u->name, p, len)) {
			*scale = u->scale;
			return UNIT_OK;
		}
	}
	return UNIT_UNKNOWN;
}

enum unit_error unit_parse(enum unit_kind kind, const char *text, size_t len, u64 *value)
{
	const char *p = text, *end = text + len;
	unsigned __int128 v;
	u64 mantissa, scale, tens = 1;
	enum unit_error rc;
	u32 places;
	bool big;

	if (!parse_decimal(&p, end, &mantissa, &places, &big))
		return UNIT_NOT_A_NUMBER;
	while (p < end && *p == ' ')
		p++;
	rc = parse_unit(kind, p, (size_t)(end - p), mantissa, &scale);
	if (rc)
		return kind == UNIT_NONE ? UNIT_NOT_A_NUMBER : rc;
	if (kind == UNIT_NONE && places)
		return UNIT_NOT_A_NUMBER;
	if (big || places > 19)
		return UNIT_TOO_LARGE;
	while (places--)
		tens *= 10;
	v = ((unsigned __int128)mantissa * scale + tens / 2) / tens;
	if (v > ~0ull)
		return UNIT_TOO_LARGE;
	*value = (u64)v;
	return UNIT_OK;
}

/* Largest unit in which @value is short: binary for sizes, where it divides; decimal otherwise. */
static const struct unit *best_unit(enum unit_kind kind, u64 value)
{
	const struct unit *u = units_of(kind), *best = u;

	for (; u->name; u++) {
		bool binary = !(u->scale & (u->scale - 1));

		if (u->scale > value || u->scale < best->scale || u->scale == 1)
			continue;
		if (kind == UNIT_SIZE ? binary && value % u->scale == 0 : !binary)
			best = u;
	}
	return best;
}

int unit_format(enum unit_kind kind, u64 value, char *buf)
{
	const struct unit *u;
	char frac[24];
	u64 rest, scale;
	int len = 0;

	if (!units_of(kind) || kind == UNIT_SHARE)
		return sprintf(buf, "%llu", value);
	if (!value)
		return sprintf(buf, "%s", kind == UNIT_SIZE ? "0B" : "0");
	u = best_unit(kind, value);
	rest = value % u->scale;
	if (!rest)
		return sprintf(buf, "%llu%s", value / u->scale, u->name);
	for (scale = u->scale / 10; rest; scale /= 10) {
		frac[len++] = (char)('0' + rest / scale);
		rest %= scale;
	}
	frac[len] = 0;
	return sprintf(buf, "%llu.%s%s", value / u->scale, frac, u->name);
}
