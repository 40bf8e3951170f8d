/* SPDX-License-Identifier: GPL-2.0 */
/* Protocol-buffer wire format, writing only: varints, tagged fields, messages within messages. */
#ifndef SIM_REPORT_PROTO_H
#define SIM_REPORT_PROTO_H

#include <string.h>

#include "sim/core/types.h"

/*
 * Everything writes at @p and returns the place behind. The caller has made sure of the room: ten
 * bytes a varint, the length of a text, five bytes for the head of a message.
 */
enum proto_wire { PROTO_VARINT = 0, PROTO_LEN = 2 };

static inline u8 *proto_varint(u8 *p, u64 v)
{
	while (v >= 0x80) {
		*p++ = (u8)(v | 0x80);
		v >>= 7;
	}
	*p++ = (u8)v;
	return p;
}

/* A varint made beforehand, of a value below 2^56; proto_put_word() stores eight bytes always. */
struct proto_word {
	u64 bytes; /* the first one lowest */
	u32 len;
};

static inline struct proto_word proto_word(u64 v)
{
	u64 x = (v & 0xfffffff) | v >> 28 << 32;
	u32 len;

	/* From 28 bits in each half to 7 in each byte. */
	x = (x & 0x00003fff00003fff) | (x & 0x0fffc0000fffc000) << 2;
	x = (x & 0x007f007f007f007f) | (x & 0x3f803f803f803f80) << 1;
	len = (u32)(71 - __builtin_clzll(x | 1)) / 8;
	x |= 0x8080808080808080 & ((1ull << 8 * (len - 1)) - 1);
	return (struct proto_word){x, len};
}

static inline u8 *proto_put_word(u8 *p, struct proto_word w)
{
	memcpy(p, &w.bytes, sizeof(w.bytes));
	return p + w.len;
}

static inline u8 *proto_tag(u8 *p, u32 field, enum proto_wire wire)
{
	return proto_varint(p, field << 3 | wire);
}

static inline u8 *proto_u64(u8 *p, u32 field, u64 v)
{
	return proto_varint(proto_tag(p, field, PROTO_VARINT), v);
}

static inline u8 *proto_text(u8 *p, u32 field, const char *text, size_t len)
{
	p = proto_varint(proto_tag(p, field, PROTO_LEN), len);
	memcpy(p, text, len);
	return p + len;
}

/*
 * A message: proto_open() writes its tag and leaves one byte for the length, proto_close() fills it
 * in. @body is what proto_open() returned; longer bodies are moved up.
 */
static inline u8 *proto_open(u8 *p, u32 field)
{
	return proto_tag(p, field, PROTO_LEN) + 1;
}

static inline u8 *proto_close(u8 *body, u8 *end)
{
	size_t len = (size_t)(end - body), more = 0;

	if (len < 0x80) {
		body[-1] = (u8)len;
		return end;
	}
	for (size_t l = len; l >= 0x80; l >>= 7)
		more++;
	memmove(body + more, body, len);
	proto_varint(body - 1, len);
	return end + more;
}

#endif
