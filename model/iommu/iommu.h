/* SPDX-License-Identifier: GPL-2.0 */
/* One VT-d remapping unit (VT-d specification 5.10): translation, queues, interrupts. */
#ifndef MODEL_IOMMU_H
#define MODEL_IOMMU_H

#include "sim/core/types.h"

struct sim;
struct mem;
struct iommu;

#define IOMMU_NO_PASID	  (~0u)
#define IOMMU_MMIO_SIZE	  0x1000u
#define IOMMU_WALKERS_MAX 64u

/* ---- Configuration ---- */

struct iommu_cache_cfg {
	u32 entries; /* 0: the cache is off */
	u32 ways;    /* divides entries; entries / ways is a power of two */
};

/* What the unit tells the platform; called from the unit's own events. */
struct iommu_ops {
	/* A message-signalled interrupt of the unit itself; never remapped. */
	void (*msi)(void *ctx, u64 addr, u32 data);
};

struct iommu_cfg {
	const char *name; /* instance name of the counters, e.g. "iommu0"; copied */
	u32 socket;	  /* where the unit sits: distance to the tables */
	u32 haw;	  /* host address width, bits */
	u32 version;	  /* VER register: major 7:4, minor 3:0 */
	u64 cap, ecap; /* CAP and ECAP registers; offsets of records and IOTLB registers are set by
			  the unit */
	bool accept_2020; /* also accept bits that revision 5.10 made reserved (2020 drivers) */
	bool checkers;	  /* count breaches of rules for software (did_conflicts) */

	struct iommu_cache_cfg iotlb, context, pasid, irte;
	struct iommu_cache_cfg fs_walk, ss_walk; /* per level */

	u32 walkers;   /* walks in flight, 1..IOMMU_WALKERS_MAX */
	u64 link_ps;   /* device <-> unit, one way */
	u64 lookup_ps; /* IOTLB look-up, pipelined: also the time from one page of a run to the next
			*/
	u64 hit_ps;    /* rest of the way of a hit */
	u64 walk_read_ps;   /* one table read; 0: the read latency of the table's memory node */
	u64 walk_step_ps;   /* added to each table read */
	u64 prq_write_ps;   /* page request accepted until visible in the queue */
	u64 inv_fetch_ps;   /* fetch and decode of one queue descriptor */
	u64 inv_exec_ps;    /* execution of one cache invalidation */
	u64 inv_timeout_ps; /* device-TLB invalidation time-out */
	u64 irte_hit_ps;    /* interrupt remapping when the entry is cached */
	u64 event_msg_ps;   /* from a condition to the unit's own message */

	const struct iommu_ops *ops; /* may be NULL */
	void *ops_ctx;
};

/* Sensible Sapphire-Rapids-like values; the platform file overrides them. */
void iommu_cfg_default(struct iommu_cfg *cfg);
/* 0 or -EINVAL with a message naming key, value and range (capability dependencies included). */
int iommu_cfg_check(const struct iommu_cfg *cfg, char *msg, size_t len);
/* NULL when out of memory or @cfg fails iommu_cfg_check(). @sim and @mem must outlive the unit. */
struct iommu *iommu_new(struct sim *sim, struct mem *mem, const struct iommu_cfg *cfg);
void iommu_free(struct iommu *iommu);

/* ---- Registers ---- */

/* 4- or 8-byte aligned access to the register page; anything else reads 0 and is dropped. */
u64 iommu_mmio_read(struct iommu *iommu, u32 off, u32 width);
void iommu_mmio_write(struct iommu *iommu, u32 off, u32 width, u64 val);

/* One row of the register file, for dumps, documentation and access-rule tests. */
struct iommu_reg {
	u16 off;
	u8 width; /* bytes */
	const char *name;
	u64 rw, w1c; /* writable and write-1-to-clear bits; 0 in both: read-only (hooks may do more)
		      */
};
const struct iommu_reg *iommu_regs(u32 *count);

/* ---- Devices ---- */

/* A device-TLB invalidation as it arrives at the device. */
struct iommu_inv {
	bool pasid_valid;
	u32 pasid;
	bool all_pasids; /* "global": @pasid does not restrict */
	u64 addr, size;	 /* naturally aligned range; size ~0ull: everything */
	u32 itag;
};

struct iommu_dev_ops {
	/* Drop the range; call iommu_inv_done() once nothing uses it any more (may be at once). */
	void (*ats_invalidate)(void *dev, const struct iommu_inv *inv);
	/* A page-group response of software arrives. Codes: IOMMU_PR_*. */
	void (*page_response)(void *dev, u32 pasid, bool pasid_valid, u16 prgi, u8 code);
};

/*
 * Attaches the function with requester ID @sid. @ops may be NULL for a device without ATS; @dev is
 * handed back. -EEXIST, -ENOMEM. Calls into the device come from events, at the time of arrival.
 */
int iommu_attach(struct iommu *iommu, u16 sid, const struct iommu_dev_ops *ops, void *dev);
void iommu_detach(struct iommu *iommu, u16 sid);
/* The device has finished an invalidation; travels back over the link. An unknown tag sets
 * FSTS.ICE. */
void iommu_inv_done(struct iommu *iommu, u16 sid, u32 itag);

/* ---- Translation ---- */

enum iommu_at { IOMMU_UNTRANSLATED, IOMMU_TRANSLATION, IOMMU_TRANSLATED };

#define IOMMU_R 1u
#define IOMMU_W 2u

struct iommu_req {
	u64 now;   /* when the request leaves the device, ps */
	u64 addr;  /* any byte address */
	u64 len;   /* bytes wanted from @addr on; 0: a zero-length read */
	u32 pasid; /* or IOMMU_NO_PASID */
	u16 sid;
	u8 at;	       /* enum iommu_at */
	u8 access;     /* IOMMU_R | IOMMU_W wanted */
	bool priv;     /* supervisor request (only with a PASID) */
	bool no_write; /* NW of a translation request */
	bool exec;     /* ER: always refused */
};

enum iommu_status {
	IOMMU_OK,
	IOMMU_NO_ACCESS, /* translation request: success with R=W=0; untranslated requests never see
			    it */
	IOMMU_UNSUPPORTED, /* unsupported request (UR) */
	IOMMU_ABORT,	   /* completer abort (CA) */
	IOMMU_INTERRUPT	   /* a DWORD write to 0xFEEx without PASID: hand it to iommu_interrupt() */
};

struct iommu_reply {
	u64 pa;	 /* of @addr */
	u64 len; /* physically contiguous run with the same permissions, up to req.len; 0 unless OK
		  */
	u64 first_done, last_done; /* when the first / last page's answer is back at the device */
	u64 epoch;		   /* see iommu_check() */
	u32 pages;		   /* translations in the run (a large leaf counts once) */
	u32 iotlb_hits;
	u32 walks;		/* misses that were walked */
	u32 reads;		/* table reads of these walks */
	u8 status;		/* enum iommu_status */
	u8 perms;		/* IOMMU_R | IOMMU_W of the whole run */
	u8 page_shift;		/* of the first page: 12, 21 or 30 */
	u8 fault;		/* VTD_FR_* reason, 0 = none */
	bool untranslated_only; /* U: use untranslated requests for this page */
	bool snoop;		/* N: no-snoop must be cleared */
	bool priv;		/* PRIV of the completion */
};

/*
 * Translates from req.addr on. Every page of the run passes the IOTLB and, if it misses, a walker,
 * and is counted and timed; the run ends before the first page that is not contiguous, has other
 * permissions or would fault (nothing is recorded for that one). Faults of the first page are
 * recorded at once.
 */
void iommu_translate(struct iommu *iommu, const struct iommu_req *req, struct iommu_reply *reply);

/* ---- Stale translations ---- */

/* First member of the unit: invalidations of device TLBs whose completion software has seen. */
struct iommu_epochs {
	u64 completed;
};
static inline u64 iommu_epoch(const struct iommu *iommu)
{
	return ((const struct iommu_epochs *)iommu)->completed;
}

enum iommu_stale {
	IOMMU_FRESH,
	IOMMU_CHANGED, /* tables changed, but no completed invalidation told the device yet: allowed
			*/
	IOMMU_STALE    /* used after the invalidation that covers it had completed: a violation */
};
struct iommu_use {
	u64 addr, pa; /* one page */
	u64 epoch;    /* reply.epoch of the translation in use */
	u32 pasid;
	u16 sid;
	bool write, priv;
};
/*
 * Checks a cached translation. Callers test `iommu_epoch(iommu) <= epoch` first: then no
 * invalidation has completed since and nothing can be stale. Walks the present tables without
 * caches, counters or time. After IOMMU_FRESH the caller may take iommu_epoch() as the
 * translation's new epoch.
 */
enum iommu_stale iommu_check(struct iommu *iommu, const struct iommu_use *use);

/* ---- Page requests ---- */

#define IOMMU_PR_SUCCESS 0x0
#define IOMMU_PR_INVALID 0x1
#define IOMMU_PR_FAILURE 0xf

struct iommu_page_req {
	u64 now; /* arrival at the unit is one link time later */
	u64 addr;
	u32 pasid; /* or IOMMU_NO_PASID */
	u16 sid;
	u16 prgi; /* 9 bits */
	bool read, write, last, priv, exec;
};
struct iommu_page_reply {
	bool queued;   /* descriptor written: software will answer if @last was set */
	bool answered; /* the unit answered by itself with @code, back at the device at @when */
	u8 code;
	u64 when;
};
/* Dropped requests without last-in-group get neither. */
void iommu_page_request(struct iommu *iommu, const struct iommu_page_req *req,
			struct iommu_page_reply *reply);

/* ---- Interrupts ---- */

enum iommu_irq_kind {
	IOMMU_IRQ_BLOCKED,  /* fault recorded */
	IOMMU_IRQ_DIRECT,   /* not remapped: remapping off, or compatibility format let through */
	IOMMU_IRQ_REMAPPED, /* deliver as below */
	IOMMU_IRQ_POSTED    /* descriptor updated; notify says whether a notification goes out */
};
struct iommu_irq {
	u8 kind;   /* enum iommu_irq_kind */
	u8 vector; /* posted: the notification vector */
	u8 delivery_mode;
	u8 fault;
	bool level, logical, redirect_hint;
	bool notify;	   /* posted: send @vector to @dest as a fixed edge interrupt */
	u32 dest;	   /* APIC ID */
	u32 posted_vector; /* the virtual vector set in the descriptor */
	u64 posted_pa;	   /* posted-interrupt descriptor */
	u64 when;	   /* when it leaves the unit */
};
/* One interrupt message (a DWORD write of @data to @addr in 0xFEEx, without PASID) that left @sid
 * at @now. */
void iommu_interrupt(struct iommu *iommu, u64 now, u16 sid, u64 addr, u32 data,
		     struct iommu_irq *out);

#endif
