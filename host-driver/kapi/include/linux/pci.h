/* SPDX-License-Identifier: GPL-2.0 */
/* PCI devices and drivers. Semantics: drivers/pci of Linux 6.1; configuration space through the
 * kernel's bus. */
#ifndef _LINUX_PCI_H
#define _LINUX_PCI_H

#include <linux/mod_devicetable.h>
#include <linux/types.h>
#include <linux/module.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/errno.h>
#include <linux/kobject.h>
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <uapi/linux/pci_regs.h>
#include <linux/pci_ids.h>

#define PCI_SLOT(devfn)	      (((devfn) >> 3) & 0x1f)
#define PCI_FUNC(devfn)	      ((devfn)&0x07)
#define PCI_DEVFN(slot, func) ((((slot)&0x1f) << 3) | ((func)&0x07))
#define PCI_DEVID(bus, devfn) ((((u16)(bus)) << 8) | (devfn))
#define PCI_BUS_NUM(x)	      (((x) >> 8) & 0xff)

enum {
	PCI_STD_RESOURCES,
	PCI_STD_RESOURCE_END = PCI_STD_RESOURCES + PCI_STD_NUM_BARS - 1,
	PCI_NUM_RESOURCES,
	DEVICE_COUNT_RESOURCE = PCI_NUM_RESOURCES,
};

typedef int pci_power_t;
#define PCI_D0	    ((pci_power_t)0)
#define PCI_D3hot   ((pci_power_t)3)
#define PCI_UNKNOWN ((pci_power_t)5)

typedef unsigned int pci_channel_state_t;
enum {
	pci_channel_io_normal = 1,
	pci_channel_io_frozen = 2,
	pci_channel_io_perm_failure = 3,
};

typedef unsigned int pci_ers_result_t;
enum pci_ers_result {
	PCI_ERS_RESULT_NONE = 1,
	PCI_ERS_RESULT_CAN_RECOVER = 2,
	PCI_ERS_RESULT_NEED_RESET = 3,
	PCI_ERS_RESULT_DISCONNECT = 4,
	PCI_ERS_RESULT_RECOVERED = 5,
};

/* Results of the word-level accessors, as in PCI BIOS. */
#define PCIBIOS_SUCCESSFUL	    0x00
#define PCIBIOS_DEVICE_NOT_FOUND    0x86
#define PCIBIOS_BAD_REGISTER_NUMBER 0x87

struct pci_dev;
struct pci_driver;
struct pci_msix;
struct pci_saved_state;

struct pci_bus {
	struct list_head node; /* among the kernel's buses */
	struct list_head devices;
	struct device dev; /* "pci0000:6a" */
	int domain;
	unsigned char number;
	int numa_node;
	struct resource window; /* where BARs without an address may go; end < start: nowhere */
	resource_size_t window_next;
};

/* Configuration state kept by pci_save_state(); one entry a capability. */
#define PCI_SAVED_CAPS 4
struct pci_cap_saved {
	u16 cap;
	bool extended;
	u8 words; /* u16 each */
	u16 data[16];
};

struct pci_dev {
	struct list_head bus_list;
	struct pci_bus *bus;
	unsigned int devfn;
	unsigned short vendor;
	unsigned short device;
	unsigned short subsystem_vendor;
	unsigned short subsystem_device;
	unsigned int class; /* base, sub, prog-if */
	u8 revision;
	u8 hdr_type;
	u8 pcie_cap;
	u8 msix_cap;
	u8 pm_cap;
	u16 pcie_flags_reg;
	u32 devcap;
	struct pci_driver *driver;
	u64 dma_mask;
	pci_power_t current_state;
	pci_channel_state_t error_state;
	struct device dev;
	int cfg_size;
	unsigned int irq; /* 0: no INTx */
	struct resource resource[DEVICE_COUNT_RESOURCE];
	bool match_driver;
	unsigned int is_busmaster : 1;
	unsigned int is_managed : 1;
	unsigned int is_virtfn : 1;
	unsigned int msix_enabled : 1;
	unsigned int msi_enabled : 1;
	unsigned int ats_enabled : 1;
	unsigned int pasid_enabled : 1;
	unsigned int pri_enabled : 1;
	unsigned int state_saved : 1;
	unsigned int untrusted : 1;
	unsigned int eetlp_prefix_path : 1;
	unsigned int pasid_required : 1;
	atomic_t enable_cnt;
	u32 saved_config_space[16];
	struct pci_cap_saved saved_cap[PCI_SAVED_CAPS];
	struct pci_msix *msix; /* while MSI-X is enabled */
	u16 ats_cap;
	u8 ats_stu;
	u16 pri_cap;
	u32 pri_reqs_alloc;
	u16 pasid_cap;
	u16 pasid_features;
	char *driver_override; /* only this driver may bind */
	unsigned long priv_flags;
};

#define to_pci_dev(n) container_of(n, struct pci_dev, dev)

static inline int pci_channel_offline(struct pci_dev *pdev)
{
	return pdev->error_state != pci_channel_io_normal;
}
static inline int pci_domain_nr(struct pci_bus *bus)
{
	return bus->domain;
}
static inline u16 pci_dev_id(struct pci_dev *dev)
{
	return PCI_DEVID(dev->bus->number, dev->devfn);
}

struct pci_error_handlers {
	pci_ers_result_t (*error_detected)(struct pci_dev *dev, pci_channel_state_t error);
	pci_ers_result_t (*mmio_enabled)(struct pci_dev *dev);
	pci_ers_result_t (*slot_reset)(struct pci_dev *dev);
	void (*reset_prepare)(struct pci_dev *dev); /* with the device lock */
	void (*reset_done)(struct pci_dev *dev);
	void (*resume)(struct pci_dev *dev);
};

struct pci_driver {
	struct list_head node;
	const char *name;
	const struct pci_device_id *id_table;
	int (*probe)(struct pci_dev *dev, const struct pci_device_id *id);
	void (*remove)(struct pci_dev *dev);
	int (*suspend)(struct pci_dev *dev, pm_message_t state);
	int (*resume)(struct pci_dev *dev);
	void (*shutdown)(struct pci_dev *dev);
	int (*sriov_configure)(struct pci_dev *dev, int num_vfs);
	const struct pci_error_handlers *err_handler;
	const struct attribute_group **groups;
	const struct attribute_group **dev_groups;
	struct device_driver driver;
	bool driver_managed_dma;
};

#define to_pci_driver(drv) container_of(drv, struct pci_driver, driver)

#define PCI_DEVICE(vend, dev)                                                                      \
	.vendor = (vend), .device = (dev), .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID
#define PCI_DEVICE_DATA(vend, dev, data)                                                           \
	.vendor = PCI_VENDOR_ID_##vend, .device = PCI_DEVICE_ID_##vend##_##dev,                    \
	.subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID, 0, 0,                                    \
	.driver_data = (kernel_ulong_t)(data)
#define PCI_VDEVICE(vend, dev)                                                                     \
	.vendor = PCI_VENDOR_ID_##vend, .device = (dev), .subvendor = PCI_ANY_ID,                  \
	.subdevice = PCI_ANY_ID, 0, 0

extern struct bus_type pci_bus_type;
#define dev_is_pci(d) ((d)->bus == &pci_bus_type)

int __must_check __pci_register_driver(struct pci_driver *drv, struct module *owner,
				       const char *mod_name);
/* The build names the module of a source file; code outside modules has none. */
#ifndef KBUILD_MODNAME
#define KBUILD_MODNAME NULL
#endif
#define pci_register_driver(driver) __pci_register_driver(driver, THIS_MODULE, KBUILD_MODNAME)
void pci_unregister_driver(struct pci_driver *dev);
#define module_pci_driver(__pci_driver)                                                            \
	module_driver(__pci_driver, pci_register_driver, pci_unregister_driver)
const struct pci_device_id *pci_match_id(const struct pci_device_id *ids, struct pci_dev *dev);

/* Configuration space. 0 or PCIBIOS_BAD_REGISTER_NUMBER (unaligned, beyond cfg_size). They sleep.
 */
int pci_read_config_byte(const struct pci_dev *dev, int where, u8 *val);
int pci_read_config_word(const struct pci_dev *dev, int where, u16 *val);
int pci_read_config_dword(const struct pci_dev *dev, int where, u32 *val);
int pci_write_config_byte(const struct pci_dev *dev, int where, u8 val);
int pci_write_config_word(const struct pci_dev *dev, int where, u16 val);
int pci_write_config_dword(const struct pci_dev *dev, int where, u32 val);

/* Places of capabilities; 0 when absent. The walks end on malformed chains. */
u8 pci_find_capability(struct pci_dev *dev, int cap);
u8 pci_find_next_capability(struct pci_dev *dev, u8 pos, int cap);
u16 pci_find_ext_capability(struct pci_dev *dev, int cap);
u16 pci_find_next_ext_capability(struct pci_dev *dev, u16 pos, int cap);
u16 pci_find_dvsec_capability(struct pci_dev *dev, u16 vendor, u16 dvsec);
int pcie_capability_read_word(struct pci_dev *dev, int pos, u16 *val);
int pcie_capability_read_dword(struct pci_dev *dev, int pos, u32 *val);
int pcie_capability_write_word(struct pci_dev *dev, int pos, u16 val);
int pcie_capability_clear_and_set_word(struct pci_dev *dev, int pos, u16 clear, u16 set);
static inline int pcie_capability_set_word(struct pci_dev *dev, int pos, u16 set)
{
	return pcie_capability_clear_and_set_word(dev, pos, 0, set);
}
static inline int pcie_capability_clear_word(struct pci_dev *dev, int pos, u16 clear)
{
	return pcie_capability_clear_and_set_word(dev, pos, clear, 0);
}
static inline int pci_pcie_type(const struct pci_dev *dev)
{
	return (dev->pcie_flags_reg & PCI_EXP_FLAGS_TYPE) >> 4;
}
static inline bool pci_is_pcie(struct pci_dev *dev)
{
	return dev->pcie_cap;
}
static inline int pci_pcie_cap(struct pci_dev *dev)
{
	return dev->pcie_cap;
}

/* Counted. Decodes memory in D0; -EINVAL when a BAR has no address. */
int __must_check pci_enable_device(struct pci_dev *dev);
int __must_check pci_enable_device_mem(struct pci_dev *dev);
int __must_check pcim_enable_device(struct pci_dev *pdev);
void pcim_pin_device(struct pci_dev *pdev);
/* The last one switches bus mastering off. */
void pci_disable_device(struct pci_dev *dev);
static inline int pci_is_enabled(struct pci_dev *pdev)
{
	return atomic_read(&pdev->enable_cnt) > 0;
}
void pci_set_master(struct pci_dev *dev);
void pci_clear_master(struct pci_dev *dev);
int pci_set_power_state(struct pci_dev *dev, pci_power_t state);

#define pci_resource_start(dev, bar) ((dev)->resource[bar].start)
#define pci_resource_end(dev, bar)   ((dev)->resource[bar].end)
#define pci_resource_flags(dev, bar) ((dev)->resource[bar].flags)
#define pci_resource_len(dev, bar)                                                                 \
	(pci_resource_end(dev, bar) == 0                                                           \
		 ? 0                                                                               \
		 : pci_resource_end(dev, bar) - pci_resource_start(dev, bar) + 1)
/* Mark BARs as taken: 0 or -EBUSY. */
int __must_check pci_request_region(struct pci_dev *dev, int bar, const char *name);
void pci_release_region(struct pci_dev *dev, int bar);
int __must_check pci_request_regions(struct pci_dev *dev, const char *name);
void pci_release_regions(struct pci_dev *dev);
int __must_check pci_request_selected_regions(struct pci_dev *dev, int bars, const char *name);
void pci_release_selected_regions(struct pci_dev *dev, int bars);
static inline int pci_request_mem_regions(struct pci_dev *dev, const char *name)
{
	return pci_request_regions(dev, name);
}
static inline void pci_release_mem_regions(struct pci_dev *dev)
{
	pci_release_regions(dev);
}
int pci_select_bars(struct pci_dev *dev, unsigned long flags);
/* Maps the BAR, at most @maxlen bytes (0: all); NULL without an address. */
void __iomem *pci_iomap(struct pci_dev *dev, int bar, unsigned long maxlen);
void __iomem *pci_iomap_range(struct pci_dev *dev, int bar, unsigned long offset,
			      unsigned long maxlen);
void pci_iounmap(struct pci_dev *dev, void __iomem *addr);
void __iomem *pci_ioremap_bar(struct pci_dev *pdev, int bar);
/* Managed: undone when the driver is unbound. */
void __iomem *pcim_iomap(struct pci_dev *pdev, int bar, unsigned long maxlen);
void pcim_iounmap(struct pci_dev *pdev, void __iomem *addr);
int pcim_iomap_regions(struct pci_dev *pdev, int mask, const char *name);
void __iomem *const *pcim_iomap_table(struct pci_dev *pdev);

static inline void *pci_get_drvdata(struct pci_dev *pdev)
{
	return dev_get_drvdata(&pdev->dev);
}
static inline void pci_set_drvdata(struct pci_dev *pdev, void *data)
{
	dev_set_drvdata(&pdev->dev, data);
}
static inline const char *pci_name(const struct pci_dev *pdev)
{
	return dev_name(&pdev->dev);
}
struct pci_dev *pci_dev_get(struct pci_dev *dev);
void pci_dev_put(struct pci_dev *dev);
struct pci_driver *pci_dev_driver(const struct pci_dev *dev);
/* In the order of the scan; drops the reference of @from, takes one on the result. */
struct pci_dev *pci_get_device(unsigned int vendor, unsigned int device, struct pci_dev *from);
struct pci_dev *pci_get_domain_bus_and_slot(int domain, unsigned int bus, unsigned int devfn);
#define for_each_pci_dev(d) while ((d = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, d)) != NULL)
void pci_stop_and_remove_bus_device(struct pci_dev *dev);
void pci_stop_and_remove_bus_device_locked(struct pci_dev *dev);

/* Header, PCIe, MSI-X, LTR controls; BARs come back only if they changed. */
int pci_save_state(struct pci_dev *dev);
void pci_restore_state(struct pci_dev *dev);
struct pci_saved_state *pci_store_saved_state(struct pci_dev *dev);
int pci_load_saved_state(struct pci_dev *dev, struct pci_saved_state *state);
/* Function level reset: waits for pending transactions, resets, waits 100 ms. -ENOTTY without FLR.
 */
int pcie_flr(struct pci_dev *dev);
bool pcie_has_flr(struct pci_dev *dev);
int pcie_reset_flr(struct pci_dev *dev, bool probe);
int pci_wait_for_pending_transaction(struct pci_dev *dev);
/* Takes the device lock, calls reset_prepare and reset_done, keeps configuration space. */
int pci_reset_function(struct pci_dev *dev);
int pci_reset_function_locked(struct pci_dev *dev);
int __pci_reset_function_locked(struct pci_dev *dev);
int pci_try_reset_function(struct pci_dev *dev);
bool pci_device_is_present(struct pci_dev *pdev);
static inline void pci_dev_lock(struct pci_dev *dev)
{
	device_lock(&dev->dev);
}
static inline void pci_dev_unlock(struct pci_dev *dev)
{
	device_unlock(&dev->dev);
}

/* AER is not signalled by the machine; as without CONFIG_PCIEAER. */
static inline int pci_enable_pcie_error_reporting(struct pci_dev *dev)
{
	return -EINVAL;
}
static inline int pci_disable_pcie_error_reporting(struct pci_dev *dev)
{
	return -EINVAL;
}

/* ---- message-signalled interrupts ---- */
#define PCI_IRQ_LEGACY	  (1 << 0)
#define PCI_IRQ_MSI	  (1 << 1)
#define PCI_IRQ_MSIX	  (1 << 2)
#define PCI_IRQ_AFFINITY  (1 << 3)
#define PCI_IRQ_ALL_TYPES (PCI_IRQ_LEGACY | PCI_IRQ_MSI | PCI_IRQ_MSIX)

struct msix_entry {
	u32 vector; /* the Linux interrupt, filled in */
	u16 entry;
};
struct irq_affinity;

/* Entries of the table, or -EINVAL. */
int pci_msix_vec_count(struct pci_dev *dev);
/* How many vectors were set up (@min_vecs ... @max_vecs), -ENOSPC when fewer than @min_vecs can be
 * had. */
int pci_alloc_irq_vectors_affinity(struct pci_dev *dev, unsigned int min_vecs,
				   unsigned int max_vecs, unsigned int flags,
				   struct irq_affinity *affd);
static inline int pci_alloc_irq_vectors(struct pci_dev *dev, unsigned int min_vecs,
					unsigned int max_vecs, unsigned int flags)
{
	return pci_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs, flags, NULL);
}
int pci_enable_msix_range(struct pci_dev *dev, struct msix_entry *entries, int minvec, int maxvec);
/* All their handlers must be freed before. */
void pci_free_irq_vectors(struct pci_dev *dev);
void pci_disable_msix(struct pci_dev *dev);
/* The Linux interrupt of vector @nr, -EINVAL when there is none. */
int pci_irq_vector(struct pci_dev *dev, unsigned int nr);
int pci_request_irq(struct pci_dev *dev, unsigned int nr, irq_handler_t handler,
		    irq_handler_t thread_fn, void *dev_id, const char *fmt, ...)
	__attribute__((format(printf, 6, 7)));
void pci_free_irq(struct pci_dev *dev, unsigned int nr, void *dev_id);

#define pci_emerg(pdev, fmt, arg...)  dev_emerg(&(pdev)->dev, fmt, ##arg)
#define pci_err(pdev, fmt, arg...)    dev_err(&(pdev)->dev, fmt, ##arg)
#define pci_warn(pdev, fmt, arg...)   dev_warn(&(pdev)->dev, fmt, ##arg)
#define pci_notice(pdev, fmt, arg...) dev_notice(&(pdev)->dev, fmt, ##arg)
#define pci_info(pdev, fmt, arg...)   dev_info(&(pdev)->dev, fmt, ##arg)
#define pci_dbg(pdev, fmt, arg...)    dev_dbg(&(pdev)->dev, fmt, ##arg)

#include <linux/dma-mapping.h>

#endif
