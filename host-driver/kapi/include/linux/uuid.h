/* SPDX-License-Identifier: GPL-2.0 */
/* UUIDs, both byte orders (lib/uuid.c). */
#ifndef _LINUX_UUID_H
#define _LINUX_UUID_H

#include <linux/string.h>
#include <linux/types.h>

#define UUID_SIZE	16
#define UUID_STRING_LEN 36

typedef struct {
	__u8 b[16];
} guid_t;
typedef guid_t uuid_le;
typedef struct {
	__u8 b[UUID_SIZE];
} uuid_t;

#define UUID_INIT(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                                         \
	((uuid_t){{((a) >> 24) & 0xff, ((a) >> 16) & 0xff, ((a) >> 8) & 0xff, (a)&0xff,            \
		   ((b) >> 8) & 0xff, (b)&0xff, ((c) >> 8) & 0xff, (c)&0xff, (d0), (d1), (d2),     \
		   (d3), (d4), (d5), (d6), (d7)}})
#define GUID_INIT(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)                                         \
	((guid_t){{(a)&0xff, ((a) >> 8) & 0xff, ((a) >> 16) & 0xff, ((a) >> 24) & 0xff, (b)&0xff,  \
		   ((b) >> 8) & 0xff, (c)&0xff, ((c) >> 8) & 0xff, (d0), (d1), (d2), (d3), (d4),   \
		   (d5), (d6), (d7)}})

extern const guid_t guid_null;
extern const uuid_t uuid_null;

static inline bool uuid_equal(const uuid_t *a, const uuid_t *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline bool guid_equal(const guid_t *a, const guid_t *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static inline void uuid_copy(uuid_t *dst, const uuid_t *src)
{
	*dst = *src;
}

static inline void guid_copy(guid_t *dst, const guid_t *src)
{
	*dst = *src;
}

static inline bool uuid_is_null(const uuid_t *u)
{
	return uuid_equal(u, &uuid_null);
}

static inline bool guid_is_null(const guid_t *u)
{
	return guid_equal(u, &guid_null);
}

bool __must_check uuid_is_valid(const char *uuid);
int guid_parse(const char *uuid, guid_t *u); /* 0 or -EINVAL; more text may follow */
int uuid_parse(const char *uuid, uuid_t *u) __asm__("kapi_uuid_parse");
void uuid_gen(uuid_t *u); /* version 4, from the kernel's seed */
void guid_gen(guid_t *u);

#endif
