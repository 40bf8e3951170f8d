/* SPDX-License-Identifier: GPL-2.0 */
/* Fixed-size types for headers that both worlds (kernel and libc) include. */
#ifndef SIM_CORE_TYPES_H
#define SIM_CORE_TYPES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>

/* As in the kernel: 64-bit types are (unsigned) long long, so that %llx fits in both worlds. */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef signed short s16;
typedef signed int s32;
typedef signed long long s64;
#endif

/* Virtual time is an unsigned 64-bit count of picoseconds. */
#define PS_PER_NS 1000ull
#define PS_PER_US 1000000ull
#define PS_PER_MS 1000000000ull
#define PS_PER_S  1000000000000ull
#define SIM_NEVER (~0ull)

#endif
