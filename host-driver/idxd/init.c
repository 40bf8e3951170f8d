// SPDX-License-Identifier: GPL-2.0
/* Probe and removal: capabilities, table places, objects, interrupts, resets of the whole function.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <spec/dsa_pci.h>
#include "idxd.h"

static const struct idxd_type_data idxd_types[] = {
	[IDXD_TYPE_DSA] =
		{
			.prefix = "dsa",
			.type = IDXD_TYPE_DSA,
			.record_size = sizeof(struct dsa_completion_record),
			.record_align = 32,
		},
	[IDXD_TYPE_IAX] =
		{
			.prefix = "iax",
			.type = IDXD_TYPE_IAX,
			.record_size = sizeof(struct iax_completion_record),
			.record_align = 64,
		},
};

static const struct pci_device_id idxd_pci_ids[] = {
	{PCI_DEVICE(DSA_PCI_VENDOR, DSA_PCI_DEVICE_SPR), .driver_data = IDXD_TYPE_DSA},
	{PCI_DEVICE(DSA_PCI_VENDOR, DSA_PCI_DEVICE_GNRD), .driver_data = IDXD_TYPE_DSA},
	{PCI_DEVICE(DSA_PCI_VENDOR, DSA_PCI_DEVICE_DMR), .driver_data = IDXD_TYPE_DSA},
	{PCI_DEVICE(DSA_PCI_VENDOR, IAA_PCI_DEVICE_SPR), .driver_data = IDXD_TYPE_IAX},
	{PCI_DEVICE(DSA_PCI_VENDOR, IAA_PCI_DEVICE_DMR), .driver_data = IDXD_TYPE_IAX},
	{PCI_DEVICE(DSA_PCI_VENDOR, IAA_PCI_DEVICE_PTL), .driver_data = IDXD_TYPE_IAX},
	{PCI_DEVICE(DSA_PCI_VENDOR, IAA_PCI_DEVICE_WCL), .driver_data = IDXD_TYPE_IAX},
	{}};
MODULE_DEVICE_TABLE(pci, idxd_pci_ids);

static DEFINE_IDA(idxd_ida);

/* ---- the device object ---- */

void idxd_device_release(struct device *dev)
{
	struct idxd_device *idxd = dev_to_idxd(dev);

	if (idxd->work_queue)
		destroy_workqueue(idxd->work_queue);
	idxd_evl_free(idxd);
	idxd_ims_exit(idxd);
	kfree(idxd->groups);
	kfree(idxd->engines);
	kfree(idxd->wqs);
	ida_free(&idxd_ida, idxd->id);
	kfree(idxd);
}

static struct idxd_device *idxd_create(struct pci_dev *pdev, const struct idxd_type_data *data)
{
	struct idxd_device *idxd = kzalloc(sizeof(*idxd), GFP_KERNEL);
	int id;

	if (!idxd)
		return NULL;
	id = ida_alloc(&idxd_ida, GFP_KERNEL);
	if (id < 0) {
		kfree(idxd);
		return NULL;
	}
	idxd->id = id;
	idxd->pdev = pdev;
	idxd->data = data;
	idxd->system_pasid = IDXD_PASID_NONE;
	mutex_init(&idxd->cfg_lock);
	mutex_init(&idxd->cmd_lock);
	mutex_init(&idxd->notify_lock);
	mutex_init(&idxd->perfmon.lock);
	init_completion(&idxd->cmd_done);
	idxd_dev_init(&idxd->dev, data->type == IDXD_TYPE_DSA ? IDXD_DEV_DSA : IDXD_DEV_IAX,
		      &pdev->dev,
		      data->type == IDXD_TYPE_DSA ? &dsa_device_type : &iax_device_type);
	if (dev_set_name(&idxd->dev.conf, "%s%d", data->prefix, id)) {
		put_device(&idxd->dev.conf);
		return NULL;
	}
	idxd->work_queue = alloc_ordered_workqueue("%s", 0, dev_name(&idxd->dev.conf));
	if (!idxd->work_queue) {
		put_device(&idxd->dev.conf);
		return NULL;
	}
	return idxd;
}

/* ---- capabilities ---- */

static void idxd_read_opcap(struct idxd_device *idxd)
{
	u32 words[DSA_OPCAP_BITS / 32];
	u32 i;

	for (i = 0; i < DSA_OPCAP_QWORDS; i++) {
		u64 val = idxd_read64(idxd, DSA_REG_OPCAP + 8 * i);

		words[2 * i] = lower_32_bits(val);
		words[2 * i + 1] = upper_32_bits(val);
	}
	bitmap_from_arr32(idxd->hw.opcap, words, DSA_OPCAP_BITS);
}

static void idxd_read_caps(struct idxd_device *idxd)
{
	struct idxd_caps *hw = &idxd->hw;
	u32 i;

	hw->gencap = idxd_read64(idxd, DSA_REG_GENCAP);
	hw->cmdcap = DSA_CMDCAP_DEFAULT;
	if (hw->gencap & DSA_GENCAP_CMD_CAP)
		hw->cmdcap = idxd_read32(idxd, DSA_REG_CMDCAP);
	if (hw->gencap & DSA_GENCAP_CONFIG)
		set_bit(IDXD_FLAG_CONFIGURABLE, &idxd->flags);
	idxd->max_xfer = 1ULL << SPEC_GET(DSA_GENCAP_MAX_XFER_SHIFT, hw->gencap);
	idxd->max_batch = 1U << SPEC_GET(DSA_GENCAP_MAX_BATCH_SHIFT, hw->gencap);

	hw->grpcap = idxd_read64(idxd, DSA_REG_GRPCAP);
	idxd->max_groups = SPEC_GET(DSA_GRPCAP_NUM_GROUPS, hw->grpcap);
	idxd->max_rdbufs = SPEC_GET(DSA_GRPCAP_READ_BUFFERS, hw->grpcap);
	idxd->free_rdbufs = idxd->max_rdbufs;

	hw->engcap = idxd_read64(idxd, DSA_REG_ENGCAP);
	/* GRPCFG has room for 64. */
	idxd->max_engines = min_t(u32, SPEC_GET(DSA_ENGCAP_NUM_ENGINES, hw->engcap), 64);

	hw->wqcap = idxd_read64(idxd, DSA_REG_WQCAP);
	idxd->max_wqs = SPEC_GET(DSA_WQCAP_NUM_WQS, hw->wqcap);
	idxd->max_wq_entries = SPEC_GET(DSA_WQCAP_TOTAL_SIZE, hw->wqcap);
	idxd->wqcfg_stride =
		1U << (SPEC_GET(DSA_WQCAP_WQCFG_SHIFT, hw->wqcap) + DSA_WQCFG_MIN_SHIFT);
	idxd->wqcfg_dwords = min_t(u32, idxd->wqcfg_stride / 4, DSA_WQCFG_DWORDS);
	idxd_read_opcap(idxd);

	if (!idxd_is_dsa(idxd) && hw->version >= DSA_VERSION_2)
		hw->iaacap = idxd_read64(idxd, DSA_REG_IAACAP);
	if (idxd_is_dsa(idxd) && hw->version >= DSA_VERSION_3)
		for (i = 0; i < 3; i++)
			hw->dsacap[i] = idxd_read64(idxd, DSA_REG_DSACAP0 + 8 * i);
	/* First generation devices cannot take arbitrary user descriptors (INTEL-SA-01084). */
	if (hw->version >= DSA_VERSION_2)
		set_bit(IDXD_FLAG_SAFE, &idxd->flags);
}

static int idxd_check_table(struct idxd_device *idxd, const char *name, u32 off, u64 size)
{
	if (off && (u64)off + size <= idxd->regs_len)
		return 0;
	dev_err(idxd_pdev(idxd), "%s table at %#x, %llu bytes: outside BAR0\n", name, off, size);
	return -EINVAL;
}

/* Where the tables are; a device, real or not, may claim anything. */
static int idxd_read_offsets(struct idxd_device *idxd)
{
	u64 lo = idxd_read64(idxd, DSA_REG_OFFSETS);
	u64 hi = idxd_read64(idxd, DSA_REG_OFFSETS + 8);
	struct idxd_offsets *offs = &idxd->offs;
	int rc;

	offs->grpcfg = SPEC_GET(DSA_OFFSETS0_GRPCFG, lo) * DSA_OFFSET_UNIT;
	offs->wqcfg = SPEC_GET(DSA_OFFSETS0_WQCFG, lo) * DSA_OFFSET_UNIT;
	offs->msixperm = SPEC_GET(DSA_OFFSETS0_MSIXPERM, lo) * DSA_OFFSET_UNIT;
	offs->ims = SPEC_GET(DSA_OFFSETS0_IMS, lo) * DSA_OFFSET_UNIT;
	offs->perfmon = SPEC_GET(DSA_OFFSETS1_PERFMON, hi) * DSA_OFFSET_UNIT;

	rc = idxd_check_table(idxd, "group", offs->grpcfg,
			      (u64)idxd->max_groups * DSA_GRPCFG_STRIDE);
	if (!rc)
		rc = idxd_check_table(idxd, "queue", offs->wqcfg,
				      (u64)idxd->max_wqs * idxd->wqcfg_stride);
	if (!rc)
		rc = idxd_check_table(idxd, "MSI-X permission", offs->msixperm,
				      (u64)(idxd->max_wqs + 1) * DSA_MSIXPERM_STRIDE);
	return rc;
}

static int idxd_check_counts(struct idxd_device *idxd)
{
	/* A composed device may end after the last queue's limited page. */
	u64 portals = (u64)(idxd->max_wqs - 1) * DSA_PORTAL_WQ_STRIDE + 2 * DSA_PORTAL_SIZE;

	if (!idxd->max_wqs || !idxd->max_groups || !idxd->max_engines || !idxd->max_wq_entries) {
		dev_err(idxd_pdev(idxd), "no queues, groups, engines or entries\n");
		return -EINVAL;
	}
	if (pci_resource_len(idxd->pdev, DSA_PCI_BAR_PORTAL) < portals) {
		dev_err(idxd_pdev(idxd), "portal BAR too small\n");
		return -EINVAL;
	}
	return 0;
}

/* ---- address space sharing ---- */

static void idxd_enable_sva(struct idxd_device *idxd)
{
	struct device *dev = idxd_pdev(idxd);
	int rc;

	rc = iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_IOPF);
	if (rc) {
		dev_info(dev, "no recoverable I/O page faults: %d\n", rc);
		return;
	}
	set_bit(IDXD_FLAG_IOPF, &idxd->flags);
	rc = iommu_dev_enable_feature(dev, IOMMU_DEV_FEAT_SVA);
	if (rc) {
		dev_info(dev, "no address space sharing: %d\n", rc);
		iommu_dev_disable_feature(dev, IOMMU_DEV_FEAT_IOPF);
		clear_bit(IDXD_FLAG_IOPF, &idxd->flags);
		return;
	}
	set_bit(IDXD_FLAG_USER_PASID, &idxd->flags);
	rc = idxd_enable_system_pasid(idxd);
	if (rc)
		dev_info(dev, "no PASID for kernel work: %d\n", rc);
	idxd_set_user_interrupts(idxd);
}

static void idxd_disable_sva(struct idxd_device *idxd)
{
	idxd_disable_system_pasid(idxd);
	if (test_and_clear_bit(IDXD_FLAG_USER_PASID, &idxd->flags))
		iommu_dev_disable_feature(idxd_pdev(idxd), IOMMU_DEV_FEAT_SVA);
	if (test_and_clear_bit(IDXD_FLAG_IOPF, &idxd->flags))
		iommu_dev_disable_feature(idxd_pdev(idxd), IOMMU_DEV_FEAT_IOPF);
}

/* ---- probe ---- */

static int idxd_map(struct idxd_device *idxd)
{
	struct pci_dev *pdev = idxd->pdev;

	idxd->regs_len = pci_resource_len(pdev, DSA_PCI_BAR_MMIO);
	if (idxd->regs_len < DSA_REG_FIXED_END) {
		dev_err(&pdev->dev, "register BAR too small\n");
		return -EINVAL;
	}
	idxd->regs = pci_iomap(pdev, DSA_PCI_BAR_MMIO, 0);
	if (!idxd->regs)
		return -ENOMEM;
	idxd->portal_base = pci_resource_start(pdev, DSA_PCI_BAR_PORTAL);
	return 0;
}

static int idxd_start_hardware(struct idxd_device *idxd)
{
	u32 sts;

	idxd->hw.version = idxd_read32(idxd, DSA_REG_VERSION);
	sts = idxd_read32(idxd, DSA_REG_GENSTS);
	if (SPEC_GET(DSA_GENSTS_STATE, sts) == DSA_STATE_HALT) {
		dev_err(idxd_pdev(idxd), "device is halted: GENSTS %#x\n", sts);
		return -ENXIO;
	}
	return idxd_reset_polled(idxd);
}

static int idxd_discover(struct idxd_device *idxd)
{
	int rc;

	idxd_read_caps(idxd);
	rc = idxd_check_counts(idxd);
	if (!rc)
		rc = idxd_read_offsets(idxd);
	if (!rc)
		rc = idxd_alloc_objects(idxd);
	if (!rc && !idxd_configurable(idxd)) {
		rc = idxd_device_load_config(idxd);
		if (rc) {
			dev_err(idxd_pdev(idxd), "fixed configuration not usable: %d\n", rc);
			idxd_free_objects(idxd);
		}
	}
	return rc;
}

static int idxd_setup(struct idxd_device *idxd)
{
	int rc = idxd_start_hardware(idxd);

	if (rc)
		return rc;
	idxd_enable_sva(idxd);
	rc = idxd_discover(idxd);
	if (rc)
		goto sva;
	rc = idxd_evl_alloc(idxd);
	if (!rc)
		rc = idxd_ims_init(idxd);
	if (rc)
		goto objects;
	rc = idxd_setup_interrupts(idxd);
	if (rc)
		goto objects;
	idxd_perfmon_init(idxd);
	rc = idxd_cdev_register(idxd);
	if (rc)
		goto irq;
	rc = idxd_add_devices(idxd);
	if (rc)
		goto cdev;
	return 0;
cdev:
	idxd_cdev_unregister(idxd);
irq:
	idxd_cleanup_interrupts(idxd);
objects:
	idxd_free_objects(idxd);
sva:
	idxd_disable_sva(idxd);
	return rc;
}

static int idxd_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	const struct idxd_type_data *data = &idxd_types[id->driver_data];
	struct idxd_device *idxd;
	int rc = pci_enable_device(pdev);

	if (rc)
		return rc;
	idxd = idxd_create(pdev, data);
	if (!idxd) {
		rc = -ENOMEM;
		goto disable;
	}
	rc = idxd_map(idxd);
	if (rc)
		goto put;
	rc = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(64));
	if (rc)
		goto unmap;
	pci_set_master(pdev);
	pci_set_drvdata(pdev, idxd);
	rc = idxd_setup(idxd);
	if (rc)
		goto master;
	dev_info(&pdev->dev, "%s: version %#x, %u queues, %u engines, %u groups\n",
		 dev_name(&idxd->dev.conf), idxd->hw.version, idxd->max_wqs, idxd->max_engines,
		 idxd->max_groups);
	return 0;
master:
	pci_set_drvdata(pdev, NULL);
	pci_clear_master(pdev);
unmap:
	pci_iounmap(pdev, idxd->regs);
put:
	put_device(&idxd->dev.conf);
disable:
	pci_disable_device(pdev);
	return rc;
}

/* ---- removal ---- */

static void idxd_remove(struct pci_dev *pdev)
{
	struct idxd_device *idxd = pci_get_drvdata(pdev);

	/* Unbinds the queues and the device, which drains and resets. */
	idxd_del_devices(idxd);
	set_bit(IDXD_FLAG_GONE, &idxd->flags);
	complete_all(&idxd->cmd_done);
	/* A recovery under way sees the flag and gives up. */
	flush_workqueue(idxd->work_queue);
	idxd_cleanup_interrupts(idxd);
	/* What the last interrupts queued looks at objects that are about to go. */
	flush_workqueue(idxd->work_queue);
	idxd_evl_free_log(idxd);
	idxd_disable_sva(idxd);
	idxd_cdev_unregister(idxd);
	pci_set_drvdata(pdev, NULL);
	pci_clear_master(pdev);
	pci_iounmap(pdev, idxd->regs);
	idxd->regs = NULL;
	pci_disable_device(pdev);
	idxd_free_objects(idxd);
	put_device(&idxd->dev.conf);
}

/* Reboot or kexec: leave no DMA behind. */
static void idxd_shutdown(struct pci_dev *pdev)
{
	struct idxd_device *idxd = pci_get_drvdata(pdev);

	if (!idxd || test_bit(IDXD_FLAG_HALTED, &idxd->flags))
		return;
	idxd_mask_errors(idxd);
	idxd_reset_polled(idxd);
}

/* ---- function level reset ---- */

static void idxd_reset_prepare(struct pci_dev *pdev)
{
	struct idxd_device *idxd = pci_get_drvdata(pdev);

	if (!idxd)
		return;
	/* Nobody waits for an answer that the reset will swallow. */
	idxd_mark_halted(idxd);
}

static void idxd_reset_done(struct pci_dev *pdev)
{
	struct idxd_device *idxd = pci_get_drvdata(pdev);

	if (idxd)
		idxd_device_restore(idxd);
}

static const struct pci_error_handlers idxd_err_handlers = {
	.reset_prepare = idxd_reset_prepare,
	.reset_done = idxd_reset_done,
};

static struct pci_driver idxd_pci_driver = {
	.name = IDXD_DRV_NAME,
	.id_table = idxd_pci_ids,
	.probe = idxd_probe,
	.remove = idxd_remove,
	.shutdown = idxd_shutdown,
	.err_handler = &idxd_err_handlers,
};

static int __init idxd_init(void)
{
	int rc = idxd_bus_register();

	if (rc)
		return rc;
	rc = pci_register_driver(&idxd_pci_driver);
	if (rc)
		idxd_bus_unregister();
	return rc;
}
module_init(idxd_init);

static void __exit idxd_exit(void)
{
	pci_unregister_driver(&idxd_pci_driver);
	idxd_bus_unregister();
}
module_exit(idxd_exit);

MODULE_DESCRIPTION("Intel Data Streaming Accelerator host driver");
MODULE_LICENSE("GPL");
