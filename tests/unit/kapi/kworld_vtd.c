// SPDX-License-Identifier: GPL-2.0
// A PCI driver for a toy function that uses the IOMMU API in every way, for test_iommu_driver.c.
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/iommu.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "vtd_bus.h"

const char *const vtd_toy_file = __FILE__;

/* One kernel at a time in this test. */
static struct pci_dev *toy;
static struct iommu_domain *domain;
static void *buffer;
static u64 irqs[2];
static u32 faults, fault_reason;
static u64 fault_addr;

static irqreturn_t toy_irq(int irq, void *data)
{
	++*(u64 *)data;
	return IRQ_HANDLED;
}

static int toy_fault(struct iommu_fault *f, void *data)
{
	faults++;
	fault_reason = f->event.reason;
	fault_addr = f->event.addr;
	return 0;
}

static int toy_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int rc = pci_enable_device(pdev), i;

	if (rc)
		return rc;
	pci_set_master(pdev);
	toy = pdev;
	irqs[0] = irqs[1] = faults = 0;
	rc = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (rc)
		return rc;
	rc = pci_alloc_irq_vectors(pdev, 2, 2, PCI_IRQ_MSIX);
	if (rc < 0)
		return rc;
	for (i = 0; i < 2; i++) {
		rc = request_threaded_irq(pci_irq_vector(pdev, i), NULL, toy_irq, IRQF_ONESHOT,
					  "toy", &irqs[i]);
		if (rc)
			return rc;
	}
	iommu_register_device_fault_handler(&pdev->dev, toy_fault, NULL);
	return 0;
}

static void toy_remove(struct pci_dev *pdev)
{
	int i;

	iommu_unregister_device_fault_handler(&pdev->dev);
	for (i = 0; i < 2; i++)
		free_irq(pci_irq_vector(pdev, i), &irqs[i]);
	pci_free_irq_vectors(pdev);
	pci_disable_device(pdev);
	toy = NULL;
}

static const struct pci_device_id toy_ids[] = {{PCI_DEVICE(VTD_TOY_VENDOR, VTD_TOY_DEVICE)}, {0}};

static struct pci_driver toy_driver = {
	.name = "vtdtoy",
	.id_table = toy_ids,
	.probe = toy_probe,
	.remove = toy_remove,
};

/* ---- the node ---- */

static int toy_open(struct inode *inode, struct file *file)
{
	struct iommu_sva *sva = iommu_sva_bind_device(&toy->dev, current->mm, NULL);

	if (IS_ERR(sva))
		return PTR_ERR(sva);
	file->private_data = sva;
	return 0;
}

static int toy_release(struct inode *inode, struct file *file)
{
	iommu_sva_unbind_device(file->private_data);
	return 0;
}

static int toy_mmap(struct file *file, struct vm_area_struct *vma)
{
	u64 pa = pci_resource_start(toy, 0) + PAGE_SIZE;

	if (vma->vm_end - vma->vm_start > PAGE_SIZE)
		return -EINVAL;
	vma->vm_flags |= VM_DONTCOPY;
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	return io_remap_pfn_range(vma, vma->vm_start, pa >> PAGE_SHIFT, PAGE_SIZE,
				  vma->vm_page_prot);
}

static const struct file_operations toy_fops = {
	.owner = THIS_MODULE,
	.open = toy_open,
	.release = toy_release,
	.mmap = toy_mmap,
};

static struct miscdevice toy_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vtdtoy",
	.fops = &toy_fops,
};

static int __init toy_init(void)
{
	int rc = pci_register_driver(&toy_driver);

	return rc ? rc : misc_register(&toy_misc);
}

static void __exit toy_exit(void)
{
	misc_deregister(&toy_misc);
	pci_unregister_driver(&toy_driver);
}

module_init(toy_init);
module_exit(toy_exit);

/* ---- what the test calls ---- */

int vtd_toy_features(void *arg)
{
	int rc = iommu_dev_enable_feature(&toy->dev, IOMMU_DEV_FEAT_IOPF);

	return rc ? rc : iommu_dev_enable_feature(&toy->dev, IOMMU_DEV_FEAT_SVA);
}

int vtd_toy_features_off(void *arg)
{
	int rc = iommu_dev_disable_feature(&toy->dev, IOMMU_DEV_FEAT_SVA);

	return rc ? rc : iommu_dev_disable_feature(&toy->dev, IOMMU_DEV_FEAT_IOPF);
}

u64 vtd_toy_irqs(u32 vector)
{
	return irqs[vector];
}

u32 vtd_toy_faults(u32 *reason, u64 *addr)
{
	*reason = fault_reason;
	*addr = fault_addr;
	return faults;
}

int vtd_dma_map(void *arg)
{
	struct vtd_map *m = arg;

	buffer = kmalloc(m->size, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	m->pa = virt_to_phys(buffer);
	m->iova = dma_map_single(&toy->dev, buffer, m->size, DMA_BIDIRECTIONAL);
	return dma_mapping_error(&toy->dev, m->iova);
}

int vtd_dma_unmap(void *arg)
{
	struct vtd_map *m = arg;

	dma_unmap_single(&toy->dev, m->iova, m->size, DMA_BIDIRECTIONAL);
	kfree(buffer);
	buffer = NULL;
	return 0;
}

int vtd_domain_new(void *arg)
{
	domain = iommu_domain_alloc(&pci_bus_type, IOMMU_DOMAIN_UNMANAGED);
	return domain ? 0 : -ENOMEM;
}

int vtd_domain_free(void *arg)
{
	iommu_domain_free(domain);
	return 0;
}

int vtd_domain_map(void *arg)
{
	struct vtd_map *m = arg;

	return m->ret = iommu_map(domain, m->iova, m->pa, m->size,
				  (m->prot & 1 ? IOMMU_READ : 0) | (m->prot & 2 ? IOMMU_WRITE : 0));
}

int vtd_domain_unmap(void *arg)
{
	struct vtd_map *m = arg;

	m->ret = iommu_unmap(domain, m->iova, m->size);
	return 0;
}

int vtd_domain_attach(void *arg)
{
	u32 *pasid = arg;

	if (!*pasid)
		*pasid = iommu_alloc_global_pasid(&toy->dev);
	return iommu_attach_device_pasid(domain, &toy->dev, *pasid);
}

int vtd_domain_detach(void *arg)
{
	u32 *pasid = arg;

	iommu_detach_device_pasid(domain, &toy->dev, *pasid);
	iommu_free_global_pasid(*pasid);
	return 0;
}

int vtd_nest_attach(void *arg)
{
	struct vtd_nest *n = arg;

	n->pasid = iommu_alloc_global_pasid(&toy->dev);
	return iommu_bind_guest_pgd(domain, &toy->dev, n->pasid, n->gpgd, n->levels, 0);
}

int vtd_nest_invalidate(void *arg)
{
	struct vtd_nest *n = arg;

	return iommu_invalidate_guest(domain, &toy->dev, n->pasid,
				      IOMMU_INV_IOTLB | IOMMU_INV_DEV_TLB, n->addr, n->size);
}

int vtd_nest_detach(void *arg)
{
	struct vtd_nest *n = arg;

	return vtd_domain_detach(&n->pasid);
}
