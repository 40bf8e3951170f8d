// SPDX-License-Identifier: GPL-2.0
// Enumeration: functions, their BARs, their devices. After drivers/pci/{probe,setup-res}.c.
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include "devcore.h"
#include "kapi.h"
#include "pci_scan.h"
#include "pcicore.h"

struct pcicore *pcicore_current(void)
{
	struct kernel *k = kernel_current();
	struct pcicore *pc = kernel_slot(k, KERNEL_SLOT_PCI);

	if (pc)
		return pc;
	/* Buses are described before the start, outside any fiber. */
	pc = kzalloc(sizeof(*pc), GFP_ATOMIC);
	if (!pc)
		return NULL;
	INIT_LIST_HEAD(&pc->buses);
	kernel_set_slot(k, KERNEL_SLOT_PCI, pc);
	return pc;
}

static void bus_dev_release(struct device *dev)
{
	kfree(container_of(dev, struct pci_bus, dev));
}

static int add_bus(const struct kernel_pci_bus *desc)
{
	struct pcicore *pc = pcicore_current();
	struct pci_bus *bus;

	if (!pc)
		return -ENOMEM;
	list_for_each_entry (bus, &pc->buses, node)
		if (bus->domain == desc->segment && bus->number == desc->bus)
			return -EEXIST;
	bus = kzalloc(sizeof(*bus), GFP_ATOMIC);
	if (!bus)
		return -ENOMEM;
	INIT_LIST_HEAD(&bus->devices);
	bus->domain = desc->segment;
	bus->number = desc->bus;
	bus->numa_node = desc->node;
	bus->window.start = desc->window_base;
	bus->window.end = desc->window_base + desc->window_bytes - 1;
	bus->window.flags = IORESOURCE_MEM | IORESOURCE_MEM_64;
	if (!desc->window_bytes)
		bus->window.flags |= IORESOURCE_UNSET;
	bus->window_next = desc->window_base;
	list_add_tail(&bus->node, &pc->buses);
	return 0;
}

int kernel_pci_add_bus(struct kernel *k, const struct kernel_pci_bus *desc)
{
	struct kernel_frame frame;
	int rc;

	if (desc->window_bytes && desc->window_base + desc->window_bytes < desc->window_base)
		return -EINVAL;
	kernel_enter(k, &frame);
	rc = add_bus(desc);
	kernel_leave(&frame);
	return rc;
}

/* ---- BARs ---- */

/* All ones, read back, restore. 0 when the BAR does not exist. */
static u32 size_bar(struct pci_dev *dev, int reg, u32 *old)
{
	u32 mask;

	pci_read_config_dword(dev, reg, old);
	pci_write_config_dword(dev, reg, ~0u);
	pci_read_config_dword(dev, reg, &mask);
	pci_write_config_dword(dev, reg, *old);
	return mask == ~0u ? 0 : mask;
}

/* Size from the writable bits: the lowest of them; 0 when the mask has holes. */
static u64 bar_size(u64 mask)
{
	u64 size = mask & -mask;

	return mask && mask == (u64)-size ? size : 0;
}

/* Reads BAR @nr into its resource; returns how many registers it takes. */
static int read_bar(struct pci_dev *dev, int nr)
{
	struct resource *res = &dev->resource[nr];
	int reg = PCI_BASE_ADDRESS_0 + 4 * nr;
	u32 lo, hi = 0, lo_mask, hi_mask = ~0u;
	u64 mask, size, addr;
	bool wide;

	res->name = pci_name(dev);
	lo_mask = size_bar(dev, reg, &lo);
	if (!lo_mask || lo_mask & PCI_BASE_ADDRESS_SPACE_IO)
		return 1;
	wide = (lo_mask & PCI_BASE_ADDRESS_MEM_TYPE_MASK) == PCI_BASE_ADDRESS_MEM_TYPE_64;
	if (wide && nr + 1 < PCI_STD_NUM_BARS) {
		pci_read_config_dword(dev, reg + 4, &hi);
		pci_write_config_dword(dev, reg + 4, ~0u);
		pci_read_config_dword(dev, reg + 4, &hi_mask);
		pci_write_config_dword(dev, reg + 4, hi);
	}
	mask = (u64)hi_mask << 32 | (u32)(lo_mask & PCI_BASE_ADDRESS_MEM_MASK);
	size = bar_size(mask);
	if (!size) {
		pci_info(dev, "[Firmware Bug]: reg 0x%x: invalid BAR (can't size)\n", reg);
		return wide ? 2 : 1;
	}
	addr = (u64)hi << 32 | (u32)(lo & PCI_BASE_ADDRESS_MEM_MASK);
	res->flags = IORESOURCE_MEM | IORESOURCE_SIZEALIGN | (lo_mask & 0xf);
	if (wide)
		res->flags |= IORESOURCE_MEM_64;
	if (lo_mask & PCI_BASE_ADDRESS_MEM_PREFETCH)
		res->flags |= IORESOURCE_PREFETCH;
	if (!addr || addr + size - 1 < addr)
		res->flags |= IORESOURCE_UNSET;
	res->start = addr;
	res->end = addr + size - 1;
	return wide ? 2 : 1;
}

/* Puts a BAR without an address into the bus's window. */
static void assign_bar(struct pci_dev *dev, int nr)
{
	struct resource *res = &dev->resource[nr];
	struct pci_bus *bus = dev->bus;
	u64 size = resource_size(res);
	u64 start;

	start = (bus->window_next + size - 1) & ~(size - 1);
	if (bus->window.flags & IORESOURCE_UNSET || start < bus->window_next ||
	    start > bus->window.end || size - 1 > bus->window.end - start) {
		pci_err(dev, "BAR %d: no space for [mem size 0x%llx]\n", nr, size);
		return;
	}
	if (!(res->flags & IORESOURCE_MEM_64) && start + size - 1 > 0xffffffffull) {
		pci_err(dev, "BAR %d: no space below 4 GiB\n", nr);
		return;
	}
	bus->window_next = start + size;
	res->start = start;
	res->end = start + size - 1;
	res->flags &= ~IORESOURCE_UNSET;
	pci_write_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * nr, (u32)start | (res->flags & 0xf));
	if (res->flags & IORESOURCE_MEM_64)
		pci_write_config_dword(dev, PCI_BASE_ADDRESS_0 + 4 * nr + 4, start >> 32);
	pci_info(dev, "BAR %d: assigned [mem 0x%llx-0x%llx]\n", nr, res->start, res->end);
}

/* Decoding is off while BARs hold all ones. */
static void read_bars(struct pci_dev *dev)
{
	u16 command;
	int nr;

	pci_read_config_word(dev, PCI_COMMAND, &command);
	if (command & PCI_COMMAND_MEMORY)
		pci_write_config_word(dev, PCI_COMMAND, command & ~PCI_COMMAND_MEMORY);
	for (nr = 0; nr < PCI_STD_NUM_BARS;)
		nr += read_bar(dev, nr);
	for (nr = 0; nr < PCI_STD_NUM_BARS; nr++) {
		struct resource *res = &dev->resource[nr];

		if (!res->flags)
			continue;
		if (res->flags & IORESOURCE_UNSET)
			assign_bar(dev, nr);
		else
			pci_info(dev, "reg 0x%x: [mem 0x%llx-0x%llx%s]\n",
				 PCI_BASE_ADDRESS_0 + 4 * nr, res->start, res->end,
				 res->flags & IORESOURCE_MEM_64 ? " 64bit pref" : "");
	}
	if (command & PCI_COMMAND_MEMORY)
		pci_write_config_word(dev, PCI_COMMAND, command);
}

/* ---- functions ---- */

static void pci_release_dev(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct device *bus = &pdev->bus->dev;

	kfree(pdev->driver_override);
	kfree(pdev);
	put_device(bus);
}

static void read_header(struct pci_dev *dev)
{
	u32 class;

	pci_read_config_dword(dev, PCI_CLASS_REVISION, &class);
	dev->revision = class & 0xff;
	dev->class = class >> 8;
	pci_read_config_word(dev, PCI_SUBSYSTEM_VENDOR_ID, &dev->subsystem_vendor);
	pci_read_config_word(dev, PCI_SUBSYSTEM_ID, &dev->subsystem_device);
}

static void read_caps(struct pci_dev *dev)
{
	u32 header;

	dev->pcie_cap = pci_find_capability(dev, PCI_CAP_ID_EXP);
	if (dev->pcie_cap) {
		pci_read_config_word(dev, dev->pcie_cap + PCI_EXP_FLAGS, &dev->pcie_flags_reg);
		pci_read_config_dword(dev, dev->pcie_cap + PCI_EXP_DEVCAP, &dev->devcap);
		/* Extended space is there when its first header can be read. */
		dev->cfg_size = PCI_CFG_SPACE_EXP_SIZE;
		if (pci_read_config_dword(dev, PCI_CFG_SPACE_SIZE, &header) || header == ~0u)
			dev->cfg_size = PCI_CFG_SPACE_SIZE;
		pcie_capability_read_dword(dev, PCI_EXP_DEVCAP2, &header);
		dev->eetlp_prefix_path = !!(header & PCI_EXP_DEVCAP2_EE_PREFIX);
	}
	dev->pm_cap = pci_find_capability(dev, PCI_CAP_ID_PM);
	dev->msix_cap = pci_find_capability(dev, PCI_CAP_ID_MSIX);
	pci_ats_init(dev);
}

/* A device for the function, not in the tree yet; NULL without memory. */
static struct pci_dev *make_dev(struct pci_bus *bus, unsigned int devfn, u32 id, u8 type)
{
	struct pci_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);

	if (!dev)
		return NULL;
	device_initialize(&dev->dev);
	dev->bus = bus;
	get_device(&bus->dev);
	dev->devfn = devfn;
	dev->vendor = id & 0xffff;
	dev->device = id >> 16;
	dev->hdr_type = type & PCI_HEADER_TYPE_MASK;
	dev->cfg_size = PCI_CFG_SPACE_SIZE;
	dev->error_state = pci_channel_io_normal;
	dev->current_state = PCI_D0;
	dev->dma_mask = 0xffffffff;
	dev->dev.release = pci_release_dev;
	dev->dev.parent = &bus->dev;
	dev->dev.bus = &pci_bus_type;
	dev->dev.groups = pci_dev_groups;
	dev->dev.dma_mask = &dev->dma_mask;
	dev->dev.coherent_dma_mask = 0xffffffff;
	set_dev_node(&dev->dev, bus->numa_node);
	if (dev_set_name(&dev->dev, "%04x:%02x:%02x.%d", bus->domain, bus->number, PCI_SLOT(devfn),
			 PCI_FUNC(devfn))) {
		put_device(&dev->dev);
		return NULL;
	}
	return dev;
}

static bool already_there(struct pci_bus *bus, unsigned int devfn)
{
	struct pci_dev *dev;

	list_for_each_entry (dev, &bus->devices, bus_list)
		if (dev->devfn == devfn)
			return true;
	return false;
}

/* 1 found and added, 0 nothing new there, -errno. *@multi: other functions may follow. */
static int scan_function(struct pci_bus *bus, unsigned int devfn, bool *multi)
{
	u32 id = pci_raw_read(bus, devfn, PCI_VENDOR_ID, 4);
	struct pci_dev *dev;
	u8 type;
	int rc;

	if (id == ~0u || id == 0 || (id & 0xffff) == 0xffff || id == 0xffff)
		return 0;
	type = pci_raw_read(bus, devfn, PCI_HEADER_TYPE, 1);
	if (PCI_FUNC(devfn) == 0)
		*multi = type & PCI_HEADER_TYPE_MFD;
	if (already_there(bus, devfn))
		return 0;
	dev = make_dev(bus, devfn, id, type);
	if (!dev)
		return -ENOMEM;
	if (dev->hdr_type != PCI_HEADER_TYPE_NORMAL) {
		pci_info(dev, "header type %02x is not an endpoint's, ignored\n", dev->hdr_type);
		put_device(&dev->dev);
		return 0;
	}
	read_header(dev);
	read_caps(dev);
	pci_info(dev, "[%04x:%04x] type %02x class %#08x\n", dev->vendor, dev->device,
		 dev->hdr_type, dev->class);
	read_bars(dev);
	list_add_tail(&dev->bus_list, &bus->devices);
	rc = device_add(&dev->dev);
	if (rc) {
		list_del(&dev->bus_list);
		put_device(&dev->dev);
		return rc;
	}
	return 1;
}

/* All functions of all slots; drivers are let loose when the whole bus is known. */
static int scan_bus(struct pci_bus *bus)
{
	unsigned int slot, func;
	int found = 0;

	for (slot = 0; slot < 32; slot++) {
		bool multi = false;

		for (func = 0; func < 8; func++) {
			int rc = scan_function(bus, PCI_DEVFN(slot, func), &multi);

			if (rc < 0)
				return rc;
			found += rc;
			if (!multi)
				break;
		}
	}
	return found;
}

static int register_bus(struct pci_bus *bus)
{
	if (bus->dev.kobj.state_initialized)
		return 0;
	device_initialize(&bus->dev);
	bus->dev.release = bus_dev_release;
	set_dev_node(&bus->dev, bus->numa_node);
	dev_set_name(&bus->dev, "pci%04x:%02x", bus->domain, bus->number);
	return device_add(&bus->dev);
}

static int add_one(struct device *dev, void *unused)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int rc;

	if (pdev->match_driver)
		return 0;
	pdev->match_driver = true;
	rc = device_attach(dev);
	return rc < 0 && rc != -EPROBE_DEFER ? rc : 0;
}

static int scan_all(void)
{
	struct pcicore *pc = pcicore_current();
	struct pci_bus *bus;
	int found = 0;
	int rc = pc ? 0 : -ENOMEM;

	if (rc)
		return rc;
	list_for_each_entry (bus, &pc->buses, node) {
		rc = register_bus(bus);
		if (!rc)
			rc = scan_bus(bus);
		if (rc < 0)
			return rc;
		found += rc;
	}
	rc = bus_for_each_dev(&pci_bus_type, NULL, NULL, add_one);
	return rc ? rc : found;
}

int kernel_pci_scan(struct kernel *k)
{
	struct kernel_frame frame;
	int rc;

	kernel_enter(k, &frame);
	rc = scan_all();
	kernel_leave(&frame);
	return rc;
}

static int __init pci_subsys_init(void)
{
	int rc = scan_all();

	return rc < 0 ? rc : 0;
}
subsys_initcall(pci_subsys_init);

/* ---- removal and look-up ---- */

void pci_stop_and_remove_bus_device(struct pci_dev *dev)
{
	if (!device_is_registered(&dev->dev))
		return;
	device_del(&dev->dev);
	list_del_init(&dev->bus_list);
	put_device(&dev->dev);
}

void pci_stop_and_remove_bus_device_locked(struct pci_dev *dev)
{
	pci_stop_and_remove_bus_device(dev);
}

int kernel_pci_remove(struct kernel *k, u32 bdf)
{
	struct kernel_frame frame;
	struct pci_dev *dev;

	kernel_enter(k, &frame);
	dev = pci_get_domain_bus_and_slot(bdf >> 16, (bdf >> 8) & 0xff, bdf & 0xff);
	if (dev) {
		pci_stop_and_remove_bus_device_locked(dev);
		pci_dev_put(dev);
	}
	kernel_leave(&frame);
	return dev ? 0 : -ENODEV;
}

struct pci_dev *pci_dev_get(struct pci_dev *dev)
{
	if (dev)
		get_device(&dev->dev);
	return dev;
}

void pci_dev_put(struct pci_dev *dev)
{
	if (dev)
		put_device(&dev->dev);
}

static int match_id(struct device *dev, const void *data)
{
	const struct pci_device_id *id = data;

	return pci_match_id(id, to_pci_dev(dev)) != NULL;
}

struct pci_dev *pci_get_device(unsigned int vendor, unsigned int device, struct pci_dev *from)
{
	const struct pci_device_id ids[2] = {{
		.vendor = vendor,
		.device = device,
		.subvendor = PCI_ANY_ID,
		.subdevice = PCI_ANY_ID,
	}};
	struct device *dev;

	dev = bus_find_device(&pci_bus_type, from ? &from->dev : NULL, ids, match_id);
	pci_dev_put(from);
	return dev ? to_pci_dev(dev) : NULL;
}

struct pci_dev *pci_get_domain_bus_and_slot(int domain, unsigned int bus, unsigned int devfn)
{
	struct pcicore *pc = pcicore_current();
	struct pci_bus *b;
	struct pci_dev *dev;

	if (!pc)
		return NULL;
	list_for_each_entry (b, &pc->buses, node) {
		if (b->domain != domain || b->number != bus)
			continue;
		list_for_each_entry (dev, &b->devices, bus_list)
			if (dev->devfn == devfn)
				return pci_dev_get(dev);
	}
	return NULL;
}
