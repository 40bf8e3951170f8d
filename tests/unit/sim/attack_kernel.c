// SPDX-License-Identifier: GPL-2.0
// What a processor of a hostile guest can do.
#include <linux/dma-mapping.h>
#include <linux/pci.h>
#include <linux/workqueue.h>
#include <spec/dsa_pci.h>

#include "host-driver/idxd/idxd.h"
#include "host-driver/kapi/bus.h"
#include "host-driver/kapi/kapi.h"
#include "tests/unit/sim/attack_kernel.h"

u64 atk_read(u64 pa, u32 width)
{
	struct kapi_frame *f = kapi_frame_here();
	u64 val = f->k->cfg.bus->mmio_read(f->k->cfg.bus_ctx, pa, width);

	kapi_check_alive(f);
	return val;
}

void atk_write(u64 pa, u32 width, u64 val)
{
	struct kapi_frame *f = kapi_frame_here();

	f->k->cfg.bus->mmio_write(f->k->cfg.bus_ctx, pa, width, val);
	kapi_check_alive(f);
}

u32 atk_config(u32 bdf, u32 off, u32 width)
{
	struct kapi_frame *f = kapi_frame_here();
	u32 val = f->k->cfg.bus->cfg_read(f->k->cfg.bus_ctx, bdf, off, width);

	kapi_check_alive(f);
	return val;
}

void atk_config_write(u32 bdf, u32 off, u32 width, u32 val)
{
	struct kapi_frame *f = kapi_frame_here();

	f->k->cfg.bus->cfg_write(f->k->cfg.bus_ctx, bdf, off, width, val);
	kapi_check_alive(f);
}

void atk_store(u64 pa, const void *desc)
{
	struct kapi_frame *f = kapi_frame_here();

	f->k->cfg.bus->mmio_write64(f->k->cfg.bus_ctx, pa, desc);
	kapi_check_alive(f);
}

int atk_enqueue(u64 pa, const void *desc)
{
	struct kapi_frame *f = kapi_frame_here();
	int retry = f->k->cfg.bus->mmio_enqcmd64(f->k->cfg.bus_ctx, pa, desc);

	kapi_check_alive(f);
	return retry;
}

u64 atk_bar(u32 bar)
{
	struct pci_dev *pdev = pci_get_device(DSA_PCI_VENDOR, PCI_ANY_ID, NULL);
	u64 at = pdev ? pci_resource_start(pdev, bar) : 0;

	pci_dev_put(pdev);
	return at;
}

void *atk_memory(u64 bytes, u64 *dma)
{
	struct pci_dev *pdev = pci_get_device(DSA_PCI_VENDOR, PCI_ANY_ID, NULL);
	dma_addr_t at = 0;
	void *p = pdev ? dma_alloc_coherent(&pdev->dev, bytes, &at, GFP_KERNEL) : NULL;

	pci_dev_put(pdev);
	*dma = at;
	return p;
}

void atk_warm_up(void)
{
	flush_workqueue(system_wq);
}

u32 atk_ims_slots(void)
{
	struct device *dev = bus_find_device_by_name(&dsa_bus, NULL, "wq0.0");
	struct idxd_device *idxd;

	if (!dev)
		return 0;
	idxd = dev_to_wq(dev)->idxd;
	put_device(dev);
	return idxd->ims.used ? bitmap_weight(idxd->ims.used, idxd->ims.num_slots) : 0;
}

int atk_abort_queue(const char *wq)
{
	struct device *dev = bus_find_device_by_name(&dsa_bus, NULL, wq);

	if (!dev)
		return -ENODEV;
	put_device(dev);
	return idxd_vwq_abort(dev_to_wq(dev), NULL);
}
