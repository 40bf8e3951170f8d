/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual VT-d unit of a guest: what its files share. */
#ifndef HOST_DRIVER_HYPERVISOR_VIOMMU_INT_H
#define HOST_DRIVER_HYPERVISOR_VIOMMU_INT_H

#include <linux/bitops.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <spec/vtd.h>

#include "host-driver/hypervisor/vm_priv.h"

#define VIOMMU_RECORDS	  8
#define VIOMMU_FRCD	  0x200
#define VIOMMU_REG_BYTES  (VIOMMU_FRCD + VIOMMU_RECORDS * 16)
#define VIOMMU_FUNCTIONS  32 /* bits of viommu_bind.functions */
#define VIOMMU_PRGI_COUNT 512

/* What requests without PASID of a guest's function go through. */
enum viommu_rid {
	VIOMMU_RID_SECOND, /* guest-physical addresses: pass-through, or translation is off */
	VIOMMU_RID_NESTED, /* the guest's first-stage tables */
	VIOMMU_RID_BLOCKED,
};

/* A guest's PASID table entry, as far as it matters here. */
struct viommu_entry {
	u32 pgtt;
	u16 did;
	u64 root;
	u32 levels, flags; /* IOMMU_GUEST_* */
};

/* A function of the guest that is made of the host's @dev. */
struct viommu_function {
	struct viommu *v;
	struct list_head node;
	u32 index;
	u16 sid; /* in the guest */
	struct vm_device *in_vm;
	struct device *dev;
	struct iommu_domain *domain; /* guest-physical to host-physical; NULL: no way there */
	u32 pasid;		     /* on the host, for requests without one */
	bool leaving;		     /* gets no PASID any more; under viommu.lock */
	enum viommu_rid rid;
	struct viommu_entry rid_entry; /* when nested */
};

/* A guest's PASID. It keeps its number on the host when the guest takes it away, and until the end.
 */
struct viommu_pasid {
	u32 guest, host;
	struct list_head binds;
	struct list_head unused; /* in viommu.unused when there are no binds */
};

/* Its use of one of the host's functions: a nested entry there. */
struct viommu_bind {
	struct list_head node;
	struct viommu *v;
	struct viommu_pasid *p;
	struct device *dev;
	struct iommu_domain *domain;
	u32 functions; /* of the guest, by index */
	struct viommu_entry entry;
	bool dying; /* page requests are refused */
	/* Groups that the guest was asked about and has not answered. */
	unsigned long asked[BITS_TO_LONGS(VIOMMU_PRGI_COUNT)];
	unsigned long waited[BITS_TO_LONGS(VIOMMU_PRGI_COUNT)]; /* for a while already */
};

struct viommu {
	struct vm *vm;
	struct vm_device page; /* owns the trapped page of registers */
	u32 reg[VIOMMU_REG_BYTES / 4];
	u32 gsts;
	u64 root; /* RTADDR at the last SRTP */
	u32 iq_head;
	u32 steps; /* done since the queue was started */
	u32 next_record;
	/* Held while the queue is worked on; taken before @lock. */
	struct mutex queue_lock;
	struct work_struct queue_work; /* more than one trap may do */
	/* Of functions, PASIDs and binds. Not held while a monitor is asked to let a PASID go. */
	struct mutex lock;
	struct list_head functions;
	struct xarray pasids; /* struct viommu_pasid by guest PASID */
	u32 nr_pasids;
	struct list_head unused; /* oldest first */
	struct delayed_work patience;
};

/* ---- viommu.c ---- */
static inline u32 viommu_r32(const struct viommu *v, u32 off)
{
	return v->reg[off / 4];
}
static inline u64 viommu_r64(const struct viommu *v, u32 off)
{
	return (u64)v->reg[off / 4 + 1] << 32 | v->reg[off / 4];
}
static inline void viommu_w32(struct viommu *v, u32 off, u32 val)
{
	v->reg[off / 4] = val;
}
static inline void viommu_w64(struct viommu *v, u32 off, u64 val)
{
	v->reg[off / 4] = lower_32_bits(val);
	v->reg[off / 4 + 1] = upper_32_bits(val);
}
static inline bool viommu_on(const struct viommu *v)
{
	return v->gsts & VTD_GCMD_TE;
}
static inline bool viommu_scalable(const struct viommu *v)
{
	return SPEC_GET(VTD_RTADDR_TTM, v->root) == VTD_TTM_SCALABLE;
}
/* The unit's own interrupt behind the control register at @ctl (FECTL, IECTL, PECTL). */
void viommu_event(struct viommu *v, u32 ctl);
/* Records a fault of @sid for the guest; @pasid < 0: none. */
void viommu_record(struct viommu *v, u8 reason, u16 sid, s64 pasid, u64 addr, u32 perm);
/* Sets bits of FSTS, with the event that goes with the first. */
void viommu_fsts(struct viommu *v, u32 bits);

/* ---- viommu_queue.c ---- */
/* Works the invalidation queue off. On a fiber in the host; returns when it is empty or stands. */
void viommu_queue_run(struct viommu *v);
void viommu_queue_work(struct work_struct *work);

/* ---- viommu_pasid.c: v->queue_lock held, but for viommu_lookup() ---- */
struct viommu_function *viommu_function(struct viommu *v, u16 sid);
/* Makes the host's entries what the guest's tables say. */
void viommu_sync(struct viommu *v, struct viommu_function *f, u32 pasid);
/* All that is known of the function: its requests without PASID and the PASIDs it had. */
void viommu_sync_function(struct viommu *v, struct viommu_function *f);
void viommu_sync_all(struct viommu *v);
int viommu_lookup(struct viommu *v, u32 guest, u32 *host);
/* The bind of a guest's PASID that @f uses, or NULL. */
struct viommu_bind *viommu_bind_of(struct viommu *v, const struct viommu_function *f, u32 guest);
void viommu_release_function(struct viommu *v, struct viommu_function *f);
/* The same, and its requests without PASID lead nowhere either: its domain is about to go. */
void viommu_abandon_function(struct viommu *v, struct viommu_function *f);
void viommu_release_pasids(struct viommu *v);

/* ---- viommu_prq.c ---- */
extern const struct iommu_pasid_handler viommu_bind_handler, viommu_rid_handler;
/* The guest's answer to a group. */
void viommu_response(struct viommu *v, u16 sid, u32 pasid, u32 prgi, u32 code);
/* Answers all that the guest still owes. */
void viommu_refuse_asked(struct viommu_bind *b);
void viommu_patience_work(struct work_struct *work);

#endif
