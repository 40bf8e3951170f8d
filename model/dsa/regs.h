/* SPDX-License-Identifier: GPL-2.0 */
/* The fixed BAR0 registers as a table: source of dumps, documentation and access-rule tests. */
#ifndef MODEL_DSA_REGS_H
#define MODEL_DSA_REGS_H

#include "sim/core/types.h"

struct dsa;

struct dsa_reg {
	u32 off;
	u8 width; /* bytes: 4 or 8 */
	const char *name;
	size_t member;	    /* where struct dsa keeps it; 0: hooks only */
	u64 rw, w1c;	    /* writable bits; write-1-to-clear bits */
	bool disabled_only; /* writable while the device is Disabled */
	u32 needs;	    /* least VERSION; 1: needs GENCAP.CMD_CAP */
	u64 (*read)(const struct dsa *dsa);
	void (*wrote)(struct dsa *dsa, u64 value); /* after the store; write-only: the raw value */
};

/* All rows, in order of offset. */
const struct dsa_reg *dsa_regs(u32 *count);

#endif
