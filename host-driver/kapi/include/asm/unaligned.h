/* SPDX-License-Identifier: GPL-2.0 */
/* Loads and stores that need no alignment. */
#ifndef _ASM_UNALIGNED_H
#define _ASM_UNALIGNED_H

#include <linux/string.h>
#include <linux/types.h>

#define get_unaligned(ptr)                                                                         \
	({                                                                                         \
		const struct {                                                                     \
			typeof(*(ptr)) __v;                                                        \
		} __packed *__p = (const void *)(ptr);                                             \
		__p->__v;                                                                          \
	})
#define put_unaligned(val, ptr)                                                                    \
	do {                                                                                       \
		typeof(*(ptr)) __v = (val);                                                        \
		memcpy(ptr, &__v, sizeof(__v));                                                    \
	} while (0)
#define get_unaligned_le16(p)	 get_unaligned((const u16 *)(p))
#define get_unaligned_le32(p)	 get_unaligned((const u32 *)(p))
#define get_unaligned_le64(p)	 get_unaligned((const u64 *)(p))
#define put_unaligned_le16(v, p) put_unaligned(v, (u16 *)(p))
#define put_unaligned_le32(v, p) put_unaligned(v, (u32 *)(p))
#define put_unaligned_le64(v, p) put_unaligned(v, (u64 *)(p))

#endif
