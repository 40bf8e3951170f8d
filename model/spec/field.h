/* SPDX-License-Identifier: GPL-2.0 */
/* Shifted-mask arithmetic for the hardware contract headers: constants only, usable in both compile
 * worlds. */
#ifndef SPEC_FIELD_H
#define SPEC_FIELD_H

/*
 * Every register field is one unsigned long long mask, already in place.
 * The arguments of these macros are evaluated more than once: pass constants
 * as masks and side-effect-free expressions as values.
 */

/* One bit. */
#define SPEC_BIT(n) (1ULL << (n))

/* Bits hi..lo inclusive, 63 >= hi >= lo >= 0. */
#define SPEC_FIELD(hi, lo) ((~0ULL >> (63 - (hi))) & (~0ULL << (lo)))

/* Lowest set bit of a mask: the weight of one unit of the field. */
#define SPEC_LSB(mask) ((mask) & (~(mask) + 1ULL))

/* Largest value a field holds. */
#define SPEC_MAX(mask) ((mask) / SPEC_LSB(mask))

/* Value of a field in a register value. */
#define SPEC_GET(mask, val) ((((unsigned long long)(val)) & (mask)) / SPEC_LSB(mask))

/* A field's value moved into place; excess high bits are cut off. */
#define SPEC_PREP(mask, val) ((((unsigned long long)(val)) * SPEC_LSB(mask)) & (mask))

/* A register value with one field replaced. */
#define SPEC_SET(mask, reg, val) ((((unsigned long long)(reg)) & ~(mask)) | SPEC_PREP(mask, val))

#endif
