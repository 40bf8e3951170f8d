/* SPDX-License-Identifier: GPL-2.0 */
/* The VT-d driver's objects: unit, invalidation queue, device, domain, bound address space. */
#ifndef DMAR_DRIVER_H
#define DMAR_DRIVER_H

#include <linux/completion.h>
#include <linux/dmar.h>
#include <linux/idr.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <spec/vtd.h>

struct mm_struct;

/* Choices of Linux's driver: drivers/iommu/intel of 6.1. */
#define QI_LENGTH	    256 /* descriptors of 32 bytes */
#define QI_RETRIES	    10	/* after device-TLB time-outs */
#define PRQ_ORDER	    4	/* 64 KiB: 2,048 requests */
#define PRQ_DEPTH	    32	/* requests a device may have outstanding */
#define RID_PASID	    0	/* PASID of requests without one */
#define FIRST_DEFAULT_DID   1	/* shared by all first-stage-only and pass-through entries */
#define DID_FIRST	    2
#define IRTE_ORDER	    8 /* 1 MiB: 65,536 entries */
#define IRTE_COUNT	    65536
#define REGISTER_WAIT_READS 100000

struct qi_desc {
	u64 qw[4];
};

enum qi_state { QI_FREE, QI_IN_USE, QI_DONE, QI_ABORT };

struct invalidation_queue {
	spinlock_t lock;
	struct qi_desc *desc;
	u32 *status; /* enum qi_state of each slot; waits write it */
	u32 head;    /* next free slot */
	u32 tail;    /* oldest slot in use */
	u32 free;
};

struct irte {
	u64 lo, hi;
};

struct dmar_iommu {
	struct iommu_device iommu; /* the core's */
	struct dmar_driver *drv;
	const struct dmar_drhd_unit *drhd;
	char name[16];
	char prq_name[20];
	void __iomem *reg;
	u64 cap, ecap;
	u32 gcmd;
	int node;
	struct invalidation_queue qi;
	u64 *root;
	struct ida dids;
	struct xarray devices; /* struct dmar_dev by requester ID */

	int fault_irq;

	int prq_irq;
	u32 prq_order;
	u64 *prq; /* four words a request */
	struct completion prq_complete;
	struct workqueue_struct *iopf_wq;
	struct list_head free_groups, free_faults;
	u32 nr_faults; /* page requests held now */

	struct irte *irt;
	unsigned long *irt_map;
	spinlock_t irt_lock;
	struct xarray irt_posted; /* struct irte by index: what posted entries were before */
	bool x2apic;
};

/* One kernel's driver. */
struct dmar_driver {
	u32 nr;
	struct dmar_iommu **iommu;
	struct xarray svm; /* struct dmar_svm by PASID */
};

/* One function behind a unit. */
struct dmar_dev {
	struct dmar_iommu *iommu;
	struct device *dev;
	u16 sid;
	bool ats_supported, pri_supported, pasid_supported;
	bool ats_enabled, pri_enabled, pasid_enabled, sva_enabled;
	u8 ats_qdep;
	bool context_set;
	u32 max_pasid; /* PASIDs 0 ... max_pasid - 1 have a place */
	u64 *pasid_dir;
	u32 pasid_dir_order;
	struct dmar_domain *domain; /* of requests without PASID */
	struct list_head attaches;  /* struct dmar_attach */
	struct list_head partial;   /* page requests whose group is not complete */
};

/* Number of a domain on one unit. */
struct dmar_did {
	struct list_head link;
	struct dmar_iommu *iommu;
	u16 did;
	unsigned int users;
};

/* One use of a domain: @pasid of @info. */
struct dmar_attach {
	struct list_head of_domain, of_dev;
	struct dmar_domain *domain;
	struct dmar_dev *info;
	u32 pasid;
	u16 did;
	bool nested;
	const struct iommu_pasid_handler *handler;
	void *handler_data;
};

struct dmar_domain {
	struct iommu_domain domain;
	bool first_stage;
	u8 levels;
	u8 max_leaf; /* largest level of a leaf */
	int node;
	u64 *root;
	struct list_head dids, attaches;
};

/* An address space that devices share. */
struct dmar_svm {
	struct mmu_notifier notifier;
	struct dmar_driver *drv;
	struct mm_struct *mm;
	u32 pasid;
	struct mutex lock;     /* of devs; never held while draining */
	struct list_head devs; /* struct dmar_svm_dev */
};

struct dmar_svm_dev {
	struct list_head link;
	struct dmar_dev *info;
};

/* What is remembered of a page request until its group is answered. */
struct iopf_fault {
	struct list_head link;
	u64 addr;
	u32 pasid;
	u16 prgi;
	bool read, write, last;
};

struct iopf_group {
	struct work_struct work;
	struct list_head link;
	struct dmar_iommu *iommu;
	struct dmar_dev *info;
	struct list_head faults; /* the last one answers for all */
};

static inline u64 dmar_readq(struct dmar_iommu *iommu, u32 off)
{
	return readq(iommu->reg + off);
}
static inline u32 dmar_readl(struct dmar_iommu *iommu, u32 off)
{
	return readl(iommu->reg + off);
}
static inline void dmar_writeq(struct dmar_iommu *iommu, u32 off, u64 val)
{
	writeq(val, iommu->reg + off);
}
static inline void dmar_writel(struct dmar_iommu *iommu, u32 off, u32 val)
{
	writel(val, iommu->reg + off);
}

/* Zeroed pages for tables; NULL when memory is used up. */
void *dmar_alloc_pages(int node, unsigned int order, gfp_t gfp);

/* ---- init.c ---- */
/* Sets @bit of the command register and waits until the status shows it. -ETIMEDOUT. */
int dmar_command(struct dmar_iommu *iommu, u32 bit, bool keep);
struct dmar_iommu *dmar_find(u16 segment, u8 bus, u8 devfn);

/* ---- qi.c: what software queues; each call returns when it is done ---- */
#define QI_DRAIN_PRQ 1u
int qi_enable(struct dmar_iommu *iommu);
int qi_submit(struct dmar_iommu *iommu, const struct qi_desc *desc, u32 count, u32 options);
void qi_flush_context(struct dmar_iommu *iommu, u16 sid, u64 granularity);
void qi_flush_iotlb(struct dmar_iommu *iommu, u16 did, u64 addr, u32 mask, u64 granularity);
/* @pages ~0ull: everything of the PASID. */
void qi_flush_piotlb(struct dmar_iommu *iommu, u16 did, u32 pasid, u64 addr, u64 pages);
void qi_flush_pasid_cache(struct dmar_iommu *iommu, u16 did, u32 pasid, u64 granularity);
/* 1 << @mask pages from @addr; @mask 52: everything. No-op unless ATS is on. */
void qi_flush_dev_tlb(struct dmar_dev *info, u32 pasid, u64 addr, u32 mask);
void qi_flush_iec(struct dmar_iommu *iommu, bool global, u32 index);
int qi_page_response(struct dmar_iommu *iommu, u16 sid, u32 pasid, u16 prgi, u32 code);
void qi_desc_piotlb_all(struct qi_desc *d, u16 did, u32 pasid);
void qi_desc_dev_tlb(struct qi_desc *d, const struct dmar_dev *info, u32 pasid, u64 addr, u32 mask);
/* Smallest power-of-two block of pages (its log2) that is aligned and covers [addr, addr + size).
 */
u32 qi_mask(u64 addr, u64 size);

/* ---- pasid.c ---- */
int pasid_table_alloc(struct dmar_dev *info);
void pasid_table_free(struct dmar_dev *info);
int pasid_set_first(struct dmar_dev *info, u32 pasid, u64 root, u16 did, u32 levels, bool user);
int pasid_set_second(struct dmar_dev *info, u32 pasid, const struct dmar_domain *d, u16 did);
int pasid_set_nested(struct dmar_dev *info, u32 pasid, const struct dmar_domain *d, u16 did,
		     u64 gpgd, u32 levels, u32 flags);
int pasid_set_pass(struct dmar_dev *info, u32 pasid, u16 did);
/* Takes the entry away and waits until nobody uses it; @quiet: later uses are not reported. */
void pasid_tear_down(struct dmar_dev *info, u32 pasid, bool quiet);
bool pasid_present(struct dmar_dev *info, u32 pasid);

/* ---- domain.c ---- */
struct iommu_domain *dmar_domain_alloc(struct iommu_device *iommu, unsigned int type);
void dmar_domain_free(struct iommu_domain *domain);
int dmar_attach_dev(struct iommu_domain *domain, struct device *dev);
void dmar_detach_rid(struct dmar_dev *info);
int dmar_set_dev_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
int dmar_set_nested_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid, u64 gpgd,
			  unsigned int levels, unsigned int flags);
int dmar_set_pasid_handler(struct device *dev, ioasid_t pasid,
			   const struct iommu_pasid_handler *handler, void *data);
/* The use of @pasid by @info, NULL when none. */
struct dmar_attach *dmar_attach_find(struct dmar_dev *info, u32 pasid);
void dmar_remove_dev_pasid(struct device *dev, ioasid_t pasid);
int dmar_flush_nested(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
		      unsigned int what, u64 addr, u64 size);
void dmar_detach_all(struct dmar_dev *info);

/* ---- table.c: page tables of domains ---- */
int dmar_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t size,
	     int prot);
size_t dmar_unmap(struct iommu_domain *domain, unsigned long iova, size_t size);
phys_addr_t dmar_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova);
/* All of a second-stage domain in the units, not in devices. */
void dmar_flush_all(struct iommu_domain *domain);
void dmar_flush_range(struct iommu_domain *domain, unsigned long iova, size_t size);
void dmar_table_free(struct dmar_domain *d);

/* ---- device.c ---- */
struct iommu_device *dmar_probe_device(struct device *dev);
void dmar_release_device(struct device *dev);
int dmar_context_set(struct dmar_dev *info);
int dmar_enable_feature(struct device *dev, enum iommu_dev_features f);
int dmar_disable_feature(struct device *dev, enum iommu_dev_features f);

/* ---- svm.c, prq.c ---- */
int dmar_sva_bind(struct device *dev, struct mm_struct *mm, ioasid_t pasid);
void dmar_sva_unbind(struct device *dev, struct mm_struct *mm, ioasid_t pasid);
int prq_enable(struct dmar_iommu *iommu);
/* Returns once no page request of (@info, @pasid) waits anywhere. */
void prq_drain(struct dmar_dev *info, u32 pasid);
int prq_response(struct device *dev, ioasid_t pasid, u32 grpid, int code);
void prq_drain_device(struct device *dev, ioasid_t pasid);
/* Forgets requests whose group is not complete. */
void prq_discard(struct dmar_dev *info);
void prq_disable(struct dmar_iommu *iommu);

/* ---- fault.c ---- */
int fault_enable(struct dmar_iommu *iommu);
void fault_disable(struct dmar_iommu *iommu);

/* ---- irq_remap.c ---- */
int irq_remap_enable(struct dmar_iommu *iommu);
void irq_remap_register(struct dmar_driver *drv);

#endif
