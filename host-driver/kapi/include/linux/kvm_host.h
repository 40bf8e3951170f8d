/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual machines as drivers see them: references, files, and the guest's memory under a PASID. */
#ifndef __KVM_HOST_H
#define __KVM_HOST_H

#include <linux/types.h>

struct device;
struct file;
struct kvm; /* one virtual machine; the hypervisor's own */

void kvm_get_kvm(struct kvm *kvm);
void kvm_put_kvm(struct kvm *kvm);
/* Whether @file is a virtual machine's; its private_data is the struct kvm then. */
bool file_is_kvm(struct file *file);

/* The guest takes its PASID @guest, @host here, away: nothing may be under way with it on return.
 */
typedef void kvm_pasid_gone_fn(void *ctx, u32 guest, u32 host);

/*
 * kapi's own. In 2020's series VFIO's type 1 driver attached an auxiliary domain with the guest's
 * memory to the device (gone since 5.18), today iommufd attaches one under a PASID (6.15): between
 * the two lies 6.1, which can do neither. Requests of @dev with *@pasid reach the machine's memory
 * at guest-physical addresses. @gone may be NULL. -ENODEV no IOMMU, -EOPNOTSUPP no PASIDs, -ENOSPC,
 * -ENOMEM.
 */
int kvm_dma_attach(struct kvm *kvm, struct device *dev, u32 *pasid, kvm_pasid_gone_fn *gone,
		   void *ctx);
/* Nothing with the PASID is under way. */
void kvm_dma_detach(struct kvm *kvm, struct device *dev, u32 pasid);

/* Where the machine's memory lies in the guest's address space; *bytes 0: it comes and goes. */
void kvm_memory_range(struct kvm *kvm, u64 *gpa, u64 *bytes);

/* Pairs of guest and host PASIDs: -ENOENT. The last looks from *@pasid upwards. */
int kvm_host_pasid(struct kvm *kvm, u32 pasid, u32 *host);
int kvm_guest_pasid(struct kvm *kvm, u32 host, u32 *pasid);
int kvm_next_pasid(struct kvm *kvm, u32 *pasid, u32 *host);

#endif
