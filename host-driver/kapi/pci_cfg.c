// SPDX-License-Identifier: GPL-2.0
// Configuration space: accessors and capability walks. After drivers/pci/{access,pci}.c.
#include <linux/kernel.h>
#include <linux/pci.h>
#include "kapi.h"
#include "pcicore.h"

/* Bounds of the walks over capability lists, which a hostile function may close into a ring. */
#define CAP_WALK_MAX	 48
#define EXT_CAP_WALK_MAX ((PCI_CFG_SPACE_EXP_SIZE - PCI_CFG_SPACE_SIZE) / 8)

static u32 bdf_of(const struct pci_bus *bus, unsigned int devfn)
{
	return (u32)bus->domain << 16 | (u32)bus->number << 8 | devfn;
}

u32 pci_raw_read(struct pci_bus *bus, unsigned int devfn, u32 off, u32 width)
{
	struct kernel *k = kernel_current();
	u32 val = ~0u;

	if (k->cfg.bus && k->cfg.bus->cfg_read) {
		val = k->cfg.bus->cfg_read(k->cfg.bus_ctx, bdf_of(bus, devfn), off, width);
		kapi_check_alive(kapi_frame_here());
	}
	return width == 4 ? val : val & ((1u << (width * 8)) - 1);
}

void pci_raw_write(struct pci_bus *bus, unsigned int devfn, u32 off, u32 width, u32 val)
{
	struct kernel *k = kernel_current();

	if (k->cfg.bus && k->cfg.bus->cfg_write) {
		k->cfg.bus->cfg_write(k->cfg.bus_ctx, bdf_of(bus, devfn), off, width, val);
		kapi_check_alive(kapi_frame_here());
	}
}

static bool bad_place(const struct pci_dev *dev, int where, int width)
{
	return where < 0 || where + width > dev->cfg_size || where & (width - 1);
}

static int read_config(const struct pci_dev *dev, int where, int width, u32 *val)
{
	*val = width == 4 ? ~0u : (1u << (width * 8)) - 1;
	if (bad_place(dev, where, width))
		return PCIBIOS_BAD_REGISTER_NUMBER;
	if (dev->error_state == pci_channel_io_perm_failure)
		return PCIBIOS_DEVICE_NOT_FOUND;
	*val = pci_raw_read(dev->bus, dev->devfn, where, width);
	return PCIBIOS_SUCCESSFUL;
}

static int write_config(const struct pci_dev *dev, int where, int width, u32 val)
{
	if (bad_place(dev, where, width))
		return PCIBIOS_BAD_REGISTER_NUMBER;
	if (dev->error_state == pci_channel_io_perm_failure)
		return PCIBIOS_DEVICE_NOT_FOUND;
	pci_raw_write(dev->bus, dev->devfn, where, width, val);
	return PCIBIOS_SUCCESSFUL;
}

int pci_read_config_byte(const struct pci_dev *dev, int where, u8 *val)
{
	u32 v;
	int rc = read_config(dev, where, 1, &v);

	*val = v;
	return rc;
}

int pci_read_config_word(const struct pci_dev *dev, int where, u16 *val)
{
	u32 v;
	int rc = read_config(dev, where, 2, &v);

	*val = v;
	return rc;
}

int pci_read_config_dword(const struct pci_dev *dev, int where, u32 *val)
{
	return read_config(dev, where, 4, val);
}

int pci_write_config_byte(const struct pci_dev *dev, int where, u8 val)
{
	return write_config(dev, where, 1, val);
}

int pci_write_config_word(const struct pci_dev *dev, int where, u16 val)
{
	return write_config(dev, where, 2, val);
}

int pci_write_config_dword(const struct pci_dev *dev, int where, u32 val)
{
	return write_config(dev, where, 4, val);
}

/* Follows the list from the pointer byte at @pos. */
static u8 walk_caps(struct pci_dev *dev, u8 pos, int cap)
{
	int left = CAP_WALK_MAX;

	pci_read_config_byte(dev, pos, &pos);
	while (left--) {
		u8 id;

		if (pos < PCI_STD_HEADER_SIZEOF)
			return 0;
		pos &= ~3;
		pci_read_config_byte(dev, pos + PCI_CAP_LIST_ID, &id);
		if (id == 0xff)
			return 0;
		if (id == cap)
			return pos;
		pci_read_config_byte(dev, pos + PCI_CAP_LIST_NEXT, &pos);
	}
	return 0;
}

u8 pci_find_capability(struct pci_dev *dev, int cap)
{
	u16 status;

	pci_read_config_word(dev, PCI_STATUS, &status);
	return status & PCI_STATUS_CAP_LIST ? walk_caps(dev, PCI_CAPABILITY_LIST, cap) : 0;
}

u8 pci_find_next_capability(struct pci_dev *dev, u8 pos, int cap)
{
	return walk_caps(dev, pos + PCI_CAP_LIST_NEXT, cap);
}

u16 pci_find_next_ext_capability(struct pci_dev *dev, u16 start, int cap)
{
	int left = EXT_CAP_WALK_MAX;
	int pos = start ? start : PCI_CFG_SPACE_SIZE;
	u32 header;

	if (dev->cfg_size <= PCI_CFG_SPACE_SIZE)
		return 0;
	while (left-- && pos >= PCI_CFG_SPACE_SIZE) {
		if (pci_read_config_dword(dev, pos, &header) || header == 0 || header == ~0u)
			return 0;
		if ((int)PCI_EXT_CAP_ID(header) == cap && pos != start)
			return pos;
		pos = PCI_EXT_CAP_NEXT(header);
	}
	return 0;
}

u16 pci_find_ext_capability(struct pci_dev *dev, int cap)
{
	return pci_find_next_ext_capability(dev, 0, cap);
}

u16 pci_find_dvsec_capability(struct pci_dev *dev, u16 vendor, u16 dvsec)
{
	int left = EXT_CAP_WALK_MAX;
	u16 pos = pci_find_ext_capability(dev, PCI_EXT_CAP_ID_DVSEC);

	while (pos && left--) {
		u32 h1;
		u16 id;

		pci_read_config_dword(dev, pos + PCI_DVSEC_HEADER1, &h1);
		pci_read_config_word(dev, pos + PCI_DVSEC_HEADER2, &id);
		if (PCI_DVSEC_HEADER1_VID(h1) == vendor && id == dvsec)
			return pos;
		pos = pci_find_next_ext_capability(dev, pos, PCI_EXT_CAP_ID_DVSEC);
	}
	return 0;
}

/* ---- the PCI Express capability ---- */

/* Link, slot and root registers do not exist in a root complex integrated endpoint. */
static bool pcie_has_reg(const struct pci_dev *dev, int pos)
{
	if (!dev->pcie_cap)
		return false;
	switch (pos) {
	case PCI_EXP_FLAGS:
	case PCI_EXP_DEVCAP:
	case PCI_EXP_DEVCTL:
	case PCI_EXP_DEVSTA:
		return true;
	case PCI_EXP_DEVCAP2:
	case PCI_EXP_DEVCTL2:
		return (dev->pcie_flags_reg & PCI_EXP_FLAGS_VERS) > 1;
	default:
		return pci_pcie_type(dev) != PCI_EXP_TYPE_RC_END;
	}
}

int pcie_capability_read_word(struct pci_dev *dev, int pos, u16 *val)
{
	*val = 0;
	if (pos & 1)
		return PCIBIOS_BAD_REGISTER_NUMBER;
	return pcie_has_reg(dev, pos) ? pci_read_config_word(dev, dev->pcie_cap + pos, val) : 0;
}

int pcie_capability_read_dword(struct pci_dev *dev, int pos, u32 *val)
{
	*val = 0;
	if (pos & 3)
		return PCIBIOS_BAD_REGISTER_NUMBER;
	return pcie_has_reg(dev, pos) ? pci_read_config_dword(dev, dev->pcie_cap + pos, val) : 0;
}

int pcie_capability_write_word(struct pci_dev *dev, int pos, u16 val)
{
	if (pos & 1)
		return PCIBIOS_BAD_REGISTER_NUMBER;
	return pcie_has_reg(dev, pos) ? pci_write_config_word(dev, dev->pcie_cap + pos, val) : 0;
}

int pcie_capability_clear_and_set_word(struct pci_dev *dev, int pos, u16 clear, u16 set)
{
	u16 val;
	int rc = pcie_capability_read_word(dev, pos, &val);

	return rc ? rc : pcie_capability_write_word(dev, pos, (val & ~clear) | set);
}
