// SPDX-License-Identifier: GPL-2.0
/* UUIDs and random numbers (lib/uuid.c, drivers/char/random.c). */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/uuid.h>
#include "host-driver/kapi/kapi.h"

const guid_t guid_null;
const uuid_t uuid_null;

bool uuid_is_valid(const char *uuid)
{
	for (u32 i = 0; i < UUID_STRING_LEN; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (uuid[i] != '-')
				return false;
		} else if (!isxdigit(uuid[i])) {
			return false;
		}
	}
	return true;
}

static int parse(const char *uuid, u8 *b, const u8 *order)
{
	const char *s = uuid;

	if (!uuid_is_valid(uuid))
		return -EINVAL;
	for (u32 i = 0; i < UUID_SIZE; i++, s += 2) {
		if (*s == '-')
			s++;
		b[order[i]] = hex_to_bin(s[0]) << 4 | hex_to_bin(s[1]);
	}
	return 0;
}

int uuid_parse(const char *uuid, uuid_t *u)
{
	static const u8 order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

	return parse(uuid, u->b, order);
}

int guid_parse(const char *uuid, guid_t *u)
{
	static const u8 order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

	return parse(uuid, u->b, order);
}

void uuid_gen(uuid_t *u)
{
	get_random_bytes(u->b, sizeof(u->b));
	u->b[6] = (u->b[6] & 0x0f) | 0x40;
	u->b[8] = (u->b[8] & 0x3f) | 0x80;
}

void guid_gen(guid_t *u)
{
	get_random_bytes(u->b, sizeof(u->b));
	u->b[7] = (u->b[7] & 0x0f) | 0x40;
	u->b[8] = (u->b[8] & 0x3f) | 0x80;
}

u64 get_random_u64(void)
{
	return sim_rng_u64(&kapi_kernel()->rng);
}

u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}

void get_random_bytes(void *buf, size_t len)
{
	for (u8 *p = buf; len;) {
		u64 v = get_random_u64();
		size_t n = min(len, sizeof(v));

		memcpy(p, &v, n);
		p += n;
		len -= n;
	}
}
