// SPDX-License-Identifier: GPL-2.0
// A driver of work queues as the virtual device code is one, for the driver tests.
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <spec/dsa_regs.h>
#include "host-driver/idxd/idxd_perfmon.h"
#include "host-driver/idxd/idxd.h"
#include "tests/unit/sim/idxd_vdev_kernel.h"

#define EXPECT(c)                                                                                  \
	do {                                                                                       \
		if (!(c))                                                                          \
			return __LINE__;                                                           \
	} while (0)

static int kvdev_probe(struct idxd_dev *dev)
{
	return idxd_vwq_bind(idxd_dev_to_wq(dev));
}

static void kvdev_remove(struct idxd_dev *dev)
{
	idxd_vwq_unbind(idxd_dev_to_wq(dev));
}

static const enum idxd_dev_kind kvdev_kinds[] = {IDXD_DEV_WQ, IDXD_DEV_NONE};

static struct idxd_device_driver kvdev_driver = {
	.kinds = kvdev_kinds,
	.probe = kvdev_probe,
	.remove = kvdev_remove,
	.drv = {.name = "testvdev", .owner = THIS_MODULE},
};

int kvdev_register(void)
{
	return idxd_dsa_driver_register(&kvdev_driver);
}

void kvdev_unregister(void)
{
	idxd_dsa_driver_unregister(&kvdev_driver);
}

static struct idxd_wq *kvdev_find(const char *name)
{
	struct device *dev = bus_find_device_by_name(&dsa_bus, NULL, name);

	if (!dev)
		return NULL;
	put_device(dev);
	return dev_to_wq(dev);
}

int kvdev_queue(const char *name)
{
	struct idxd_wq *wq = kvdev_find(name);
	struct idxd_device_info dinfo;
	struct idxd_wq_info info;
	u32 sts = 0;
	int counter;

	EXPECT(wq);
	idxd_vwq_info(wq, &info);
	EXPECT(info.enabled && info.dedicated && info.size == 8 && info.group == 0);
	EXPECT(info.group_engines == 1 && info.priority == 10 && info.opcfg[0] == 0x003f03ff);
	idxd_device_get_info(idxd_wq_to_device(wq), &dinfo);
	EXPECT(dinfo.version == DSA_VERSION_1 && dinfo.ims_slots == 2048 && dinfo.is_dsa);
	EXPECT(dinfo.cmdcap == DSA_CMDCAP_DEFAULT);

	/* One user of a dedicated queue. */
	EXPECT(idxd_vwq_get(wq) == 0);
	EXPECT(idxd_vwq_get(wq) == -EBUSY);

	/* A PASID only while it is stopped. */
	EXPECT(idxd_vwq_set_pasid(wq, 5, false) == -EBUSY);
	EXPECT(idxd_vwq_drain(wq, &sts) == 0 && sts == 0);
	EXPECT(idxd_vwq_abort(wq, &sts) == 0 && sts == 0);
	EXPECT(idxd_vwq_disable(wq, &sts) == 0 && sts == 0);
	EXPECT(idxd_vwq_disable(wq, &sts) == -ENXIO && sts == DSA_CMDERR_WQ_NOT_ENABLED);
	EXPECT(idxd_vwq_set_pasid(wq, DSA_PASID_MAX + 1, false) == -EINVAL);
	EXPECT(idxd_vwq_set_pasid(wq, 5, false) == 0);
	EXPECT(idxd_vwq_enable(wq, &sts) == 0 && sts == 0);
	EXPECT(idxd_vwq_enable(wq, &sts) == -ENXIO && sts == DSA_CMDERR_WQ_NOT_DISABLED);
	EXPECT(SPEC_GET(DSA_WQCFG2_PASID,
			idxd_read32(wq->idxd, idxd_wqcfg_off(wq, DSA_WQCFG_DW_MODE))) == 5);
	EXPECT(idxd_vwq_drain_pasid(wq, 5, &sts) == 0);
	EXPECT(idxd_vwq_abort_pasid(wq, 5, &sts) == 0);

	/* A reset stops it and keeps what the host set up. */
	EXPECT(idxd_vwq_reset(wq, &sts) == 0);
	idxd_vwq_info(wq, &info);
	EXPECT(!info.enabled);
	EXPECT(idxd_read32(wq->idxd, idxd_wqcfg_off(wq, DSA_WQCFG_DW_SIZE)) == 8);
	EXPECT(idxd_vwq_clear_pasid(wq) == 0);
	EXPECT(idxd_vwq_enable(wq, &sts) == 0);

	EXPECT(idxd_vwq_portal(wq, true, true) - idxd_vwq_portal(wq, false, false) == 0x3000);
	EXPECT(idxd_vwq_portal(wq, false, false) ==
	       pci_resource_start(idxd_wq_pci(wq), 2) + 0x4000 * (phys_addr_t)info.id);

	counter = idxd_perfmon_start(wq->idxd, DSA_PERFCAT_WQ, DSA_EV0_DWQ_OK);
	EXPECT(counter >= 0 && idxd_perfmon_read(wq->idxd, counter) == 0);
	EXPECT(idxd_perfmon_start(wq->idxd, 15, 1) == -EINVAL);
	idxd_perfmon_stop(wq->idxd, counter);
	idxd_vwq_put(wq);
	return 0;
}

int kvdev_ims(const char *name, u32 *slot)
{
	struct idxd_wq *wq = kvdev_find(name);
	struct idxd_device *idxd;
	u32 ctrl, handle, off;
	int i, rc;

	EXPECT(wq);
	idxd = idxd_wq_to_device(wq);
	rc = idxd_ims_alloc(idxd);
	EXPECT(rc >= 0);
	*slot = rc;
	off = idxd->offs.ims + *slot * DSA_IMS_STRIDE;
	EXPECT(idxd_ims_write_msg(idxd, *slot, 0xfee01000, 0x42) == 0);
	EXPECT(idxd_ims_write_msg(idxd, *slot, 0x1fee01000, 0x42) == -EINVAL);
	EXPECT(idxd_ims_write_msg(idxd, *slot + 1, 0xfee01000, 0x42) == -EINVAL);
	EXPECT(idxd_ims_set_pasid(idxd, *slot, 7, true) == 0);
	EXPECT(idxd_ims_mask(idxd, *slot, false) == 0);
	ctrl = idxd_read32(idxd, off + DSA_IMS_CTRL);
	EXPECT(ctrl == (DSA_IMS_CTRL_PASID_EN | SPEC_PREP(DSA_IMS_CTRL_PASID, 7)));
	EXPECT(idxd_read64(idxd, off + DSA_IMS_ADDR) == 0xfee01000);
	EXPECT(idxd_ims_request_handle(idxd, *slot, &handle) == 0 && handle == *slot);
	EXPECT(idxd_ims_release_handle(idxd, handle) == 0);
	EXPECT(idxd_ims_mask(idxd, *slot, true) == 0);
	EXPECT(idxd_read32(idxd, off + DSA_IMS_CTRL) == (ctrl | DSA_IMS_CTRL_MASK));
	idxd_ims_free(idxd, *slot);
	EXPECT(idxd_read32(idxd, off + DSA_IMS_CTRL) == DSA_IMS_CTRL_MASK);
	EXPECT(idxd_ims_mask(idxd, *slot, false) == -EINVAL);

	for (i = 0; i < 2048; i++)
		EXPECT(idxd_ims_alloc(idxd) == i);
	EXPECT(idxd_ims_alloc(idxd) == -ENOSPC);
	for (i = 0; i < 2048; i++)
		idxd_ims_free(idxd, i);
	return 0;
}
