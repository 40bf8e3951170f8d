/* SPDX-License-Identifier: GPL-2.0 */
/* A field is a shifted mask: get, prepare and test values (include/linux/bitfield.h). */
#ifndef _LINUX_BITFIELD_H
#define _LINUX_BITFIELD_H

#include <linux/build_bug.h>
#include <linux/types.h>

#define __bf_shf(x) (__builtin_ffsll(x) - 1)

#define FIELD_MAX(mask)	      ((typeof(mask))((mask) >> __bf_shf(mask)))
#define FIELD_FIT(mask, val)  (!((((typeof(mask))(val)) << __bf_shf(mask)) & ~(mask)))
#define FIELD_PREP(mask, val) (((typeof(mask))(val) << __bf_shf(mask)) & (mask))
#define FIELD_GET(mask, reg)  ((typeof(mask))(((reg) & (mask)) >> __bf_shf(mask)))

#define __KAPI_FIELD_OPS(size)                                                                     \
	static __always_inline u##size u##size##_get_bits(u##size v, u##size field)                \
	{                                                                                          \
		return (v & field) >> __bf_shf(field);                                             \
	}                                                                                          \
	static __always_inline u##size u##size##_encode_bits(u##size v, u##size field)             \
	{                                                                                          \
		return (u##size)(v << __bf_shf(field)) & field;                                    \
	}                                                                                          \
	static __always_inline u##size u##size##_replace_bits(u##size old, u##size v,              \
							      u##size field)                       \
	{                                                                                          \
		return (old & ~field) | u##size##_encode_bits(v, field);                           \
	}                                                                                          \
	static __always_inline void u##size##p_replace_bits(u##size *p, u##size v, u##size field)  \
	{                                                                                          \
		*p = u##size##_replace_bits(*p, v, field);                                         \
	}
__KAPI_FIELD_OPS(8)
__KAPI_FIELD_OPS(16)
__KAPI_FIELD_OPS(32)
__KAPI_FIELD_OPS(64)
#undef __KAPI_FIELD_OPS

#endif
