/* SPDX-License-Identifier: GPL-2.0 */
/* The IOMMU API of Linux 6.1: domains, PASIDs, shared virtual addressing, fault handlers. */
#ifndef _LINUX_IOMMU_H
#define _LINUX_IOMMU_H

#include <linux/err.h>
#include <linux/ioasid.h>
#include <linux/list.h>
#include <linux/types.h>

struct bus_type;
struct device;
struct iommu_device;
struct iommu_domain;
struct iommu_ops;
struct iommu_sva;
struct kernel;
struct mm_struct;

#define IOMMU_PASID_INVALID	 (-1U)
#define IOMMU_NO_PASID		 0u
#define IOMMU_FIRST_GLOBAL_PASID 1u

/* iommu_map() rights. */
#define IOMMU_READ  (1 << 0)
#define IOMMU_WRITE (1 << 1)
#define IOMMU_CACHE (1 << 2)
#define IOMMU_MMIO  (1 << 4)
#define IOMMU_PRIV  (1 << 5)

/* Kinds of domain. */
#define __IOMMU_DOMAIN_PAGING  (1u << 0)
#define __IOMMU_DOMAIN_DMA_API (1u << 1)
#define __IOMMU_DOMAIN_PT      (1u << 2)
#define __IOMMU_DOMAIN_DMA_FQ  (1u << 3)
#define __IOMMU_DOMAIN_SVA     (1u << 4)
#define IOMMU_DOMAIN_BLOCKED   (0u)
#define IOMMU_DOMAIN_IDENTITY  (__IOMMU_DOMAIN_PT)
#define IOMMU_DOMAIN_UNMANAGED (__IOMMU_DOMAIN_PAGING)
#define IOMMU_DOMAIN_DMA       (__IOMMU_DOMAIN_PAGING | __IOMMU_DOMAIN_DMA_API)
#define IOMMU_DOMAIN_DMA_FQ    (IOMMU_DOMAIN_DMA | __IOMMU_DOMAIN_DMA_FQ)
#define IOMMU_DOMAIN_SVA       (__IOMMU_DOMAIN_SVA)

enum iommu_dev_features {
	IOMMU_DEV_FEAT_SVA,
	IOMMU_DEV_FEAT_IOPF,
};

/* Default domain of devices, the choice that intel_iommu= and iommu.* make on a command line. */
enum iommu_default {
	IOMMU_DEFAULT_IDENTITY, /* iommu.passthrough=1 */
	IOMMU_DEFAULT_STRICT,	/* translated, flushed at every unmap */
	IOMMU_DEFAULT_LAZY,	/* translated, flushes gathered */
};

struct iommu_domain_geometry {
	dma_addr_t aperture_start;
	dma_addr_t aperture_end;
	bool force_aperture;
};

/* What a driver embeds at the front of its own domain. */
struct iommu_domain {
	unsigned int type;
	const struct iommu_ops *ops;
	struct iommu_device *iommu;
	unsigned long pgsize_bitmap;
	struct iommu_domain_geometry geometry;
	void *iova_cookie;
};

/* ---- faults ---- */
enum iommu_fault_type {
	IOMMU_FAULT_DMA_UNRECOV = 1,
	IOMMU_FAULT_PAGE_REQ,
};
#define IOMMU_FAULT_PERM_READ  (1 << 0)
#define IOMMU_FAULT_PERM_WRITE (1 << 1)
#define IOMMU_FAULT_PERM_EXEC  (1 << 2)
#define IOMMU_FAULT_PERM_PRIV  (1 << 3)

struct iommu_fault_unrecoverable {
	u32 reason; /* the unit's reason code */
	u32 flags;  /* 1 = pasid valid, 2 = addr valid */
	u32 pasid;
	u32 perm; /* IOMMU_FAULT_PERM_* of the request */
	u64 addr;
};
struct iommu_fault_page_request {
	u32 flags; /* 1 = pasid valid, 2 = last page of its group */
	u32 pasid;
	u32 grpid;
	u32 perm;
	u64 addr;
};
struct iommu_fault {
	u32 type;
	union {
		struct iommu_fault_unrecoverable event;
		struct iommu_fault_page_request prm;
	};
};
typedef int (*iommu_dev_fault_handler_t)(struct iommu_fault *fault, void *data);
/* One handler a device; -EBUSY when there is one. Called on the fault thread: may sleep. */
int iommu_register_device_fault_handler(struct device *dev, iommu_dev_fault_handler_t handler,
					void *data);
int iommu_unregister_device_fault_handler(struct device *dev);
/* Hands a fault to the device's handler; -EINVAL without one. For IOMMU drivers. */
int iommu_report_device_fault(struct device *dev, struct iommu_fault *fault);

/*
 * Who owns what is attached under a PASID (a guest's address space, say) hears of its page requests
 * and faults. Both are called on the IOMMU's own threads and may sleep; none is called once the
 * PASID is detached.
 */
#define IOMMU_FAULT_PASID_VALID 1u /* flags of both kinds of fault */
#define IOMMU_FAULT_LAST_PAGE	2u /* of a page request */
#define IOMMU_FAULT_ADDR_VALID	2u /* of an unrecoverable one */
/* Answers to a group of page requests, as the specification codes them. */
#define IOMMU_PAGE_RESP_SUCCESS 0x0
#define IOMMU_PAGE_RESP_INVALID 0x1
struct iommu_pasid_handler {
	/*
	 * A whole group, the last request at the end: one of the answers above, or -EINPROGRESS:
	 * iommu_page_response() will come.
	 */
	int (*page_group)(void *data, const struct iommu_fault_page_request *req, unsigned int n);
	/* NULL: reported as the device's own. */
	void (*fault)(void *data, const struct iommu_fault_unrecoverable *event);
};
/* @pasid of @dev is attached; NULL: nobody hears. -EINVAL. */
int iommu_set_pasid_handler(struct device *dev, ioasid_t pasid,
			    const struct iommu_pasid_handler *handler, void *data);
/* Answers the group @grpid; once for each -EINPROGRESS. May sleep. */
int iommu_page_response(struct device *dev, ioasid_t pasid, u32 grpid, int code);
/* When it returns the handlers of @dev have been called for each request received before. */
void iommu_drain_page_requests(struct device *dev, ioasid_t pasid);

/* ---- domains ---- */
bool iommu_present(const struct bus_type *bus);
struct iommu_domain *iommu_domain_alloc(const struct bus_type *bus, unsigned int type);
/* A translated domain for the unit that @dev is behind (later kernels' iommu_paging_domain_alloc).
 */
struct iommu_domain *iommu_domain_alloc_dev(struct device *dev, unsigned int type);
void iommu_domain_free(struct iommu_domain *domain);
/* Requests without PASID of @dev go through @domain; detach goes back to the default domain. */
int iommu_attach_device(struct iommu_domain *domain, struct device *dev);
void iommu_detach_device(struct iommu_domain *domain, struct device *dev);
/* Has what drivers of later kernels need for a PASID of their own (pasid.c of idxd). */
#define IOMMU_HAS_DEVICE_PASID 1
/* Requests of @dev with @pasid go through @domain (6.2 interface, used for guests). */
int iommu_attach_device_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
void iommu_detach_device_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
struct iommu_domain *iommu_get_domain_for_dev(struct device *dev);
/* @iova, @paddr, @size: multiples of 4 KiB. 0, -EINVAL, -ENOMEM, -EEXIST when already mapped. */
int iommu_map(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t size,
	      int prot);
/* Bytes unmapped; flushed when it returns (may sleep). */
size_t iommu_unmap(struct iommu_domain *domain, unsigned long iova, size_t size);
phys_addr_t iommu_iova_to_phys(struct iommu_domain *domain, dma_addr_t iova);

/*
 * Nested translation: requests of @dev with @pasid go through the first-stage tables at
 * guest-physical
 * @gpgd (4 or 5 levels) and then through the second-stage @domain. The interface that 2020's
 * iommu_sva_bind_gpasid() gave. @flags: IOMMU_GUEST_*. Undone by iommu_detach_device_pasid().
 */
#define IOMMU_GUEST_SRE 1u /* supervisor requests allowed */
#define IOMMU_GUEST_WPE 2u /* they obey write protection */
int iommu_bind_guest_pgd(struct iommu_domain *domain, struct device *dev, ioasid_t pasid, u64 gpgd,
			 unsigned int levels, unsigned int flags);
/*
 * Passes a guest's first-stage invalidation on to what @what says (IOMMU_INV_*); @size 0 =
 * everything of the PASID. May sleep.
 */
#define IOMMU_INV_IOTLB	  1u
#define IOMMU_INV_DEV_TLB 2u
int iommu_invalidate_guest(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			   unsigned int what, u64 addr, u64 size);
/* Everything that IOMMUs cache of a second-stage domain, with what is nested on it. May sleep. */
void iommu_flush_iotlb_all(struct iommu_domain *domain);

/* ---- shared virtual addressing ---- */
int iommu_dev_enable_feature(struct device *dev, enum iommu_dev_features feat);
int iommu_dev_disable_feature(struct device *dev, enum iommu_dev_features feat);
bool iommu_dev_feature_enabled(struct device *dev, enum iommu_dev_features feat);
/* Counted per (device, mm); ERR_PTR(-ENODEV, -EINVAL, -ENOMEM, -ENOSPC). May sleep. */
struct iommu_sva *iommu_sva_bind_device(struct device *dev, struct mm_struct *mm, void *drvdata);
/* The last one waits until the device cannot use the address space and all its page requests are
 * answered. */
void iommu_sva_unbind_device(struct iommu_sva *handle);
u32 iommu_sva_get_pasid(struct iommu_sva *handle);

/* PASIDs are one space per kernel, 1 ... 2^20 - 1, lowest free first (with ageing: see
 * iommu/pasid.c). */
ioasid_t iommu_alloc_global_pasid(struct device *dev);
void iommu_free_global_pasid(ioasid_t pasid);

/* ---- DMA API on a translated default domain (what iommu-dma does), for dma-mapping's code ---- */
/* Whether DMA addresses of @dev come from a domain instead of being physical. */
bool iommu_dma_used(struct device *dev);
#define IOMMU_DMA_ERROR (~0ull)
/* Maps [phys, phys + size), any alignment; IOMMU_DMA_ERROR when full. Atomic context allowed. */
dma_addr_t iommu_dma_map(struct device *dev, phys_addr_t phys, size_t size, int prot);
/* Strict: returns after the invalidation completed (busy wait). Lazy: a timer flushes. */
void iommu_dma_unmap(struct device *dev, dma_addr_t addr, size_t size);

/* ---- what an IOMMU driver offers ---- */
struct iommu_ops {
	bool (*capable)(struct device *dev, int cap);
	/* Called once for each device that appears; NULL/ERR_PTR(-ENODEV) when not behind a unit of
	 * this driver. */
	struct iommu_device *(*probe_device)(struct device *dev);
	void (*release_device)(struct device *dev);
	struct iommu_domain *(*domain_alloc)(struct iommu_device *iommu, unsigned int type);
	void (*domain_free)(struct iommu_domain *domain);
	int (*attach_dev)(struct iommu_domain *domain, struct device *dev);
	int (*set_dev_pasid)(struct iommu_domain *domain, struct device *dev, ioasid_t pasid);
	void (*remove_dev_pasid)(struct device *dev, ioasid_t pasid);
	int (*set_nested_pasid)(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
				u64 gpgd, unsigned int levels, unsigned int flags);
	int (*flush_nested)(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			    unsigned int what, u64 addr, u64 size);
	int (*set_pasid_handler)(struct device *dev, ioasid_t pasid,
				 const struct iommu_pasid_handler *handler, void *data);
	int (*page_response)(struct device *dev, ioasid_t pasid, u32 grpid, int code);
	void (*drain_page_requests)(struct device *dev, ioasid_t pasid);
	int (*map)(struct iommu_domain *domain, unsigned long iova, phys_addr_t paddr, size_t size,
		   int prot);
	size_t (*unmap)(struct iommu_domain *domain, unsigned long iova, size_t size);
	void (*flush_iotlb_all)(struct iommu_domain *domain);
	void (*flush_iotlb)(struct iommu_domain *domain, unsigned long iova, size_t size);
	phys_addr_t (*iova_to_phys)(struct iommu_domain *domain, dma_addr_t iova);
	int (*dev_enable_feat)(struct device *dev, enum iommu_dev_features f);
	int (*dev_disable_feat)(struct device *dev, enum iommu_dev_features f);
	/* First / last SVA bind of (@dev, @mm) at @pasid. */
	int (*sva_bind)(struct device *dev, struct mm_struct *mm, ioasid_t pasid);
	void (*sva_unbind)(struct device *dev, struct mm_struct *mm, ioasid_t pasid);
	unsigned long pgsize_bitmap;
	unsigned int max_pasids;
};

/* One IOMMU; a driver embeds it. */
struct iommu_device {
	struct list_head list;
	const struct iommu_ops *ops;
	struct device *dev;
	unsigned int max_pasids;
};

/* What the core keeps for each device: dev->iommu. */
struct dev_iommu {
	struct iommu_device *iommu_dev;
	struct iommu_domain *domain;	     /* of requests without PASID */
	struct iommu_domain *default_domain; /* what it goes back to */
	void *priv;			     /* the driver's */
	iommu_dev_fault_handler_t fault_handler;
	void *fault_data;
	unsigned int sva_users, features;
};

int iommu_device_register(struct iommu_device *iommu, const struct iommu_ops *ops,
			  struct device *hwdev);
void iommu_device_unregister(struct iommu_device *iommu);
void *dev_iommu_priv_get(struct device *dev);
void dev_iommu_priv_set(struct device *dev, void *priv);
/* A device appears on / leaves a bus: the bus code calls these around driver probing. */
int iommu_probe_device(struct device *dev);
void iommu_release_device(struct device *dev);
enum iommu_default iommu_default_domain_type(void);

#endif
