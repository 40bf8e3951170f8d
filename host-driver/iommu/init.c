// SPDX-License-Identifier: GPL-2.0
// Start of the VT-d driver: units from firmware's list, in the order of Linux 6.1 (init_dmars()).
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/processor.h>
#include <linux/slab.h>

#include "iommu.h"

static const struct iommu_ops dmar_ops = {
	.probe_device = dmar_probe_device,
	.release_device = dmar_release_device,
	.domain_alloc = dmar_domain_alloc,
	.domain_free = dmar_domain_free,
	.attach_dev = dmar_attach_dev,
	.set_dev_pasid = dmar_set_dev_pasid,
	.remove_dev_pasid = dmar_remove_dev_pasid,
	.set_nested_pasid = dmar_set_nested_pasid,
	.flush_nested = dmar_flush_nested,
	.set_pasid_handler = dmar_set_pasid_handler,
	.page_response = prq_response,
	.drain_page_requests = prq_drain_device,
	.map = dmar_map,
	.unmap = dmar_unmap,
	.flush_iotlb = dmar_flush_range,
	.flush_iotlb_all = dmar_flush_all,
	.iova_to_phys = dmar_iova_to_phys,
	.dev_enable_feat = dmar_enable_feature,
	.dev_disable_feat = dmar_disable_feature,
	.sva_bind = dmar_sva_bind,
	.sva_unbind = dmar_sva_unbind,
	.pgsize_bitmap = 1ul << 12 | 1ul << 21 | 1ul << 30,
};

void *dmar_alloc_pages(int node, unsigned int order, gfp_t gfp)
{
	struct page *page = alloc_pages_node(node, gfp | __GFP_ZERO, order);

	return page ? page_address(page) : NULL;
}

struct dmar_iommu *dmar_find(u16 segment, u8 bus, u8 devfn)
{
	const struct dmar_drhd_unit *u = dmar_find_unit(segment, bus, devfn);
	struct dmar_driver *drv = dmar_driver_data();

	return u && drv && u->index < drv->nr ? drv->iommu[u->index] : NULL;
}

int dmar_command(struct dmar_iommu *iommu, u32 bit, bool keep)
{
	unsigned int i;

	if (keep)
		iommu->gcmd |= bit;
	dmar_writel(iommu, VTD_REG_GCMD, iommu->gcmd | bit);
	for (i = 0; i < REGISTER_WAIT_READS; i++) {
		if (dmar_readl(iommu, VTD_REG_GSTS) & bit)
			return 0;
		cpu_relax();
	}
	pr_err("DMAR: %s: command %#x does not finish\n", iommu->name, bit);
	return -ETIMEDOUT;
}

/* Firmware or an earlier kernel may have left the unit on. */
static int unit_off(struct dmar_iommu *iommu)
{
	const u32 on = VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE;
	unsigned int i;

	iommu->gcmd = 0;
	if (!(dmar_readl(iommu, VTD_REG_GSTS) & on))
		return 0;
	dmar_writel(iommu, VTD_REG_GCMD, 0);
	for (i = 0; i < REGISTER_WAIT_READS; i++) {
		if (!(dmar_readl(iommu, VTD_REG_GSTS) & on))
			return 0;
		cpu_relax();
	}
	return -ETIMEDOUT;
}

static int root_set(struct dmar_iommu *iommu)
{
	int err;

	iommu->root = dmar_alloc_pages(iommu->node, 0, GFP_KERNEL);
	if (!iommu->root)
		return -ENOMEM;
	dmar_writeq(iommu, VTD_REG_RTADDR,
		    virt_to_phys(iommu->root) | SPEC_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE));
	err = dmar_command(iommu, VTD_GCMD_SRTP, false);
	if (err)
		return err;
	qi_flush_context(iommu, 0, VTD_QI_CTX_GLOBAL);
	qi_flush_pasid_cache(iommu, 0, 0, VTD_QI_PASID_GLOBAL);
	qi_flush_iotlb(iommu, 0, 0, 0, VTD_QI_IOTLB_GLOBAL);
	return 0;
}

static int unit_start(struct dmar_iommu *iommu)
{
	u64 need = VTD_ECAP_QI | VTD_ECAP_SMTS;
	u32 ver;
	int err;

	iommu->reg = ioremap(iommu->drhd->reg_base_addr, iommu->drhd->reg_size);
	if (!iommu->reg)
		return -ENOMEM;
	ver = dmar_readl(iommu, VTD_REG_VER);
	iommu->cap = dmar_readq(iommu, VTD_REG_CAP);
	iommu->ecap = dmar_readq(iommu, VTD_REG_ECAP);
	pr_info("DMAR: %s: reg_base_addr %llx ver %llu:%llu cap %llx ecap %llx\n", iommu->name,
		iommu->drhd->reg_base_addr, SPEC_GET(VTD_VER_MAJOR, ver),
		SPEC_GET(VTD_VER_MINOR, ver), iommu->cap, iommu->ecap);
	/* Reads of nothing are all ones. */
	if (ver == ~0u || (iommu->ecap & need) != need) {
		pr_warn("DMAR: %s: no scalable mode, left alone\n", iommu->name);
		return -ENODEV;
	}
	err = unit_off(iommu);
	if (!err)
		err = qi_enable(iommu);
	if (!err)
		err = irq_remap_enable(iommu);
	if (!err)
		err = root_set(iommu);
	if (!err)
		err = fault_enable(iommu);
	if (!err)
		err = prq_enable(iommu);
	return err;
}

static struct dmar_iommu *unit_new(struct dmar_driver *drv, const struct dmar_drhd_unit *u)
{
	struct dmar_iommu *iommu = kzalloc(sizeof(*iommu), GFP_KERNEL);

	if (!iommu)
		return NULL;
	iommu->drv = drv;
	iommu->drhd = u;
	iommu->node = u->node;
	snprintf(iommu->name, sizeof(iommu->name), "dmar%u", u->index);
	ida_init(&iommu->dids);
	xa_init(&iommu->devices);
	return iommu;
}

/* Its tables stay allocated: the unit may still know their addresses. */
static void unit_drop(struct dmar_iommu *iommu)
{
	if (iommu->reg && unit_off(iommu))
		return;
	if (iommu->reg) {
		fault_disable(iommu);
		prq_disable(iommu);
	}
	kfree(iommu);
}

/* A unit that does not start is left out; its devices go untranslated. */
static int units_start(struct dmar_driver *drv)
{
	const struct dmar_drhd_unit *u;
	struct dmar_iommu *iommu;
	u32 i;
	int err;

	for (i = 0; (u = dmar_unit(i)) != NULL; i++) {
		iommu = unit_new(drv, u);
		if (!iommu)
			return -ENOMEM;
		err = unit_start(iommu);
		if (err) {
			pr_err("DMAR: %s: not started: %d\n", iommu->name, err);
			unit_drop(iommu);
			iommu = NULL;
		}
		drv->iommu[i] = iommu;
	}
	return 0;
}

static int __init dmar_init(void)
{
	struct dmar_driver *drv;
	u32 i, n = 0;
	int err;

	while (dmar_unit(n))
		n++;
	if (!n || dmar_options()->off)
		return 0;
	drv = kzalloc(sizeof(*drv), GFP_KERNEL);
	if (!drv)
		return -ENOMEM;
	xa_init(&drv->svm);
	drv->nr = n;
	drv->iommu = kcalloc(n, sizeof(*drv->iommu), GFP_KERNEL);
	if (!drv->iommu) {
		kfree(drv);
		return -ENOMEM;
	}
	dmar_set_driver_data(drv);
	err = units_start(drv);
	if (err)
		return err;
	irq_remap_register(drv);
	for (i = 0; i < n && !err; i++)
		if (drv->iommu[i])
			err = iommu_device_register(&drv->iommu[i]->iommu, &dmar_ops, NULL);
	/* Only now: the tables know every device. */
	for (i = 0; i < n && !err; i++)
		if (drv->iommu[i])
			err = dmar_command(drv->iommu[i], VTD_GCMD_TE, true);
	if (!err)
		pr_info("DMAR: Intel(R) Virtualization Technology for Directed I/O\n");
	return err;
}

/* After buses were scanned, before drivers of devices come. */
fs_initcall(dmar_init);
