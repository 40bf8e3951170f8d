/* SPDX-License-Identifier: GPL-2.0 */
/* Descriptor checks of a DSA engine: is a descriptor well formed, for this device and this work
 * queue? */
#ifndef MODEL_DSA_CHECK_H
#define MODEL_DSA_CHECK_H

#include "sim/core/types.h"
#include "model/dsa/ops.h"

/*
 * What a descriptor is checked against: one per enabled WQ. Fill the first part
 * (from registers, or in a test by hand), then call dsa_caps_prepare().
 */
struct dsa_caps {
	u32 version; /* DSA_VERSION_* */
	u64 gencap;
	u64 opcap[4];
	u64 opcfg[4];	  /* WQCFG's; all ones when WQCAP has no OPCFG */
	u64 max_transfer; /* bytes, WQCFG's */
	u32 max_batch;	  /* descriptors, WQCFG's */
	bool shared;	  /* SWQ: the trusted dword of the descriptor counts */
	bool wq_bof;	  /* WQCFG block on fault enable */
	bool wq_pasid_en;
	bool wq_ats;	    /* ATS is on and not disabled for the WQ: Translation Fetch works */
	bool user_int;	    /* GENCFG user-mode interrupts enable */
	bool pasid_priv_en; /* PASIDCTL privileged mode enable */

	/* Derived by dsa_caps_prepare(). */
	u64 ops; /* opcodes below DSA_OP_TABLE_SIZE that are supported, enabled and implemented */
	u64 transfer_limit; /* smaller of WQ and device */
	u32 batch_limit;
	u32 batch_min;		      /* 2, with GENCAP batch1: 1 */
	u32 flags[DSA_OP_TABLE_SIZE]; /* flags allowed for each opcode, fence included */
};

/* Computes the derived part. Call again after any change of the first part. */
void dsa_caps_prepare(struct dsa_caps *caps);

/* How the descriptor came. */
#define DSA_CHECK_BATCH 0x1 /* member of a batch */
#define DSA_CHECK_PRIV                                                                             \
	0x2 /* the effective privilege (SWQ: trusted dword; DWQ: WQCFG; member: its batch's) is 1  \
	     */

/*
 * Checks one descriptor, in the order of 6.4 of the design's hardware notes:
 * record alignment (1B), privilege (1D), opcode (10), flags (11), reserved
 * fields (12), sizes and values (13, 14, 15), alignment (18, 1C, 17), overlap
 * (16). The interrupt handle (19) and the traffic class (1E) come after it and
 * need device state: they are the engine's.
 *
 * Returns 0 (DSA_COMP_NONE) when all pass, else the status code; with 0x11
 * *bad_flags is the mask for the record, otherwise 0. Any 64 bytes are safe.
 */
u8 dsa_check(const struct dsa_caps *caps, const u8 desc[64], u32 how, u32 *bad_flags);

#endif
