/* SPDX-License-Identifier: GPL-2.0 */
/* What a device says that it can do, and what its driver's attributes must answer for that reason:
 * the same test then holds for a physical and for a composed device. */
#ifndef TESTS_UNIT_SIM_IDXD_CAPS_H
#define TESTS_UNIT_SIM_IDXD_CAPS_H

#include "sim/core/types.h"

#define CAPS_WQS    16 /* as far as tests look */
#define CAPS_GROUPS 4

/* Registers of the first function, as they were when the kernel had booted. */
struct world_caps {
	u32 version, cmdcap;
	u64 gencap, wqcap, grpcap, engcap, offsets[2], opcap[4];
	u32 nwqs, ngroups, nengines;
	bool fixed; /* GENCAP: queues, groups and engines can't be configured */
	u32 wqcfg[CAPS_WQS][7];
	u64 group_wqs[CAPS_GROUPS], group_engines[CAPS_GROUPS], group_flags[CAPS_GROUPS];
	bool probed;		    /* by the driver, so that it can be used at all */
	bool pasids;		    /* device and IOMMU give processes PASIDs */
	u32 retries[CAPS_WQS];	    /* enqcmds_retries, which no register has */
	u32 msix_cap;		    /* in configuration space */
	u32 msix_table, msix_bytes; /* in BAR0, pending bits included */
};

/* On a fiber inside the kernel. */
void caps_read(struct world_caps *c);

/*
 * What a write of @value to attribute @path must return where a device that can do everything, and
 * has everything, returns @want: -ENOENT what it does not have, -EPERM what is fixed.
 */
int caps_put_result(struct world_caps *c, const char *path, const char *value, int want);
/* The text of attribute @path by the registers, in @buf or not; NULL: they say nothing about it. */
const char *caps_text(const struct world_caps *c, const char *path, char *buf, u32 size);

/* The attribute is about something that the device does not have. */
bool caps_hides(const struct world_caps *c, const char *path);

/* What a test can need of its device, bits. */
enum caps_need {
	NEED_CONFIG = 1 << 0,
	NEED_PASIDS = 1 << 1,
	NEED_NO_PASIDS = 1 << 2,
	NEED_EVENT_LOG = 1 << 3,
	NEED_IMS = 1 << 4,
	NEED_HANDLES = 1 << 5,
	NEED_NO_HANDLES = 1 << 6,
	NEED_OPCFG = 1 << 7,
	NEED_PROBE_FAILS = 1 << 8,   /* for what its registers say */
	NEED_HALT_DISABLED = 1 << 9, /* tried, see place_run() */
};

/* Why a test with such needs and these queues ("s8 d4": kind and entries) can't be; NULL: it can.
 */
const char *caps_missing(const struct world_caps *c, u32 needs, const char *queues);

#endif
