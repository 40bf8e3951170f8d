/* SPDX-License-Identifier: GPL-2.0 */
/* A device's way to the memory of the guest that has it: a PASID of the guest's, tied to its
 * machine. */
#ifndef VDEV_GUEST_DMA_H
#define VDEV_GUEST_DMA_H

#include <linux/device.h>
#include <linux/types.h>

struct kvm;
struct vfio_device;

struct guest_dma {
	/* Who opened it did so by VFIO: its container has to map the memory. NULL: by other ways.
	 */
	struct vfio_device *vfio;
	struct kvm *kvm; /* NULL: not attached */
	struct device *dev;
	u32 pasid;
	/* The guest takes one of its PASIDs away; see vdev_pasid_gone(). */
	void (*pasid_gone)(struct guest_dma *dma, u32 pasid, u32 host);
};

/*
 * Requests of @dev with @dma->pasid reach @kvm's memory at guest-physical addresses until
 * guest_dma_detach(). Memory that does not come and go has to be mapped in the container, all of
 * it, for reading and writing, and stays so until then. -EINVAL: no machine, or not mapped;
 * -EOPNOTSUPP: this kernel has no such thing; -ENOSPC, -ENOMEM, -ENODEV.
 */
int guest_dma_attach(struct guest_dma *dma, struct kvm *kvm, struct device *dev);
/* Nothing is under way with the PASID any more. */
void guest_dma_detach(struct guest_dma *dma);

/* The machine behind a descriptor of the calling process, with a reference; NULL: none. */
struct kvm *guest_dma_get_kvm(int fd);
void guest_dma_put_kvm(struct kvm *kvm);

/* Pairs of PASIDs as the machine's processors translate them; as struct vdev_ops has them. */
int guest_dma_host_pasid(struct guest_dma *dma, u32 pasid, u32 *host);
int guest_dma_guest_pasid(struct guest_dma *dma, u32 host, u32 *pasid);
int guest_dma_next_pasid(struct guest_dma *dma, u32 *pasid, u32 *host);

/* Whether queues may begin to use the host's @pasid: the machine's, and not on its way out. Sleeps.
 */
static inline bool guest_dma_may_use(struct guest_dma *dma, u32 pasid)
{
	u32 guest, host;

	if (!dma->kvm || !pasid)
		return false;
	return pasid == dma->pasid || (!guest_dma_guest_pasid(dma, pasid, &guest) &&
				       !guest_dma_host_pasid(dma, guest, &host) && host == pasid);
}

#endif
