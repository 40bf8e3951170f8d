// SPDX-License-Identifier: GPL-2.0
// The firmware's list of IOMMUs: bridge side and the IOMMU driver's side.
#include <linux/dmar.h>
#include <linux/errno.h>
#include <linux/irq.h>
#include <linux/msi.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "host-driver/kapi/iommu_priv.h"
#include "host-driver/kapi/kernel.h"
#include "host-driver/kapi/mm_priv.h"

static int unit_check(const struct kernel_dmar_unit *u)
{
	u32 i;

	if ((u->mmio & 0xfff) || !u->bytes || (u->bytes & 0xfff) || u->bytes > 0x100000)
		return -EINVAL;
	if (u->segment > 0xffff || u->node >= KERNEL_NODES_MAX || u->nr_scopes > KERNEL_DMAR_SCOPES)
		return -EINVAL;
	for (i = 0; i < u->nr_scopes; i++)
		if (u->scope[i].first_bus > u->scope[i].last_bus)
			return -EINVAL;
	return u->all || u->nr_scopes ? 0 : -EINVAL;
}

int kernel_dmar_add(struct kernel *k, const struct kernel_dmar_unit *u)
{
	struct iommu_core *core = iommu_core(k);
	struct kernel_frame save;
	struct dmar_entry *e;
	u32 i;
	int err = unit_check(u);

	if (err)
		return err;
	if (!core || core->nr_units == DMAR_UNITS_MAX)
		return -ENOMEM;
	for (i = 0; i < core->nr_units; i++)
		if (core->unit[i]->desc.mmio == u->mmio)
			return -EEXIST;
	kernel_enter(k, &save);
	e = kzalloc(sizeof(*e), mm_gfp());
	kernel_leave(&save);
	if (!e)
		return -ENOMEM;
	e->desc = *u;
	e->drhd.reg_base_addr = u->mmio;
	e->drhd.reg_size = u->bytes;
	e->drhd.segment = u->segment;
	e->drhd.node = u->node;
	e->drhd.include_all = u->all;
	e->drhd.index = core->nr_units;
	core->unit[core->nr_units++] = e;
	return 0;
}

int kernel_dmar_configure(struct kernel *k, const struct kernel_dmar_cfg *cfg)
{
	struct iommu_core *core = iommu_core(k);

	if (cfg->domain > KERNEL_DMAR_LAZY || cfg->prq_order > 7)
		return -EINVAL;
	if (!core)
		return -ENOMEM;
	core->cfg = *cfg;
	core->options.off = cfg->off;
	core->options.no_sva = cfg->no_sva;
	core->options.no_intremap = cfg->no_remap_irq;
	core->options.prq_order = cfg->prq_order;
	return 0;
}

void kernel_dmar_get_stats(const struct kernel *k, struct kernel_dmar_stats *st)
{
	const struct iommu_core *core = kernel_slot(k, KERNEL_SLOT_IOMMU);

	memset(st, 0, sizeof(*st));
	if (core)
		*st = core->stats;
}

const struct dmar_drhd_unit *dmar_unit(unsigned int index)
{
	struct iommu_core *core = iommu_core_current();

	return core && index < core->nr_units ? &core->unit[index]->drhd : NULL;
}

const struct dmar_drhd_unit *dmar_find_unit(u16 segment, u8 bus, u8 devfn)
{
	struct iommu_core *core = iommu_core_current();
	const struct kernel_dmar_unit *u;
	const struct dmar_drhd_unit *all = NULL;
	u32 i, s;

	for (i = 0; core && i < core->nr_units; i++) {
		u = &core->unit[i]->desc;
		if (u->segment != segment)
			continue;
		if (u->all && !all)
			all = &core->unit[i]->drhd;
		for (s = 0; !u->all && s < u->nr_scopes; s++)
			if (bus >= u->scope[s].first_bus && bus <= u->scope[s].last_bus)
				return &core->unit[i]->drhd;
	}
	return all;
}

const struct dmar_options *dmar_options(void)
{
	static const struct dmar_options none = {.off = true};
	struct iommu_core *core = iommu_core_current();

	return core ? &core->options : &none;
}

void *dmar_driver_data(void)
{
	struct iommu_core *core = iommu_core_current();

	return core ? core->driver_data : NULL;
}

void dmar_set_driver_data(void *data)
{
	iommu_core_current()->driver_data = data;
}

void dmar_count(enum dmar_count what, unsigned int n)
{
	struct kernel_dmar_stats *st = &iommu_core_current()->stats;

	switch (what) {
	case DMAR_COUNT_INVALIDATION:
		st->invalidations += n;
		break;
	case DMAR_COUNT_PAGE_REQUEST:
		st->page_requests += n;
		break;
	case DMAR_COUNT_PAGE_RESPONSE:
		st->page_responses += n;
		break;
	case DMAR_COUNT_PAGE_FAILURE:
		st->page_failures += n;
		break;
	case DMAR_COUNT_PRQ_OVERFLOW:
		st->prq_overflows += n;
		break;
	case DMAR_COUNT_FAULT:
		st->faults += n;
		break;
	}
}

int dmar_alloc_hwirq(int node, u64 *addr, u32 *data)
{
	struct kernel *k = kernel_current();
	int irq = kapi_irq_alloc(k, node, NULL, NULL);
	u32 vector, dest;

	if (irq < 0)
		return irq;
	/* Compatibility format; the upper destination bits as x2APIC has them (never remapped). */
	vector = kapi_irq_vector(k, irq);
	dest = vector >> 8;
	*addr = 0xfee00000ull | (dest & 0xff) << 12 | (u64)(dest & ~0xffu) << 32;
	*data = vector & 0xff;
	return irq;
}

void dmar_free_hwirq(int irq)
{
	kapi_irq_free(kernel_current(), irq);
}

void dmar_set_irq_remapping(const struct msi_remap_ops *ops, void *ctx)
{
	msi_set_remap(kernel_current(), ops, ctx);
}
