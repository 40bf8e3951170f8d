/* SPDX-License-Identifier: GPL-2.0 */
/* A device on a bus that the test plays: pages with holes, page requests answered by hand, messages
 * recorded. */
#ifndef TESTS_DSA_BUS_H
#define TESTS_DSA_BUS_H

#include <linux/idxd.h>
#include <string.h>

#include "model/dsa/dsa.h"
#include "model/spec/dsa_pci.h"
#include "model/spec/dsa_regs.h"

#define BUS_BASE       0x100000ull /* first address that may be mapped */
#define BUS_PAGES      1024
#define BUS_ADDR(page) (BUS_BASE + (u64)(page)*4096)

#define CRAV_RCR (IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR)

/* How page requests are answered. */
enum bus_answer {
	BUS_ANSWER_MAP,	    /* the page is mapped, then success */
	BUS_ANSWER_SUCCESS, /* success, but nothing is mapped */
	BUS_ANSWER_INVALID,
	BUS_ANSWER_FAILURE,
	BUS_ANSWER_HAND, /* bus_answer() does */
};

struct bus_message {
	u64 when, addr;
	u32 data;
};

struct bus {
	struct sim *sim;
	struct dsa *dsa;
	u8 *ram;
	u16 frame[BUS_PAGES];	/* page -> frame */
	u8 perms[BUS_PAGES];	/* IOMMU_R | IOMMU_W; 0: hole */
	bool broken[BUS_PAGES]; /* a translation is answered UR */
	u64 latency;		/* of a translation */
	enum bus_answer answer;
	u64 answer_ps;
	struct iommu_page_req req[512]; /* waiting for bus_answer() */
	u32 nreq, requests, translations;
	struct bus_message msg[64]; /* the first ones */
	u32 messages;
	u32 inv_done, last_itag;
	u64 epoch;	/* completed invalidations, for the checkers */
	bool stale;	/* what the checkers are told */
	u32 violations; /* seen by the observer */
	/* Software changes interrupt slots under work, and knows it: no violation. */
	bool slots_change;
	char violation[512];
	struct dsa_retired retired[512]; /* the first ones */
	u32 nretired;
	u32 notes[16];
};

/* The description that tests start from: Sapphire Rapids; v2: with event log, OPCFG and commands.
 */
void bus_cfg(struct dsa_cfg *cfg);
void bus_cfg_v2(struct dsa_cfg *cfg);
/* All pages mapped, page i to frame i; bus master on. Aborts the program when it fails. */
void bus_new(struct bus *b, const struct dsa_cfg *cfg);
void bus_free(struct bus *b);
/* What CPU addresses see; must lie within one page. */
void *bus_ptr(struct bus *b, u64 addr);
void bus_answer(struct bus *b, u32 i, u8 code);
void bus_run(struct bus *b);

/* Registers. */
u64 bus_rd(struct bus *b, u64 off, u32 width);
void bus_wr(struct bus *b, u64 off, u32 width, u64 value);
u64 bus_grpcfg(struct bus *b, u32 group);
u64 bus_wqcfg(struct bus *b, u32 wq);
u64 bus_perf(struct bus *b);
/* Command with operand; CMDSTATUS after it ended, ~0 when it never did. */
u32 bus_cmd(struct bus *b, u32 code, u32 operand);
/* Turns on ATS, PASID (with privileged mode) and, when asked, page requests. */
void bus_controls(struct bus *b, bool pri);
/* Group 0 with @wqs WQs of @size and @engines engines; not yet enabled. */
void bus_group(struct bus *b, u32 wqs, u32 size, u32 engines);
/* Dword 2 of a WQ: mode and the rest, priority 1. */
#define BUS_DWQ	     (DSA_WQCFG2_DEDICATED | SPEC_PREP(DSA_WQCFG2_PRIORITY, 1))
#define BUS_SWQ	     (DSA_WQCFG2_PASID_EN | SPEC_PREP(DSA_WQCFG2_PRIORITY, 1))
#define BUS_PASID(p) (DSA_WQCFG2_PASID_EN | SPEC_PREP(DSA_WQCFG2_PASID, p))
void bus_wq(struct bus *b, u32 wq, u32 mode);
/* Enable Device and WQs 0 .. n-1: status of the first that fails or 0. */
u32 bus_enable(struct bus *b, u32 wqs);

struct dsa_hw_desc bus_desc(u8 opcode, u32 flags, u64 record);
struct dsa_hw_desc bus_move(u64 src, u64 dst, u32 size, u64 record);
/* Through the limited MSI-X portal. */
enum dsa_accept bus_post(struct bus *b, u32 wq, const struct dsa_hw_desc *d);
enum dsa_accept bus_enq(struct bus *b, u32 wq, const struct dsa_hw_desc *d, u32 pasid);
/* Submits (posted), runs until idle, returns the status byte of the record at the address. */
u8 bus_do(struct bus *b, const struct dsa_hw_desc *d);
struct dsa_completion_record *bus_rec(struct bus *b, u64 addr);
/* accepted + fetched == completed + abandoned + in flight. */
bool bus_conserved(const struct bus *b);
bool bus_idle(const struct bus *b);

#endif
