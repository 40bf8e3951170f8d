// SPDX-License-Identifier: GPL-2.0
/*
 * Random streams: xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64 from the seed
 * and a hash of the stream's name.
 */
#include <assert.h>

#include "sim/core/rng.h"

static u64 rotl(u64 x, int k)
{
	return x << k | x >> (64 - k);
}

static u64 splitmix64(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void sim_rng_init(struct sim_rng *rng, u64 seed, const char *name)
{
	u64 hash = 0xcbf29ce484222325ull, state; /* FNV-1a */

	for (const char *p = name; *p; p++)
		hash = (hash ^ (u8)*p) * 0x100000001b3ull;
	/* The seed goes through the mixer first: seed ^ hash alone would let two pairs meet easily.
	 */
	state = seed;
	state = splitmix64(&state) ^ hash;
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix64(&state);
}

u64 sim_rng_u64(struct sim_rng *rng)
{
	u64 *s = rng->s, result = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

u64 sim_rng_below(struct sim_rng *rng, u64 n)
{
	unsigned __int128 m;

	assert(n);
	/* Lemire's multiplication; the low half tells the few draws that would be uneven. */
	m = (unsigned __int128)sim_rng_u64(rng) * n;
	if ((u64)m < n) {
		u64 uneven = -n % n;

		while ((u64)m < uneven)
			m = (unsigned __int128)sim_rng_u64(rng) * n;
	}
	return (u64)(m >> 64);
}

/* Partial sums of ln(2)^i / i!, i = 1.., times 2^64, rounded down. */
static const u64 ln2_sums[] = {
	0xb17217f7d1cf79ab, 0xeef193f6d75a96fc, 0xfd27186259aaf6c2, 0xff9d6dd050f4c5a7,
	0xfff4cfcfef1e626b, 0xfffee81886e1c62f, 0xffffe7fe850e0bb5, 0xfffffe2a8731b17d,
	0xffffffdfac6eeadc, 0xfffffffdf9640067, 0xffffffffe22ec79c, 0xfffffffffe6a9ded,
	0xffffffffffebff81, 0xffffffffffff1417, 0xfffffffffffff5ce, 0xffffffffffffff95,
	0xfffffffffffffffb, 0xffffffffffffffff,
};
#define LN2 ln2_sums[0]

/*
 * Ahrens and Dieter 1972, algorithm SA: the number of leading zero bits gives whole multiples of
 * ln 2, the rest is ln 2 times the least of as many uniform draws as the table asks for. Exact up
 * to the 64 bits, with comparisons only.
 */
u64 sim_rng_exp(struct sim_rng *rng, u64 mean)
{
	unsigned __int128 x = 0, whole; /* 64 fractional bits */
	u64 u = sim_rng_u64(rng), least, draw;

	while (!(u >> 63)) {
		x += LN2;
		u = u ? u << 1 : sim_rng_u64(rng);
	}
	u <<= 1;
	if (u < LN2) {
		x += u;
	} else {
		least = sim_rng_u64(rng);
		for (u32 i = 1; i < sizeof(ln2_sums) / sizeof(*ln2_sums); i++) {
			draw = sim_rng_u64(rng);
			least = draw < least ? draw : least;
			if (u < ln2_sums[i])
				break;
		}
		x += ((unsigned __int128)least * LN2) >> 64;
	}
	whole = (x >> 64) * mean + (((unsigned __int128)(u64)x * mean) >> 64);
	return whole > SIM_NEVER ? SIM_NEVER : (u64)whole;
}
