/* SPDX-License-Identifier: GPL-2.0 */
/* Inside of the remapping unit: state and the calls between its files. */
#ifndef MODEL_IOMMU_INT_H
#define MODEL_IOMMU_INT_H

#include "model/iommu/iommu.h"
#include "model/memory/memory.h"
#include "model/spec/vtd.h"
#include "sim/core/event.h"
#include "sim/core/resource.h"

/* ---- Caches ---- */

/* Tags of a set-associative LRU cache; its owner keeps the payload by slot number. */
struct tcache {
	u32 sets, ways; /* sets 0: off; slot 0 then serves as scratch */
	u32 tick;
	u64 *key; /* two words a slot; word 1 is never 0 in a valid entry */
	u32 *used;
};
#define TCACHE_NONE (~0u)

/*
 * IOTLB entry. @who: valid 63, DID 53:38, PASID present 36, PASID 35:16 (RID_PASID when the request
 * had none), SID 15:0. @pa: address 51:12 and TLB_* flags.
 */
struct tlb_entry {
	u64 page; /* address >> shift, and the size code in 63:62 */
	u64 who;
	u64 pa;
	u64 spare;
};
#define TLB_VALID SPEC_BIT(63)
#define TLB_DID	  SPEC_FIELD(53, 38)
#define TLB_PV	  SPEC_BIT(36)
#define TLB_PASID SPEC_FIELD(35, 16)
#define TLB_SID	  SPEC_FIELD(15, 0)
/* Permissions by the request's privilege: user and supervisor, read and write. */
#define TLB_UR	  SPEC_BIT(0)
#define TLB_UW	  SPEC_BIT(1)
#define TLB_SR	  SPEC_BIT(2)
#define TLB_SW	  SPEC_BIT(3)
#define TLB_DIRTY SPEC_BIT(4) /* writes may hit: dirty bits are set or not kept */
#define TLB_SNOOP SPEC_BIT(5)
#define TLB_DTE	  SPEC_BIT(6) /* translation requests may hit */
#define TLB_PGTT  SPEC_FIELD(9, 7)
#define TLB_FLAGS SPEC_FIELD(11, 0)
#define TLB_ADDR  SPEC_FIELD(51, 12)

/*
 * Set-associative, bit-PLRU (a way is spared until all ways of its set were used). The head of a
 * set tells quickly which ways may match: one byte of the tags a way, eight to a word.
 */
struct iotlb {
	u32 sets, ways;
	u32 set_shift;	/* log2(sets) */
	u32 head_words; /* of one set */
	u64 all;	/* bit per way */
	u32 by_size[3]; /* valid entries of 4 KiB, 2 MiB, 1 GiB */
	u64 *head;	/* per set: valid ways, used ways, tag bytes */
	struct tlb_entry *entry;
};
#define HEAD_VALID 0
#define HEAD_USED  1
#define HEAD_TAGS  2

/* What a context entry says. */
struct ctx_info {
	u64 dir;
	u32 rid_pasid;
	u32 pasid_limit; /* first PASID beyond the directory */
	bool dte, paside, pre, eptr, rid_priv, fpd;
	/* legacy mode: the domain directly */
	bool legacy;
	u8 tt, aw;
	u16 did;
	u64 ss_root;
};

/* What a PASID-table entry (or a legacy context entry) says. */
struct pasid_info {
	u64 fs_root, ss_root;
	u16 did;
	u8 pgtt;
	u8 fs_levels, ss_levels;
	bool ssade, pwsnp, pgsnp, sre, wpe, eafe, fpd;
};

/*
 * The host's shortcut to the entries of the last requester, both cached: saves looking for them
 * again. Void as soon as anything enters or leaves the two caches.
 */
struct config_memo {
	const struct ctx_info *ctx; /* NULL: void */
	const struct pasid_info *pi;
	u32 wanted, pasid; /* as requested, and RID_PASID resolved */
	u16 sid;
};

#define DID_SLOTS 1024u

/* ---- Walks ---- */

/* Walk result of one stage that the next page of a run starts from. */
struct stage {
	u64 *leaf; /* host address of the leaf entry; NULL: no such stage */
	u64 raw;   /* its value, accessed and dirty bits set */
	u64 marks; /* accessed and dirty bits that may be set without asking again */
	u64 dirty; /* the dirty bit, 0 where none is kept */
	u8 shift;
};

struct walk {
	struct iommu *u;
	const struct pasid_info *pi;
	u32 pasid;
	bool dry;   /* look only: no marks, caches, counters, time */
	bool write; /* set dirty bits */
	bool priv;  /* for the decision whether a write is allowed */
	/* results */
	u8 fault;
	u8 shift;
	u64 pa;	   /* of the page that contains the address */
	u64 flags; /* TLB_* */
	u32 reads; /* table reads, and what they took */
	u64 ps;
	u32 cache_hits, cache_lookups;
	bool user_denied; /* U/S */
	struct stage fs, ss;
};

/* ---- Devices ---- */

#define ITAGS 32u

struct inv_slot {
	struct sim_event ev; /* arrival at the device, then arrival of the completion */
	struct iommu_port *port;
	struct inv_slot *next, *prev; /* outstanding ones, in order of issue */
	u64 seq, deadline;
	struct iommu_inv inv;
	u16 inv_sid;	/* asked for; the port may be the ghost */
	bool busy;	/* the tag is in use */
	bool returning; /* the completion is on its way */
};

struct iommu_port {
	struct iommu *u;
	const struct iommu_dev_ops *ops;
	void *dev;
	u16 sid;
	u32 busy; /* tags in use */
	struct inv_slot slot[ITAGS];
};

/* A wait descriptor that cannot complete yet. */
struct iq_wait {
	u64 seq; /* device-TLB invalidations up to this one must have completed */
	u64 addr;
	u32 data;
	bool sw, intr;
};
#define IQ_WAITS 64u

/* A page-group response on its way to the device. */
struct pr_response {
	u64 when;
	u32 pasid;
	u16 sid, prgi;
	u8 code;
	bool pv;
};
#define PR_RESPONSES 64u

/* Device-TLB invalidations of late, for iommu_check(). */
struct inv_log {
	u64 addr, size;
	u32 pasid;
	u16 sid;
	bool pv, all;
};
#define INV_LOG 1024u

/* One of the unit's own messages: fault, invalidation, page request. */
struct unit_msg {
	struct sim_event ev;
	struct iommu *u;
	u32 ctl;   /* offset of its control register; data, address, upper address follow */
	u64 delay; /* from the condition to the message */
};

struct iommu_counts {
	u64 requests, pages, zero_reads;
	u64 iotlb_lookups, iotlb_hits, iotlb_evictions;
	u64 walks, table_reads, walk_cache_lookups, walk_cache_hits;
	u64 context_lookups, context_hits, pasid_lookups, pasid_hits;
	u64 ad_updates, did_conflicts;
	u64 faults, faults_recorded, no_access;
	u64 invalidations, devtlb_invalidations, devtlb_timeouts, waits;
	u64 page_requests, page_requests_dropped, page_responses;
	u64 interrupts, interrupts_posted, interrupts_blocked, irte_lookups, irte_hits;
};

struct iommu {
	struct iommu_epochs epochs; /* first: iommu_epoch() */
	struct sim *sim;
	struct mem *mem;
	struct iommu_cfg cfg;
	char name[32];

	/* registers: the backing bytes are what reads return */
	u8 regs[IOMMU_MMIO_SIZE] __attribute__((aligned(8)));
	u32 frcd_off, iotlb_off, n_frcd;
	u64 root; /* latched by SRTP */
	u64 irta; /* latched by SIRTP */
	bool te, ire, cfi, qie;
	u8 ttm;
	bool ssirwe;
	u64 haw_mask; /* address bits 51:12 beyond the host's width */
	u64 hit_time; /* of a request for one page, there and back */

	struct iotlb iotlb;
	struct tcache ctx_tags, pasid_tags, irte_tags;
	struct config_memo memo;
	u32 did_slot[DID_SLOTS]; /* checker: entry of the PASID cache loaded last, by domain ID */
	struct ctx_info *ctx;
	struct pasid_info *pasid;
	u64 (*irte)[2];
	struct tcache fs_tags[5], ss_tags[5]; /* [level]: the table walked at that level, 1..4 */
	u64 *fs_table[5], *ss_table[5];

	/* walkers, used in turn: services are of nearly equal length, so the next in turn is free
	 * first */
	u64 walker_free[IOMMU_WALKERS_MAX];
	u32 walker;
	struct sim_usage walker_use;

	struct iommu_port **bus[256];
	struct iommu_port ghost; /* stands for functions that are not there */

	/* invalidation queue */
	struct sim_event iq_ev, inv_timer;
	struct inv_slot inv_list; /* head of the outstanding ones */
	u64 inv_issued;
	struct inv_log log[INV_LOG];
	struct iq_wait wait[IQ_WAITS];
	u32 wait_head, wait_count;
	bool fence;

	struct sim_event rsp_ev;
	struct pr_response rsp[PR_RESPONSES];
	u32 rsp_head, rsp_count;

	struct unit_msg fault_msg, inv_msg, prq_msg;
	u32 next_frcd;
	u8 *vcmd_pasids; /* virtual command: bitmap of PASIDs handed out */
	struct iommu_counts count;
};

static inline u32 reg32(const struct iommu *u, u32 off)
{
	return *(const u32 *)(const void *)&u->regs[off];
}
static inline u64 reg64(const struct iommu *u, u32 off)
{
	return *(const u64 *)(const void *)&u->regs[off];
}
static inline void set_reg32(struct iommu *u, u32 off, u32 val)
{
	*(u32 *)(void *)&u->regs[off] = val;
}
static inline void set_reg64(struct iommu *u, u32 off, u64 val)
{
	*(u64 *)(void *)&u->regs[off] = val;
}

/* cache.c */
int tcache_init(struct tcache *c, const struct iommu_cache_cfg *cfg);
void tcache_free(struct tcache *c);
u32 tcache_slots(const struct tcache *c); /* payload slots to allocate */
u32 tcache_find(struct tcache *c, u64 k0, u64 k1);
u32 tcache_put(struct tcache *c, u64 k0, u64 k1);
void tcache_drop(struct tcache *c, u32 slot);
void tcache_clear(struct tcache *c);
static inline bool tcache_valid(const struct tcache *c, u32 slot)
{
	return c->key[2 * (size_t)slot + 1] != 0;
}
int iotlb_init(struct iotlb *t, const struct iommu_cache_cfg *cfg);
void iotlb_free(struct iotlb *t);
void iotlb_drop(struct iotlb *t, struct tlb_entry *e);

/* Keys of the walk caches; word 1 carries the tags that invalidations go by. */
#define WALK_KEY_VALID SPEC_BIT(63)
#define WALK_KEY_DID   SPEC_FIELD(15, 0)
#define WALK_KEY_PASID SPEC_FIELD(35, 16)
static inline u64 walk_key_fs(u16 did, u32 pasid)
{
	return WALK_KEY_VALID | SPEC_PREP(WALK_KEY_PASID, pasid) | did;
}
static inline u64 walk_key_ss(u16 did)
{
	return WALK_KEY_VALID | did;
}

/* What to drop. did/pasid -1: any. */
struct drop {
	s32 did, pasid;
	bool ranged;
	u64 first, last; /* byte addresses, both included, when ranged */
	u32 pgtts;	 /* bit per translation type */
};
void drop_iotlb(struct iommu *u, const struct drop *d);
void drop_fs_walk(struct iommu *u, const struct drop *d);
void drop_ss_walk(struct iommu *u, const struct drop *d);
void drop_everything(struct iommu *u);

/* context.c */
struct lookup { /* tables above the page tables */
	const struct ctx_info *ctx;
	const struct pasid_info *pi;
	u32 pasid;
	bool fpd;
	u8 fault;
	u32 reads;
	u64 ps;
	bool dry;
	struct ctx_info ctx_read; /* what was read from memory; not initialised */
	struct pasid_info pi_read;
};
u8 find_context(struct iommu *u, u16 sid, struct lookup *l);
u8 find_pasid(struct iommu *u, u16 sid, u32 pasid, struct lookup *l);

/* walk.c */
void walk_page(struct walk *w, u64 addr);
/* One table read of 64 bits (or an entry of several words), counted and timed unless dry. */
static inline u64 table_read_ps(struct iommu *u, u64 pa)
{
	u64 ps = u->cfg.walk_read_ps ? u->cfg.walk_read_ps
				     : mem_read_latency(u->mem, pa, u->cfg.socket);

	return ps + u->cfg.walk_step_ps;
}
static inline bool table_readable(struct iommu *u, u64 pa, u64 len)
{
	return mem_contains(u->mem, pa, len) && !(mem_fails(u->mem, pa, len) & MEM_FAIL_READ);
}

/* fault.c */
struct fault_info {
	u64 addr;
	u32 pasid;
	u16 sid;
	u8 reason;
	u8 at;
	bool read, page_request, priv, exec, fpd;
};
void record_fault(struct iommu *u, const struct fault_info *f);
bool fault_qualified(u8 reason);
void raise_fsts(struct iommu *u, u32 bits);
void msg_raise(struct unit_msg *m);
void msg_init(struct iommu *u, struct unit_msg *m, u32 ctl, u64 delay);
void msg_unmask(struct unit_msg *m);

/* inval.c */
void iq_init(struct iommu *u);
void iq_kick(struct iommu *u);
void iq_enable(struct iommu *u, bool on);
void iq_waits_check(struct iommu *u);

/* devtlb.c */
void devtlb_init(struct iommu *u);
/* False when no tag is free: again after a completion. */
bool devtlb_send(struct iommu *u, u16 sid, const struct iommu_inv *inv);
/* Natural range of an address with the S coding. */
void devtlb_range(u64 addr, bool s, u64 *first, u64 *size);
struct iommu_port *find_port(struct iommu *u, u16 sid);
void port_init(struct iommu *u, struct iommu_port *p, u16 sid, const struct iommu_dev_ops *ops,
	       void *dev);
void port_cancel(struct iommu_port *p);

/* regs.c */
void regs_init(struct iommu *u);

/* Which 2020 bits to leave alone. */
static inline u64 allow_2020(const struct iommu *u, u64 bits)
{
	return u->cfg.accept_2020 ? bits : 0;
}

#endif
