// SPDX-License-Identifier: GPL-2.0
/* A guest's memory for a device where the kernel gives it under a PASID: the simulated kernel's. A
 * real 6.1 does not; host-driver/kbuild/guest_dma.c stands for this file there. */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/kvm_host.h>
#include <linux/vfio.h>
#include "guest_dma.h"

static void guest_dma_pasid_gone(void *ctx, u32 guest, u32 host)
{
	struct guest_dma *dma = ctx;

	dma->pasid_gone(dma, guest, host);
}

static int guest_dma_pin(struct guest_dma *dma, struct kvm *kvm)
{
	u64 gpa, bytes;

	kvm_memory_range(kvm, &gpa, &bytes);
	return dma->vfio && bytes ? kapi_vfio_pin_range(dma->vfio, gpa, bytes) : 0;
}

static void guest_dma_unpin(struct guest_dma *dma, struct kvm *kvm)
{
	u64 gpa, bytes;

	kvm_memory_range(kvm, &gpa, &bytes);
	if (dma->vfio && bytes)
		kapi_vfio_unpin_range(dma->vfio, gpa, bytes);
}

int guest_dma_attach(struct guest_dma *dma, struct kvm *kvm, struct device *dev)
{
	int rc;

	if (!kvm)
		return -EINVAL;
	rc = guest_dma_pin(dma, kvm);
	if (rc)
		return rc;
	rc = kvm_dma_attach(kvm, dev, &dma->pasid, guest_dma_pasid_gone, dma);
	if (rc) {
		guest_dma_unpin(dma, kvm);
		return rc;
	}
	kvm_get_kvm(kvm);
	get_device(dev);
	dma->kvm = kvm;
	dma->dev = dev;
	return 0;
}

void guest_dma_detach(struct guest_dma *dma)
{
	struct kvm *kvm = dma->kvm;

	if (!kvm)
		return;
	kvm_dma_detach(kvm, dma->dev, dma->pasid);
	dma->kvm = NULL;
	guest_dma_unpin(dma, kvm);
	put_device(dma->dev);
	kvm_put_kvm(kvm);
}

struct kvm *guest_dma_get_kvm(int fd)
{
	struct file *f = fget(fd);
	struct kvm *kvm = NULL;

	if (!f)
		return NULL;
	if (file_is_kvm(f)) {
		kvm = f->private_data;
		kvm_get_kvm(kvm);
	}
	fput(f);
	return kvm;
}

void guest_dma_put_kvm(struct kvm *kvm)
{
	kvm_put_kvm(kvm);
}

int guest_dma_host_pasid(struct guest_dma *dma, u32 pasid, u32 *host)
{
	return dma->kvm ? kvm_host_pasid(dma->kvm, pasid, host) : -ENOENT;
}

int guest_dma_guest_pasid(struct guest_dma *dma, u32 host, u32 *pasid)
{
	return dma->kvm ? kvm_guest_pasid(dma->kvm, host, pasid) : -ENOENT;
}

int guest_dma_next_pasid(struct guest_dma *dma, u32 *pasid, u32 *host)
{
	return dma->kvm ? kvm_next_pasid(dma->kvm, pasid, host) : -ENOENT;
}
