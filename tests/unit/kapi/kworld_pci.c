// SPDX-License-Identifier: GPL-2.0
// A PCI driver in kernel code, for test_pci.c.
#include <linux/delay.h>
#include <linux/dmapool.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/msi.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "host-driver/kapi/kernel.h"
#include "toy_pci.h"

static struct toy_pci *mine(void)
{
	return &toy_pci[strcmp(kernel_name(kernel_current()), "host") != 0];
}

static irqreturn_t toy_irq(int irq, void *data)
{
	struct toy_pci *t = mine();
	int i;

	for (i = 0; i < 4; i++)
		if (t->irq[i] == irq)
			t->fired[i]++;
	t->fired_at = ktime_get_ns();
	return IRQ_HANDLED;
}

static void look(struct pci_dev *pdev)
{
	static const int ext[3] = {PCI_EXT_CAP_ID_ATS, PCI_EXT_CAP_ID_PASID, PCI_EXT_CAP_ID_PRI};
	struct toy_pci *t = mine();
	int i;

	for (i = 0; i < 6; i++) {
		t->bar_start[i] = pci_resource_start(pdev, i);
		t->bar_len[i] = pci_resource_len(pdev, i);
	}
	t->caps[0] = pci_find_capability(pdev, PCI_CAP_ID_EXP);
	t->caps[1] = pci_find_capability(pdev, PCI_CAP_ID_MSIX);
	t->caps[2] = pci_find_capability(pdev, PCI_CAP_ID_PM);
	for (i = 0; i < 3; i++)
		t->caps[3 + i] = pci_find_ext_capability(pdev, ext[i]);
}

static int setup_irqs(struct pci_dev *pdev)
{
	struct toy_pci *t = mine();
	int i, rc;

	t->vec_count = pci_msix_vec_count(pdev);
	rc = pci_alloc_irq_vectors(pdev, t->vec_count, t->vec_count, PCI_IRQ_MSIX);
	if (rc < 0)
		return rc;
	t->vectors = rc;
	for (i = 0; i < rc; i++) {
		t->irq[i] = pci_irq_vector(pdev, i);
		if (pci_request_irq(pdev, i, toy_irq, NULL, pdev, "toy-%d", i))
			return -EBUSY;
	}
	return pci_irq_vector(pdev, rc) == -EINVAL ? 0 : -ERANGE;
}

static int toy_pci_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int rc;

	if (id->driver_data != 77)
		return -EINVAL;
	mine()->probes++;
	look(pdev);
	rc = pci_enable_device(pdev);
	if (rc)
		return rc;
	rc = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (!rc)
		rc = pci_request_regions(pdev, "toy");
	if (rc)
		goto err;
	pci_set_master(pdev);
	rc = setup_irqs(pdev);
	if (!rc)
		return 0;
	pci_release_regions(pdev);
err:
	pci_disable_device(pdev);
	return rc;
}

static void toy_pci_remove(struct pci_dev *pdev)
{
	struct toy_pci *t = mine();
	u32 i;

	for (i = 0; i < t->vectors; i++)
		pci_free_irq(pdev, i, pdev);
	pci_free_irq_vectors(pdev);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
	t->removes++;
}

static void toy_pci_shutdown(struct pci_dev *pdev)
{
	mine()->shutdowns++;
}

static void toy_reset_prepare(struct pci_dev *pdev)
{
	mine()->resets_prepared++;
}

static void toy_reset_done(struct pci_dev *pdev)
{
	mine()->resets_done++;
}

static const struct pci_error_handlers toy_handlers = {
	.reset_prepare = toy_reset_prepare,
	.reset_done = toy_reset_done,
};

static const struct pci_device_id toy_ids[] = {
	{PCI_DEVICE(0x8086, 0x1212), .driver_data = 1},
	{PCI_DEVICE(0x8086, 0x0b25), .driver_data = 77},
	{0},
};

static struct pci_driver toy_pci_driver = {
	.name = "toypci",
	.id_table = toy_ids,
	.probe = toy_pci_probe,
	.remove = toy_pci_remove,
	.shutdown = toy_pci_shutdown,
	.err_handler = &toy_handlers,
};

int toy_pci_register(void *arg)
{
	return pci_register_driver(&toy_pci_driver);
}

int toy_pci_unregister(void *arg)
{
	pci_unregister_driver(&toy_pci_driver);
	return 0;
}

/* Found by the scan first; stays as long as the test. */
static struct pci_dev *first(void)
{
	struct pci_dev *pdev = pci_get_device(0x8086, 0x0b25, NULL);

	pci_dev_put(pdev);
	return pdev;
}

int toy_pci_reset(void *arg)
{
	return pci_reset_function(first());
}

int toy_pci_cap_walk(void *arg)
{
	struct pci_dev *p = first();
	u16 word = 0;
	u32 dword = 0;

	if (p->pcie_cap != 0x40 || p->msix_cap != 0x80 || p->pm_cap != 0x90)
		return -1;
	if (pci_find_capability(p, PCI_CAP_ID_MSI) ||
	    pci_find_ext_capability(p, PCI_EXT_CAP_ID_SRIOV))
		return -2;
	if (pci_find_next_capability(p, 0x40, PCI_CAP_ID_PM) != 0x90 ||
	    pci_find_next_capability(p, 0x90, PCI_CAP_ID_PM) != 0)
		return -3;
	if (pci_find_dvsec_capability(p, 0x8086, 5) != 0x200 ||
	    pci_find_dvsec_capability(p, 0x8086, 6) || pci_find_dvsec_capability(p, 0x1234, 5))
		return -4;
	if (pci_pcie_type(p) != PCI_EXP_TYPE_RC_END || !pci_is_pcie(p))
		return -5;
	/* Link registers do not exist here: they read 0 and are left alone. */
	if (pcie_capability_read_word(p, PCI_EXP_LNKCTL, &word) || word)
		return -6;
	if (pcie_capability_read_dword(p, PCI_EXP_DEVCAP, &dword) || !(dword & PCI_EXP_DEVCAP_FLR))
		return -7;
	if (p->class != 0x088000 || p->subsystem_vendor != 0x8086 || p->subsystem_device != 1)
		return -8;
	return pcie_capability_clear_and_set_word(p, PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_READRQ, 0x5000);
}

int toy_pci_accessors(void *arg)
{
	struct pci_dev *p = first();
	u32 dword;
	u16 word;
	u8 byte;

	if (pci_read_config_word(p, 1, &word) != PCIBIOS_BAD_REGISTER_NUMBER || word != 0xffff)
		return -1;
	if (pci_read_config_dword(p, 4096, &dword) != PCIBIOS_BAD_REGISTER_NUMBER ||
	    dword != 0xffffffff)
		return -2;
	if (pci_read_config_dword(p, -4, &dword) != PCIBIOS_BAD_REGISTER_NUMBER)
		return -3;
	if (pci_read_config_byte(p, 4095, &byte) || pci_read_config_dword(p, 0, &dword))
		return -4;
	return dword == 0x0b258086 ? 0 : -5;
}

int toy_pci_ats(void *arg)
{
	struct pci_dev *p = first();

	if (!pci_ats_supported(p) || !pci_pri_supported(p))
		return -1;
	if (pci_ats_queue_depth(p) != 32 || !pci_ats_page_aligned(p))
		return -2;
	if (pci_max_pasids(p) != 1 << 20 || pci_pasid_features(p) != PCI_PASID_CAP_PRIV)
		return -3;
	if (pci_enable_pasid(p, PCI_PASID_CAP_EXEC) != -EINVAL)
		return -4;
	if (pci_enable_pasid(p, PCI_PASID_CAP_PRIV) || pci_enable_ats(p, 11) != -EINVAL)
		return -5;
	if (pci_enable_pri(p, 32) || pci_enable_ats(p, 12))
		return -6;
	return pci_prg_resp_pasid_required(p) == 1 && p->pri_reqs_alloc == 32 ? 0 : -7;
}

int toy_pci_state(void *arg)
{
	struct pci_dev *p = first();
	struct pci_saved_state *s;

	pci_save_state(p);
	s = pci_store_saved_state(p);
	if (!s)
		return -ENOMEM;
	pci_write_config_dword(p, 0x190, 0);
	pci_write_config_dword(p, 0x154, 0x10001000);
	pci_write_config_word(p, PCI_COMMAND, 0);
	pci_restore_state(p);
	if (p->state_saved)
		return -1;
	/* Loaded again, the same state may be restored a second time. */
	pci_write_config_dword(p, 0x154, 0x10001000);
	if (pci_load_saved_state(p, s))
		return -2;
	pci_restore_state(p);
	kfree(s);
	return pci_load_saved_state(p, NULL);
}

int toy_pci_vectors(void *arg)
{
	struct pci_dev *p = first();
	struct msix_entry e[2] = {{.entry = 3}, {.entry = 1}};
	struct msi_msg msg;

	if (pci_alloc_irq_vectors(p, 1, 4, PCI_IRQ_MSIX) != -EINVAL)
		return -1; /* not enabled */
	if (pci_enable_device(p))
		return -2;
	if (pci_alloc_irq_vectors(p, 5, 8, PCI_IRQ_MSIX) != -ENOSPC)
		return -3;
	if (pci_alloc_irq_vectors(p, 1, 1, PCI_IRQ_LEGACY) != -ENOSPC)
		return -4;
	if (pci_alloc_irq_vectors(p, 1, 100, PCI_IRQ_ALL_TYPES) != 4)
		return -5;
	pci_free_irq_vectors(p);
	if (pci_enable_msix_range(p, e, 2, 2) != 2 || e[0].vector == e[1].vector)
		return -6;
	get_cached_msi_msg(e[1].vector, &msg);
	if (msg.address_lo >> 20 != 0xfee || !msg.data)
		return -7;
	if (pci_irq_vector(p, 0) != (int)e[0].vector || pci_irq_vector(p, 2) != -EINVAL)
		return -8;
	pci_disable_msix(p);
	if (pci_irq_vector(p, 0) != -EINVAL)
		return -9;
	e[1].entry = 3;
	if (pci_enable_msix_range(p, e, 2, 2) != -EINVAL)
		return -10; /* the same entry twice */
	pci_disable_device(p);
	return 0;
}

static int managed_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int rc = pcim_enable_device(pdev);

	if (!rc)
		rc = pcim_iomap_regions(pdev, 1 << 0 | 1 << 2, "managed");
	if (rc)
		return rc;
	if (pcim_iomap_regions(pdev, 1 << 4, "none") != -EINVAL)
		return -E2BIG;
	if (pci_request_region(pdev, 0, "again") != -EBUSY)
		return -E2BIG;
	if (!pcim_iomap_table(pdev)[0] || !pcim_iomap_table(pdev)[2] || pcim_iomap_table(pdev)[1])
		return -E2BIG;
	writel(0x1234, pcim_iomap_table(pdev)[0] + 0x100);
	rc = pci_alloc_irq_vectors(pdev, 2, 2, PCI_IRQ_MSIX);
	return rc == 2 ? 0 : -E2BIG;
}

static struct pci_driver managed_driver = {
	.name = "managed",
	.id_table = toy_ids,
	.probe = managed_probe,
};

int toy_pci_managed(void *arg)
{
	struct pci_dev *p = first();
	u16 ctrl;
	int rc = pci_register_driver(&managed_driver);

	if (rc)
		return rc;
	if (!pci_is_enabled(p) || !p->msix_enabled)
		return -1;
	pci_unregister_driver(&managed_driver);
	if (pci_is_enabled(p) || p->msix_enabled)
		return -2;
	pci_read_config_word(p, 0x82, &ctrl);
	if (ctrl & PCI_MSIX_FLAGS_ENABLE)
		return -3;
	return pci_request_region(p, 0, "free again") ? -4 : 0;
}

static int remap_alloc(void *ctx, struct device *dev, u32 vector, struct msi_msg *msg, u32 *cookie)
{
	u32 *live = ctx;

	*cookie = ++*live;
	msg->address_lo = 0xfee00010 | *cookie << 5;
	msg->address_hi = 0;
	msg->data = 0;
	return vector && dev_is_pci(dev) ? 0 : -EINVAL;
}

static void remap_free(void *ctx, struct device *dev, u32 cookie)
{
	u32 *live = ctx;

	*live -= cookie ? 1 : 100;
}

static const struct msi_remap_ops remap_ops = {.alloc = remap_alloc, .free = remap_free};

int toy_pci_remap(void *arg)
{
	struct pci_dev *p = first();
	struct msi_msg msg;
	u32 live = 0;
	int rc = -1;

	msi_set_remap(kernel_current(), &remap_ops, &live);
	if (pci_enable_device(p) || pci_alloc_irq_vectors(p, 4, 4, PCI_IRQ_MSIX) != 4)
		goto out;
	rc = -2;
	get_cached_msi_msg(pci_irq_vector(p, 2), &msg);
	if (live != 4 || msg.address_lo != (0xfee00010 | 3 << 5) || msg.data)
		goto out;
	pci_free_irq_vectors(p);
	pci_disable_device(p);
	rc = live ? -3 : 0;
out:
	msi_set_remap(kernel_current(), NULL, NULL);
	return rc;
}

int toy_pci_dma(void *arg)
{
	struct device *dev = &first()->dev;
	dma_addr_t a, b;
	void *p = dma_alloc_coherent(dev, 10000, &a, GFP_KERNEL);
	char on_stack[64];
	char *q;

	if (!p || a != virt_to_phys(p) || a & 0xfff || ((char *)p)[9999])
		return -1;
	dma_free_coherent(dev, 10000, p, a);
	q = kmalloc(256, GFP_KERNEL);
	if (!q)
		return -ENOMEM;
	b = dma_map_single(dev, q, 256, DMA_TO_DEVICE);
	if (dma_mapping_error(dev, b) || b != virt_to_phys(q))
		return -2;
	dma_unmap_single(dev, b, 256, DMA_TO_DEVICE);
	if (!dma_mapping_error(dev, dma_map_single(dev, on_stack, 64, DMA_FROM_DEVICE)))
		return -3;
	if (!dma_mapping_error(dev, dma_map_single(dev, q, 0, DMA_FROM_DEVICE)))
		return -4;
	/* A mask that does not reach the RAM is refused, and the old one stays. */
	if (dma_set_mask(dev, DMA_BIT_MASK(20)) != -EIO || dma_get_mask(dev) != DMA_BIT_MASK(32))
		return -5;
	if (dma_set_mask_and_coherent(dev, DMA_BIT_MASK(64)) || dma_get_mask(dev) != ~0ull)
		return -6;
	kfree(q);
	return dma_alloc_coherent(dev, 64ul << 20, &a, GFP_KERNEL) ? -7 : 0;
}

int toy_pci_pool(void *arg)
{
	struct device *dev = &first()->dev;
	struct dma_pool *pool = dma_pool_create("toy", dev, 96, 32, 256);
	dma_addr_t addr[100];
	dma_addr_t again;
	void *block[100];
	void *last;
	int i, j;

	if (!pool || dma_pool_create("bad", dev, 0, 1, 0) || dma_pool_create("bad", dev, 8, 3, 0) ||
	    dma_pool_create("bad", dev, 512, 0, 256))
		return -1;
	for (i = 0; i < 100; i++) {
		block[i] = dma_pool_zalloc(pool, GFP_KERNEL, &addr[i]);
		if (!block[i] || addr[i] != virt_to_phys(block[i]) || addr[i] & 31)
			return -2;
		if (addr[i] / 256 != (addr[i] + 95) / 256)
			return -3; /* crosses the boundary */
		for (j = 0; j < i; j++)
			if (addr[i] < addr[j] + 96 && addr[j] < addr[i] + 96)
				return -4;
		memset(block[i], 0xaa, 96);
	}
	/* The newest page has room: the block given back comes out of it again, clean if asked. */
	dma_pool_free(pool, block[99], addr[99]);
	last = dma_pool_zalloc(pool, GFP_ATOMIC, &again);
	if (last != block[99] || again != addr[99] || *(u8 *)last)
		return -5;
	for (i = 0; i < 100; i++)
		dma_pool_free(pool, block[i], addr[i]);
	dma_pool_destroy(pool);
	return 0;
}

int toy_pci_get(void *arg)
{
	struct pci_dev *p = NULL;
	int n = 0;

	for_each_pci_dev(p) n++;
	if (n != 2)
		return -1;
	p = pci_get_domain_bus_and_slot(0, 0x6a, PCI_DEVFN(2, 0));
	if (!p || strcmp(pci_name(p), "0000:6a:02.0") || pci_dev_id(p) != 0x6a10)
		return -2;
	pci_dev_put(p);
	if (pci_get_domain_bus_and_slot(0, 0x6a, PCI_DEVFN(3, 0)))
		return -3;
	return first()->dev.numa_node == 1 ? 0 : -4;
}
